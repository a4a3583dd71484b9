/** Cuts a line of Markdown that is too long for one message, so that both sides still read as one text. */
import { mostThatFits } from "./most-that-fits.js";

/** What can stand open over a cut, longest first. */
const MARKS = ["***", "**", "__", "~~", "*", "_"] as const;
const LONGEST_TICKS = 16;

/** How far before the limit a cut may lie to come between two words. */
const LOOK_BACK = 0.4;
/** How far behind the limit the end of a link is looked for. */
const LINK_BEYOND = 2048;
/** A link, or what would be one if it were closed. */
const LINK = /\[[^\][]*\]\([^)\s]*(\)?)/g;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** For each position, the marks that are open in the text before it, in order. */
type OpenMarks = (readonly string[])[];

/**
 * The beginning of a text that `fits`, of at most `limit` characters, and the rest of it; what is open at the cut (bold,
 * italics, code) is closed before it and opened again behind it. At least one character is taken. The time does not
 * depend on how long the text is.
 */
export function cutInline(
  text: string,
  limit: number,
  fits: (piece: string) => boolean,
): [string, string] {
  const opens = openMarks(text, Math.min(text.length, limit));
  const headOf = (at: number, open: readonly string[] = opens[at] ?? []): string =>
    at >= text.length ? text : text.slice(0, at).trimEnd() + open.toReversed().join("");
  const longest = Math.max(
    1,
    mostThatFits(opens.length - 1, (at) => fits(headOf(at))),
  );
  const at = goodCut(text, longest, opens);
  const rest = text.slice(at);
  // A mark that nothing closes is a character like any other.
  const open = (opens[at] ?? []).filter((mark) => rest.includes(mark));
  return [headOf(at, open), rest === "" ? "" : open.join("") + rest.trimStart()];
}

/** What is open at the end of a text and closed in the rest, in order. */
export function openAtEnd(text: string, rest: string): readonly string[] {
  return (openMarks(text, text.length).at(-1) ?? []).filter((mark) => rest.includes(mark));
}

/** The same for a line of code, of which every character counts. */
export function cutCode(
  text: string,
  limit: number,
  fits: (piece: string) => boolean,
): [string, string] {
  const longest = mostThatFits(Math.min(text.length, limit), (at) => fits(text.slice(0, at)));
  const at = wholeCharacter(text, Math.max(1, longest));
  return [text.slice(0, at), text.slice(at)];
}

/** After a sentence or a word, outside of links and code, where there is one near; never inside a character. */
function goodCut(text: string, longest: number, opens: OpenMarks): number {
  if (longest >= text.length) return text.length;
  const least = Math.floor(longest * (1 - LOOK_BACK));
  const links = linksOf(text.slice(0, longest + LINK_BEYOND));
  let word: number | undefined;
  for (let at = longest; at > least; at -= 1) {
    if (!/\s/.test(text.charAt(at)) || isInCode(opens[at])) continue;
    while (at <= (links.at(-1)?.start ?? -1)) links.pop();
    if (at < (links.at(-1)?.end ?? 0)) continue;
    if (/[.!?:;]/.test(text.charAt(at - 1))) return at;
    word ??= at;
  }
  return word ?? wholeCharacter(text, longest);
}

function isInCode(open: readonly string[] = []): boolean {
  return open.some((mark) => mark.startsWith("`"));
}

function linksOf(text: string): { start: number; end: number }[] {
  return [...text.matchAll(LINK)]
    .filter(([, closed]) => closed !== "")
    .map(({ index, 0: found }) => ({ start: index, end: index + found.length }));
}

function wholeCharacter(text: string, longest: number): number {
  // Far enough back for any character that is made of several.
  const from = Math.max(0, longest - 64);
  let end = from;
  for (const { index, segment } of graphemes.segment(text.slice(from, longest + 64))) {
    const next = from + index + segment.length;
    if (next > longest) break;
    end = next;
  }
  // One that alone is too long has to be cut, but not within a pair of surrogates.
  if (end > from) return end;
  const code = text.charCodeAt(longest - 1);
  return longest > 1 && code >= 0xd800 && code < 0xdc00 ? longest - 1 : longest;
}

/** In one pass over the first `end` characters. */
function openMarks(text: string, end: number): OpenMarks {
  const opens: OpenMarks = [];
  let open: readonly string[] = [];
  const upTo = (position: number, marks = open): void => {
    while (opens.length <= Math.min(position, end)) opens.push(marks);
  };
  for (let at = 0; at < end;) {
    const character = text.charAt(at);
    const mark = MARKS.find((candidate) => text.startsWith(candidate, at));
    if (character === "\\") {
      at += 2;
    } else if (character === "`") {
      const ticks = ticksAt(text, at);
      const inside = at + ticks.length;
      const closing = text.slice(0, end).indexOf(ticks, inside);
      upTo(inside - 1);
      at = closing === -1 ? end + 1 : closing + ticks.length;
      upTo(at - 1, [...open, ticks]);
    } else if (mark === undefined) {
      at += 1;
    } else {
      const toggled = toggle(open, mark, text.charAt(at - 1), text.charAt(at + mark.length));
      at += mark.length;
      // What ends right behind the mark has nothing in it that is open.
      upTo(toggled.length > open.length ? at : at - 1);
      open = toggled;
    }
    upTo(at);
  }
  return opens;
}

function ticksAt(text: string, at: number): string {
  let end = at;
  while (end < at + LONGEST_TICKS && text.charAt(end) === "`") end += 1;
  return text.slice(at, end);
}

function isWord(character: string): boolean {
  return /[\p{L}\p{N}]/u.test(character);
}

function toggle(
  open: readonly string[],
  mark: string,
  before: string,
  after: string,
): readonly string[] {
  if (open.at(-1) === mark && before !== "" && !/\s/.test(before)) return open.slice(0, -1);
  // Inside a word an underscore formats nothing, before a blank nothing is opened, and what is open opens no second time.
  const opens =
    after !== "" &&
    !/\s/.test(after) &&
    !(mark.startsWith("_") && isWord(before)) &&
    !open.includes(mark);
  return opens ? [...open, mark] : open;
}
