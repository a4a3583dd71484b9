import { expect } from "vitest";
import { type Chain, type ChainOptions, startChain } from "../support/chain.js";
import type { ModelRequest } from "../support/model-request.js";
import type { GatewaySettings } from "../support/gateway-config.js";
import type { Gate, Script, Step } from "../support/responses-api.js";
import { answerTo, ScriptedTurns } from "../support/scripted-turns.js";
import { StoredMessages } from "../support/stored-messages.js";
import { saidOf, type TranscriptEntry } from "../support/transcript.js";

export { answerTo };

/** What a status says when nothing of the chat's is at work, no sub-agent either: for a moment Codex has more to tell than has ended. */
export const IDLE = /^(?![^]*Sub-agents? working)[^]*\nNo turn is running/;

const PROMPT = /^Plugin bind approval required/;
const ALLOWED = /^Allowed .+ to bind this conversation once\./;
const DENIED = /^Denied /;

/** How long a chat asks again and again for what Codex does by itself. */
const ASKED_WITHIN_MS = 60_000;

/** What all voice messages say that OpenClaw transcribes on a stage. */
export const SPOKEN = "count the files";

/** What stands in a chat after a bind that was asked for and allowed. */
export function boundLines(): unknown[] {
  return ["person: /codexchat bind", botSays(PROMPT), "person: Allow once", botSays(ALLOWED)];
}

/** What stands in a chat after a bind that was asked for and denied. */
export function deniedLines(): unknown[] {
  return ["person: /codexchat bind", botSays(PROMPT), "person: Deny", botSays(DENIED)];
}

/**
 * Of two neighbours that come in either order, this one first: the answer to a command goes OpenClaw's way into the chat, and
 * what the command has begun goes the plugin's.
 */
export type Neighbours = readonly [first: RegExp, second: RegExp];

export function inOrder(said: readonly string[], ...pairs: readonly Neighbours[]): string[] {
  const ordered = [...said];
  for (const [first, second] of pairs) {
    const index = ordered.findIndex(
      (text, at) => second.test(plain(text)) && first.test(plain(ordered[at + 1] ?? "")),
    );
    if (index !== -1) ordered.splice(index, 2, ...ordered.slice(index, index + 2).toReversed());
  }
  return ordered;
}

/** Matches a line of the bot whose text matches. */
export function botSays(text: RegExp): unknown {
  const source = text.source.startsWith("^") ? text.source.slice(1) : `[^]*${text.source}`;
  return expect.stringMatching(new RegExp(`^bot: ${source}`, text.flags));
}

/** OpenClaw asks a program for the words of a voice message. */
const TRANSCRIBER = {
  type: "cli",
  capabilities: ["audio"],
  command: "echo",
  args: SPOKEN.split(" "),
};

/**
 * One running chain for the scenarios of a file, whose model answers `Codex heard: …`. A scenario
 * reads its chats as a whole; what nobody has read when everything has stopped was too much.
 */
/** As a person reads it: names have a joiner that keeps them from becoming links. */
export function plain(text: string): string {
  return text.replaceAll("\u2060", "");
}

export class Stage implements AsyncDisposable {
  readonly chain: Chain;
  readonly #turns: ScriptedTurns;
  readonly #read = new Set<TranscriptEntry>();
  readonly #settings: GatewaySettings;

  /** @param people ids of those who may command; everybody else is a stranger */
  static async open(
    people: readonly number[],
    groups: readonly number[],
    options: Pick<ChainOptions, "installed" | "codexConfig" | "environment"> &
      Pick<GatewaySettings, "plugin" | "withPages"> = {},
  ): Promise<Stage> {
    const { plugin, withPages = false, ...ofChain } = options;
    const settings = {
      withPages,
      // Notes beside the answers come by the clock, and a busy machine's clock is nobody's expectation.
      plugin: { progress: "off", ...plugin },
      telegram: {
        dmPolicy: "allowlist",
        allowFrom: people.map(String),
        groupPolicy: "open",
        groups: Object.fromEntries(groups.map((id) => [id, { requireMention: false }])),
      },
      sections: { tools: { media: { audio: { enabled: true }, models: [TRANSCRIBER] } } },
    };
    return new Stage(await startChain({ ...ofChain, settings }), settings);
  }

  private constructor(chain: Chain, settings: GatewaySettings) {
    this.chain = chain;
    this.#settings = settings;
    this.#turns = new ScriptedTurns(chain.model);
  }

  /** Turns that are asked this stay open until the gate opens. */
  holdTurnsAsked(said: string): Gate {
    return this.#turns.hold(said);
  }

  /** What the model does when it is asked this, in place of its answer. */
  playWhenAsked(said: string, steps: readonly Step[]): void {
    this.#turns.play(said, steps);
  }

  /** What the model does, whatever it is asked, from when this was said on a thread. */
  playFrom(said: string, script: Script): void {
    this.#turns.playFrom(said, script);
  }

  say(chat: number, text: string, from?: number): TranscriptEntry {
    return this.chain.telegram.person.say(chat, text, from === undefined ? {} : { from });
  }

