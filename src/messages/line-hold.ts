/**
 * Lines on hold: what waits there does not begin. Hangs on globalThis beside the lines themselves, since jobs of an old copy
 * of this module stand in them after a reload.
 */
import { noteChange } from "../common/changes.js";
import { processWide } from "../common/process-wide.js";

/** A person has asked for it, or a turn has failed. */
export type HoldReason = "person" | "failure";

type Hold = {
  reason: HoldReason;
  isReleased: boolean;
  /** What runs in spite of it; it is over only after that. */
  before: Promise<unknown>;
  over: PromiseWithResolvers<void>;
};

const held = processWide("held-lines", () => new Map<string, Hold>());

export function holdLine(key: string, reason: HoldReason): void {
  const hold = held.get(key);
  if (hold) Object.assign(hold, { reason, isReleased: false });
  else {
    const over = Promise.withResolvers<void>();
    held.set(key, { reason, isReleased: false, before: Promise.resolve(), over });
    noteChange(key);
  }
}

/** What waits begins, once what runs in spite of the hold has ended; false if the line was not on hold. */
export function releaseLine(key: string): boolean {
  const hold = held.get(key);
  if (!hold) return false;
  hold.isReleased = true;
  void hold.before.then(() => {
    // It can have been put on hold again meanwhile, or be over already.
    if (!hold.isReleased || held.get(key) !== hold) return;
    held.delete(key);
    hold.over.resolve();
    noteChange(key);
  });
  return true;
}

/** Why a line is on hold; undefined if it is not. */
export function holdReason(key: string): HoldReason | undefined {
  return held.get(key)?.reason;
}

/** Settles when the line's hold is over; undefined if there is none. */
export function holdOver(key: string): Promise<void> | undefined {
  return held.get(key)?.over.promise;
}

/** The line is not released before this settles. Must not reject. */
export function waitBeforeRelease(key: string, ended: Promise<unknown>): void {
  const hold = held.get(key);
  if (hold) hold.before = Promise.all([hold.before, ended]);
}
