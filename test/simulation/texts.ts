/** What a text in a chat is: the outcome of a message, or something that is said beside it. */
import { fileWords } from "../../src/words/file-words.js";
import { outboxWords } from "../../src/words/outbox-words.js";
import { queueWords } from "../../src/words/queue-words.js";
import { kindOf as kindOfReply } from "../chaos/transcripts.js";
import { unsolicitedWords } from "../../src/words/unsolicited-words.js";
import { words } from "../../src/words/words.js";
import { pictureShown } from "./pictures.js";
import { isQuestion, saysHeld } from "./chat.js";
import { answersIn } from "./ledger.js";

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

export type Kind = Outcome | "aside" | "file" | "unknown";

const ANOTHERS = unsolicitedWords.anotherClient("").trim();
const NOT_SHOWN = outboxWords.notShown("").slice(0, 40);
const MAY_BE_MISSING = outboxWords.mayBeMissing("").slice(0, 40);

/** Said beside the outcome of a message. */
const ASIDES = [
  /: nobody answered for /,
  /^Queued /,
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
const MAY_BE_GIVEN = queueWords.dropped({ label: "", number: 1, steering: true }).slice(0, 40);

/** The answer to a command that drops a message: it will not run. */
export function saysDropped(text: string): boolean {
  return text.startsWith(DROPPED.slice(0, 30));
}

/** Or Codex may be about to take it. */
export function saysMayBeGiven(text: string): boolean {
  return text.startsWith(MAY_BE_GIVEN);
}

/** Sent twice, and lost twice for all that is known. */
export function saysMayBeMissing(text: string): boolean {
  return text.startsWith(MAY_BE_MISSING);
}

export function kindOf(text: string): Kind {
  if (isQuestion(text) || saysHeld(text) || saysMayBeMissing(text)) return "aside";
  if (text.startsWith(NOT_SHOWN)) return "not shown";
  if (text === words.stoppedBeforeItBegan) return "stopped before it began";
  if (text.startsWith("By the gateway's clock this message has waited")) return "overdue";
  if (ASIDES.some((aside) => aside.test(text))) return "aside";
  // Of a terminal's turn that has no answer.
  if (text.startsWith(ANOTHERS) && answersIn(text).length === 0) return "aside";
  if (pictureShown(text) !== undefined) return "file";
  const kind = kindOfReply(text);
  if (kind !== "unknown") return kind;
  return answersIn(text).length > 0 ? "answer" : "unknown";
}
