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

/** One line, at most `maxLength` characters. */
export function harmlessText(text: string, maxLength = 600): string {
  const line = text
    // Direction overrides and other invisible controls can make a text read as something that it is not.
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
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
  return text
    .toWellFormed()
    .replace(/\r\n?/g, "\n")
    .replace(
      /(?![\n\t \p{VS}])[\p{Cc}\p{Cf}\p{Z}\p{DI}]/gu,
      (character) => `\\u{${hex(character)}}`,
    );
}

/**
 * The exact text, at most `maxLength` characters of it, in a code block, where channels neither mention, link nor
 * format.
 */
export function codeBlock(text: string, maxLength: number): string {
  // Three of them would end the block.
  const content = cutAt(exactText(text), maxLength).replace(/`(?=``)/g, `\`${JOINER}`);
  return `\`\`\`\n${content}\n\`\`\``;
}

/** Channels find mentions and links in plain texts too. */
function unlinked(text: string): string {
  return text
    .replace(/[@#]/g, (sign) => sign + JOINER)
    .replace(/\b([a-z][a-z0-9+.-]*):(?=\/\/)/gi, `$1:${JOINER}`)
    .replace(/\b(tg|mailto|javascript|slack|discord|tel):/gi, `$1${JOINER}:`)
    .replace(/(?<=[\p{L}\p{N}-])\.(?=\p{L}{2,})/gu, `${JOINER}.`);
}

function cutAt(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength - 1)}…`.toWellFormed() : text;
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}
