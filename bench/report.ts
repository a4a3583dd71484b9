/** The figures as tables for people. */
import { isMet, type Row, type Target } from "./row.js";
import type { Summary } from "./sampling.js";

const COLUMNS = ["row", "plugin", "limit", "ratio", "difference", "target"] as const;

/** For a terminal. */
export function tableOf(rows: readonly Row[]): string {
  const table = [[...COLUMNS], ...rows.map(cellsOf)];
  const widths = COLUMNS.map((_, column) =>
    Math.max(...table.map((line) => (line[column] ?? "").length)),
  );
  return table
    .map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}

/** For a document. */
export function markdownOf(rows: readonly Row[]): string {
  const table = [[...COLUMNS], COLUMNS.map(() => "---"), ...rows.map(cellsOf)];
  return table.map((line) => `| ${line.join(" | ")} |`).join("\n");
}

function cellsOf(row: Row): string[] {
  return [
    `${row.group}: ${row.name}`,
    `${spread(row.plugin)} ${row.unit}`,
    `${spread(row.limit)}, ${row.limitName}`,
    spread(row.ratio),
    spread(row.difference),
    outcomeOf(row),
  ];
}

/** The median, and in brackets the tenth and the ninetieth percentile. */
function spread({ median, p10, p90 }: Summary): string {
  return `${short(median)} (${short(p10)} to ${short(p90)})`;
}

function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en");
  if (size >= 100) return value.toFixed(0);
  return value.toFixed(size >= 10 ? 1 : 2);
}

function outcomeOf(row: Row): string {
  const met = isMet(row);
  if (row.target === undefined || met === undefined) return "";
  const { medianFrom, medianTo } = row[row.target.of];
  const outcome = `${met ? "met" : "MISSED"}: ${targetText(row.target)}`;
  return `${outcome}, measured ${short(medianFrom)} to ${short(medianTo)}`;
}

function targetText(target: Target): string {
  const bound = "atMost" in target ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`;
  return `${target.of} ${bound}`;
}
