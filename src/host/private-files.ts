/**
 * Files that only this user may read, replaced whole or not at all. A link planted in place of a file is
 * neither followed nor overwritten through: reading refuses it, writing replaces the link itself. What lets others in
 * is closed to them, and that is said; what belongs to another user is refused.
 */
import { randomBytes } from "node:crypto";
import { constants, type Stats } from "node:fs";
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  type FileHandle,
} from "node:fs/promises";
import path from "node:path";
import { isOnlyLooking } from "./looking.js";
import { OUR_FOLDER } from "./state.js";
import { processWide } from "../common/process-wide.js";

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
// Not on Windows, where links need a privilege to be made.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

const FOR_OTHERS = 0o077;
const WRITABLE_BY_ALL = 0o002;

/** Told of each file and folder that others could read or change. The entry hands it on to the log. */
const watch = processWide("private-files", (): { onMended: (text: string) => void } => ({
  onMended: () => {},
}));

export function onMendedFile(say: (text: string) => void): void {
  watch.onMended = say;
}

/** Root may do anything anyway, so what is root's is nobody else's. */
const ROOT = 0;

/** @throws Error where the file belongs to another user */
async function closeToOthers(
  file: string,
  facts: Stats,
  setMode: (mode: number) => Promise<void>,
): Promise<void> {
  // Windows has access lists instead.
  const user = process.getuid?.();
  if (user === undefined) return;
  if (facts.uid !== user && facts.uid !== ROOT) {
    throw new Error(
      `${file} belongs to another user, so it is not used. Make it the gateway's user's with chown, or remove it.`,
    );
  }
  if (facts.uid !== user) return;
  const mode = facts.mode & 0o777;
  if ((mode & FOR_OTHERS) === 0 || isOnlyLooking()) return;
  await setMode(mode & ~FOR_OTHERS);
  watch.onMended(
    `${file} was open to other users (mode ${mode.toString(8)}). It is closed to them now; see who could have read or changed it.`,
  );
}

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
    await closeToOthers(file, await handle.stat(), (mode) => handle.chmod(mode));
    return await handle.readFile("utf8");
  } finally {
    closeUnchanged(handle);
  }
}

/** Writes a file so that a crash leaves the old text or the new one; missing folders are made private. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  await makePrivateFolder(path.dirname(file));
  const temporary = `${file}.${process.pid}-${randomBytes(6).toString("hex")}.tmp`;
  try {
    const handle = await openNew(temporary);
    try {
      await handle.writeFile(text, "utf8");
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    await syncFolder(path.dirname(file));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Writes a file that is not there yet; missing folders are made private. When this resolves, the file survives a loss of
 * power. A crash before that can leave it empty or in part, so the reader must be able to tell: in return nothing has to
 * be renamed, and file and folder go to the disk together.
 * @throws EEXIST, other file-system errors
 */
export async function createPrivateFile(file: string, text: string): Promise<void> {
  const folder = path.dirname(file);
  await makePrivateFolder(folder);
  const handle = await openNew(file);
  try {
    await handle.writeFile(text, "utf8");
    await Promise.all([handle.sync(), syncFolder(folder)]);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    closeUnchanged(handle);
  }
}

/**
 * Copies a file to where there is none; the folder has to be there. The content survives a loss of power when this
 * resolves, the name once the folder is synced. @throws EEXIST, other file-system errors
 */
export async function copyPrivateFile(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_EXCL);
  await chmod(to, PRIVATE_FILE);
  const handle = await open(to, constants.O_RDWR | NO_FOLLOW);
  try {
    await handle.sync();
  } finally {
    closeUnchanged(handle);
  }
}

/**
 * Adds a text at the end of a file that is there. A crash can leave a part of it; `synced` sees it through a loss of
 * power. @throws ENOENT, ELOOP for a link, other file-system errors
 */
export async function appendPrivateFile(
  file: string,
  text: string,
  { synced }: { synced: boolean },
): Promise<void> {
  const handle = await open(file, constants.O_WRONLY | constants.O_APPEND | NO_FOLLOW);
  try {
    await closeToOthers(file, await handle.stat(), (mode) => handle.chmod(mode));
    await handle.writeFile(text, "utf8");
    if (synced) await handle.datasync();
  } finally {
    await handle.close();
  }
}

function openNew(file: string): Promise<FileHandle> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;
  return open(file, flags, PRIVATE_FILE);
}

/** A new name survives a loss of power only once its folder is on disk too. Windows syncs no folders. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    closeUnchanged(handle);
  }
}

/**
 * Syncs what an earlier process may have been killed over before it had: from now on others rely on it. Of what cannot be
 * synced nothing is worse than before. Never rejects.
 */
export async function syncLeft(folder: string, files: readonly string[]): Promise<void> {
  if (files.length === 0) return;
  try {
    for (const file of files) {
      // oxlint-disable-next-line no-await-in-loop -- They are few, and open files can be, too.
      const handle = await open(file, constants.O_RDONLY | NO_FOLLOW);
      try {
        // oxlint-disable-next-line no-await-in-loop
        await handle.sync();
      } finally {
        closeUnchanged(handle);
      }
    }
    await syncFolder(folder);
  } catch {}
}

/** Closes what was read or is on disk: nobody has to wait for that, and nothing is lost where it fails. */
function closeUnchanged(handle: FileHandle): void {
  handle.close().catch(() => {});
}

