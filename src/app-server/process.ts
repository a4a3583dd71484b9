import { spawn, type ChildProcess } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { CodexLocalError } from "./errors.js";
import { OutputTail } from "./output-tail.js";
import { signalGroup } from "./process-group.js";
import type { CodexAppServerStartOptions } from "./start-options.js";

/**
 * How long each step of the shutdown ladder may take. A healthy Codex is gone 40 ms after its stdin closes,
 * with everything that it had started (measured: 0.125 and 0.169).
 */
const STEP_MS = 2_000;

/** A Codex app-server as a child process, in a process group of its own. */
export class CodexProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly #child: ChildProcess;
  readonly #options: CodexAppServerStartOptions;
  readonly #stderr = new OutputTail();
  readonly #exited = Promise.withResolvers<void>();
  #spawnError: Error | undefined;
  #stopped: Promise<void> | undefined;

  /** Throws a CodexLocalError if the system gives no process at all; other failures end in `exited`. */
  constructor(options: CodexAppServerStartOptions) {
    this.#options = options;
    const child = spawnAppServer(options);
    this.#child = child;
    child.once("error", (error) => this.#onSpawnError(error));
    child.once("exit", () => this.#onExit());
    if (child.stdin === null || child.stdout === null || child.stderr === null) {
      throw startError(options, new Error("the system allows no more open files"));
    }
    this.stdin = child.stdin;
    this.stdout = child.stdout;
    child.stderr.on("data", (chunk: Buffer) => this.#stderr.push(chunk));
    child.stderr.on("error", () => {});
    process.on("exit", this.#killNow);
  }

  get stderrTail(): string {
    return this.#stderr.toString();
  }

  /** Settled when the process is gone or could not be started. */
  get exited(): Promise<void> {
    return this.#exited.promise;
  }

  /** Why the process is no longer of use, in words. */
  describeEnd(): Error {
    if (this.#spawnError !== undefined) return startError(this.#options, this.#spawnError);
    const { exitCode, signalCode } = this.#child;
    const how =
      signalCode !== null
        ? `was ended by ${signalCode}`
        : exitCode !== null
          ? `exited with code ${exitCode}`
          : "closed its input or output";
    const tail = this.stderrTail;
    const lastLines = tail === "" ? "" : ` Its last words: ${tail}`;
    return new CodexLocalError("CONNECTION_CLOSED", `The Codex app-server ${how}.${lastLines}`);
  }

  /** Closes stdin, then SIGTERM, then SIGKILL to the group; settled when the process is gone. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.stdin.end();
    if (await this.#exitsWithin(STEP_MS)) return;
    signalGroup(this.#child, "SIGTERM");
    if (await this.#exitsWithin(STEP_MS)) return;
    signalGroup(this.#child, "SIGKILL");
    await this.#exitsWithin(STEP_MS);
  }

  async #exitsWithin(ms: number): Promise<boolean> {
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), ms);
    try {
      return await Promise.race([this.#exited.promise.then(() => true), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #onSpawnError(error: Error): void {
    if (this.#child.pid !== undefined) return;
    this.#spawnError = error;
    this.#onExit();
  }

  #onExit(): void {
    process.off("exit", this.#killNow);
    // What the child leaves behind in its group has nobody to report to.
    signalGroup(this.#child, "SIGKILL");
    this.#exited.resolve();
  }

  readonly #killNow = (): void => signalGroup(this.#child, "SIGKILL");
}

function spawnAppServer(options: CodexAppServerStartOptions): ChildProcess {
  try {
    return spawn(options.command, options.args, {
      detached: process.platform !== "win32",
      env: childEnv(options.clearEnv),
      stdio: "pipe",
      windowsHide: true,
    });
  } catch (error) {
    throw startError(options, error instanceof Error ? error : new Error(String(error)));
  }
}

function childEnv(clearEnv: string[]): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of clearEnv) delete env[name];
  return env;
}

function startError(options: CodexAppServerStartOptions, cause: Error): CodexLocalError {
  const code = "code" in cause ? cause.code : undefined;
  const { command } = options;
  const remedy = WHAT_TO_SET[options.commandSource];
  if (code !== "ENOENT") {
    const why = code === "EACCES" ? "it is not an executable file" : cause.message;
    const message = `Could not start the Codex app-server "${command}": ${why}. ${remedy}`;
    return new CodexLocalError("START_FAILED", message, { cause });
  }
  const message = `There is no command "${command}" to start the Codex app-server with. ${remedy}`;
  return new CodexLocalError("COMMAND_NOT_FOUND", message, { cause });
}

/** How to mend a command that does not start, by where it comes from. */
const WHAT_TO_SET = {
  config: "Correct appServer.command in the plugin's configuration.",
  env: "Correct the environment variable OPENCLAW_CODEX_APP_SERVER_BIN.",
  default:
    "Install Codex with `npm install -g @openai/codex`, or set appServer.command or the environment " +
    "variable OPENCLAW_CODEX_APP_SERVER_BIN to the path of the codex executable.",
} as const;
