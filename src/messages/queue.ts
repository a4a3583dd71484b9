/**
 * One turn at a time for each conversation, in order of arrival; conversations do not wait for each other.
 *
 * The queue hangs on globalThis: a config reload loads a fresh copy of this module while turns of the old
 * copy still run, and both must stand in the same line.
 */
import { noteChange } from "../common/changes.js";
import { processWide } from "../common/process-wide.js";
import { holdOver, waitBeforeRelease } from "./line-hold.js";
import { turnControllerOf } from "../thread/active-turns.js";
import type { EarlierTurn } from "./takeover.js";

/** What a job that waits can be known by, and what can be done with it instead. */
export type WaitingJob = {
  /** Unique in the process, and hard to guess: it is what a button carries. */
  id: string;
  /** What the job is about, as the person wrote it. */
  label: string;
  /** Gives what the job is about to the running turn; false where that does not take it. */
  steer: () => Promise<boolean>;
  /** Has the job be about this instead, from now on; returns how it reads then. Without it the job stays as it is. */
  edit?: ((text: string) => string) | undefined;
  /** An earlier process may have given it to Codex. */
  mayHaveRun?: boolean;
};

/** A job that has not begun and can be dropped. */
export type WaitingTurn = {
  /** Stays the same while others come and go, so that what a person has read is what a person names. */
  number: number;
  label: string;
};

/** With the id by which a button names it: once a line was empty, the numbers begin again. */
export type ListedTurn = WaitingTurn & Pick<WaitingJob, "id">;

type Waiting = WaitingTurn & {
  job: WaitingJob;
  /** Rejects what its caller waits for, with an error of the caller's own copy of this module. */
  leave: (how: "dropped" | "steered" | { failure: Error }) => void;
  /** Keeps the job from its turn while it is being steered. */
  held: Promise<void> | undefined;
  /** It is not to run, though the running turn may still take it. */
  unwanted: boolean;
};

type Line = {
  tail: Promise<void>;
  length: number;
  /** How many numbers were given out. */
  numbers: number;
  waiting: Waiting[];
};

// Version 0.1.0 has its lines under another key: its jobs are none of this version's.
const lines = processWide("conversation-queue", () => new Map<string, Line>());

/** The job was taken out of the line before it began. */
export class ConversationTurnDroppedError extends Error {
  override readonly name = "ConversationTurnDroppedError";
}

/** The job left the line since the running turn has taken what it was about. */
export class ConversationTurnSteeredError extends Error {
  override readonly name = "ConversationTurnSteeredError";
}

/** Lets a job free its caller before it frees the line, as when a stopped turn has yet to end. */
export type QueueSlot = {
  /** The next job of this line waits for `settled` too; its rejection counts as settled. */
  holdUntil(settled: Promise<unknown>): void;
};

/** The same, for a job that may have to wait once more. */
export type WaitingSlot = QueueSlot & {
  /**
   * Puts the job back among those that wait, as the first of them, until `until` settles: it is listed and can be dropped
   * again. @throws ConversationTurnDroppedError, ConversationTurnSteeredError where it has left the line
   */
  waitAgain(this: void, until: Promise<void>): Promise<void>;
};

/**
 * Runs `job` after all earlier jobs of the same key, whether those failed or not. With `as` it can be listed, dropped
 * steered and edited while it waits; not before it waits again where it is not listed at first. A listed job does not begin
 * while its line is on hold; one that `goesFirst` runs before those that are held.
 * Returns the job's own result or rejection, which is the caller's to handle.
 * @throws ConversationTurnDroppedError, ConversationTurnSteeredError as soon as the job has left the line
 */
export function enqueueConversationTurn<T>(
  key: string,
  job: (slot: WaitingSlot) => Promise<T>,
  as?: WaitingJob,
  { isListed = true, goesFirst = false }: { isListed?: boolean; goesFirst?: boolean } = {},
): Promise<T> {
  const line = lines.get(key) ?? { tail: Promise.resolve(), length: 0, numbers: 0, waiting: [] };
  lines.set(key, line);
  line.length += 1;
  line.numbers += 1;
  noteChange(key);

  const holds: Promise<unknown>[] = [];
  const slot: WaitingSlot = {
    holdUntil: (settled) => void holds.push(settled),
    async waitAgain(until) {
      if (!waiting) return until;
      line.waiting.unshift(waiting);
      await Promise.race([until, left.promise]);
      await turnCome();
    },
  };
  const leave = (): void => {
    line.length -= 1;
    if (line.length === 0 && lines.get(key) === line) lines.delete(key);
    noteChange(key);
  };
  const left = Promise.withResolvers<never>();
  let hasLeft = false;
  let hasBegun = false;
  const waiting: Waiting | undefined = as && {
    number: line.numbers,
    label: as.label,
    job: as,
    held: undefined,
    unwanted: false,
    leave(how) {
      hasLeft = true;
      forget(line, waiting);
      // One that had begun, and waited again, has the line until it is over: it may have something to note.
      if (!hasBegun) leave();
      left.reject(reasonOfLeaving(how));
    },
  };
  if (waiting && isListed) line.waiting.push(waiting);

  /** Rejects where the job has left the line. */
  async function turnCome(): Promise<void> {
    const isHeld = isListed && !goesFirst;
    const obstacle = (): Promise<unknown> | undefined =>
      waiting?.held ?? (waiting && isHeld && !hasLeft ? holdOver(key) : undefined);
    // No await between this check and the job: a steer must find the message either waiting or gone.
    for (let held = obstacle(); held; held = obstacle()) {
      // oxlint-disable-next-line no-await-in-loop
      await Promise.race([held, left.promise.catch(ignore)]);
    }
    if (hasLeft) await left.promise;
    forget(line, waiting);
  }

  const overtakes = goesFirst && holdOver(key) !== undefined;
  const before = line.tail;
  const result = (overtakes ? Promise.resolve() : before).then(async () => {
    await turnCome();
    hasBegun = true;
    return job(slot);
  });
  // The line's own promise never rejects: a failed turn neither stops the next nor goes unhandled here.
  const ended = result
    .then(ignore, ignore)
    .then(() => Promise.allSettled(holds))
    .then(() => {
      if (!hasLeft || hasBegun) leave();
    });
  line.tail = overtakes ? Promise.all([before, ended]).then(ignore) : ended;
  if (overtakes) waitBeforeRelease(key, ended);
  return Promise.race([result, left.promise]);
}