/** Names in a folder; none where there is no folder. @throws where a link stands in its place */
export async function listPrivateFolder(folder: string): Promise<string[]> {
  try {
    await checkPrivateFolder(folder);
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}

/**
 * Lists a folder as `listPrivateFolder` does, without the half-written files that an earlier process left when it was
 * killed; those go. A file is an earlier process's by its age: this one may have the same pid, as in a container.
 */
export async function listAfterCrash(folder: string): Promise<string[]> {
  const names = await listPrivateFolder(folder);
  for (const name of names.filter(isTemporary)) {
    const file = path.join(folder, name);
    const facts = await lstat(file).catch(() => undefined);
    if (facts?.isFile() && facts.mtimeMs < performance.timeOrigin) await rm(file, { force: true });
  }
  return names.filter((name) => !isTemporary(name));
}

/** Whether a name is that of a file which `writePrivateFile` has not finished. */
function isTemporary(name: string): boolean {
  return /\.\d+-[\da-f]{12}\.tmp$/.test(name);
}

/** Folders that are being made: nothing in them is safe before their own names are. */
const inTheMaking = new Map<string, Promise<void>>();

/**
 * Makes a folder that only this user may enter, where there is none. When this resolves, a new one survives a loss of
 * power. @throws where a link stands in its place
 */
export async function makePrivateFolder(folder: string): Promise<void> {
  const begun = inTheMaking.get(folder);
  if (begun) return begun;
  try {
    await checkPrivateFolder(folder);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    const making = inTheMaking.get(folder) ?? makeFolder(folder);
    inTheMaking.set(folder, making);
    try {
      await making;
    } finally {
      inTheMaking.delete(folder);
    }
  }
}

async function makeFolder(folder: string): Promise<void> {
  const topmost = await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
  await checkPrivateFolder(folder);
  if (topmost === undefined) return;
  // Each new name stands in the folder above it.
  for (let made = folder; made.length >= topmost.length; made = path.dirname(made)) {
    // oxlint-disable-next-line no-await-in-loop -- From the innermost up, so that what is found leads to something.
    await syncFolder(path.dirname(made)).catch((error: unknown) => {
      // One may make a folder in some that one may not read.
      if (!hasCode(error, "EACCES") && !hasCode(error, "EPERM")) throw error;
    });
    if (made === path.dirname(made)) return;
  }
}

/** @throws ENOENT, and Error for a link or what belongs to another user */
async function checkPrivateFolder(folder: string): Promise<void> {
  const facts = await lstat(folder);
  if (facts.isSymbolicLink()) {
    throw new Error(`${folder} is a link, which is not followed. Remove it.`);
  }
  // A session file can lie anywhere, and the modes of folders that are not ours are none of our business.
  if (!folder.split(path.sep).includes(OUR_FOLDER)) return;
  await closeToOthers(folder, facts, (mode) => chmod(folder, mode));
}

/**
 * Closes what lies in our folder of the host's state to other users, and the state folder itself to their writing, by
 * which they could put another in the place of ours. Says what it finds, and what it cannot help.
 */
export async function closeStateToOthers(stateDir: string): Promise<void> {
  if (process.getuid === undefined) return;
  try {
    const { mode } = await lstat(stateDir);
    if ((mode & WRITABLE_BY_ALL) !== 0) {
      await chmod(stateDir, mode & 0o777 & ~WRITABLE_BY_ALL);
      watch.onMended(
        `${stateDir} could be changed by every user of this machine. It no longer can.`,
      );
    }
    await closeBelow(path.join(stateDir, OUR_FOLDER));
  } catch (error) {
    if (!hasCode(error, "ENOENT")) watch.onMended(String(error));
  }
}

async function closeBelow(folder: string): Promise<void> {
  await checkPrivateFolder(folder);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const name = path.join(folder, entry.name);
    // oxlint-disable-next-line no-await-in-loop -- Thousands at once would take all of the process's files.
    await closeEntry(name, entry.isDirectory()).catch((error: unknown) => {
      if (!hasCode(error, "ENOENT")) watch.onMended(String(error));
    });
  }
}

async function closeEntry(name: string, isFolder: boolean): Promise<void> {
  if (isFolder) return closeBelow(name);
  const facts = await lstat(name);
  if (facts.isFile()) await closeToOthers(name, facts, (mode) => chmod(name, mode));
}

/** Removes a file; one that is not there is fine. */
export async function removePrivateFile(file: string): Promise<void> {
  await rm(file, { force: true });
}

/** Whether the first line of a file is there: a crash leaves a part of it, and a loss of power zeros in its place, too. */
export function hasFirstLine(content: string): boolean {
  const end = content.indexOf("\n");
  return end >= 0 && !content.slice(0, end).includes("\0");
}

/** Moves an unreadable file out of the way and returns its new name, so that nothing is lost. */
export async function setAside(file: string): Promise<string> {
  const aside = `${file}.unreadable-${new Date().toISOString().replaceAll(":", "-")}`;
  await rename(file, aside);
  return aside;
}

/** Whether an error tells that the machine lacks something at the moment, and nothing of the file. */
export function isShortage(error: unknown): error is Error {
  return ["EMFILE", "ENFILE", "ENOMEM", "EIO", "EAGAIN"].some((code) => hasCode(error, code));
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
