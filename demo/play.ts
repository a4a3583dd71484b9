import { CHANNELS } from "../src/chat/abilities.js";
import type { Chain } from "../test/support/chain.js";
import { wordsOf } from "../test/support/person-words.js";
import type { Step } from "../test/support/responses-api.js";
import type { ChannelMessage, PlayedChannel } from "../test/support/channel-service.js";
import type { DemoChannel } from "./channels.js";
import { repeats } from "./repeats.js";
import type { Terminal } from "./terminal.js";

/** What the person has Codex do, and what the scripted model does about it. */
const TASK = "Run the tests and tell me how it went";
const RESULT = "All 12 tests pass.";
const runTests: readonly Step[] = [
  { do: "shell", command: "echo 12 passed", justification: "The tests open a port" },
  { do: "say", text: RESULT, phase: "final_answer" },
];

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
  /** Whether the model repeats what it is told, as the scripted one does. */
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

  /** Codex asks for leave to run a command, and gets it by a button. Only a scripted model can be relied on to ask. */
  async allowCommand(): Promise<void> {
    const step = "Codex asks before it runs a command";
    const { model } = this.#chain;
    const echo = model.script;
    model.script = (request) => (wordsOf(request.said) === TASK ? runTests : echo(request));
    const said = this.#channel.say(this.#first, TASK);
    const question = await this.#answer(step, said, hasButtons, "a question with buttons appears");
    const click = this.#channel.click(question, "Allow once");
    await this.#answer(step, said, new RegExp(`^${RESULT}`), "Codex has run it and answers");
    await this.#answer(step, click, /➡️ Allowed once\.$/, "the question shows its outcome");
    this.#terminal.passed("Codex asked, and ran its command when it was allowed to");
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
    const first = await this.#answer(step, said, hasButtons, "a message with buttons appears");
    const isByButton = CHANNELS[this.#channel.channel]?.bind === "button";
    const [label = ""] = first.buttons;
    const prompt = isByButton
      ? await this.#answer(step, this.#channel.click(first, label), hasButtons, "a prompt appears")
      : first;
    const bindings = await this.#chain.threadBindings.list();
    const threadId = bindings.find(({ path }) => !before.has(path))?.threadId;
    if (!threadId) throw new StepError(step, "a thread binding is written", [prompt]);
    return { prompt, threadId };
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

function hasButtons({ buttons }: ChannelMessage): boolean {
  return buttons.length > 0;
}
