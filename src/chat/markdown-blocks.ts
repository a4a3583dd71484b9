/** A Markdown text as the pieces that should not be torn: code, tables, list items, paragraphs. */

export type MarkdownBlock =
  | { kind: "code"; gap: number; fence: string; indent: string; lines: string[] }
  | { kind: "table"; gap: number; head: [string, string]; lines: string[] }
  | { kind: "lines"; gap: number; lines: string[] };

// With backticks behind them, three backticks begin code within a line.
const FENCE = /^(\s*)(`{3,}(?=[^`]*$)|~{3,})(.*)$/;
const LIST_ITEM = /^\s{0,3}(?:[-*+]|\d{1,9}[.)])\s/;
const HEADING = /^\s{0,3}#{1,6}\s/;

/** The dashes below a table's head: two cells, or one between two bars. */
function isDelimiterRow(line = ""): boolean {
  const row = line.trim();
  if (!row.includes("|")) return false;
  const cells = row.split("|");
  if (cells[0] === "") cells.shift();
  if (cells.at(-1) === "") cells.pop();
  const isBarred = row.startsWith("|") && row.endsWith("|");
  return cells.length > (isBarred ? 0 : 1) && cells.every((cell) => /^:?-+:?$/.test(cell.trim()));
}

/** `gap` is how many empty lines stand before a block; zero where it follows on the line before. */
export function markdownBlocks(text: string): MarkdownBlock[] {
  const blocks: MarkdownBlock[] = [];
  const lines = text.split("\n");
  let gap = 0;
  let paragraph: string[] | undefined;
  const endParagraph = (): void => void (paragraph = undefined);
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const opening = FENCE.exec(line);
    if (opening) {
      const [, indent = "", marks = "", info = ""] = opening;
      const end = closingLine(lines, at + 1, marks);
      blocks.push({
        kind: "code",
        gap,
        fence: marks + info,
        indent,
        lines: lines.slice(at + 1, end),
      });
      at = end;
      gap = 0;
      endParagraph();
    } else if (line.trim() === "") {
      gap += 1;
      endParagraph();
    } else if (line.includes("|") && isDelimiterRow(lines[at + 1])) {
      const end = lastRow(lines, at + 2);
      const head: [string, string] = [line, lines[at + 1] ?? ""];
      blocks.push({ kind: "table", gap, head, lines: lines.slice(at + 2, end) });
      at = end - 1;
      gap = 0;
      endParagraph();
    } else if (paragraph && !LIST_ITEM.test(line) && !HEADING.test(line)) {
      paragraph.push(line);
    } else {
      paragraph = [line];
      blocks.push({ kind: "lines", gap, lines: paragraph });
      gap = 0;
      if (HEADING.test(line)) endParagraph();
    }
  }
  return blocks;
}

/** The line that ends a fence, or the text's end, as Markdown has it. */
function closingLine(lines: readonly string[], from: number, marks: string): number {
  const closes = (line: string): boolean =>
    line.length >= marks.length && line === marks.charAt(0).repeat(line.length);
  for (let at = from; at < lines.length; at += 1) if (closes((lines[at] ?? "").trim())) return at;
  return lines.length;
}

function lastRow(lines: readonly string[], from: number): number {
  let at = from;
  while (at < lines.length && (lines[at] ?? "").includes("|")) at += 1;
  return at;
}

/** The block as it is written, with some of its lines. */
export function blockText(block: MarkdownBlock, lines: readonly string[] = block.lines): string {
  switch (block.kind) {
    case "code": {
      const { indent, fence } = block;
      const marks = /^(?:`+|~+)/.exec(fence)?.[0] ?? "```";
      return [indent + fence, ...lines, indent + marks].join("\n");
    }
    case "table":
      return [...block.head, ...lines].join("\n");
    case "lines":
      return lines.join("\n");
  }
}
