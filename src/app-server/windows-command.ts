import { existsSync } from "node:fs";
import { delimiter, dirname, extname, join } from "node:path";

/**
 * What to spawn on Windows for a command that npm has installed. There `codex` is a batch file, codex.cmd:
 * Node starts no batch file without a shell, and a shell would interpret the arguments. So the script that
 * the batch file stands for is run instead, by this Node. Any other command stays as it is.
 *
 * `searchPath` is the value of PATH.
 */
export function windowsCommand(
  command: string,
  args: string[],
  searchPath: string,
): { command: string; args: string[] } {
  const folders = /[\\/]/.test(command) ? [""] : searchPath.split(delimiter);
  const names = extname(command) === "" ? [`${command}.exe`, `${command}.cmd`] : [command];
  const file = folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
  if (file === undefined || extname(file).toLowerCase() !== ".cmd") return { command, args };
  const script = join(dirname(file), "node_modules", "@openai", "codex", "bin", "codex.js");
  return existsSync(script)
    ? { command: process.execPath, args: [script, ...args] }
    : { command, args };
}