/** How many jobs of this key run or wait. */
export function queuedConversationTurns(key: string): number {
  return lines.get(key)?.length ?? 0;
}

/** What stands in all lines, for a later version of the plugin that takes over. */
export function linesUnderWay(): Map<string, EarlierTurn> {
  return new Map(
    [...lines].map(([key, { tail }]) => {
      const controller = turnControllerOf(key);
      return [key, { over: tail, stop: () => controller?.abort() }];
    }),
  );
}

/** The jobs of this key that wait and have a label, in order. */
export function waitingConversationTurns(key: string): ListedTurn[] {
  return (lines.get(key)?.waiting ?? [])
    .filter(({ unwanted }) => !unwanted)
    .map(({ number, label, job: { id } }) => ({ number, label, id }));
}

/**
 * A job that was taken out of the line; `steering` if the running turn may be taking it at this moment, `mayHaveRun` if an
 * earlier process may have given it to Codex.
 */
export type DroppedTurn = WaitingTurn & { steering: boolean; mayHaveRun?: boolean };

/**
 * Drops a waiting job, whose caller hears of it at once; one that is being steered leaves the line when that is over,
 * and never runs. Undefined where none that waits has this number.
 */
export function dropConversationTurn(key: string, number: number): DroppedTurn | undefined {
  const waiting = lines.get(key)?.waiting.find((entry) => entry.number === number);
  if (!waiting || waiting.unwanted) return undefined;
  const steering = waiting.held !== undefined;
  if (steering) waiting.unwanted = true;
  else waiting.leave("dropped");
  const { label, job } = waiting;
  return { number, label, steering, ...(job.mayHaveRun ? { mayHaveRun: true } : {}) };
}

/**
 * Has a waiting job be about something else; undefined if none that waits has this number, `busy` while it is being
 * steered, `fixed` if it is no message, `perhaps given` if an earlier process may have given it to Codex.
 */
export function editConversationTurn(
  key: string,
  number: number,
  text: string,
): WaitingTurn | "busy" | "fixed" | "perhaps given" | undefined {
  const waiting = lines.get(key)?.waiting.find((entry) => entry.number === number);
  if (!waiting || waiting.unwanted) return undefined;
  if (waiting.held) return "busy";
  if (waiting.job.mayHaveRun) return "perhaps given";
  if (!waiting.job.edit) return "fixed";
  waiting.label = waiting.job.edit(text);
  noteChange(key);
  return { number, label: waiting.label };
}

/** Drops all waiting jobs of this key, and tells which they were. */
export function dropConversationTurns(key: string): DroppedTurn[] {
  return waitingConversationTurns(key).flatMap(
    ({ number }) => dropConversationTurn(key, number) ?? [],
  );
}

/** The id of the job of this key that waits longest. */
export function nextConversationTurn(key: string): string | undefined {
  return lines.get(key)?.waiting[0]?.job.id;
}

/**
 * Gives a waiting job to the running turn instead; it keeps its place where that does not take it. `gone` where none
 * with this id waits any more, or it is being given already.
 * @throws what its `steer` threw; the job has left the line with the same error, since it may have been taken
 */
export async function steerConversationTurn(id: string): Promise<"steered" | "refused" | "gone"> {
  const waiting = [...lines.values()]
    .flatMap((line) => line.waiting)
    .find(({ job }) => job.id === id);
  if (!waiting || waiting.held) return "gone";
  const held = Promise.withResolvers<void>();
  waiting.held = held.promise;
  try {
    if (await waiting.job.steer()) {
      waiting.leave("steered");
      return "steered";
    }
    if (!waiting.unwanted) return "refused";
    waiting.leave("dropped");
    return "gone";
  } catch (error) {
    waiting.leave({ failure: error instanceof Error ? error : new Error(String(error)) });
    throw error;
  } finally {
    waiting.held = undefined;
    held.resolve();
  }
}

function reasonOfLeaving(how: Parameters<Waiting["leave"]>[0]): Error {
  switch (how) {
    case "dropped":
      return new ConversationTurnDroppedError("The message was dropped from the queue.");
    case "steered":
      return new ConversationTurnSteeredError("The running turn has taken the message.");
    default:
      return how.failure;
  }
}

function forget(line: Line, waiting: Waiting | undefined): void {
  line.waiting = line.waiting.filter((entry) => entry !== waiting);
}

function ignore(): void {}
