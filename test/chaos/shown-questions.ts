/** Codex's questions as they stand in a chat, and what its people did about them. */
import { words } from "../../src/words/words.js";
import { questionIdOf } from "../support/question-id.js";
import type { Received } from "./transcripts.js";

/** What somebody did about a question, and what was said to that. */
export type Act = {
  by: "command" | "click" | "stranger";
  choice: "once" | "deny";
  told: string;
  /** The gateway died over it, and was given it again when it was up: the first time may have counted. */
  uncertain: boolean;
};

export type ShownQuestion = {
  /** By which it is answered by typing. */
  id: string;
  /** What its buttons carry. */
  buttons: readonly string[];
  /** The message whose turn asks. */
  number: number;
  run: number;
  /** The gateway's id of the chat message that shows it. */
  sentAs: number;
  text: string;
  /** What that message was changed to, one after the other. */
  changes: string[];
  acts: Act[];
};

/** Undefined for any other text. */
export function readQuestion({
  text,
  number,
  run,
  id,
  buttons,
}: Received): ShownQuestion | undefined {
  const question = questionIdOf({ text, buttons });
  return question === undefined
    ? undefined
    : { id: question, buttons, number, run, sentAs: id, text, changes: [], acts: [] };
}

/** Said beside an answer, where nobody has decided. */
export function isQuestionsNotice(text: string): boolean {
  return /: nobody answered for .*, so it was denied\.$/.test(text);
}

/** Whether this was what decided the question, and said so. */
export function hasDecided({ by, told }: Act): boolean {
  return by === "command" && told.startsWith("➡️");
}

/** Whether it may have: who clicks sees in the question itself what became of it, by this click or another's. */
export function mayHaveDecided({ by, told, uncertain }: Act): boolean {
  return by !== "stranger" && (uncertain || (by === "click" && told === ""));
}

export function wasRefused({ told }: Act): boolean {
  return told === words.notAuthorized;
}
