/**
 * One turn at a time for each conversation, in order of arrival; conversations do not wait for each other.
 *
 * The queue hangs on globalThis: a config reload loads a fresh copy of this module while turns of the old
 * copy still run, and both must stand in the same line.
 */
const QUEUE_KEY = Symbol.for("openclaw-codex-conversation.queue");

type Line = { tail: Promise<void>; length: number };

const lines = sharedLines();

/** Lets a job free its caller before it frees the line, as when a stopped turn has yet to end. */
export type QueueSlot = {
  /** The next job of this line waits for `settled` too; its rejection counts as settled. */
  holdUntil(settled: Promise<unknown>): void;
};

/**
 * Runs `job` after all earlier jobs of the same key, whether those failed or not.
 * Returns the job's own result or rejection, which is the caller's to handle.
 */
export function enqueueConversationTurn<T>(
  key: string,
  job: (slot: QueueSlot) => Promise<T>,
): Promise<T> {
  const line = lines.get(key) ?? { tail: Promise.resolve(), length: 0 };
  lines.set(key, line);
  line.length += 1;

  const holds: Promise<unknown>[] = [];
  const slot: QueueSlot = { holdUntil: (settled) => void holds.push(settled) };
  const result = line.tail.then(() => job(slot));
  // The line's own promise never rejects: a failed turn neither stops the next nor goes unhandled here.
  line.tail = result
    .then(ignore, ignore)
    .then(() => Promise.allSettled(holds))
    .then(() => {
      line.length -= 1;
      if (line.length === 0) lines.delete(key);
    });
  return result;
}

/** How many jobs of this key run or wait. */
export function queuedConversationTurns(key: string): number {
  return lines.get(key)?.length ?? 0;
}

function ignore(): void {}

function sharedLines(): Map<string, Line> {
  const store: typeof globalThis & { [QUEUE_KEY]?: Map<string, Line> } = globalThis;
  return (store[QUEUE_KEY] ??= new Map());
}
