/**
 * Milliseconds since this module was loaded, read off the clock once for all that happens in one go: of the thousands
 * of deltas that can arrive in one piece, each would pay for a look at it. A whole number, small enough to be noted
 * without an allocation.
 */
import { monotonicMs } from "./clock.js";

const loadedAt = monotonicMs();
let now: number | undefined;

export function eventLoopTime(): number {
  if (now === undefined) {
    now = monotonicMs() - loadedAt;
    queueMicrotask(forget);
  }
  return now;
}

function forget(): void {
  now = undefined;
}
