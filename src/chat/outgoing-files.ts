/**
 * Copies of files on their way into a chat. Channels read only what lies in the host's media folder, and a copy stays
 * what was checked while the original may change. Each has a private folder of its own, so that it keeps its name.
 */
import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rm, stat, type FileHandle } from "node:fs/promises";
import path from "node:path";

/** Longer than any sending takes: what is older was left by a crash. */
const LEFT_AFTER_MS = 3_600_000;

const PIECE = 1_048_576;

export type OutgoingFile = {
  path: string;
  folder: string;
  name: string;
  size: number;
  remove(this: void): Promise<void>;
};

/** A file has become larger than what may be sent while it was copied. */
export class FileGrewError extends Error {
  override readonly name = "FileGrewError";
}

/**
 * Copies an opened file.
 * @throws FileGrewError, file-system errors
 */
export function copyOut(
  stateDir: string,
  source: { handle: FileHandle; name: string },
  maxBytes: number,
): Promise<OutgoingFile> {
  return placeOut(stateDir, source.name, async (target) => {
    const piece = Buffer.alloc(PIECE);
    for (let size = 0; ;) {
      const { bytesRead } = await source.handle.read(piece, 0, PIECE, size);
      if (bytesRead === 0) return size;
      size += bytesRead;
      if (size > maxBytes) throw new FileGrewError();
      await target.writeFile(piece.subarray(0, bytesRead));
    }
  });
}

/** Writes a text as a file to be sent. @throws file-system errors */
export function writeOut(stateDir: string, name: string, text: string): Promise<OutgoingFile> {
  return placeOut(stateDir, name, async (target) => {
    await target.writeFile(text, "utf8");
    return Buffer.byteLength(text);
  });
}

/** Packs files as an archive to be sent. @throws FileGrewError, file-system errors, what `entries` throws */
export function zipOut(
  stateDir: string,
  name: string,
  write: (target: FileHandle) => Promise<number>,
): Promise<OutgoingFile> {
  return placeOut(stateDir, name, write);
}

/** Removes what a crash left behind. Never rejects. */
export async function sweepOutgoingFiles(stateDir: string, now = Date.now()): Promise<void> {
  const all = outgoingFolder(stateDir);
  const names = await readdir(all).catch(() => []);
  for (const name of names) {
    const folder = path.join(all, name);
    try {
      if (now - (await stat(folder)).mtimeMs > LEFT_AFTER_MS) await removeFolder(folder);
    } catch {
      // Gone already, or not ours to remove: the next sweep looks again.
    }
  }
}

async function placeOut(
  stateDir: string,
  name: string,
  /** Returns how many bytes it wrote. */
  write: (target: FileHandle) => Promise<number>,
): Promise<OutgoingFile> {
  const folder = path.join(outgoingFolder(stateDir), randomUUID());
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    const file = path.join(folder, name);
    const target = await open(file, "wx", 0o600);
    let size: number;
    try {
      size = await write(target);
    } finally {
      await target.close();
    }
    return { path: file, folder, name, size, remove: () => removeFolder(folder) };
  } catch (error) {
    await removeFolder(folder);
    throw error;
  }
}

function outgoingFolder(stateDir: string): string {
  return path.join(stateDir, "media", "codex-conversation");
}

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
