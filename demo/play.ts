import { CHANNELS } from "../src/chat/abilities.js";
import type { Chain } from "../test/support/chain.js";
import type { ChannelMessage, PlayedChannel } from "../test/support/channel-service.js";
import type { DemoChannel } from "./channels.js";
import { TASK } from "./model.js";
import { repeats } from "./repeats.js";
import type { Terminal } from "./terminal.js";

const BIND_FAILED = /^Codex could not be bound/;

/** A step that showed something else than it should. */
export class StepError extends Error {
  constructor(step: string, expected: string, seen: readonly ChannelMessage[]) {
    const lines = seen.map(({ from, text }) => `  ${from}: ${text}`);
    super(
      [
        `The step "${step}" did not show what it should: ${expected}.`,
        "Seen instead:",
        ...(lines.length > 0 ? lines : ["  nothing"]),
      ].join("\n"),
    );
  }
}

export interface DemoStage {
  readonly chain: Chain;
  readonly channel: PlayedChannel;
  readonly demo: Pick<DemoChannel, "first" | "second">;
}

export interface PlayOptions {
  readonly messages: readonly string[];
  /** Whether the model repeats what it is told, as the simulated one does. */
  readonly echoes: boolean;
  readonly timeoutMs: number;
}

/** Plays the whole story. @throws StepError at the first step that goes wrong */
export async function play(
  stage: DemoStage,
  terminal: Terminal,
  options: PlayOptions,
): Promise<void> {
  const story = new Story(stage, terminal, options.timeoutMs);
  const threadId = await story.bind("Allow once");
  for (const message of options.messages) await story.talk(message, options.echoes);
  if (options.echoes) await story.allowCommand();
  await story.deny();
  await story.status(threadId);
  await story.detach();
  story.checkNothingEmpty();
}

class Story {
  readonly #chain: Chain;
  readonly #channel: PlayedChannel;
  readonly #first: string;
  readonly #second: string;
  readonly #terminal: Terminal;
  readonly #timeoutMs: number;

  constructor({ chain, channel, demo }: DemoStage, terminal: Terminal, timeoutMs: number) {
    this.#chain = chain;
    this.#channel = channel;
    this.#first = demo.first;
    this.#second = demo.second;
    this.#terminal = terminal;
    this.#timeoutMs = timeoutMs;
  }

  /** Binds a chat with the approval prompt's button; resolves to the thread's id. */
  async bind(button: string): Promise<string> {
    const step = "bind a chat and allow it";
    const { prompt, threadId } = await this.#ask(step, this.#first);
    const click = this.#channel.click(prompt, button);
    await this.#answer(step, click, /^Allowed /, "the chat is bound");
    // OpenClaw tells the plugin a moment after it has told the chat, and the demo is faster than any person.
    const names = ({ text }: ChannelMessage): boolean => text.includes(threadId);
    const status = this.#channel.say(this.#first, "/codexchat status");
    await this.#answer(step, status, names, "the status names the thread");
    this.#terminal.passed(`the chat is bound to Codex thread ${threadId}`);
    return threadId;
  }

  async talk(message: string, echoes: boolean): Promise<void> {
    const said = this.#channel.say(this.#first, message);
    // Long answers come in several messages.
    let answer = "";
    const isAnswer = (reply: ChannelMessage): boolean => {
      answer += reply.text;
      return (
        reply.text.startsWith("Codex app-server turn failed") || !echoes || repeats(answer, message)
      );
    };
    const expected = echoes ? "Codex's answer repeats the message" : "Codex answers";
    const reply = await this.#answer("talk to Codex", said, isAnswer, expected);
    if (reply.text.startsWith("Codex app-server turn failed")) {
      throw new StepError("talk to Codex", expected, [reply]);
    }
    this.#terminal.passed(expected);
  }

