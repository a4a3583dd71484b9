/**
 * The sandboxes of commands that were killed as they started. Codex 0.171 then kills the process that watches over a sandbox
 * before that can take the sandbox along: the command runs on, in a session of its own, and neither a stop nor Codex's end
 * reaches it. A sandbox whose parent is none of Codex's has nobody who could end it.
 *
 * Linux only, as the sandbox is.
 */
import { randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { pause } from "../common/pause.js";

/** The programs by the names under which Codex starts them. */
const SANDBOXES = new Set(["codex-linux-sandbox", "bwrap"]);

/** In the environment of an app-server and of all that it starts: tells which one that was. */
const MARK = "CODEX_CONVERSATION_APP_SERVER";

/** After an interrupt: the first look finds what is orphaned by then, the later ones what was only being started. */
const LOOK_AFTER_MS = [250, 500, 1500, 3000] as const;

/** Once the app-server has ended. */
const LAST_LOOKS = 5;
const LAST_LOOK_MS = 100;

/** Looks after the sandboxes of one app-server. */
export class OrphanedSandboxes {
  readonly #mark = randomUUID();
  readonly #over = Promise.withResolvers<void>();
  #isOver = false;
  #looking: Promise<void> = Promise.resolve();
  #looksLeft = 0;

  /** To be added to the environment of the app-server. */
  get environment(): Record<string, string> {
    return { [MARK]: this.#mark };
  }

  /** A command can have been killed just now: looks a few times. Never rejects. */
  lookSoon(): void {
    if (process.platform !== "linux" || this.#isOver) return;
    const isLooking = this.#looksLeft > 0;
    this.#looksLeft = LOOK_AFTER_MS.length;
    if (!isLooking) this.#looking = this.#lookRepeatedly();
  }

  /** Ends those that are there now; the app-server has ended. Never rejects. */
  async endAll(): Promise<void> {
    this.#isOver = true;
    this.#over.resolve();
    await this.#looking;
    if (process.platform !== "linux") return;
    // What watched over a sandbox may leave one more when it is ended itself.
    for (let looks = 0; looks < LAST_LOOKS; looks += 1) {
      // oxlint-disable-next-line no-await-in-loop
      if ((await this.#look()) === 0) return;
      // oxlint-disable-next-line no-await-in-loop
      await pause(LAST_LOOK_MS);
    }
  }

  async #lookRepeatedly(): Promise<void> {
    for (; this.#looksLeft > 0 && !this.#isOver; this.#looksLeft -= 1) {
      // oxlint-disable-next-line no-await-in-loop
      await pause(LOOK_AFTER_MS.at(-this.#looksLeft) ?? 0, this.#over.promise);
      // oxlint-disable-next-line no-await-in-loop
      if (!this.#isOver) await this.#look();
    }
    this.#looksLeft = 0;
  }

  /** Ends what is orphaned now; returns how many those were. */
  async #look(): Promise<number> {
    const names = await readdir("/proc").catch(() => []);
    const pids = names.map(Number).filter((pid) => Number.isInteger(pid));
    const isOrphan = await Promise.all(pids.map((pid) => this.#isOrphan(pid)));
    const orphans = pids.filter((_, index) => isOrphan[index]);
    for (const pid of orphans) kill(pid);
    return orphans.length;
  }

  async #isOrphan(pid: number): Promise<boolean> {
    const [program = ""] = (await read(pid, "cmdline")).split("\0");
    if (!SANDBOXES.has(path.basename(program)) || !(await this.#isMarked(pid))) return false;
    const stat = await read(pid, "stat");
    // The second field, a name in brackets, can hold anything.
    const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return parent !== undefined && !(await this.#isMarked(Number(parent)));
  }

  async #isMarked(pid: number): Promise<boolean> {
    return (await read(pid, "environ")).split("\0").includes(`${MARK}=${this.#mark}`);
  }
}

/** Empty if the process has ended, or is somebody else's. */
async function read(pid: number, what: "cmdline" | "environ" | "stat"): Promise<string> {
  return readFile(`/proc/${pid}/${what}`, "latin1").catch(() => "");
}

/** As the first process of its namespace it is deaf to SIGTERM, and takes the others with it. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
