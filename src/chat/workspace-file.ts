/** Opens a file that a chat names, to send it there: with the same checks as a folder that it may work in. */
import { constants } from "node:fs";
import { lstat, open, realpath, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { expandHome } from "../app-server/config.js";
import { whereOpened } from "./opened-file.js";
import { fileWords } from "../words/file-words.js";
import { isInside, realFolderOrName } from "../thread/workspace-folder.js";

/** What Telegram takes from a bot; where a channel takes less, it says so itself. */
export const MAX_SENT_BYTES = 50_000_000;

/** The file cannot be sent; the message is for the chat. */
export class WorkspaceFileError extends Error {
  override readonly name = "WorkspaceFileError";
}

/** `handle` is the caller's to close; `inside`: the file's path from the folder on, links followed. */
export type WorkspaceFile = { handle: FileHandle; name: string; size: number; inside: string };

// A named pipe would otherwise keep the open waiting for its writer. Neither flag is there on Windows.
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/**
 * Opens a regular file inside `cwd`, against which a relative name counts, and inside one of `roots` where there are
 * any. Links are followed first, so that none leads out. Codex works in there: what counts is where the opened file
 * lies, since a folder that was looked at may be a link to elsewhere a moment later.
 * @throws WorkspaceFileError
 */
export async function openWorkspaceFile(
  named: string,
  place: { cwd: string; roots: readonly string[]; maxBytes: number; mayBeEmpty?: boolean },
): Promise<WorkspaceFile> {
  const { cwd, roots, maxBytes, mayBeEmpty = false } = place;
  const wanted = path.resolve(cwd, expandHome(named));
  const folder = await realFolderOrName(cwd);
  const realRoots = await Promise.all(roots.map(realFolderOrName));
  const isAllowed = (file: string): boolean => {
    const parent = path.dirname(file);
    const isInRoots = roots.length === 0 || realRoots.some((root) => isInside(parent, root));
    return isInRoots && isInside(parent, folder);
  };
  const real = await realFile(wanted);
  const lead = real ?? (await realPlaceOfMissing(wanted));
  // Said of a missing file too: what exists elsewhere is nobody's business.
  if (lead === undefined || !isAllowed(lead)) {
    throw new WorkspaceFileError(fileWords.outside(named, cwd));
  }
  if (real === undefined) throw new WorkspaceFileError(fileWords.missing(named, cwd));
  const handle = await open(real, READ).catch((error: unknown) => {
    throw new WorkspaceFileError(fileWords.unreadable(named, error));
  });
  try {
    const lies = await whereOpened(handle, { expected: real, folder });
    if (lies === undefined) throw new WorkspaceFileError(fileWords.changing(named));
    if (!isAllowed(lies)) throw new WorkspaceFileError(fileWords.outside(named, cwd));
    const opened = await handle.stat();
    if (!opened.isFile()) throw new WorkspaceFileError(fileWords.noFile(named));
    if (opened.size === 0 && !mayBeEmpty) throw new WorkspaceFileError(fileWords.empty(named));
    if (opened.size > maxBytes) {
      throw new WorkspaceFileError(fileWords.tooLarge(named, opened.size, maxBytes));
    }
    const inside = path.relative(folder, lies);
    return { handle, name: path.basename(wanted), size: opened.size, inside };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function realFile(file: string): Promise<string | undefined> {
  try {
    return await realpath(file);
  } catch {
    return undefined;
  }
}

/** Undefined where a link leads to nothing: calling that missing would tell what exists at its other end. */
async function realPlaceOfMissing(file: string): Promise<string | undefined> {
  const folder = path.dirname(file);
  try {
    await lstat(file);
    return undefined;
  } catch {
    if (folder === file) return undefined;
    const real = (await realFile(folder)) ?? (await realPlaceOfMissing(folder));
    return real === undefined ? undefined : path.join(real, path.basename(file));
  }
}
