/** Watches a running turn and its sub-agents for silence. */
import { asRecord, asString } from "../app-server/json.js";
import type { CodexNotification } from "../app-server/protocol.js";
import { eventLoopTime } from "../common/event-loop-time.js";

/** Calls `onSilence` once, after `idleTimeoutMs` without progress. Whoever makes a watch disposes of it. */
export class SilenceWatch {
  #lastProgressAt = eventLoopTime();
  readonly #idleTimeoutMs: number;
  readonly #onSilence: () => void;
  #timer: NodeJS.Timeout;
  #isDisposed = false;
  #waits = 0;
  /** Work that has begun and not ended, by its item's id, with its thread: it can be quiet for hours. */
  readonly #open = new Map<string, unknown>();
  /** A model that sleeps says nothing until then, by `eventLoopTime`. */
  #sleepsUntil = -Infinity;

  constructor(idleTimeoutMs: number, onSilence: () => void) {
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#onSilence = onSilence;
    this.#timer = setTimeout(this.#check, idleTimeoutMs);
  }

  /** Restarts the silence on any sign of life, of the turn's own thread or of a sub-agent's. */
  handleNotification({ method, params }: CodexNotification): void {
    if (!isProgress(method)) return;
    this.noteProgress();
    const { threadId, item } = asRecord(params) ?? {};
    if (method === "item/started") this.#begin(threadId, asRecord(item));
    if (method === "item/completed") this.#open.delete(asString(asRecord(item)?.id) ?? "");
    if (method === "turn/completed") this.#endThread(threadId);
  }

  /** Takes what a turn that is taken up in the middle has in hand, as its thread remembers it. */
  readRecord(threadId: string, items: readonly Record<string, unknown>[]): void {
    for (const item of items) if (item.status === "inProgress") this.#begin(threadId, item);
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

  /** Watches for the next silence, after one that is to end nothing. */
  restart(): void {
    if (this.#isDisposed) return;
    this.noteProgress();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#check, this.#idleTimeoutMs);
  }

  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
  }

  #begin(threadId: unknown, item: Record<string, unknown> | undefined): void {
    const id = asString(item?.id);
    if (id === undefined) return;
    if (QUIET_WORK.has(item?.type)) this.#open.set(id, threadId);
    if (item?.type === "sleep" && typeof item.durationMs === "number") {
      this.#sleepsUntil = Math.max(this.#sleepsUntil, eventLoopTime() + item.durationMs);
    }
  }

  /** What a turn leaves running, a server say, is no sign that anybody works. */
  #endThread(threadId: unknown): void {
    for (const [id, ofThread] of this.#open) if (ofThread === threadId) this.#open.delete(id);
  }

  /** Progress moves no timer; the timer looks, when it fires, how much silence is left. */
  readonly #check = (): void => {
    const aliveUntil = Math.max(this.#lastProgressAt, this.#sleepsUntil);
    const left =
      this.#waits > 0 || this.#open.size > 0
        ? this.#idleTimeoutMs
        : aliveUntil + this.#idleTimeoutMs - eventLoopTime();
    if (left > 0) this.#timer = setTimeout(this.#check, left);
    else this.#onSilence();
  };
}

/** Items behind which something works that need not speak; a message or a thought is the model's, and streams. */
const QUIET_WORK: ReadonlySet<unknown> = new Set([
  "commandExecution",
  "mcpToolCall",
  "dynamicToolCall",
  "collabAgentToolCall",
  "webSearch",
  "imageGeneration",
]);

/**
 * Tokens are counted with each answer of the model, also while it polls a quiet command. Retry errors, warnings and
 * status changes go on for ever while the model is out of reach: they are no life.
 */
function isProgress(method: string): boolean {
  return (
    method.startsWith("item/") ||
    method.startsWith("turn/") ||
    method === "thread/tokenUsage/updated"
  );
}
