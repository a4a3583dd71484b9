/** Keeps what Codex says from ringing people: what it quotes from a file, a log or a web page must not. */
import { blocksOfBlocks, codeSpans, outside } from "./code-spans.js";

/** Zero width, no line break: what a channel would recognise is read as before, and recognised no more. */
const JOINER = "\u2060";

/** Slack's and Discord's own marks (`<@U1>`, `<!channel>`, `<#C1>`, `<@&5>`), and what they and Telegram find in plain text. */
const MARKED = /<(?=[@!#])/g;
const NAMED = /(?<![\p{L}\p{N}._%+\-/@\u2060])@(?=[\p{L}\p{N}_])/gu;

/** Takes time in proportion to the text's length, whatever is in it. */
export function withoutMentions(text: string): string {
  return outside(
    blocksOfBlocks(text),
    text,
    (rest) => outside(codeSpans(rest), rest, silenced, (found) => found),
    silenced,
  );
}

function silenced(text: string): string {
  return text.replace(MARKED, `<${JOINER}`).replace(NAMED, `@${JOINER}`);
}
