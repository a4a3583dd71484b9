import { open, rename } from "node:fs/promises";

/** The least that survives a loss of power: written beside, synced, renamed. */
export async function syncedWrite(file: string, text: string): Promise<void> {
  const handle = await open(`${file}.tmp`, "wx", 0o600);
  await handle.writeFile(text);
  await handle.sync();
  await handle.close();
  await rename(`${file}.tmp`, file);
}
