/** Rows and columns for a terminal of 80 columns. */
import { terminalLine } from "./foreign-text.js";

export const TERMINAL_COLUMNS = 80;

/** What takes two columns of a terminal: pictures, and the letters of East Asia. */
const WIDE =
  /^(?:\p{RGI_Emoji}|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}])/v;
/** What takes none: the marks that stand on a letter, and those that keep a run of text in its place. */
const NARROW = /^[\p{M}\u200E]+$/v;

const letters = new Intl.Segmenter("en", { granularity: "grapheme" });

/** A text that is not ours on one line, cut to this many columns. */
export function fitted(text: string, columns: number): string {
  // A hostile text can have megabytes.
  const line = terminalLine(text.slice(0, columns * 8));
  let width = 0;
  let kept = "";
  for (const { segment } of letters.segment(line)) {
    width += widthOf(segment);
    if (width > columns) return `${withoutLast(kept, columns - 1)}…`;
    kept += segment;
  }
  return text.length > columns * 8 ? `${withoutLast(kept, columns - 1)}…` : kept;
}

/** A row of columns of these widths, of which the last is not filled up. */
export function row(cells: readonly (readonly [text: string, columns: number])[]): string {
  return cells
    .map(([text, columns]) => {
      const cell = fitted(text, columns);
      return cell + " ".repeat(Math.max(0, columns - columnsOf(cell)));
    })
    .join("  ")
    .trimEnd();
}

/** A line of ours that is longer than the terminal, on several lines, which all begin alike. */
export function wrapped(text: string, indent = ""): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && columnsOf(indent + longer) > TERMINAL_COLUMNS) {
      lines.push(indent + line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, indent + line].join("\n");
}

export function columnsOf(text: string): number {
  let width = 0;
  for (const { segment } of letters.segment(text)) width += widthOf(segment);
  return width;
}

function widthOf(letter: string): number {
  if (NARROW.test(letter)) return 0;
  return WIDE.test(letter) ? 2 : 1;
}

/** As much of a text as these columns hold. */
function withoutLast(text: string, columns: number): string {
  let width = 0;
  let kept = "";
  for (const { segment } of letters.segment(text)) {
    width += widthOf(segment);
    if (width > columns) break;
    kept += segment;
  }
  return kept;
}
