/** What a text in a chat is: the outcome of a message, or something that is said beside it. */
import { fileWords } from "../../src/words/file-words.js";
import { goalWords } from "../../src/words/goal-words.js";
import { outboxWords } from "../../src/words/outbox-words.js";
import { queueWords } from "../../src/words/queue-words.js";
import { unsolicitedWords } from "../../src/words/unsolicited-words.js";
import { EMPTY_REPLY, THREAD_REPLACED, turnWords } from "../../src/words/turn-words.js";
import { NoThreadBindingError } from "../../src/thread/errors.js";
import { createTurnWork } from "../../src/thread/turn-work.js";
import { pictureShown } from "./pictures.js";
import { isQuestion, saysHeld } from "./chat.js";
import { answersIn } from "./ledger.js";
import { COMMENTARY } from "./tags.js";

type Outcome =
  | "answer"
  | "empty reply"
  | "commentary"
  | "failed"
  | "interrupted"
  | "cut off"
  | "detached"
  | "rebound"
  | "queue full"
  | "no thread"
  | "overdue"
  | "not shown"
  | "replaced thread"
  | "stopped before it began";

type Kind = Outcome | "aside" | "file" | "unknown";

export const ANOTHERS = unsolicitedWords.anotherClient("").trim();
export const LATE = unsolicitedWords.late("").trim();
const NOT_SHOWN = outboxWords.notShown("").slice(0, 40);
const MAY_BE_MISSING = outboxWords.mayBeMissing("").slice(0, 40);

/** Said beside the outcome of a message. */
const ASIDES = [
  /: nobody answered for /,
  /^Queued /,
  /^Waiting for a free place: /,
  /^It waited; now it runs\.$/,
  /^[⏳⌛🎯🛡🤖]/u,
  /^Codex cannot be reached: /,
  /: the question could not be shown here \(/,
  /^Nobody has written here for a while\./,
  /^Your answer /,
  /^This chat has left the thread on which Codex asked/,
  new RegExp(`^${fileWords.failed("picture-0.png", "").replace("0", "\\d+").trimEnd()}`),
];

const [DROPPED = ""] = queueWords.dropped({ label: "\0", number: 1, steering: false }).split("\0");
const MAY_BE_GIVEN = [
  queueWords.dropped({ label: "", number: 1, steering: true }),
  queueWords.dropped({ label: "", number: 1, steering: false, mayHaveRun: true }),
].map((text) => text.slice(0, 40));

/** The answer to a command that binds a chat: it is. */
export function saysBound(text: string): boolean {
  return text.startsWith("This chat is bound");
}

/** The answer to a command that drops a message: it will not run. */
export function saysDropped(text: string): boolean {
  return text.startsWith(DROPPED.slice(0, 30));
}

/** Or Codex may be about to take it, or have taken it before. */
export function saysMayBeGiven(text: string): boolean {
  return MAY_BE_GIVEN.some((beginning) => text.startsWith(beginning));
}

/** Sent twice, and lost twice for all that is known. */
export function saysMayBeMissing(text: string): boolean {
  return text.startsWith(MAY_BE_MISSING);
}

export function kindOf(text: string): Kind {
  if (isQuestion(text) || saysHeld(text) || saysMayBeMissing(text)) return "aside";
  if (text.startsWith(NOT_SHOWN)) return "not shown";
  if (text === turnWords.stoppedBeforeItBegan || text === turnWords.stoppedBeforeItWasFound) {
    return "stopped before it began";
  }
  if (text.startsWith("By the gateway's clock this message has waited")) return "overdue";
  if (ASIDES.some((aside) => aside.test(text))) return "aside";
  // Of a turn that has no answer: a terminal's, and one of which the chat was told before that it failed.
  const isOfTurn = text.startsWith(ANOTHERS) || text.startsWith(LATE);
  if (isOfTurn && answersIn(text).length === 0) return "aside";
  if (pictureShown(text) !== undefined) return "file";
  return outcomeOf(text) ?? (answersIn(text).length > 0 ? "answer" : "unknown");
}

const NO_THREAD = new NoThreadBindingError().message;
const FAILED = turnWords.turnFailed(new Error("")).trim();
const CUT_OFF = turnWords.cutOff({ done: createTurnWork().done(), partialText: "" });

const MISSED = goalWords.missed(3).replace("3", "");

/** Of a long run of a goal's turns only the last is shown. */
export function saysNotAllShown(text: string): boolean {
  return text.replace(/\d+/, "") === MISSED;
}

/** The result of a message is on a thread that its chat has left. */
export function saysLeftBehind(text: string): boolean {
  return text === turnWords.leftWhileRunning;
}

function outcomeOf(text: string): Outcome | undefined {
  if (text === THREAD_REPLACED) return "replaced thread";
  if (text.startsWith(THREAD_REPLACED)) {
    return outcomeOf(text.slice(THREAD_REPLACED.length).trimStart());
  }
  if (text.startsWith(EMPTY_REPLY)) return "empty reply";
  if (text === COMMENTARY) return "commentary";
  if (text === turnWords.detachedMeanwhile || text === turnWords.detachedBefore) return "detached";
  if (text === turnWords.reboundMeanwhile) return "rebound";
  if (text.includes(NO_THREAD)) return "no thread";
  if (text.startsWith(FAILED)) return "failed";
  if (/^Codex was (?:stopped|interrupted) ?/.test(text)) return "interrupted";
  if (text.startsWith(CUT_OFF) || text === turnWords.leftWhileRunning) return "cut off";
  if (/^\d+ messages are waiting for Codex already/.test(text)) return "queue full";
  return undefined;
}
