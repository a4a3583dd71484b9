/** Why no turn could run, as far as that is a thread's or its binding's affair. The words for it are in words/. */

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

/** A person stopped the turn before it was given to Codex. */
export class CodexTurnNotBegunError extends Error {
  override readonly name = "CodexTurnNotBegunError";
}
