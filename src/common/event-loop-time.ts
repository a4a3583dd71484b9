import { monotonicMs } from "./clock.js";

/**
 * The monotonic clock, read once for all that happens in one go: of the thousands of deltas that can arrive in one piece,
 * each would pay for a look at it.
 */
let now: number | undefined;

export function eventLoopTime(): number {
  if (now === undefined) {
    now = monotonicMs();
    queueMicrotask(forget);
  }
  return now;
}

function forget(): void {
  now = undefined;
}
