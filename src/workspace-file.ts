/** Opens a file that a chat names, to send it there: with the same checks as a folder that it may work in. */
import { constants } from "node:fs";
import { open, realpath, stat, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { expandHome } from "./app-server/config.js";
import { fileWords } from "./words/file-words.js";
import { liesInFolders } from "./workspace-folder.js";

/** The file cannot be sent; the message is for the chat. */
export class WorkspaceFileError extends Error {
  override readonly name = "WorkspaceFileError";
}

/** `handle` is the caller's to close. */
export type WorkspaceFile = { handle: FileHandle; name: string; size: number };

// A named pipe would otherwise keep the open waiting for its writer. Neither flag is there on Windows.
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/**
 * Opens a regular file inside `cwd`, against which a relative name counts, and inside one of `roots` where there are
 * any. Links are followed first, so that none leads out.
 * @throws WorkspaceFileError
 */
export async function openWorkspaceFile(
  named: string,
  place: { cwd: string; roots: readonly string[]; maxBytes: number },
): Promise<WorkspaceFile> {
  const { cwd, roots, maxBytes } = place;
  const wanted = path.resolve(cwd, expandHome(named));
  const real = await realFile(wanted);
  // Said of a missing file too: what exists elsewhere is nobody's business.
  if (!(await isAllowed(real ?? wanted, cwd, roots))) {
    throw new WorkspaceFileError(fileWords.outside(named, cwd));
  }
  if (real === undefined) throw new WorkspaceFileError(fileWords.missing(named, cwd));
  const handle = await open(real, READ).catch((error: unknown) => {
    throw new WorkspaceFileError(fileWords.unreadable(named, error));
  });
  try {
    const opened = await handle.stat();
    if (!opened.isFile()) throw new WorkspaceFileError(fileWords.noFile(named));
    // What was looked at may have been replaced by a link to elsewhere before it was opened: Codex works in there.
    const now = await realFile(wanted);
    const seen = now === undefined ? undefined : await stat(now);
    const isSame = seen?.ino === opened.ino && seen.dev === opened.dev;
    if (now === undefined || !isSame || !(await isAllowed(now, cwd, roots))) {
      throw new WorkspaceFileError(fileWords.changing(named));
    }
    if (opened.size === 0) throw new WorkspaceFileError(fileWords.empty(named));
    if (opened.size > maxBytes) {
      throw new WorkspaceFileError(fileWords.tooLarge(named, opened.size, maxBytes));
    }
    return { handle, name: path.basename(wanted), size: opened.size };
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

async function isAllowed(file: string, cwd: string, roots: readonly string[]): Promise<boolean> {
  const folder = path.dirname(file);
  if (!(await liesInFolders(folder, [cwd]))) return false;
  return roots.length === 0 || liesInFolders(folder, roots);
}
