/** A person who forwards something with a comment sends two messages, the comment first: both are about one thing. */
import { monotonicMs } from "../common/clock.js";
import { keepNewest } from "../common/keep-newest.js";
import { processWide } from "../common/process-wide.js";
import { isForwarded, type SurroundedEvent } from "./surroundings.js";

/** Telegram sends the second right after the first; the host can take a second over either. */
const WITHIN_MS = 2000;
/** Of so many chats it is remembered who spoke last. */
const CHATS = 1000;

type Sent = SurroundedEvent & { senderId?: string | undefined };

const latest = processWide(
  "latest-senders",
  () => new Map<string, { senderId: string | undefined; at: number }>(),
);

/** Notes that a message came for Codex, and whether it is a forward of which the one before it is the comment. */
export function isCommentedOn(sessionFile: string, event: Sent): boolean {
  const { senderId } = event;
  const at = monotonicMs();
  const before = latest.get(sessionFile);
  latest.delete(sessionFile);
  latest.set(sessionFile, { senderId, at });
  keepNewest(latest, CHATS);
  if (!before || before.senderId !== senderId || at - before.at > WITHIN_MS) return false;
  return isForwarded(event);
}
