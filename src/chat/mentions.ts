/** Keeps what Codex says from ringing people: what it quotes from a file, a log or a web page must not. */

/** Zero width, no line break: what a channel would recognise is read as before, and recognised no more. */
const JOINER = "\u2060";

/**
 * What is code on every channel: channels look for nobody in there, and people copy from there. Discord knows no tildes
 * and ends a block at the first three backticks, Slack ends inline code with its line.
 */
const CODE =
  /^[ \t]*```(?!`)[^\n`]*\n(?:(?!```)[^])*?^[ \t]*```[ \t]*$|(?<!`)(`{1,2})(?!`)[^\n]*?[^`\n]\1(?!`)/gm;
/** A block that shows blocks: where it ends is read in different ways. */
const BLOCK_OF_BLOCKS = /^[ \t]*(`{4,})[^`\n]*\n[^]*?^[ \t]*\1`*[ \t]*$/gm;

/** Slack's and Discord's own marks (`<@U1>`, `<!channel>`, `<#C1>`, `<@&5>`), and what they and Telegram find in plain text. */
const MARKED = /<(?=[@!#])/g;
const NAMED = /(?<![\p{L}\p{N}._%+\-/@\u2060])@(?=[\p{L}\p{N}_])/gu;

export function withoutMentions(text: string): string {
  return outside(BLOCK_OF_BLOCKS, text, (rest) => outside(CODE, rest, silenced), silenced);
}

/** Changes what a pattern finds in one way and the rest in another. */
function outside(
  pattern: RegExp,
  text: string,
  changeRest: (rest: string) => string,
  changeFound = (found: string): string => found,
): string {
  let result = "";
  let from = 0;
  for (const { index, 0: found } of text.matchAll(pattern)) {
    result += changeRest(text.slice(from, index)) + changeFound(found);
    from = index + found.length;
  }
  return result + changeRest(text.slice(from));
}

function silenced(text: string): string {
  return text.replace(MARKED, `<${JOINER}`).replace(NAMED, `@${JOINER}`);
}
