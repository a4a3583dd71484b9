/** What a text in a chat is: the outcome of a message, or something that is said beside it. */
import { outboxWords } from "../../src/words/outbox-words.js";
import { kindOf as kindOfReply } from "../chaos/transcripts.js";
import { words } from "../../src/words/words.js";
import { isQuestion } from "./chat.js";
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

export type Kind = Outcome | "aside" | "unknown";

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
];

/** Sent twice, and lost twice for all that is known. */
export function saysMayBeMissing(text: string): boolean {
  return text.startsWith(MAY_BE_MISSING);
}

export function kindOf(text: string): Kind {
  if (isQuestion(text) || saysMayBeMissing(text)) return "aside";
  if (text.startsWith(NOT_SHOWN)) return "not shown";
  if (text === words.stoppedBeforeItBegan) return "stopped before it began";
  if (text.startsWith("By the gateway's clock this message has waited")) return "overdue";
  if (ASIDES.some((aside) => aside.test(text))) return "aside";
  const kind = kindOfReply(text);
  if (kind !== "unknown") return kind;
  return answersIn(text).length > 0 ? "answer" : "unknown";
}
