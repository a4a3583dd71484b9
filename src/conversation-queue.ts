/**
 * One turn at a time for each conversation, in order of arrival; conversations do not wait for each other.
 *
 * The queue hangs on globalThis: a config reload loads a fresh copy of this module while turns of the old
 * copy still run, and both must stand in the same line.
 */
const QUEUE_KEY = Symbol.for("openclaw-codex-conversation.queue");

/** A job that has not begun and can be dropped. */
export type WaitingTurn = {
  /** Stays the same while others come and go, so that what a person has read is what a person names. */
  number: number;
  /** What the job is about, as the person wrote it. */
  label: string;
};

type Waiting = WaitingTurn & { drop: () => void };

type Line = {
  tail: Promise<void>;
  length: number;
  /** How many numbers were given out. */
  numbers: number;
  waiting: Waiting[];
};

const lines = sharedLines();

/** The job was taken out of the line before it began. */
export class ConversationTurnDroppedError extends Error {
  override readonly name = "ConversationTurnDroppedError";
}

/** Lets a job free its caller before it frees the line, as when a stopped turn has yet to end. */
export type QueueSlot = {
  /** The next job of this line waits for `settled` too; its rejection counts as settled. */
  holdUntil(settled: Promise<unknown>): void;
};

/**
 * Runs `job` after all earlier jobs of the same key, whether those failed or not. With a `label` it can be listed
 * and dropped while it waits.
 * Returns the job's own result or rejection, which is the caller's to handle.
 * @throws ConversationTurnDroppedError as soon as the job is dropped
 */
export function enqueueConversationTurn<T>(
  key: string,
  job: (slot: QueueSlot) => Promise<T>,
  label?: string,
): Promise<T> {
  const line = lines.get(key) ?? { tail: Promise.resolve(), length: 0, numbers: 0, waiting: [] };
  lines.set(key, line);
  line.length += 1;
  line.numbers += 1;

  const holds: Promise<unknown>[] = [];
  const slot: QueueSlot = { holdUntil: (settled) => void holds.push(settled) };
  const leave = (): void => {
    line.length -= 1;
    if (line.length === 0 && lines.get(key) === line) lines.delete(key);
  };
  const dropped = Promise.withResolvers<never>();
  let isDropped = false;
  const waiting: Waiting = {
    number: line.numbers,
    label: label ?? "",
    drop() {
      isDropped = true;
      forget(line, waiting);
      leave();
      dropped.reject(new ConversationTurnDroppedError("The message was dropped from the queue."));
    },
  };
  if (label !== undefined) line.waiting.push(waiting);

  const result = line.tail.then(() => {
    if (isDropped) return dropped.promise;
    forget(line, waiting);
    return job(slot);
  });
  // The line's own promise never rejects: a failed turn neither stops the next nor goes unhandled here.
  line.tail = result
    .then(ignore, ignore)
    .then(() => Promise.allSettled(holds))
    .then(() => {
      if (!isDropped) leave();
    });
  return Promise.race([result, dropped.promise]);
}

/** How many jobs of this key run or wait. */
export function queuedConversationTurns(key: string): number {
  return lines.get(key)?.length ?? 0;
}

/** The jobs of this key that wait and have a label, in order. */
export function waitingConversationTurns(key: string): WaitingTurn[] {
  return (lines.get(key)?.waiting ?? []).map(({ number, label }) => ({ number, label }));
}

/** Drops a waiting job, whose caller hears of it at once; undefined where none that waits has this number. */
export function dropConversationTurn(key: string, number: number): WaitingTurn | undefined {
  const waiting = lines.get(key)?.waiting.find((entry) => entry.number === number);
  waiting?.drop();
  return waiting && { number: waiting.number, label: waiting.label };
}

/** Drops all waiting jobs of this key, and tells which they were. */
export function dropConversationTurns(key: string): WaitingTurn[] {
  return waitingConversationTurns(key).filter(({ number }) => dropConversationTurn(key, number));
}

function forget(line: Line, waiting: Waiting): void {
  line.waiting = line.waiting.filter((entry) => entry !== waiting);
}

function ignore(): void {}

function sharedLines(): Map<string, Line> {
  const store: typeof globalThis & { [QUEUE_KEY]?: Map<string, Line> } = globalThis;
  return (store[QUEUE_KEY] ??= new Map());
}
