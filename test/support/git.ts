import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What the real git prints in a folder, as somebody who may commit. */
export async function git(folder: string, ...args: string[]): Promise<string> {
  const who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"];
  return (await run("git", ["-C", folder, ...who, ...args])).stdout.trim();
}
