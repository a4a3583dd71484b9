/** Watches a running turn for silence. */
import type { CodexNotification } from "./app-server/protocol.js";
import { eventLoopTime } from "./event-loop-time.js";

export type SilenceWatch = {
  /** Restarts the silence on real progress. */
  handleNotification(this: void, notification: CodexNotification): void;
  /** Restarts the silence; cheap enough for every delta. */
  noteProgress(this: void): void;
  /** Stands still while `wait` runs: a person who is asked is no silence of Codex's. */
  during<T>(this: void, wait: Promise<T>): Promise<T>;
  dispose(): void;
};

/** Calls `onSilence` once, after `idleTimeoutMs` without progress. Whoever makes a watch disposes of it. */
export function watchSilence(idleTimeoutMs: number, onSilence: () => void): SilenceWatch {
  let lastProgressAt = eventLoopTime();
  let timer = setTimeout(check, idleTimeoutMs);
  let waits = 0;

  /** Progress moves no timer; the timer looks, when it fires, how much silence is left. */
  function check(): void {
    const left = waits > 0 ? idleTimeoutMs : lastProgressAt + idleTimeoutMs - eventLoopTime();
    if (left > 0) timer = setTimeout(check, left);
    else onSilence();
  }

  function noteProgress(): void {
    lastProgressAt = eventLoopTime();
  }

  return {
    handleNotification(notification) {
      if (isProgress(notification.method)) noteProgress();
    },
    noteProgress,
    async during(wait) {
      waits += 1;
      try {
        return await wait;
      } finally {
        waits -= 1;
        noteProgress();
      }
    },
    dispose() {
      clearTimeout(timer);
    },
  };
}

/** Retry errors, warnings and status changes go on for ever while the model is out of reach: they are no life. */
function isProgress(method: string): boolean {
  return method.startsWith("item/") || method.startsWith("turn/");
}
