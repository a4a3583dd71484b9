/** Where an opened file lies. Its path says nothing of it: whoever works in the folder may have changed that since. */
import { lstat, readlink, type FileHandle } from "node:fs/promises";
import path from "node:path";

/**
 * The real path of an opened file, as the kernel knows it; that of a deleted one has ` (deleted)` at its end. Where
 * the kernel does not tell (Linux alone does), it is `expected`, if that leads to this very file.
 * @param expected a real path below `folder`, which is one, too
 * @returns undefined where the file cannot be found there
 */
export async function whereOpened(
  handle: FileHandle,
  { expected, folder }: { expected: string; folder: string },
): Promise<string | undefined> {
  try {
    return await readlink(`/proc/self/fd/${handle.fd}`);
  } catch {
    const { dev, ino } = await handle.stat({ bigint: true });
    return (await fileWithoutLinks(expected, folder)) === `${dev} ${ino}` ? expected : undefined;
  }
}

/** Which file a path leads to from `folder` on; undefined if it leads over a link, or changes while it is walked. */
async function fileWithoutLinks(file: string, folder: string): Promise<string | undefined> {
  const before = await walk(file, folder);
  const after = await walk(file, folder);
  // No entry of these folders was replaced between the walks, or the folder's time of change would tell. So the first
  // walk was one through all of them at once.
  const isSame = before && after && before.folders === after.folders && before.file === after.file;
  return isSame ? before.file : undefined;
}

async function walk(
  file: string,
  folder: string,
): Promise<{ folders: string; file: string } | undefined> {
  const relative = path.relative(folder, file).split(path.sep);
  const folders: string[] = [];
  try {
    for (let depth = 0; depth < relative.length; depth += 1) {
      const here = path.join(folder, ...relative.slice(0, depth));
      const seen = await lstat(here, { bigint: true });
      if (!seen.isDirectory()) return undefined;
      folders.push(`${seen.dev} ${seen.ino} ${seen.ctimeNs}`);
    }
    const { dev, ino } = await lstat(file, { bigint: true });
    return { folders: folders.join("\n"), file: `${dev} ${ino}` };
  } catch {
    return undefined;
  }
}
