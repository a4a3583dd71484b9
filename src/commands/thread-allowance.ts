/**
 * How many threads may be made in a while: each costs Codex memory until it is left, and a file once it has run. Hangs on
 * globalThis, so that a reload gives no chat a new allowance.
 */
import { monotonicMs } from "../common/clock.js";
import { processWide } from "../common/process-wide.js";

/** Of one chat: nobody who works needs more, and whoever binds over and over by mistake is told soon. */
const THREADS = 10;
/** Of all chats of the gateway together: room for a gateway that binds its hundred chats one after another. */
const THREADS_IN_ALL = 300;
const WITHIN_MS = 10 * 60_000;

/** When the threads of the last while were made, by session file, on the monotonic clock. */
const made = processWide("threads-made", () => new Map<string, number[]>());

export type TooManyThreads = { by: "chat" | "gateway"; waitMs: number };

/** Why the chat may not make another thread now; undefined where it may, which then counts as made. */
export function takeThreadAllowance(sessionFile: string): TooManyThreads | undefined {
  const now = monotonicMs();
  for (const [session, times] of made) {
    const recent = times.filter((at) => now - at < WITHIN_MS);
    if (recent.length === 0) made.delete(session);
    else made.set(session, recent);
  }
  const times = made.get(sessionFile) ?? [];
  const all = [...made.values()].flat().toSorted((one, other) => one - other);
  const wait = (first = now): number => first + WITHIN_MS - now;
  if (times.length >= THREADS) return { by: "chat", waitMs: wait(times[0]) };
  if (all.length >= THREADS_IN_ALL) return { by: "gateway", waitMs: wait(all[0]) };
  made.set(sessionFile, [...times, now]);
  return undefined;
}

/** None was made after all, and none was asked for. */
export function giveBackThreadAllowance(sessionFile: string): void {
  const times = made.get(sessionFile)?.slice(0, -1) ?? [];
  if (times.length === 0) made.delete(sessionFile);
  else made.set(sessionFile, times);
}
