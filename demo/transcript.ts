import { writeFile } from "node:fs/promises";
import { type DemoEntry, isSaid } from "./said.js";

/** Writes what was said as JSON: `[{at, chat, from, text, kind?, buttons?}]`; a message has no kind. */
export async function writeTranscript(file: string, entries: readonly DemoEntry[]): Promise<void> {
  const said = entries
    .filter((entry, index) => isSaid(entry, entries.slice(0, index)))
    .map(({ at, chat, from, kind, text, buttons }) => ({
      at,
      chat,
      from,
      text,
      ...(kind !== "message" && { kind }),
      ...(buttons.length > 0 && { buttons }),
    }));
  await writeFile(file, `${JSON.stringify(said, undefined, 2)}\n`);
}
