/** Keeps what Codex says from ringing people: what it quotes from a file, a log or a web page must not. */
import { blocksOfBlocks, codeSpans, outside } from "./code-spans.js";

/** Zero width, no line break: what a channel would recognise is read as before, and recognised no more. */
const JOINER = "\u2060";

/** As it is, or as a character reference, which Telegram's and Slack's channels of OpenClaw read. */
const AT = String.raw`(?:@|&commat;|&#0*64;|&#x0*40;)`;
const LESS = String.raw`(?:<|&lt;|&#0*60;|&#x0*3c;)`;
/** With it Slack's and Discord's own marks begin, also behind a backslash, which Markdown takes away. */
const SIGN = String.raw`\\?(?:[@!#]|&(?:commat|excl|num);|&#0*(?:64|33|35);|&#x0*(?:40|21|23);)`;

/** `<@U1>`, `<!channel>`, `<#C1>`, `<@&5>`. */
const MARKED = new RegExp(`${LESS}(?=${SIGN})`, "gi");
/** A link, or the definition of one, to what becomes such a mark on Slack. */
const LINKED = new RegExp(String.raw`\](?:\(|:)\s*<?(?=${SIGN})`, "gi");
/** Telegram's link to a person. */
const PERSON =
  /(?<![\p{L}\p{N}])(?:t|&#0*(?:84|116);|&#x0*[57]4;)(?:g|&#0*(?:71|103);|&#x0*[46]7;)(?=\\?(?::|&colon;|&#0*58;|&#x0*3a;))/giu;
/** What channels find in plain text; not in an address or a path, which a sign may end with a word before it. */
const NAMED = new RegExp(
  String.raw`(?<![\p{L}\p{N}]|[\p{L}\p{N}][._%+\-/]{1,10})${AT}(?=[*_~\\]*(?:[\p{L}\p{N}_]|&#))`,
  "giu",
);

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
  return [MARKED, LINKED, PERSON, NAMED].reduce(
    (result, pattern) => result.replace(pattern, (found) => found + JOINER),
    text,
  );
}
