/**
 * Runs git for a chat. The repository is not trusted: nothing that it or its configuration names is run, neither hooks nor
 * filters nor a file-system monitor, and nothing is fetched.
 */
import { spawn } from "node:child_process";
import { monotonicMs } from "../common/clock.js";

/** A large repository takes a while to check out. */
const ENDS_WITHIN_MS = 60_000;
/** What git says is shown in a line, or counted. */
const MAX_OUTPUT = 1_000_000;

const SAFE = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "submodule.recurse=false",
  "protocol.allow=never",
  // Of a larger file it is only told that it differs.
  "core.bigFileThreshold=2m",
];

/** Programs that a repository's own configuration can name for its files. */
const FILTER = /^filter\.(?<driver>.+)\.(?:smudge|clean|process)$/i;

export class GitError extends Error {
  override readonly name = "GitError";
}

/** A repository as it was found from a folder in it. */
export class Git {
  readonly #folder: string;
  readonly #overrides: readonly string[];
  readonly #endsAt: number;

  private constructor(folder: string, overrides: readonly string[], endsAt: number) {
    this.#folder = folder;
    this.#overrides = overrides;
    this.#endsAt = endsAt;
  }

  /** All that is asked of it has to end within that time. @throws GitError where git cannot be run there */
  static async at(folder: string, { withinMs = ENDS_WITHIN_MS } = {}): Promise<Git> {
    const endsAt = monotonicMs() + withinMs;
    // Listing it runs nothing that stands in it.
    const listed = await new Git(folder, SAFE, endsAt).run([
      "config",
      "--list",
      "--show-scope",
      "-z",
    ]);
    return new Git(folder, [...SAFE, ...filtersOff(listed)], endsAt);
  }

  get hasTimeLeft(): boolean {
    return monotonicMs() < this.#endsAt;
  }

  /** What git says, without its last line break. @throws GitError */
  async run(args: readonly string[]): Promise<string> {
    return (await this.runUpTo(args, MAX_OUTPUT)).replace(/\n$/, "");
  }

  /** The same as it stands, or somewhat more than that many characters of it. @throws GitError */
  async runUpTo(args: readonly string[], characters: number): Promise<string> {
    const { code, out, err } = await this.#spawn(args, characters);
    if (code === 0) return out;
    throw new GitError(this.hasTimeLeft ? firstLine(err) : "it took too long");
  }

  /** Whether git says yes. @throws GitError where it does not run */
  async holds(args: readonly string[]): Promise<boolean> {
    return (await this.#spawn(args)).code === 0;
  }

  #spawn(
    args: readonly string[],
    characters = MAX_OUTPUT,
  ): Promise<{ code: number | null; out: string; err: string }> {
    const settings = this.#overrides.flatMap((setting) => ["-c", setting]);
    const { PATH, HOME, SystemRoot } = process.env;
    const child = spawn("git", ["-C", this.#folder, ...settings, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: Math.max(1, this.#endsAt - monotonicMs()),
      killSignal: "SIGKILL",
      env: {
        ...(PATH === undefined ? {} : { PATH }),
        ...(HOME === undefined ? {} : { HOME }),
        ...(SystemRoot === undefined ? {} : { SystemRoot }),
        LC_ALL: "C",
        GIT_TERMINAL_PROMPT: "0",
        GIT_NO_LAZY_FETCH: "1",
        // Looking writes nothing.
        GIT_OPTIONAL_LOCKS: "0",
      },
    });
    const { promise, resolve, reject } = Promise.withResolvers<{
      code: number | null;
      out: string;
      err: string;
    }>();
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (out.length < characters) out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (err.length < MAX_OUTPUT) err += text;
    });
    child.once("error", (error) => reject(new GitError(error.message)));
    child.once("close", (code) => resolve({ code, out, err }));
    return promise;
  }
}

/** What belongs to the operator's own account is the operator's choice. */
function filtersOff(listed: string): string[] {
  const parts = listed.split("\0");
  const drivers = new Set<string>();
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [scope = "", entry = ""] = parts.slice(at, at + 2);
    const driver = FILTER.exec(entry.split("\n", 1)[0] ?? "")?.groups?.["driver"];
    if (driver !== undefined && (scope === "local" || scope === "worktree")) drivers.add(driver);
  }
  return [...drivers].flatMap((driver) => [
    `filter.${driver}.smudge=`,
    `filter.${driver}.clean=`,
    `filter.${driver}.process=`,
    `filter.${driver}.required=false`,
  ]);
}

function firstLine(text: string): string {
  const line = text
    .split("\n")
    .map((each) => each.trim())
    .find((each) => each !== "" && !each.startsWith("Preparing worktree"));
  return line?.replace(/^(?:fatal|error): /, "") ?? "git gave no reason";
}
