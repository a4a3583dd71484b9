/**
 * The two families of failure of a request: what Codex answered (`CodexRpcError`, a number for a code) and
 * what happened on this side of the wire (`CodexLocalError`, a word for a code).
 */

export type CodexLocalErrorCode =
  /** The executable is not there. */
  | "COMMAND_NOT_FOUND"
  /** The Codex that answered is older than what this works with. */
  | "TOO_OLD"
  /** The app-server could not be started or reached, or did not complete the handshake. */
  | "START_FAILED"
  /** No answer within the request's `timeoutMs`. */
  | "REQUEST_TIMEOUT"
  /** The caller's AbortSignal fired; its reason is the `cause`. */
  | "ABORTED"
  /** The connection ended, or had ended, before an answer came. */
  | "CONNECTION_CLOSED"
  /** All app-servers are ended, since the plugin is. */
  | "STOPPING"
  /** Codex does not read what is sent to it. */
  | "SEND_BUFFER_FULL";

export class CodexLocalError extends Error {
  override readonly name = "CodexLocalError";
  readonly code: CodexLocalErrorCode;

  constructor(code: CodexLocalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /**
   * True of errors of every copy of this class: a reload of the plugin's module makes a second copy while
   * clients of the first live on.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === "CodexLocalError";
  }
}

/** An error answer of Codex; `message` is Codex's own, unchanged. */
export class CodexRpcError extends Error {
  override readonly name = "CodexRpcError";
  readonly code: number;
  readonly data: unknown;
  /** The request that was refused. */
  readonly method: string;

  constructor(method: string, code: number, message: string, data?: unknown) {
    super(message);
    this.method = method;
    this.code = code;
    this.data = data;
  }
}

/**
 * Where a request was made. An error that arrives later wears this stack, so that it names the caller
 * instead of a socket's read callback.
 */
export class CallSite {
  declare readonly stack: string;

  constructor() {
    Error.captureStackTrace(this, CallSite);
  }

  applyTo(error: Error): Error {
    const frames = this.stack.slice(this.stack.indexOf("\n"));
    error.stack = `${error.name}: ${error.message}${frames}`;
    return error;
  }
}

/*
 * Codex answers -32600 to nearly everything it refuses, so its words decide. Measured on 0.125, 0.140,
 * 0.154 and 0.169 unless a line says otherwise.
 */

function says(error: unknown, text: RegExp): boolean {
  return error instanceof Error && text.test(error.message);
}

/** The app-server has not loaded this thread: resume it, then ask again. */
export function isThreadNotFound(error: unknown): boolean {
  return says(error, /thread not found/i);
}

/** Nothing to resume: the thread never ran a turn, or its rollout file is gone. */
export function isNoRollout(error: unknown): boolean {
  return says(error, /no rollout found/i);
}

/** Asked for a thread that it neither has loaded nor finds among those that are stored. */
export function isNotStored(error: unknown): boolean {
  return says(error, /thread not loaded/i);
}

/** The id has not the form of a thread's (0.169: "invalid session id: …"). */
export function isInvalidThreadId(error: unknown): boolean {
  return says(error, /invalid (session|thread|conversation) id/i);
}

/** The thread is open in another live process (0.154 and later). */
export function isActiveWriter(error: unknown): boolean {
  return says(error, /already has an active writer/i);
}

/** The thread was archived (0.140 and later). */
export function isArchived(error: unknown): boolean {
  return says(error, /session \S+ is archived/i);
}

/** There is no turn to interrupt or to steer; also what an interrupt gets just after turn/start. */
export function isNoActiveTurn(error: unknown): boolean {
  return says(error, /no active turn to (?:interrupt|steer)/i);
}

/** Another turn than the expected one runs: the one to steer has ended. */
export function isOtherTurnActive(error: unknown): boolean {
  return says(error, /expected active turn id/i);
}

/**
 * The turn that runs in place of the expected one: a review works in a turn of another id, which only 0.169 tells
 * beforehand.
 */
export function otherActiveTurn(error: unknown): string | undefined {
  if (!isOtherTurnActive(error) || !(error instanceof Error)) return undefined;
  return /\bbut found `?([\w-]+)/.exec(error.message)?.[1];
}

/** Asked for its turns before the first one (0.169: "… is not materialized yet; …"). */
export function isBeforeFirstTurn(error: unknown): boolean {
  return says(error, /not materialized yet/i);
}

/** Codex has no such method, which an older one may not have yet. */
export function isUnknownMethod(error: unknown): boolean {
  return says(error, /unknown variant `[^`]*\/[^`]*`/i);
}

/** Codex takes no params for this: up to 0.140 some methods had none. */
export function takesNoParams(error: unknown): boolean {
  return says(error, /invalid type: map, expected unit/i);
}

/** No answer came to a request, so nobody can tell whether Codex took it. */
export function isUnanswered(error: unknown): error is CodexLocalError {
  return error instanceof CodexLocalError && error.code === "REQUEST_TIMEOUT";
}

/** Codex cannot read a thread's file, which is empty or begins with something else (0.125 and 0.154 to 0.171). */
export function isDamagedThread(error: unknown): boolean {
  return says(
    error,
    /failed to read session metadata|rollout at .+ is empty|empty session file|failed to parse thread id/i,
  );
}

/** The turn that was meant is not the thread's last one any more (0.169). */
export function isNotLatestTurn(error: unknown): boolean {
  return says(error, /must be the latest turn/i);
}

/** An older Codex has made the thread, in a form that forgets no turns (0.171). */
export function isUnpaginatedThread(error: unknown): boolean {
  return says(error, /only supports paginated threads/i);
}

/** What runs takes no more input: a review or a compaction (0.169). */
export function isNotSteerable(error: unknown): boolean {
  return says(error, /cannot steer a \S+ turn/i);
}

/** The connection ended while the plugin works on; with it every turn that ran over it. */
export function isConnectionClosed(error: unknown): error is CodexLocalError {
  return error instanceof CodexLocalError && error.code === "CONNECTION_CLOSED";
}

/** Codex did not take the request at all: its queue was full. */
export function isOverloaded(error: unknown): boolean {
  return (
    says(error, /server overloaded; retry later/i) ||
    (error instanceof Error && "code" in error && error.code === -32001)
  );
}
