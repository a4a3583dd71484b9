/**
 * How many threads a chat may make in a while: each costs Codex memory until it is left, and a file for good. Hangs on
 * globalThis, so that a reload gives no chat a new allowance.
 */
import { monotonicMs } from "../common/clock.js";
import { processWide } from "../common/process-wide.js";

/** Nobody who works needs more; whoever binds over and over by mistake is told soon. */
const THREADS = 10;
const WITHIN_MS = 10 * 60_000;

/** When the threads of the last while were made, by session file, on the monotonic clock. */
const made = processWide("threads-made", () => new Map<string, number[]>());

/** Milliseconds until the chat may make another thread; 0 if it may now, which then counts as made. */
export function takeThreadAllowance(sessionFile: string): number {
  const now = monotonicMs();
  for (const [session, times] of made) {
    const recent = times.filter((at) => now - at < WITHIN_MS);
    if (recent.length === 0) made.delete(session);
    else made.set(session, recent);
  }
  const times = made.get(sessionFile) ?? [];
  const [first = now] = times;
  if (times.length >= THREADS) return first + WITHIN_MS - now;
  made.set(sessionFile, [...times, now]);
  return 0;
}
