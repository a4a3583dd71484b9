import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pack, packBuilt } from "../../scripts/package/pack.js";

const run = promisify(execFile);

export const repositoryRoot = fileURLToPath(new URL("../..", import.meta.url));

/** Version 0.1.0 as it was released, not today's source with another number. */
export const FIRST_VERSION = join(
  repositoryRoot,
  "test/e2e/fixtures/openclaw-codex-conversation-0.1.0.tgz",
);

/** Builds the plugin as it is published; resolves to the path of the tarball in `folder`. */
export async function packPlugin(folder: string): Promise<string> {
  // Files of tests run beside each other, and each builds.
  const dist = join(folder, "dist");
  await run(process.execPath, [join("scripts", "build.mjs"), dist], { cwd: repositoryRoot });
  return packBuilt(folder, dist);
}

/** The same plugin as in a packed one, as a version of another number; resolves to the path of its tarball. */
export async function packAgain(tarball: string, version: string): Promise<string> {
  const folder = join(dirname(tarball), version);
  await mkdir(folder);
  await run("tar", ["-xzf", tarball, "-C", folder]);
  const source = join(folder, "package");
  for (const name of ["package.json", join("dist", "index.js")]) {
    const file = join(source, name);
    // oxlint-disable-next-line no-await-in-loop
    const text = await readFile(file, "utf8");
    const renamed = text.replace(/("?version"?: ?)"\d+\.\d+\.\d+"/, `$1"${version}"`);
    if (renamed === text) throw new Error(`${name} names no version`);
    // oxlint-disable-next-line no-await-in-loop
    await writeFile(file, renamed);
  }
  return pack(source, folder);
}
