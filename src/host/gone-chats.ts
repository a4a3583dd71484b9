/** Chats that are no more, as a group that became a supergroup: another chat may have their threads. */
import { readPrivateFile, writePrivateFile } from "./private-files.js";

const MARK = ".gone";

export async function markGone(sessionFile: string): Promise<void> {
  await writePrivateFile(sessionFile + MARK, `${new Date().toISOString()}\n`);
}

export async function isGone(sessionFile: string): Promise<boolean> {
  return (await readPrivateFile(sessionFile + MARK)) !== undefined;
}