  /** Codex asks whether it may run a command, and is allowed to by a button. Only the simulated model is sure to ask. */
  async allowCommand(): Promise<void> {
    const step = "Codex asks before it runs a command";
    const said = this.#channel.say(this.#first, TASK);
    const question = await this.#answer(step, said, hasButtons, "a question with buttons appears");
    const click = this.#channel.click(question, "Allow once");
    await this.#answer(step, said, /^All \d+ tests pass\./, "Codex has run it and answers");
    await this.#answer(step, click, /➡️ Allowed once\.$/, "the question shows its outcome");
    this.#terminal.passed("Codex asked, and ran the tests when it was allowed to");
  }

  async deny(): Promise<void> {
    const step = "deny the bind of a second chat";
    const { prompt, threadId } = await this.#ask(step, this.#second);
    const click = this.#channel.click(prompt, "Deny");
    await this.#answer(step, click, /^Denied /, "the bind is denied");
    await this.#chain.threadBindings.waitUntilGone(threadId).catch(() => {
      throw new StepError(step, "its thread binding is gone", [click]);
    });
    this.#terminal.passed("the bind is denied, and its thread binding is gone");
  }

  async status(threadId: string): Promise<void> {
    const said = this.#channel.say(this.#first, "/codexchat status");
    const names = ({ text }: ChannelMessage): boolean => text.includes(threadId);
    await this.#answer("/codexchat status", said, names, "the status names the thread");
    this.#terminal.passed("the status names the thread");
  }

  async detach(): Promise<void> {
    const said = this.#channel.say(this.#first, "/codexchat detach");
    await this.#answer("/codexchat detach", said, /detached/i, "the chat is detached");
    this.#terminal.passed("the chat is detached");
  }

  checkNothingEmpty(): void {
    const empty = this.#channel.seen.entries.filter(
      ({ from, kind, text, files }) =>
        from === "bot" && kind === "message" && text.trim() === "" && files.length === 0,
    );
    if (empty.length > 0) throw new StepError("the whole", "no message is empty", empty);
  }

  async #ask(step: string, chat: string) {
    const before = new Set((await this.#chain.threadBindings.list()).map(({ path }) => path));
    const said = this.#channel.say(chat, "/codexchat bind");
    const first = await this.#prompt(step, said);
    const isByButton = CHANNELS[this.#channel.channel]?.bind === "button";
    const [label = ""] = first.buttons;
    const prompt = isByButton ? await this.#prompt(step, this.#channel.click(first, label)) : first;
    const bindings = await this.#chain.threadBindings.list();
    const threadId = bindings.find(({ path }) => !before.has(path))?.threadId;
    if (!threadId) throw new StepError(step, "a thread binding is written", [prompt]);
    return { prompt, threadId };
  }

  /** @throws StepError also at once, where the chat says that it could not be bound */
  async #prompt(step: string, said: ChannelMessage): Promise<ChannelMessage> {
    const expected = "a message with buttons appears";
    const answers = (reply: ChannelMessage): boolean => hasButtons(reply) || hasFailed(reply);
    const prompt = await this.#answer(step, said, answers, expected);
    if (hasFailed(prompt)) throw new StepError(step, expected, [prompt]);
    return prompt;
  }

  async #answer(
    step: string,
    said: ChannelMessage,
    matches: RegExp | ((reply: ChannelMessage) => boolean),
    expected: string,
  ): Promise<ChannelMessage> {
    const inChat = (entry: ChannelMessage): boolean => entry.chat === said.chat;
    const isAnswer = (entry: ChannelMessage): boolean =>
      inChat(entry) &&
      entry.from === "bot" &&
      (matches instanceof RegExp ? matches.test(entry.text) : matches(entry));
    try {
      return await this.#channel.seen.waitFor(isAnswer, {
        after: said,
        timeoutMs: this.#timeoutMs,
      });
    } catch {
      const chat = this.#channel.seen.entries.filter(inChat);
      throw new StepError(step, expected, chat.slice(chat.indexOf(said)));
    }
  }
}

function hasFailed({ text }: ChannelMessage): boolean {
  return BIND_FAILED.test(text);
}

function hasButtons({ buttons }: ChannelMessage): boolean {
  return buttons.length > 0;
}
