/** Checks a folder that a chat names: Codex would work there with the operator's rights. */
import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { expandHome } from "../app-server/config.js";
import { words } from "../words/words.js";

/** The folder cannot be used; the message is for the chat. */
export class WorkspaceFolderError extends Error {
  override readonly name = "WorkspaceFolderError";
}

/**
 * The real path of an existing folder, inside one of `roots` where there are any. Links are followed first, so
 * that none leads out of the roots.
 * @throws WorkspaceFolderError
 */
export async function checkWorkspaceFolder(
  folder: string,
  roots: readonly string[],
): Promise<string> {
  const wanted = expandHome(folder);
  if (!path.isAbsolute(wanted)) throw new WorkspaceFolderError(words.folderRelative(folder));
  const real = await realFolder(wanted);
  if (roots.length > 0) {
    const realRoots = await Promise.all(roots.map((root) => realFolder(root)));
    if (
      !realRoots.some((root) => root !== undefined && real !== undefined && isInside(real, root))
    ) {
      // Said of a missing folder too: what exists outside the roots is nobody's business.
      throw new WorkspaceFolderError(words.folderOutside(folder));
    }
  }
  if (real === undefined) throw new WorkspaceFolderError(words.folderMissing(folder));
  return real;
}

async function realFolder(folder: string): Promise<string | undefined> {
  try {
    const real = await realpath(folder);
    return (await stat(real)).isDirectory() ? real : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether a folder lies in one of `roots`, links followed. What does not exist here, as the folders of an app-server
 * on another machine, goes by its name.
 */
export async function liesInFolders(folder: string, roots: readonly string[]): Promise<boolean> {
  const [wanted, ...allowed] = await Promise.all([folder, ...roots].map(realFolderOrName));
  return wanted !== undefined && allowed.some((root) => isInside(wanted, root));
}

/** Whether both name one folder that exists here, links followed. */
export async function isSameFolder(one: string, other: string): Promise<boolean> {
  const [real, otherReal] = await Promise.all([realFolder(one), realFolder(other)]);
  return real !== undefined && real === otherReal;
}

export async function realFolderOrName(name: string): Promise<string> {
  return (await realFolder(name)) ?? name;
}

/** By the names alone: links in them are not followed. */
export function isInside(folder: string, root: string): boolean {
  const relative = path.relative(root, folder);
  return relative.split(path.sep, 1)[0] !== ".." && !path.isAbsolute(relative);
}
