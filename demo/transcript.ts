import { writeFile } from "node:fs/promises";
import { saidOf, type TranscriptEntry } from "../test/support/transcript.js";

/** Writes what was said as JSON: `[{at, chat, from, text, buttons?}]`. */
export async function writeTranscript(
  file: string,
  entries: readonly TranscriptEntry[],
): Promise<void> {
  const said = saidOf(entries).map(({ at, chat, from, text, buttons }) => {
    const labels = buttons.flat().map((button) => button.text);
    return { at, chat: String(chat), from, text, ...(labels.length > 0 && { buttons: labels }) };
  });
  await writeFile(file, `${JSON.stringify(said, undefined, 2)}\n`);
}
