/** As much of Markdown as the checks and the packed README need. */

/** Where the text's links and pictures lead; what stands in code is none. */
export function linksOf(text: string): string[] {
  return Array.from(withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g), ([, link = ""]) => link);
}

/** The lines in the midst of a paragraph or of a list's entry: in some places each would end with a line break. */
export function paragraphsBroken(text: string): string[] {
  const lines = text.split("\n");
  return lines.filter((line, index) => isProse(line) && isProseOf(lines[index + 1] ?? ""));
}

function withoutCode(text: string): string {
  return text
    .replaceAll(/^ {4}.*$/gm, "")
    .replaceAll(/^```[^]*?^```$/gm, "")
    .replaceAll(/`[^`\n]*`/g, "");
}

/** A paragraph's line, or one that begins a list's entry. */
const isProse = (line: string): boolean => !/^(?: {4}|\||#|\[\/\/\]|\s*$)/.test(line);
/** A line that would continue it. */
const isProseOf = (line: string): boolean => isProse(line) && !/^\s*(?:[-*]|\d+\.) /.test(line);
