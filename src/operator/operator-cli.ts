/** What the commands of `openclaw codexchat` do, wherever they print. */
import type * as z from "zod/mini";
import { disposeCodexAppServerClients } from "../app-server/client-pool.js";
import { readAuditLog } from "../host/audit-log.js";
import { onlyLooking } from "../host/looking.js";
import { noteStateDir } from "../host/operator-places.js";
import type { PluginHost } from "../host/plugin-host.js";
import { cliWords } from "../words/cli-words.js";
import { terminalJson } from "../words/foreign-text.js";
import { boundChats, type Look } from "./bound-chats.js";
import {
  auditAnswerSchema,
  chatAnswerSchema,
  chatListSchema,
  detachAnswerSchema,
  doctorAnswerSchema,
  OPERATOR_METHODS,
  type NotOneChat,
  type OperatorMethod,
} from "./facts.js";
import { askGateway, type GatewayAnswer } from "./gateway-call.js";
import { doctorAnswer, MOST_AUDIT_LINES, showChat } from "./gateway-methods.js";

/** OpenClaw's own for its calls. */
const GATEWAY_TIMEOUT_MS = 10_000;
/** What runs in the chat is stopped, and Codex may not answer to that at once. */
const DETACH_TIMEOUT_MS = 60_000;
/** It may have to start a Codex. */
const DOCTOR_TIMEOUT_MS = 60_000;

const AUDIT_LINES = 20;

/** Where a command prints: people's text and JSON apart from what is said about them. */
export type Terminal = {
  out(this: void, text: string): void;
  /** What is no part of the answer. */
  note(this: void, text: string): void;
  /** The process ends with 1. */
  fail(this: void): void;
};

export type Options = { json?: boolean };
export type AuditOptions = Options & { chat?: string; event?: string; limit?: string };

type Answered<T> = { value: T; gateway: GatewayAnswer<T>["kind"] };

export class OperatorCli {
  readonly #stored: Look;
  readonly #terminal: Terminal;

  constructor(host: PluginHost, terminal: Terminal) {
    this.#stored = { host, live: false };
    this.#terminal = terminal;
  }

  list({ json = false }: Options): Promise<void> {
    return this.#run(async () => {
      const { value, gateway } = await this.#read(
        { method: OPERATOR_METHODS.list },
        chatListSchema,
        "chats",
        async () => ({ chats: await boundChats(this.#stored) }),
      );
      if (json) this.#json({ gateway, ...value });
      else this.#terminal.out(cliWords.chats(value.chats, Date.now()));
    });
  }

  show(name: string, { json = false }: Options): Promise<void> {
    return this.#run(async () => {
      const { value, gateway } = await this.#read(
        { method: OPERATOR_METHODS.show, params: { chat: name } },
        chatAnswerSchema,
        "chats",
        () => showChat(this.#stored, name),
      );
      if (value.found !== "one") this.#notOne(name, value, json);
      else if (json) this.#json({ gateway, chat: value.chat });
      else this.#terminal.out(cliWords.details(value.chat, Date.now()));
    });
  }

  /** Only the gateway can do it: it holds the binding, and what runs there. */
  detach(name: string, { json = false }: Options): Promise<void> {
    return this.#run(async () => {
      const answer = await askGateway(
        {
          method: OPERATOR_METHODS.detach,
          params: { chat: name },
          scope: "operator.write",
          timeoutMs: DETACH_TIMEOUT_MS,
        },
        (value) => detachAnswerSchema.parse(value),
      );
      if (answer.kind !== "answered") {
        this.#terminal.fail();
        if (json) this.#json({ error: { gateway: answer.kind } });
        this.#terminal.note(cliWords.notDetached(answer.kind, answer.reason));
      } else if (answer.value.found !== "one") this.#notOne(name, answer.value, json);
      else if (json) this.#json({ gateway: answer.kind, detached: answer.value.detached });
      else this.#terminal.out(cliWords.detached(answer.value.detached));
    });
  }

  audit({ json = false, chat, event, limit }: AuditOptions): Promise<void> {
    return this.#run(async () => {
      const count = limit === undefined ? AUDIT_LINES : Number(limit);
      if (!Number.isInteger(count) || count < 1 || count > MOST_AUDIT_LINES) {
        this.#terminal.fail();
        return this.#terminal.note(cliWords.auditLimitWrong(MOST_AUDIT_LINES));
      }
      const stateDir = this.#stored.host.runtime.state.resolveStateDir();
      const { value, gateway } = await this.#read(
        { method: OPERATOR_METHODS.audit, params: { limit: count, about: chat, event } },
        auditAnswerSchema,
        "log",
        async () => ({ lines: await readAuditLog(stateDir, count, { about: chat, event }) }),
      );
      if (json) this.#json({ gateway, ...value });
      else this.#terminal.out(cliWords.auditLines(value.lines));
    });
  }

  doctor({ json = false }: Options): Promise<void> {
    return this.#run(async () => {
      const { value, gateway } = await this.#read(
        { method: OPERATOR_METHODS.doctor, timeoutMs: DOCTOR_TIMEOUT_MS },
        doctorAnswerSchema,
        "looked",
        async () => {
          try {
            return await doctorAnswer(this.#stored);
          } finally {
            await disposeCodexAppServerClients();
          }
        },
      );
      if (!value.ok) this.#terminal.fail();
      if (json) this.#json({ gateway, ...value });
      else this.#terminal.out(cliWords.diagnosis(value));
    });
  }

  /** What the gateway answers, or what is on disk, with a word that it is only that. */
  async #read<T>(
    asked: { method: OperatorMethod; params?: Record<string, unknown>; timeoutMs?: number },
    schema: z.ZodMiniType<T>,
    instead: Parameters<typeof cliWords.withoutGateway>[2],
    stored: () => Promise<T>,
  ): Promise<Answered<T>> {
    const answer = await askGateway(
      { timeoutMs: GATEWAY_TIMEOUT_MS, scope: "operator.read", ...asked },
      (value) => schema.parse(value),
    );
    const gateway = answer.kind;
    if (answer.kind === "answered") return { value: answer.value, gateway };
    this.#terminal.note(cliWords.withoutGateway(answer.kind, answer.reason, instead));
    return { value: await stored(), gateway };
  }

  #notOne(name: string, answer: NotOneChat, json: boolean): void {
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
      noteStateDir(this.#stored.host.runtime.state.resolveStateDir());
      await onlyLooking(action);
    } catch (error) {
      this.#terminal.fail();
      this.#terminal.note(cliWords.failed(error instanceof Error ? error.message : String(error)));
    }
  }
}
