/** Files and folders of the plugin's that other users of the machine could read or change. */
import { lstat, readdir } from "node:fs/promises";
import path from "node:path";
import type { Finding } from "./doctor-findings.js";

const FOR_OTHERS = 0o077;
const ROOT = 0;

/** Looks and changes nothing, other than `closeStateToOthers`. @throws file-system errors */
export async function looseFiles(folder: string): Promise<Finding[]> {
  // Windows has access lists instead.
  const user = process.getuid?.();
  if (user === undefined) return [];
  const found: Finding[] = [];
  const loose: { file: string; mode: string }[] = [];
  const todo = [folder];
  for (let file = todo.pop(); file !== undefined; file = todo.pop()) {
    // oxlint-disable-next-line no-await-in-loop -- Thousands at once would take all of the process's files.
    const facts = await lstat(file).catch(() => undefined);
    if (facts === undefined) continue;
    if (facts.isSymbolicLink()) {
      found.push({ check: "link", file });
      continue;
    }
    const mode = facts.mode & 0o777;
    if (facts.uid !== user && facts.uid !== ROOT) found.push({ check: "owner", file });
    else if ((mode & FOR_OTHERS) !== 0) loose.push({ file, mode: mode.toString(8) });
    if (!facts.isDirectory()) continue;
    // oxlint-disable-next-line no-await-in-loop
    const names = await readdir(file).catch(() => []);
    todo.push(...names.map((name) => path.join(file ?? "", name)));
  }
  const [first] = loose.toSorted((one, other) => (one.file < other.file ? -1 : 1));
  if (!first) return found;
  const { file, mode } = first;
  return [...found, { check: "modes", folder, count: loose.length, first: file, mode }];
}
