import { spawn, type ChildProcess } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { tooOldToStart } from "./codex-version.js";
import { codexEnvironment } from "./environment.js";
import { CodexLocalError } from "./errors.js";
import { endSession } from "./left-behind.js";
import { guardAgainstOrphan } from "./orphan-guard.js";
import { OrphanedSandboxes } from "./orphaned-sandboxes.js";
import { OutputTail } from "./output-tail.js";
import { signalGroup } from "./process-group.js";
import { endOfSsh } from "./ssh-end.js";
import { isSsh, settingOf, type CodexAppServerStartOptions } from "./start-options.js";
import { windowsCommand } from "./windows-command.js";

/** How long each step of the shutdown ladder may take; a healthy Codex needs 40 ms for the first. */
const STEP_MS = 2_000;

/** A Codex app-server as a child process, in a process group of its own. */
export class CodexProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly #child: ChildProcess;
  readonly #options: CodexAppServerStartOptions;
  readonly #stderr = new OutputTail();
  readonly #exited = Promise.withResolvers<void>();
  readonly #silent = Promise.withResolvers<void>();
  #releaseGuard: () => void = () => {};
  #spawnError: Error | undefined;
  #stopped: Promise<void> | undefined;
  /** What it has left behind is ended. */
  #leftEnded: Promise<unknown> = Promise.resolve();
  readonly #sandboxes = new OrphanedSandboxes();

  /** Throws a CodexLocalError if the system gives no process at all; other failures end in `exited`. */
  constructor(options: CodexAppServerStartOptions) {
    this.#options = options;
    const child = spawnAppServer(options, this.#sandboxes.environment);
    this.#child = child;
    child.on("error", (error) => this.#onSpawnError(error));
    child.once("exit", () => this.#onExit());
    child.once("close", () => this.#silent.resolve());
    const { stdin, stdout, stderr } = child;
    // Undefined where the system gave no process at all, whatever the types say.
    if (!stdin || !stdout || !stderr) {
      throw startError(options, new Error("the system allows no more open files"));
    }
    // EPIPE and ECONNRESET come as events that would end the host; each stream's "close" tells as much.
    for (const stream of [stdin, stdout, stderr]) stream.on("error", () => {});
    stderr.on("data", (chunk: Buffer) => this.#stderr.push(chunk));
    this.stdin = stdin;
    this.stdout = stdout;
    this.#releaseGuard = guardAgainstOrphan({
      closeInput: () => stdin.destroy(),
      kill: () => signalGroup(child, "SIGKILL"),
    });
  }

  /** It has started and is asked for something: what it has said until now does not tell of a later end. */
  beginUse(): void {
    this.#stderr.begin();
  }

  /** A turn was interrupted, and its commands can have been killed as they started. */
  commandsKilled(): void {
    this.#sandboxes.lookSoon();
  }

  get stderrTail(): string {
    return this.#stderr.toString();
  }

  /** Settled when the process is gone or could not be started. */
  get exited(): Promise<void> {
    return this.#exited.promise;
  }

  /** Settled when, besides, all that it printed was read. Whoever holds its pipes can put that off for ever. */
  get silent(): Promise<void> {
    return this.#silent.promise;
  }

  /** Why the process is no longer of use, in words. */
  describeEnd(): Error {
    if (this.#spawnError !== undefined) return startError(this.#options, this.#spawnError);
    const { exitCode, signalCode } = this.#child;
    let how = "closed its input or output";
    if (signalCode !== null) how = `was ended by ${signalCode}`;
    else if (exitCode !== null) how = `exited with code ${exitCode}`;
    const tooOld = tooOldToStart(this.stderrTail);
    if (tooOld !== undefined) return tooOld;
    const said = this.#stderr.lastWords();
    const ofSsh = isSsh(this.#options.command) && endOfSsh(this.#options, exitCode, said);
    if (ofSsh) return ofSsh;
    const lastWords = said === "" ? "" : ` Its last words: ${said}`;
    return new CodexLocalError("CONNECTION_CLOSED", `The Codex app-server ${how}.${lastWords}`);
  }

  /**
   * The shutdown ladder: stdin closes, then SIGTERM, then SIGKILL to the group. Settled when the process and what it
   * leaves behind are gone, after a step for each of the three and two for those at the latest.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.stdin.end();
    if (!(await this.#exitsInTime())) {
      signalGroup(this.#child, "SIGTERM");
      if (!(await this.#exitsInTime())) {
        signalGroup(this.#child, "SIGKILL");
        await this.#exitsInTime();
      }
    }
    // A process that left the group may hold the other ends open.
    this.stdin.destroy();
    this.stdout.destroy();
    this.#child.stderr?.destroy();
    await this.#leftEnded;
  }

  async #exitsInTime(): Promise<boolean> {
    const late = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => late.resolve(false), STEP_MS);
    try {
      return await Promise.race([this.#exited.promise.then(() => true), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #onSpawnError(error: Error): void {
    // The event also tells of signals that could not be sent.
    if (this.#child.pid !== undefined) return;
    this.#spawnError = error;
    this.#onExit();
  }

  #onExit(): void {
    this.#releaseGuard();
    // What the child leaves behind in its group has nobody to report to.
    signalGroup(this.#child, "SIGKILL");
    if (this.#child.pid !== undefined) {
      this.#leftEnded = Promise.all([endSession(this.#child.pid), this.#sandboxes.endAll()]);
    }
    this.#exited.resolve();
  }
}

function spawnAppServer(
  options: CodexAppServerStartOptions,
  more: Readonly<Record<string, string>>,
): ChildProcess {
  const env = { ...codexEnvironment(process.env, options), ...more };
  const onWindows = process.platform === "win32";
  const { command, args } = onWindows
    ? windowsCommand(options.command, options.args, process.env["PATH"] ?? "")
    : options;
  try {
    return spawn(command, args, {
      detached: !onWindows,
      env,
      stdio: "pipe",
      windowsHide: true,
    });
  } catch (error) {
    throw startError(options, error instanceof Error ? error : new Error(String(error)));
  }
}

/** How to mend a command that does not start, by where it comes from. */
function remedyFor(options: CodexAppServerStartOptions): string {
  const setting = `${settingOf(options)}.command`;
  switch (options.commandSource) {
    case "config":
      return `Correct ${setting} in the plugin's configuration.`;
    case "env":
      return "Correct the environment variable OPENCLAW_CODEX_APP_SERVER_BIN.";
    case "default":
      return (
        `Install Codex with \`npm install -g @openai/codex\`, or set ${setting} or the environment ` +
        "variable OPENCLAW_CODEX_APP_SERVER_BIN to the path of the codex executable."
      );
  }
}

function startError(options: CodexAppServerStartOptions, cause: Error): CodexLocalError {
  const { command } = options;
  const remedy = remedyFor(options);
  const systemCode = "code" in cause ? cause.code : undefined;
  if (systemCode === "ENOENT") {
    const message = `There is no command "${command}" to start the Codex app-server with. ${remedy}`;
    return new CodexLocalError("COMMAND_NOT_FOUND", message, { cause });
  }
  const why = systemCode === "EACCES" ? "it is not an executable file" : cause.message;
  const message = `Could not start the Codex app-server "${command}": ${why}. ${remedy}`;
  return new CodexLocalError("START_FAILED", message, { cause });
}
