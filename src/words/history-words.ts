/** What was said on a thread, in short. */
import type { Exchange } from "../thread/exchange.js";
import { harmlessText } from "./foreign-text.js";
import { NOTHING_SAID } from "./shared-words.js";

const ASKED_LENGTH = 200;
const SAID_LENGTH = 400;

const OUTCOMES: Readonly<Record<Exchange["outcome"], string>> = {
  answered: "(no words)",
  running: "(still at work)",
  failed: "(failed)",
  stopped: "(stopped)",
};

export const historyWords = {
  /** The oldest first. Each has its number, counted back from the last one, in a form that no list is numbered anew in. */
  list: (exchanges: readonly Exchange[]): string =>
    [
      ...exchanges.map(
        (exchange, index) => `(${exchanges.length - index}) ${exchangeText(exchange)}`,
      ),
      "`/codexchat fork NUMBER` continues from one of these in a copy of the thread.",
    ].join("\n\n"),
  last: (exchange: Exchange): string => `Last on this thread:\n${exchangeText(exchange)}`,
  none: NOTHING_SAID,
} as const;

function exchangeText({ asked, said, outcome }: Exchange): string {
  const question =
    asked.length === 0
      ? "🎯 (Codex by itself)"
      : `👤 ${harmlessText(asked.join(" · "), ASKED_LENGTH)}`;
  const answer = [
    ...(said === "" ? [] : [harmlessText(withoutMarks(said), SAID_LENGTH)]),
    ...(said === "" || outcome !== "answered" ? [OUTCOMES[outcome]] : []),
  ];
  return `${question}\n🤖 ${answer.join(" ")}`;
}

/** In a few hundred letters on one line, marks of Markdown are only in the way. */
function withoutMarks(markdown: string): string {
  return markdown.replace(/^[ \t]*(?:```.*|#{1,6}(?=[ \t]))/gm, "").replace(/\*\*|`/g, "");
}
