/**
 * Whole milliseconds of a clock that only ever moves forward, whatever happens to the time of day: for every wait, limit and
 * age. All copies of the plugin in a process read the same one; its zero means nothing, so it is never stored.
 */
export function monotonicMs(): number {
  return Math.trunc(performance.now());
}
