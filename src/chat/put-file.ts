/** Writes what a person has sent into a folder that their chat's thread works in. */
import { constants } from "node:fs";
import { open, rm, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { fileWords } from "../words/file-words.js";
import { whereOpened } from "./opened-file.js";
import { WorkspaceFileError } from "./workspace-file.js";

/** What Telegram lets a bot have is less; where a channel brings more, it is not for a workspace. */
const MAX_BYTES = 50_000_000;
const PIECE = 1_048_576;
/** Names that are tried for a file whose own is taken. */
const TRIES = 20;

// Never a file that is there, and never through a link.
const NEW_FILE =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/**
 * Copies a file that OpenClaw has brought here into `folder`, a real path, under a name that is free there.
 * @throws WorkspaceFileError, file-system errors
 */
export async function putFile(
  source: string,
  folder: string,
): Promise<{ name: string; size: number }> {
  const { name, target } = await create(folder, nameOf(source));
  const file = path.join(folder, name);
  try {
    // Codex works in there: the folder may be a link to elsewhere by now.
    const lies = await whereOpened(target, { expected: file, folder });
    if (lies !== file) throw new WorkspaceFileError(fileWords.changing(name));
    return { name, size: await copy(source, target, name) };
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await target.close();
  }
}

/** OpenClaw adds an id to the name that a person's file has. */
function nameOf(source: string): string {
  const { name, ext } = path.parse(source);
  const plain = name.replace(/---[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, "");
  return `${plain.replace(/^\.+/, "") || "file"}${ext}`;
}

async function create(
  folder: string,
  wanted: string,
): Promise<{ name: string; target: FileHandle }> {
  const { name: stem, ext } = path.parse(wanted);
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const name = attempt === 1 ? wanted : `${stem}-${attempt}${ext}`;
    try {
      // oxlint-disable-next-line no-await-in-loop
      return { name, target: await open(path.join(folder, name), NEW_FILE, 0o644) };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
  }
  throw new WorkspaceFileError(fileWords.nameTaken(wanted));
}

async function copy(source: string, target: FileHandle, name: string): Promise<number> {
  const from = await open(source, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if (!(await from.stat()).isFile()) throw new WorkspaceFileError(fileWords.noFile(name));
    const piece = Buffer.alloc(PIECE);
    for (let size = 0; ;) {
      // oxlint-disable-next-line no-await-in-loop
      const { bytesRead } = await from.read(piece, 0, PIECE, size);
      if (bytesRead === 0) return size;
      size += bytesRead;
      if (size > MAX_BYTES) {
        throw new WorkspaceFileError(fileWords.tooLarge(name, size, MAX_BYTES));
      }
      // oxlint-disable-next-line no-await-in-loop
      await target.writeFile(piece.subarray(0, bytesRead));
    }
  } finally {
    await from.close();
  }
}
