/** Cuts a line of Markdown that is too long for one message, so that both sides still read as one text. */

/** What can stand open over a cut, longest first. */
const MARKS = ["***", "**", "__", "~~", "*", "_"] as const;

/** How far before the limit a cut may lie to come between two words. */
const LOOK_BACK = 0.4;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * The beginning of a text that `fits`, and the rest of it; what is open at the cut (bold, italics, code) is closed before
 * it and opened again behind it. At least one character is taken.
 */
export function cutInline(text: string, fits: (piece: string) => boolean): [string, string] {
  const longest = longestFitting(text, (length) => {
    const [head] = seam(text, length);
    return fits(head);
  });
  const at = goodCut(text, longest);
  return seam(text, at);
}

/** The same for a line of code, of which every character counts. */
export function cutCode(text: string, fits: (piece: string) => boolean): [string, string] {
  const at = wholeCharacter(
    text,
    longestFitting(text, (length) => fits(text.slice(0, length))),
  );
  return [text.slice(0, at), text.slice(at)];
}

/** By halving: what a text becomes in a chat grows with its length. */
function longestFitting(text: string, fits: (length: number) => boolean): number {
  let low = 1;
  let high = text.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** After a sentence or a word, outside of links and code, where there is one near; never inside a character. */
function goodCut(text: string, longest: number): number {
  if (longest >= text.length) return text.length;
  const least = Math.floor(longest * (1 - LOOK_BACK));
  let word: number | undefined;
  for (let at = longest; at > least; at -= 1) {
    if (!/\s/.test(text.charAt(at)) || isInside(text, at)) continue;
    if (/[.!?:;]/.test(text.charAt(at - 1))) return at;
    word ??= at;
  }
  return word ?? wholeCharacter(text, longest);
}

/** Whether a position lies within a link or a piece of inline code. */
function isInside(text: string, at: number): boolean {
  const before = text.slice(0, at);
  const link = before.lastIndexOf("[");
  if (link > before.lastIndexOf(")") && /^\[[^\]]*\]\([^)\s]*\)/.test(text.slice(link))) {
    return true;
  }
  return openMarks(before).some((mark) => mark.startsWith("`"));
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

function seam(text: string, at: number): [string, string] {
  if (at >= text.length) return [text, ""];
  const rest = text.slice(at);
  // A mark that nothing closes is a character like any other.
  const open = openMarks(text.slice(0, at)).filter((mark) => rest.includes(mark));
  const head = text.slice(0, at).trimEnd() + open.toReversed().join("");
  return [head, open.join("") + rest.trimStart()];
}

/** The marks that are open at the end of a text, in order. */
function openMarks(text: string): string[] {
  const open: string[] = [];
  for (let at = 0; at < text.length;) {
    if (text.charAt(at) === "\\") {
      at += 2;
      continue;
    }
    const ticks = /^`+/.exec(text.slice(at, at + 16))?.[0];
    if (ticks !== undefined) {
      const end = text.indexOf(ticks, at + ticks.length);
      if (end === -1) return [...open, ticks];
      at = end + ticks.length;
      continue;
    }
    const mark = MARKS.find((candidate) => text.startsWith(candidate, at));
    if (mark === undefined) {
      at += 1;
      continue;
    }
    toggle(open, mark, text.charAt(at - 1), text.charAt(at + mark.length));
    at += mark.length;
  }
  return open;
}

function isWord(character: string): boolean {
  return /[\p{L}\p{N}]/u.test(character);
}

function toggle(open: string[], mark: string, before: string, after: string): void {
  if (open.at(-1) === mark && before !== "" && !/\s/.test(before)) open.pop();
  // Inside a word an underscore formats nothing; before a blank nothing is opened.
  else if (after !== "" && !/\s/.test(after) && !(mark.startsWith("_") && isWord(before))) {
    open.push(mark);
  }
}
