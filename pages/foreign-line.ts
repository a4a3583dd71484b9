import { orderKept } from "../src/words/foreign-text.js";

/** Changes the order of what stands around it, or is not seen. A joiner stays: pictures are made of several signs with it. */
const UNSEEN = /[\s\p{Cc}\p{Zl}\p{Zp}\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]+/gu;

/** The same where a text has lines of its own. */
const UNSEEN_IN_LINES =
  /(?![\n\t])[\p{Cc}\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/gu;

/** A text of somebody else's with its lines: what was said, what a command has printed. */
export function foreignText(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(UNSEEN_IN_LINES, "");
}

/** The same of what a machine reads: a command, a grant, a diff. Its signs stand in the order in which it reads them. */
export function foreignCode(text: string): string {
  return orderKept(foreignText(text));
}

/** A text of somebody else's in one line, as it can be shown: titles, folders, names. */
export function foreignLine(text: string, maxLength = 300): string {
  const line = text
    // It can have megabytes.
    .slice(0, maxLength * 2)
    .replace(UNSEEN, " ")
    .trim();
  return line.length > maxLength ? `${line.slice(0, maxLength - 1).toWellFormed()}…` : line;
}
