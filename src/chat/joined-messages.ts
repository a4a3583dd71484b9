/** People say one thing in several short messages, or forward something right after a comment on it. */
import { monotonicMs } from "../common/clock.js";
import { keepNewest } from "../common/keep-newest.js";
import { processWide } from "../common/process-wide.js";

/** Of so many chats it is remembered who spoke last. */
const CHATS = 1000;
/** Telegram tells when a message was sent in whole seconds. */
const ROUNDED_MS = 1000;

/** A message that goes to Codex, under an id of ours; `sentAt` by the channel's clock, if it tells. */
export type SpokenMessage = {
  id: string;
  senderId: string | undefined;
  sentAt: number | undefined;
};

const latest = processWide(
  "latest-messages",
  () => new Map<string, SpokenMessage & { at: number }>(),
);

/**
 * Notes that a message came for Codex, and returns the id of the one that it belongs to: the last one, if the same person
 * sent it less than `withinMs` before. Messages that waited for the gateway come at once, whenever they were sent.
 */
export function messageBefore(
  sessionFile: string,
  message: SpokenMessage,
  withinMs: number,
): string | undefined {
  const at = monotonicMs();
  const before = latest.get(sessionFile);
  latest.delete(sessionFile);
  latest.set(sessionFile, { ...message, at });
  keepNewest(latest, CHATS);
  const { senderId, sentAt } = message;
  if (!before || !senderId || before.senderId !== senderId) return undefined;
  if (at - before.at >= withinMs) return undefined;
  const apart =
    sentAt === undefined || before.sentAt === undefined ? 0 : Math.abs(sentAt - before.sentAt);
  return apart < withinMs + ROUNDED_MS ? before.id : undefined;
}

/** The next message of the chat stands for itself, as after a change of the thread. */
export function forgetMessageBefore(sessionFile: string): void {
  latest.delete(sessionFile);
}