  /** The first message of the bot after `said`, in the same chat, that matches. */
  replyTo(
    said: TranscriptEntry,
    matches: string | RegExp,
    timeoutMs?: number,
  ): Promise<TranscriptEntry> {
    return this.chain.telegram.waitForMessage(said.chat, ({ text }) => fits(text, matches), {
      after: said,
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
  }

  /** The message as it reads once it was changed so. */
  changeOf(
    { messageId }: TranscriptEntry,
    after: TranscriptEntry,
    text: RegExp,
  ): Promise<TranscriptEntry> {
    return this.chain.telegram.transcript.waitFor(
      (entry) => entry.kind === "edit" && entry.messageId === messageId && text.test(entry.text),
      { after },
    );
  }

  /** The question that Codex asks after this; not the change of an earlier one, which shows its outcome. */
  questionAfter(said: TranscriptEntry, timeoutMs?: number): Promise<TranscriptEntry> {
    return this.replyTo(said, /^❓(?![^]*➡️)/, timeoutMs);
  }

  /** Asks for the status until it reads so: what Codex does by itself the chat hears of a moment after it has begun. */
  statusThat(chat: number, matches: RegExp): Promise<TranscriptEntry> {
    return this.commandUntil(chat, "status", { answer: /^Codex thread: /, matches });
  }

  /** Sends a command until its answer reads so. */
  async commandUntil(
    chat: number,
    text: string,
    { answer, matches }: { answer: RegExp; matches: RegExp },
  ): Promise<TranscriptEntry> {
    const deadline = performance.now() + ASKED_WITHIN_MS;
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop
      const told = await this.command(chat, text, answer);
      if (matches.test(plain(told.text))) return told;
      if (performance.now() > deadline) {
        throw new Error(`the ${text} never reads ${matches}; at last it was:\n${told.text}`);
      }
    }
  }

  /** A command's answer. */
  command(chat: number, text: string, answer: RegExp): Promise<TranscriptEntry> {
    return this.replyTo(this.say(chat, `/codexchat ${text}`), answer);
  }

  /** Presses the button that a person reads so. */
  press(message: TranscriptEntry, label: string): TranscriptEntry {
    const button = message.buttons.flat().find(({ text }) => plain(text) === label);
    return this.chain.telegram.person.click(message, button?.data ?? label);
  }

  /** Asks for a bind; resolves to the host's prompt with its buttons. */
  askToBind(chat: number, from?: number): Promise<TranscriptEntry> {
    return this.replyTo(this.say(chat, "/codexchat bind", from), PROMPT);
  }

  async bind(chat: number, from?: number): Promise<void> {
    const prompt = await this.askToBind(chat, from);
    await this.replyTo(this.chain.telegram.person.click(prompt, "Allow once", from), ALLOWED);
  }

  /** Denies a bind that was asked for. */
  async deny(prompt: TranscriptEntry): Promise<void> {
    await this.replyTo(this.chain.telegram.person.click(prompt, "Deny"), DENIED);
  }

  /** The turns to come are another model's, which Codex offers other tools. */
  async useModel(chat: number, model: string): Promise<void> {
    const said = this.say(chat, `/codexchat model ${model}`);
    await this.replyTo(said, `Codex model set to ${model}.`);
  }

  async talk(chat: number, text: string, from?: number): Promise<void> {
    await this.replyTo(this.say(chat, text, from), answerTo(text));
  }

  /** The gateway's next start has these settings besides its own; a section replaces the one of its name. */
  configure({ plugin, telegram, sections }: GatewaySettings): void {
    const own = this.#settings;
    const appServer = { defaultWorkspaceDir: this.chain.workspace, ...plugin?.appServer };
    this.chain.gateway.configure({
      plugin: { ...own.plugin, ...plugin, appServer },
      telegram: { ...own.telegram, ...telegram },
      sections: { ...own.sections, ...sections },
    });
  }

  /** What the model was asked that has this text in its history. */
  requestsWith(text: string): readonly ModelRequest[] {
    return this.#turns.requestsWith(text);
  }

  /** The whole chat, a line for each message: `person: …` or `bot: …`. */
  readChat(chat: number): string[] {
    const entries = this.chain.telegram.chat(chat);
    for (const entry of entries) this.#read.add(entry);
    return saidOf(entries).map(({ from, text }) => `${from}: ${text}`);
  }

  /** Resolves once the plugin has taken a message: it is stored and stands in its line. */
  async taken({ messageId }: TranscriptEntry): Promise<void> {
    const mark = new RegExp(`messageId=${messageId} .*plugin-bound-handled`);
    await this.chain.gateway.log.waitFor((line) => mark.test(line));
  }

  /** The messages that the plugin has stored and not finished. */
  get stored(): StoredMessages {
    return new StoredMessages(this.chain.gateway.stateFolder);
  }

  /** What came into any chat after a scenario had read it. */
  unread(): readonly TranscriptEntry[] {
    return this.chain.telegram.transcript.entries.filter((entry) => !this.#read.has(entry));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.chain.stop();
  }
}

function fits(text: string, expected: string | RegExp): boolean {
  return typeof expected === "string" ? text === expected : expected.test(text);
}
