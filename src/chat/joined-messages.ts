/** People say one thing in several short messages, or forward something right after a comment on it. */
import { monotonicMs } from "../common/clock.js";
import { keepNewest } from "../common/keep-newest.js";
import { processWide } from "../common/process-wide.js";

/** Of so many chats it is remembered who spoke last. */
const CHATS = 1000;

const latest = processWide(
  "latest-senders",
  () => new Map<string, { senderId: string | undefined; at: number }>(),
);

/**
 * Notes that a message came for Codex, and whether it belongs to the one before it: the same person sent that, at most
 * `withinMs` before.
 */
export function belongsToTheOneBefore(
  sessionFile: string,
  { senderId }: { senderId?: string | undefined },
  withinMs: number,
): boolean {
  const at = monotonicMs();
  const before = latest.get(sessionFile);
  latest.delete(sessionFile);
  latest.set(sessionFile, { senderId, at });
  keepNewest(latest, CHATS);
  if (before === undefined || senderId === undefined) return false;
  return before.senderId === senderId && at - before.at < withinMs;
}
