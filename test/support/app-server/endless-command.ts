import { execFile } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { CodexUser } from "./real-codex.js";

/** A command that runs for ever, with a process of its own below it; both hold a pipe open while they live. */
export async function endlessCommand(workspace: string, name: string) {
  const pipe = join(workspace, name);
  await promisify(execFile)("mkfifo", [pipe]);
  const reader = createReadStream(pipe);
  const ended = once(reader, "end");
  const up = once(reader, "data");
  return {
    command: `exec 9>${name}; sh -c 'sleep 3000; echo over' & echo up >&9; sleep 3000; echo over`,
    /** Both run. */
    up,
    /** Codex has said so, too: before that an interruption ends them by itself. */
    running: async (user: CodexUser): Promise<void> => {
      await Promise.all([
        up,
        user.heard.waitFor(
          ({ method, params }) =>
            method === "item/started" && JSON.stringify(params).includes(`exec 9>${name};`),
        ),
      ]);
    },
    /** Both are dead. */
    ended,
  };
}
