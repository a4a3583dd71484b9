/** Why no turn could run, as far as that is a thread's or its binding's affair. The words for it are in words/. */

import { CodexLocalError } from "../app-server/errors.js";

/** The conversation is on no thread. */
export class NoThreadBindingError extends Error {
  override readonly name = "NoThreadBindingError";

  constructor() {
    super("bound Codex conversation has no thread binding");
  }
}

/** The file that names the conversation's thread is damaged; `reason` says how. */
export class ThreadBindingUnreadableError extends Error {
  override readonly name = "ThreadBindingUnreadableError";
  readonly reason: string;

  constructor(reason: string) {
    super(`the thread binding cannot be read: ${reason}`);
    this.reason = reason;
  }
}

/** There is nothing to do the task on. */
export class ThreadGoneError extends Error {
  override readonly name = "ThreadGoneError";

  constructor() {
    super("the thread is gone");
  }
}

/** The process died during a turn, and what became of it cannot be found out. */
export class CodexTurnLostError extends Error {
  override readonly name = "CodexTurnLostError";
}

/** No answer came to what the running turn was to be told, so nobody can tell whether Codex took it. */
export class CodexSteerUnansweredError extends Error {
  override readonly name = "CodexSteerUnansweredError";
}

/** A person stopped the turn before it was given to Codex. */
export class CodexTurnNotBegunError extends Error {
  override readonly name = "CodexTurnNotBegunError";
}

/** The gateway's machine cannot read the chat's files now, and can later: nothing is known of the chat until then. */
export function machineShort(error: Error): CodexLocalError {
  const code = "code" in error ? String(error.code) : error.message;
  const reason = `the gateway's machine cannot read this chat's files at the moment (${code}).`;
  return new CodexLocalError("START_FAILED", reason, { cause: error });
}

/** The message went into a turn that is followed already, which answers it too; or it was followed, and is no more. */
export class CodexTurnJoinedError extends Error {
  override readonly name = "CodexTurnJoinedError";
  readonly turnId: string;
  readonly isFollowed: boolean;

  constructor(turnId: string, { isFollowed }: { isFollowed: boolean }) {
    super(`the message went into the turn ${turnId}`);
    this.turnId = turnId;
    this.isFollowed = isFollowed;
  }
}
