/**
 * How long a Markdown text becomes as the HTML that OpenClaw makes of it for Telegram, at least as long as it does.
 * OpenClaw 2026.9.6 splits a message again that is longer than its limit by that measure, wherever that falls.
 */
import { markdownBlocks } from "./markdown-blocks.js";

const ENTITIES: Readonly<Record<string, number>> = { "&": 4, "<": 3, ">": 3 };

const PRE = '<pre><code class="language-"></code></pre>'.length;
const LINK = '<a href="http://"></a>'.length;

/** Words, and addresses and names of files among them: linked to themselves, or made code. Others write them in ASCII. */
const NAME = /[\p{L}\p{N}_-][.:@][\p{L}\p{N}_/]/u;

/**
 * What markup adds in prose, beyond the characters that it is written with; each is taken out when it was counted. No
 * pattern looks at a character twice, since a text can be made of nothing but what it is looking for.
 */
const MARKUP: readonly (readonly [pattern: RegExp, adds: (found: string) => number])[] = [
  [/`[^`\n]+`/g, () => "<code></code>".length],
  [/\]\([^)\s]*\)?/g, (found) => (found.endsWith(")") ? LINK : 0)],
  [/\|\|/g, () => "<tg-spoiler>".length],
  [/\*\*|__|~~/g, () => 2],
  [/[*_]/g, () => 3],
  [/[^\s()[\]]+/g, (found) => (NAME.test(found) ? 2 * found.length + LINK : 0)],
  [/^[ \t]{0,3}#{1,6}\s/gm, () => "<b></b>".length],
  [/^[ \t]{0,3}>/gm, () => "<blockquote></blockquote>".length],
  [/^[ \t]*[-*+]\s/gm, () => 2],
];

export function telegramLength(markdown: string): number {
  let length = markdown.length + escapes(markdown);
  let prose = "";
  for (const block of markdownBlocks(markdown)) {
    if (block.kind === "lines") prose += `${block.lines.join("\n")}\n`;
    else if (block.kind === "code") length += PRE;
    else length += PRE + tableGrowth([block.head[0], ...block.lines]);
  }
  for (const [pattern, adds] of MARKUP) {
    prose = prose.replace(pattern, (found) => {
      const added = adds(found);
      length += added;
      return added > 0 ? " " : found;
    });
  }
  return length;
}

function escapes(text: string): number {
  let more = 0;
  for (const [character] of text.matchAll(/[&<>]/g)) more += ENTITIES[character] ?? 0;
  return more;
}

/** A table becomes one of fixed width: each cell as wide as the widest of its column. */
function tableGrowth(rows: readonly string[]): number {
  const cells = rows.map((row) => row.replace(/^\s*\||\|\s*$/g, "").split("|"));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.trim().length);
    }
  }
  const width = widths.reduce((sum, each) => sum + each + 3, 2);
  const written = rows.reduce((sum, row) => sum + row.length + 1, 0);
  // Its rule is a row more.
  return Math.max(0, width * (rows.length + 1) - written);
}
