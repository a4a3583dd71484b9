/** A unified diff by its lines, so that each can have its colour. */
export type DiffLine = { kind: "added" | "removed" | "place" | "same"; text: string };

/** More of one file nobody reads on a page, and a browser would lay out for long. */
const MOST = 2000;

/** @param isWhole the text is a file of which all is new, or all is gone, and no diff */
export function diffLines(text: string, isWhole: "add" | "delete" | undefined): DiffLine[] {
  const lines = text.replace(/\n$/, "").split("\n").slice(0, MOST);
  const isDiff = lines.some((line) => line.startsWith("@@"));
  return lines.map((line): DiffLine => {
    if (isWhole && !isDiff) {
      const isNew = isWhole === "add";
      return { kind: isNew ? "added" : "removed", text: `${isNew ? "+" : "-"}${line}` };
    }
    if (line.startsWith("@@")) return { kind: "place", text: line };
    if (line.startsWith("+")) return { kind: "added", text: line };
    return line.startsWith("-") ? { kind: "removed", text: line } : { kind: "same", text: line };
  });
}
