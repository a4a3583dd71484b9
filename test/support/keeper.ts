import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { endProcessesOf, removeFolder } from "./keeper-process.js";

/**
 * A temporary folder and the processes that work in it, which go whatever happens. A small process
 * beside this one does so when this one ends without having called `stop`: after an error, a
 * signal, even SIGKILL.
 */
export class Keeper {
  readonly folder: string;
  readonly #watcher: ChildProcess;

  static async start(): Promise<Keeper> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "openclaw-chain-")));
    const script = fileURLToPath(new URL("keeper-process.ts", import.meta.url));
    const watcher = spawn(process.execPath, [script, folder], {
      // A session of its own: the terminal's Ctrl-C is not for it.
      detached: true,
      stdio: ["pipe", "ignore", "inherit"],
      // Loaders of the parent (tsx, vitest) are not needed and may not be there.
      env: { PATH: process.env["PATH"] ?? "" },
    });
    await once(watcher, "spawn");
    watcher.unref();
    return new Keeper(folder, watcher);
  }

  private constructor(folder: string, watcher: ChildProcess) {
    this.folder = folder;
    this.#watcher = watcher;
  }

  /** Starts a process in a group of its own. It has to have the folder in its environment. */
  async spawn(command: string, args: readonly string[], options: SpawnOptions) {
    const child = spawn(command, args, { ...options, detached: true });
    await once(child, "spawn");
    this.#watcher.stdin?.write(`${child.pid}\n`);
    return child;
  }

  /** Ends what still runs and removes the folder. */
  async stop(): Promise<void> {
    await endProcessesOf(this.folder);
    await removeFolder(this.folder);
    const ended = once(this.#watcher, "exit");
    this.#watcher.ref();
    this.#watcher.stdin?.end();
    await ended;
  }
}
