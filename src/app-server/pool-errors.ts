/** What the pool says of clients that do not start, or that it ends. */
import { CodexLocalError } from "./errors.js";

export function startFailure(error: unknown, details: string): Error {
  if (isUnusable(error)) return error;
  const why = error instanceof Error ? error.message : String(error);
  const lastLines = details === "" || why.includes(details) ? "" : ` Its last words: ${details}`;
  return new CodexLocalError("START_FAILED", `${why}${lastLines}`, { cause: error });
}

/** There is no Codex here that could be used: it says all by itself, and ends the moment somebody installs one. */
export function isUnusable(error: unknown): error is CodexLocalError {
  return (
    error instanceof CodexLocalError &&
    (error.code === "COMMAND_NOT_FOUND" || error.code === "TOO_OLD")
  );
}

export function notReadyError(timeoutMs: number): CodexLocalError {
  const message = `The Codex app-server was not ready within ${timeoutMs / 1000} s.`;
  return new CodexLocalError("START_FAILED", message);
}

export function closedError(reason: string): CodexLocalError {
  return new CodexLocalError("CONNECTION_CLOSED", reason);
}

export function disposedError(): CodexLocalError {
  return new CodexLocalError("STOPPING", "Codex is being stopped.");
}
