/**
 * Holds the rooms of the source together: imports go down the list of rooms, or stay in one. A type can be imported
 * upward by the words only, which say what the rooms above have found out. Requests to Codex go through one table, and no
 * file is too long to have one reason to change.
 */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { longFiles, plainRequests, upwardImports } from "./room-rules.js";

const root = fileURLToPath(new URL("../src/", import.meta.url));
const names = (await readdir(root, { recursive: true })).filter((name) => name.endsWith(".ts"));
const files = await Promise.all(
  names.map(async (name) => ({
    file: name.replaceAll(path.sep, "/"),
    text: await readFile(path.join(root, name), "utf8"),
  })),
);
const complaints = [...upwardImports(files), ...plainRequests(files), ...longFiles(files)];
for (const complaint of complaints) console.error(complaint);
if (complaints.length > 0) process.exitCode = 1;
else
  console.log(
    `${files.length} files: no import goes up, no request past the table, none too long.`,
  );
