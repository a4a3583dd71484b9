/** What a chat hears of a long turn. */
import { harmlessText } from "./foreign-text.js";
import { durationInWords } from "../common/duration.js";

/** So much of Codex's own words fits into a note beside the rest. */
const COMMENTARY_LENGTH = 1500;

export const progressWords = {
  running: (turn: {
    elapsedMs: number;
    step: string | undefined;
    inHand: string | undefined;
    commentary: string | undefined;
  }): string =>
    [
      `⏳ ${durationInWords(turn.elapsedMs)}`,
      ...[turn.step, turn.inHand].flatMap((part) =>
        part === undefined ? [] : [harmlessText(part, 120)],
      ),
    ].join(" · ") + (turn.commentary === undefined ? "" : `\n${beginningOf(turn.commentary)}`),

  /** What was done last, where nothing is in hand. */
  after: (text: string): string => `after ${text}`,

  step: (place: number, of: number, text: string): string => `step ${place} of ${of}: ${text}`,

  over: (elapsedMs: number): string => `⌛ Worked for ${durationInWords(elapsedMs)}.`,
};

function beginningOf(text: string): string {
  return text.length > COMMENTARY_LENGTH
    ? `${text.slice(0, COMMENTARY_LENGTH - 1).toWellFormed()}…`
    : text;
}
