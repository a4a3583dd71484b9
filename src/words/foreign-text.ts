/**
 * Makes a text that is not ours (an error's, a title's, a path's) harmless in a chat: it mentions nobody, links
 * nowhere and formats nothing, on channels that read Markdown, Slack's markup or HTML, and still reads the same.
 */

/** Zero width, no line break: splits what a channel would recognise. */
const JOINER = "\u2060";

const LOOKALIKES: Readonly<Record<string, string>> = {
  "`": "'",
  "*": "\u2217",
  "[": "(",
  "]": ")",
  "<": "\u2039",
  ">": "\u203A",
  "|": "\u00A6",
  "~": "\u223C",
  "\\": "\u2216",
};

/**
 * Renders as nothing or as some blank, or changes the order of its neighbours: controls, formats, blanks, what fonts
 * may leave out, halves of characters, private and unassigned ones, and the few that are blank by their picture only.
 */
const UNSEEN =
  /(?![\n\t ])[\p{Cc}\p{Cf}\p{Z}\p{DI}\p{Cs}\p{Co}\p{Cn}\u2800\uFFFC\u{16FE4}\u{1D159}]/gu;

/** The same in a text of one line, but that a picture of several parts stays whole. */
const EMOJI_OR_UNSEEN =
  /(?<emoji>\p{RGI_Emoji})|(?<variation>\p{VS}+)|[\p{Cc}\p{Cf}\p{DI}\p{Co}\s\u2800\uFFFC\u{16FE4}\u{1D159}]+/gv;

/** What runs from right to left, and takes the signs between along. */
const RIGHT_TO_LEFT =
  /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFE\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]+/gu;
const LEFT_TO_RIGHT_MARK = "\u200E";

/** One line, at most `maxLength` characters. */
export function harmlessText(text: string, maxLength = 600): string {
  const room = maxLength * 4 + 1000;
  const line = text
    // A hostile text can have megabytes, of which a line is shown.
    .slice(0, room)
    // Direction overrides and other invisible controls can make a text read as something that it is not.
    .replace(EMOJI_OR_UNSEEN, (_, emoji?: string, variation?: string) =>
      variation === undefined ? (emoji ?? " ") : "",
    )
    .replace(/ {2,}/g, " ")
    .trim()
    .concat(text.length > room ? "…" : "");
  const cut = line.length > maxLength ? `${line.slice(0, maxLength - 1).trimEnd()}…` : line;
  return unlinked(
    cut
      .toWellFormed()
      .replace(/[`*[\]<>|\\]/g, (character) => LOOKALIKES[character] ?? character)
      // A single tilde is a home folder, two strike through.
      .replace(/~~+/g, (run) => "\u223C".repeat(run.length))
      // Inside a word an underscore formats nothing, and paths need it.
      .replace(/(?<![\p{L}\p{N}])_+|_+(?![\p{L}\p{N}])/gu, (run) => "\uFF3F".repeat(run.length))
      .replace(/&(?=#?\w+;)/g, "\uFF06"),
  );
}

/** A text as it is, with what cannot be seen written out, so that a command is what it looks like. */
export function exactText(text: string): string {
  return text.replace(UNSEEN, writtenOut);
}

/** The same on one line of ours, where it neither formats nor ends the line; cut beyond `maxLength`. */
export function exactLine(text: string, maxLength: number): string {
  const line = exactText(text).replace(/[\n\t]|^ | $| (?= )/g, writtenOut);
  return harmlessText(line, maxLength);
}

/** The same in plain ASCII of every direction, for a surface that would write out what guards it here. */
export function plainText(text: string): string {
  return exactText(text)
    .replace(/\t/g, writtenOut)
    .replace(RIGHT_TO_LEFT, (run) => run.replace(/./gu, writtenOut))
    .replace(/``(?=`)|(?<=``)`/g, (ticks) => (ticks === "`" ? writtenOut(ticks) : ticks));
}

/** Lines that no line of the text can pass for: all but the first are marked as going on. */
export function continued(text: string): string {
  return text.replaceAll("\n", "\n\u2502 ");
}

/**
 * The exact text, at most `maxLength` characters of it, in a code block, where channels neither mention, link nor
 * format.
 */
export function codeBlock(text: string, maxLength: number): string {
  const content = cutAt(exactText(text), maxLength)
    // Three of them would end the block.
    .replace(/`(?=``)/g, `\`${JOINER}`);
  return `\`\`\`\n${orderKept(content)}\n\`\`\``;
}

/** The exact text on one line of a terminal: nothing in it moves the cursor, changes a colour or reorders the line. */
export function terminalLine(text: string): string {
  return orderKept(exactText(text.replaceAll(/[\n\t]/g, writtenOut)));
}

/** JSON that says the same, with what a terminal could take for more than text written as escapes. */
export function terminalJson(json: string): string {
  return json.replace(UNSEEN, (character) =>
    Array.from({ length: character.length }, (_, index) => {
      const unit = character.charCodeAt(index).toString(16).padStart(4, "0");
      return `\\u${unit}`;
    }).join(""),
  );
}

/** Words that run from right to left stay where they are, so that what stands around them is not read in another order. */
export function orderKept(text: string): string {
  return text.replace(RIGHT_TO_LEFT, keptInPlace);
}

function keptInPlace(run: string): string {
  return LEFT_TO_RIGHT_MARK + run + LEFT_TO_RIGHT_MARK;
}

/** Channels find mentions and links in plain texts too. */
function unlinked(text: string): string {
  return (
    text
      .replace(/[@#]/g, (sign) => JOINER + sign + JOINER)
      // No scheme is longer; without a bound a long row of names takes the square of its length.
      .replace(/\b([a-z][a-z0-9+.-]{0,31}):(?=\/\/)/gi, `$1:${JOINER}`)
      .replace(/\/(?=\/)/g, `/${JOINER}`)
      .replace(/\b(tg|mailto|javascript|slack|discord|tel):/gi, `$1${JOINER}:`)
      .replace(/(?<=[\p{L}\p{N}-])\.(?=\p{L}{2,})/gu, `${JOINER}.${JOINER}`)
  );
}

function cutAt(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength - 1)}…`.toWellFormed() : text;
}

function writtenOut(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
