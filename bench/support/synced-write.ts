import { constants } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";

/** The least that survives a loss of power: a new file and its folder, synced at once. */
export async function syncedWrite(file: string, text: string): Promise<void> {
  const handle = await open(file, "wx", 0o600);
  await handle.writeFile(text);
  await Promise.all([handle.sync(), syncFolder(path.dirname(file))]);
  await handle.close();
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  await handle.sync();
  await handle.close();
}
