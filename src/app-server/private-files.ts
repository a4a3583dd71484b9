/**
 * Files that only this user may read, replaced whole or not at all. A link planted in place of a file is
 * neither followed nor overwritten through: reading refuses it, writing replaces the link itself.
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import path from "node:path";

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
// Not on Windows, where links need a privilege to be made.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/** Reads a file, or undefined where there is none. @throws ELOOP for a link, other file-system errors */
export async function readPrivateFile(file: string): Promise<string | undefined> {
  let handle;
  try {
    handle = await open(file, constants.O_RDONLY | NO_FOLLOW);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  try {
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

/** Writes a file so that a crash leaves the old text or the new one; missing folders are made private. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: PRIVATE_FOLDER });
  const temporary = `${file}.${process.pid}-${randomBytes(6).toString("hex")}.tmp`;
  try {
    const handle = await open(
      temporary,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW,
      PRIVATE_FILE,
    );
    try {
      await handle.writeFile(text, "utf8");
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Removes a file; one that is not there is fine. */
export async function removePrivateFile(file: string): Promise<void> {
  await rm(file, { force: true });
}

/** Moves an unreadable file out of the way and returns its new name, so that nothing is lost. */
export async function setAside(file: string): Promise<string> {
  const aside = `${file}.unreadable-${new Date().toISOString().replaceAll(":", "-")}`;
  await rename(file, aside);
  return aside;
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
