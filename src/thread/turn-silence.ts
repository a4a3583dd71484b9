/** Watches a running turn for silence. */
import type { CodexNotification } from "../app-server/protocol.js";
import { eventLoopTime } from "../common/event-loop-time.js";

/** Calls `onSilence` once, after `idleTimeoutMs` without progress. Whoever makes a watch disposes of it. */
export class SilenceWatch {
  #lastProgressAt = eventLoopTime();
  readonly #idleTimeoutMs: number;
  readonly #onSilence: () => void;
  #timer: NodeJS.Timeout;
  #waits = 0;

  constructor(idleTimeoutMs: number, onSilence: () => void) {
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#onSilence = onSilence;
    this.#timer = setTimeout(this.#check, idleTimeoutMs);
  }

  /** Restarts the silence on real progress. */
  handleNotification(notification: CodexNotification): void {
    if (isProgress(notification.method)) this.noteProgress();
  }

  /** Restarts the silence; cheap enough for every delta. */
  noteProgress(): void {
    this.#lastProgressAt = eventLoopTime();
  }

  /** Stands still while `wait` runs: a person who is asked is no silence of Codex's. */
  async during<T>(wait: Promise<T>): Promise<T> {
    this.#waits += 1;
    try {
      return await wait;
    } finally {
      this.#waits -= 1;
      this.noteProgress();
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  /** Progress moves no timer; the timer looks, when it fires, how much silence is left. */
  readonly #check = (): void => {
    const left =
      this.#waits > 0
        ? this.#idleTimeoutMs
        : this.#lastProgressAt + this.#idleTimeoutMs - eventLoopTime();
    if (left > 0) this.#timer = setTimeout(this.#check, left);
    else this.#onSilence();
  };
}

/** Retry errors, warnings and status changes go on for ever while the model is out of reach: they are no life. */
function isProgress(method: string): boolean {
  return method.startsWith("item/") || method.startsWith("turn/");
}
