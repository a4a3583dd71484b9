/** What was said in every chat: the messages as they were sent, and what the channel took for each. */
import { NoThreadBindingError } from "../../src/thread/errors.js";
import { outboxWords } from "../../src/words/outbox-words.js";
import { queueWords } from "../../src/words/queue-words.js";
import { EMPTY_REPLY, THREAD_REPLACED, words } from "../../src/words/words.js";
import { createTurnWork } from "../../src/thread/turn-work.js";
import { isQuestionsNotice, readQuestion, type ShownQuestion } from "./shown-questions.js";
import { answerPart, COMMENTARY, tagOf, type Tag } from "./tags.js";

export type SentMessage = {
  chat: number;
  number: number;
  tag: Tag;
  /** It was handed to a gateway a second time, since the first died over it: where it stands in line is open. */
  resent: boolean;
  /** The message whose answer it may share, since it was given to that one's turn. */
  shares: number | undefined;
  /** Whether it was given to that turn is not known, which its answer says at once. */
  steerLost: boolean;
  /**
   * In which run it was taken out of the line, if it was; not `certain` where the gateway of that run died over it, so that
   * nobody was told.
   */
  dropped: { run: number; certain: boolean } | undefined;
};

export type Received = {
  number: number;
  /** Without the mark of a repeat. */
  text: string;
  /** It says of itself that it may be a repeat. */
  isRepeat: boolean;
  /** Which start of the gateway sent it, from 1. */
  run: number;
  at: number;
  /** The gateway's id of it, unique in a run. */
  id: number;
  /** What the buttons below it carry. */
  buttons: readonly string[];
};

/** What a text in a chat is. */
export type Kind =
  | "answer"
  | "replaced thread"
  | "empty reply"
  | "commentary"
  | "failed"
  | "interrupted"
  | "cut off"
  | "detached"
  | "rebound"
  | "queue full"
  | "no thread"
  | "unknown";

const REPEAT = `\n\n${outboxWords.repeat}`;

const NO_THREAD = new NoThreadBindingError().message;
const FAILED = words.turnFailed(new Error("")).trim();

const CUT_OFF = words.cutOff({
  done: createTurnWork().done(),
  partialText: "",
});

export function kindOf(text: string): Kind {
  if (answerPart(text)) return "answer";
  if (text === THREAD_REPLACED) return "replaced thread";
  if (text.startsWith(EMPTY_REPLY)) return "empty reply";
  if (text === COMMENTARY) return "commentary";
  if (text === words.detachedMeanwhile || text === words.detachedBefore) return "detached";
  if (text === words.reboundMeanwhile) return "rebound";
  if (text.includes(NO_THREAD)) return "no thread";
  if (text.startsWith(FAILED)) return "failed";
  if (/^Codex was (?:stopped|interrupted) ?/.test(text)) return "interrupted";
  if (text.startsWith(CUT_OFF) || text === words.leftWhileRunning) return "cut off";
  if (/^\d+ messages are waiting for Codex already/.test(text)) return "queue full";
  return "unknown";
}

/** Codex is away, and the message waits for it: its answer is still to come. */
function isAwayNotice(text: string): boolean {
  const [before, after] = queueWords.codexAway("\0").split("\0");
  return text.startsWith(before ?? "") && text.endsWith(after ?? "");
}

/** Whether these texts, in order, are a whole reply. */
function isWhole(texts: readonly string[]): boolean {
  const parts = texts.map((text) => answerPart(text)).filter((part) => part !== undefined);
  const [first] = parts;
  if (first) return new Set(parts.map(({ part }) => part)).size >= first.of;
  return texts.some((text) => kindOf(text) !== "replaced thread");
}

type Waiter = { number: number; done: () => void };

export class ChatTranscript {
  readonly chat: number;
  readonly sent: SentMessage[] = [];
  /** What stands in the chat, the questions and what is said beside them aside. */
  readonly received: Received[] = [];
  readonly questions: ShownQuestion[] = [];
  readonly asides: Received[] = [];
  onQuestion: ((question: ShownQuestion) => void) | undefined;
  /** How often the channel was asked to take an answer to each message. */
  readonly attempts = new Map<number, number>();
  #waiters: Waiter[] = [];

  constructor(chat: number) {
    this.chat = chat;
  }

  send(): SentMessage {
    const number = this.sent.length + 1;
    const message: SentMessage = {
      chat: this.chat,
      number,
      tag: tagOf(this.chat, number),
      resent: false,
      shares: undefined,
      steerLost: false,
      dropped: undefined,
    };
    this.sent.push(message);
    return message;
  }

  receive(sent: Omit<Received, "isRepeat">): void {
    const text = sent.text.replace(REPEAT, "");
    const received = { ...sent, text, isRepeat: text !== sent.text };
    const question = readQuestion(received);
    if (question) {
      this.questions.push(question);
      this.onQuestion?.(question);
      return;
    }
    if (isQuestionsNotice(received.text) || isAwayNotice(received.text)) {
      this.asides.push(received);
      return;
    }
    this.received.push(received);
    this.#waiters = this.#waiters.filter(({ number, done }) => {
      if (!this.isAnswered(number)) return true;
      done();
      return false;
    });
  }

  /** A message of the chat takes another text. */
  change(run: number, id: number, text: string): void {
    const question = this.questions.find((one) => one.run === run && one.sentAs === id);
    if (question) question.changes.push(text);
  }

  textsFor(number: number): string[] {
    return this.received.filter((entry) => entry.number === number).map(({ text }) => text);
  }

  /** How many of them say that they may be repeats. */
  repeatsFor(number: number): number {
    return this.received.filter((entry) => entry.number === number && entry.isRepeat).length;
  }

  isAnswered(number: number): boolean {
    const shares = this.sent[number - 1]?.shares;
    return (
      isWhole(this.textsFor(number)) || (shares !== undefined && isWhole(this.textsFor(shares)))
    );
  }

  /** False where a message is not answered in time. */
  async answered(number: number, withinMs: number): Promise<boolean> {
    if (this.isAnswered(number)) return true;
    const end = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => end.resolve(false), withinMs);
    this.#waiters.push({ number, done: () => end.resolve(true) });
    const came = await end.promise;
    clearTimeout(timer);
    return came;
  }

  describe(): string {
    const lines = this.sent.map(({ number, tag, resent }) => {
      const replies = this.received
        .map((entry, position) => ({ ...entry, position }))
        .filter((entry) => entry.number === number)
        .map(({ text, run, at, position }) => `\n    [${position}, run ${run}, ${at}] ${text}`);
      return `  ${tag}${resent ? " (sent again)" : ""}${replies.join("")}`;
    });
    const questions = this.questions.map((question) => `  ${JSON.stringify(question)}`);
    const asides = this.asides.map((aside) => `  ${JSON.stringify(aside)}`);
    return [`chat ${this.chat}`, ...lines, ...questions, ...asides].join("\n");
  }
}
