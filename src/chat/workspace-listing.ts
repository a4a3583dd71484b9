/** What lies in a thread's folder, to be shown in a chat or packed for it: links lead nowhere from here. */
import { readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { expandHome } from "../app-server/config.js";
import { isInside, realFolderOrName } from "../thread/workspace-folder.js";
import { fileWords } from "../words/file-words.js";
import { openWorkspaceFile, WorkspaceFileError } from "./workspace-file.js";
import type { ZipEntry } from "./zip.js";

export type Listed = { name: string; isFolder: boolean };

type Place = { cwd: string; roots: readonly string[] };

/** More than these are no folder to be read on a phone, or to be packed. */
const MAX_ENTRIES = 2000;
const MAX_UNPACKED = 200_000_000;

/** The real path of a folder that a chat names; undefined where that is none. @throws WorkspaceFileError */
export async function findFolder(
  named: string,
  { cwd, roots }: Place,
): Promise<string | undefined> {
  const wanted = path.resolve(cwd, expandHome(named));
  const real = await realpath(wanted).catch(() => undefined);
  const folder = await realFolderOrName(cwd);
  const realRoots = await Promise.all(roots.map(realFolderOrName));
  const lies = real ?? wanted;
  const isInRoots = roots.length === 0 || realRoots.some((root) => isInside(lies, root));
  // Said of a missing one too: what exists elsewhere is nobody's business.
  if (!isInRoots || !isInside(lies, folder)) {
    throw new WorkspaceFileError(fileWords.outside(named, cwd));
  }
  if (real === undefined) return undefined;
  return (await stat(real)).isDirectory() ? real : undefined;
}

/** Folders first, both by name. @throws WorkspaceFileError, file-system errors */
export async function listFolder(named: string, place: Place): Promise<Listed[]> {
  const folder = await findFolder(named, place);
  if (folder === undefined) throw new WorkspaceFileError(fileWords.noFolder(named, place.cwd));
  const entries = await readdir(folder, { withFileTypes: true });
  // Another one can have come into its place meanwhile.
  if ((await findFolder(named, place)) !== folder) {
    throw new WorkspaceFileError(fileWords.changing(named));
  }
  return entries
    .filter((entry) => entry.isDirectory() || entry.isFile())
    .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
    .toSorted(
      (one, other) =>
        Number(other.isFolder) - Number(one.isFolder) || one.name.localeCompare(other.name),
    )
    .slice(0, MAX_ENTRIES);
}

/** The files below a folder, without those of git's own. @throws WorkspaceFileError, file-system errors */
export async function* filesBelow(
  folder: string,
  place: Place & { maxBytes: number },
): AsyncGenerator<ZipEntry> {
  const top = path.basename(folder);
  const left = [""];
  let count = 0;
  let unpacked = 0;
  for (let inside = left.shift(); inside !== undefined; inside = left.shift()) {
    const entries = await readdir(path.join(folder, inside), { withFileTypes: true });
    for (const entry of entries.toSorted((one, other) => one.name.localeCompare(other.name))) {
      const name = path.join(inside, entry.name);
      if (entry.isDirectory() && entry.name !== ".git") left.push(name);
      if (!entry.isFile()) continue;
      count += 1;
      const data = await contentOf(path.join(folder, name), place);
      unpacked += data.length;
      if (count > MAX_ENTRIES || unpacked > MAX_UNPACKED) {
        throw new WorkspaceFileError(fileWords.folderTooLarge(top));
      }
      yield { name: [top, ...name.split(path.sep)].join("/"), data };
    }
  }
  if (count === 0) throw new WorkspaceFileError(fileWords.folderEmpty(top));
}

/** Each is looked at as if it had been named: where it really lies, and that it is a file. */
async function contentOf(file: string, place: Place & { maxBytes: number }): Promise<Buffer> {
  const { handle, size } = await openWorkspaceFile(file, { ...place, mayBeEmpty: true });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
