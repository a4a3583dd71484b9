/** Puts the figures of a run into the documentation, between its marks. */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { root } from "./build.js";
import { markdownOf } from "./report.js";
import type { Row } from "./row.js";

export type Machine = {
  node: string;
  system: string;
  processors: number;
  model: string;
  /** Of the last 1, 5 and 15 minutes before the run. */
  loadBefore: number[];
};

const DOCUMENT = path.join("docs", "performance.md");
const BEGIN = "<!-- figures: written by `npm run bench -- --write-docs` -->";
const END = "<!-- end of figures -->";

/** @throws Error where the document has no marks */
export async function writeFigures(machine: Machine, rows: readonly Row[]): Promise<void> {
  const text = await readFile(path.join(root, DOCUMENT), "utf8");
  await writeFile(path.join(root, DOCUMENT), withFigures(text, machine, rows));
  await promisify(execFile)("npx", ["oxfmt", DOCUMENT], { cwd: root });
}

/** @throws Error where the text has no marks */
export function withFigures(text: string, machine: Machine, rows: readonly Row[]): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`${DOCUMENT} has no place for the figures.`);
  const { node, system, processors, model, loadBefore } = machine;
  const load = loadBefore.map((value) => value.toFixed(1)).join(", ");
  const about = `One run of everything: Node ${node}, ${processors} cores (${model}), ${system}; load before it ${load}.`;
  const figures = [BEGIN, about, markdownOf(rows)].join("\n\n");
  return `${text.slice(0, begin)}${figures}\n\n${text.slice(end)}`;
}
