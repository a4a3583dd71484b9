import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { asArray, asObject, asString, parseJson } from "./wire-guards.js";

const run = promisify(execFile);

export const repositoryRoot = fileURLToPath(new URL("../..", import.meta.url));

/** Builds the plugin as it is published; resolves to the path of the tarball in `folder`. */
export async function packPlugin(folder: string): Promise<string> {
  await run(process.execPath, [join("scripts", "build.mjs")], { cwd: repositoryRoot });
  return pack(repositoryRoot, folder);
}

async function pack(source: string, folder: string): Promise<string> {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  const { stdout } = await run("npm", args, { cwd: source });
  const fileName = asString(asObject(asArray(parseJson(stdout))[0])["filename"]);
  if (fileName === "") throw new Error(`npm pack named no file: ${stdout}`);
  return join(folder, fileName);
}
