import { writeFile } from "node:fs/promises";
import type { TranscriptEntry } from "../test/support/telegram-bot-api.js";

/** Whether somebody said something new: an edit that only takes the buttons away says nothing. */
export function isSaid(entry: TranscriptEntry, before: readonly TranscriptEntry[]): boolean {
  if (entry.kind === "delete") return false;
  if (entry.kind !== "edit") return true;
  const same = before.filter(
    ({ messageId, kind }) => messageId === entry.messageId && kind !== "click",
  );
  return same.at(-1)?.text !== entry.text;
}

export async function writeTranscript(
  file: string,
  entries: readonly TranscriptEntry[],
): Promise<void> {
  const said = entries
    .filter((entry, index) => isSaid(entry, entries.slice(0, index)))
    .map(({ at, chat, from, text, buttons }) => {
      const labels = buttons.flat().map((button) => button.text);
      return { at, chat: String(chat), from, text, ...(labels.length > 0 && { buttons: labels }) };
    });
  await writeFile(file, `${JSON.stringify(said, undefined, 2)}\n`);
}
