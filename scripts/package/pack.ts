/** Packs what was built as it is published, from a folder of its own: there README.md is the one for those without the repository. */
import { execFile } from "node:child_process";
import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as z from "zod/mini";
import { packedReadme } from "./readme.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const answerSchema = z.array(z.object({ filename: z.string() }));

/** Packs what was built into `dist`; resolves to the path of the tarball in the folder. */
export async function packBuilt(folder: string, dist = path.join(root, "dist")): Promise<string> {
  const staged = await mkdtemp(path.join(tmpdir(), "codex-conversation-staged-"));
  try {
    for (const name of ["package.json", "LICENSE", "openclaw.plugin.json"]) {
      // oxlint-disable-next-line no-await-in-loop
      await copyFile(path.join(root, name), path.join(staged, name));
    }
    await cp(dist, path.join(staged, "dist"), { recursive: true });
    await cp(path.join(root, "assets"), path.join(staged, "assets"), { recursive: true });
    await writeFile(path.join(staged, "README.md"), await readme());
    return await pack(staged, folder);
  } finally {
    await rm(staged, { recursive: true });
  }
}

/** Packs a folder as it is; resolves to the path of the tarball. */
export async function pack(source: string, folder: string): Promise<string> {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  const { stdout } = await run("npm", args, { cwd: source });
  const [packed] = answerSchema.parse(JSON.parse(stdout));
  if (!packed) throw new Error(`npm pack named no file: ${stdout}`);
  return path.join(folder, packed.filename);
}

async function readme(): Promise<string> {
  const text = await readFile(path.join(root, "README.md"), "utf8");
  return packedReadme(text, await readFile(path.join(root, "docs/chat.svg")));
}
