/**
 * `openclaw codexchat …`: the bound chats from a terminal. It runs in a process of its own, beside the gateway that owns the
 * state: so it asks the gateway, and reads what is on disk if the gateway does not answer. It changes nothing by itself.
 */
import type { OpenClawPluginApi } from "openclaw/plugin-sdk/plugin-entry";
import { onlyLooking } from "../host/looking.js";
import type { PluginHost } from "../host/plugin-host.js";
import { cliWords } from "../words/cli-words.js";
import { terminalJson } from "../words/foreign-text.js";
import { boundChats, type Look } from "./bound-chats.js";
import { chatAnswerSchema, chatListSchema, OPERATOR_METHODS, type ChatAnswer } from "./facts.js";
import { askGateway, type GatewayAnswer } from "./gateway-call.js";
import { showChat } from "./gateway-methods.js";

/** OpenClaw's own for its calls. */
const GATEWAY_TIMEOUT_MS = 10_000;

/** Where a command prints: people's text and JSON apart from what is said about them. */
export type Terminal = {
  out(this: void, text: string): void;
  /** What is no part of the answer. */
  note(this: void, text: string): void;
  /** The process ends with 1. */
  fail(this: void): void;
};

type Program = Parameters<Parameters<OpenClawPluginApi["registerCli"]>[0]>[0]["program"];
type Options = { json?: boolean };

const NAME = "codexchat";
const descriptor = { name: NAME, description: cliWords.about, hasSubcommands: true };

const standard: Terminal = {
  out: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
  fail: () => {
    process.exitCode = 1;
  },
};

export function registerCli(api: PluginHost & Partial<OpenClawPluginApi>): void {
  api.registerCli?.(({ program }) => addCommands(program, api), { descriptors: [descriptor] });
}

export function addCommands(program: Program, host: PluginHost, terminal = standard): void {
  const cli = new OperatorCli(host, terminal);
  const codexchat = program.command(NAME).description(cliWords.about);
  codexchat
    .command("list")
    .description(cliWords.list)
    .option("--json", cliWords.json)
    .action((options: Options) => cli.list(options));
  codexchat
    .command("show")
    .description(cliWords.show)
    .argument("<chat>", cliWords.whichChat)
    .option("--json", cliWords.json)
    .action((chat: string, options: Options) => cli.show(chat, options));
}

class OperatorCli {
  readonly #stored: Look;
  readonly #terminal: Terminal;

  constructor(host: PluginHost, terminal: Terminal) {
    this.#stored = { host, live: false };
    this.#terminal = terminal;
  }

  list({ json = false }: Options): Promise<void> {
    return this.#run(async () => {
      const { value, gateway } = await this.#orStored(
        await askGateway(
          { method: OPERATOR_METHODS.list, scope: "operator.read", timeoutMs: GATEWAY_TIMEOUT_MS },
          (answer) => chatListSchema.parse(answer).chats,
        ),
        () => boundChats(this.#stored),
      );
      if (json) this.#json({ gateway, chats: value });
      else this.#terminal.out(cliWords.chats(value, Date.now()));
    });
  }

  show(name: string, { json = false }: Options): Promise<void> {
    return this.#run(async () => {
      const { value, gateway } = await this.#orStored(
        await askGateway(
          {
            method: OPERATOR_METHODS.show,
            params: { chat: name },
            scope: "operator.read",
            timeoutMs: GATEWAY_TIMEOUT_MS,
          },
          (answer) => chatAnswerSchema.parse(answer),
        ),
        () => showChat(this.#stored, name),
      );
      if (value.found !== "one") this.#notOne(name, value, json);
      else if (json) this.#json({ gateway, chat: value.chat });
      else this.#terminal.out(cliWords.details(value.chat, Date.now()));
    });
  }

  /** What the gateway answered, or what is on disk, with a word that it is only that. */
  async #orStored<T>(
    answer: GatewayAnswer<T>,
    stored: () => Promise<T>,
  ): Promise<{ value: T; gateway: "answered" | "away" | "refused" }> {
    const gateway = answer.kind;
    if (answer.kind === "answered") return { value: answer.value, gateway };
    this.#terminal.note(cliWords.withoutGateway(answer.reason));
    return { value: await stored(), gateway };
  }

  #notOne(name: string, answer: Exclude<ChatAnswer, { found: "one" }>, json: boolean): void {
    this.#terminal.fail();
    if (json) this.#json({ error: answer });
    const said =
      answer.found === "none"
        ? cliWords.noSuchChat(name)
        : cliWords.severalChats(name, answer.sessions);
    this.#terminal.note(said);
  }

  #json(value: object): void {
    this.#terminal.out(terminalJson(JSON.stringify({ version: 1, ...value }, undefined, 2)));
  }

  async #run(action: () => Promise<void>): Promise<void> {
    try {
      await onlyLooking(action);
    } catch (error) {
      this.#terminal.fail();
      this.#terminal.note(cliWords.failed(error instanceof Error ? error.message : String(error)));
    }
  }
}
