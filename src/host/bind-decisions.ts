/**
 * Decisions about binds, each noted after the one before it. OpenClaw tells the chat of a decision without waiting for
 * that, so a message or command that comes at once would find the chat as it was: detached, or on another thread.
 */
import { oneAtATime } from "../common/one-at-a-time.js";
import { processWide } from "../common/process-wide.js";

/** Across a reload too, in the middle of which a decision can come. */
const { inOrder } = processWide("bind-decisions", () => ({ inOrder: oneAtATime() }));

/** @throws what `note` throws */
export function noteDecision(sessionFile: string, note: () => Promise<void>): Promise<void> {
  return inOrder(sessionFile, note);
}

/** Settles once every decision about the session's binds that was made so far is noted. Never rejects. */
export function decisionsNoted(sessionFile: string): Promise<void> {
  return inOrder(sessionFile, () => Promise.resolve());
}
