/**
 * How much Codex may ask in a chat. A hostile or broken server could ask thousands of times in a second, of which each
 * would be a message, a button and a line of the audit log.
 */
import { monotonicMs } from "../common/clock.js";
import { processWide } from "../common/process-wide.js";
import { countOpenQuestions, openQuestions } from "./board.js";

/** Open at once in a chat: more than anybody reads. */
export const MOST_OPEN = 20;
/** Open at once in all chats: each holds what it asks in memory. */
export const MOST_OPEN_IN_ALL = 200;
/** In a while that no person answered; one who answers has time for more. */
const MOST_UNANSWERED = 30;
/** Notes in a while that something was declined. */
const MOST_NOTES = 5;
const WHILE_MS = 10 * 60_000;

/** When something happened, oldest first; no longer ago than a while. */
type Watch = { unanswered: number[]; notes: number[]; toldAt: number | undefined };

const sessions = processWide("question-flood", () => new Map<string, Watch>());

/** Whose bound keeps a session from being asked one more question; undefined where none does. */
export function whoseLimit(sessionFile: string): "chat" | "gateway" | undefined {
  const isChats =
    openQuestions(sessionFile).length >= MOST_OPEN ||
    recent(watchOf(sessionFile).unanswered) >= MOST_UNANSWERED;
  if (isChats) return "chat";
  return countOpenQuestions() >= MOST_OPEN_IN_ALL ? "gateway" : undefined;
}

/** A question of the session ended without that a person answered it. */
export function noteUnanswered(sessionFile: string): void {
  watchOf(sessionFile).unanswered.push(monotonicMs());
}

/** Whether a session may be told once more that something was declined; counts as telling it. */
export function mayNote(sessionFile: string): boolean {
  const { notes } = watchOf(sessionFile);
  if (recent(notes) >= MOST_NOTES) return false;
  notes.push(monotonicMs());
  return true;
}

/** Whether the session has still to be told that it is asked too much; counts as telling it, for a while. */
export function mayTellOfFlood(sessionFile: string): boolean {
  const watch = watchOf(sessionFile);
  const now = monotonicMs();
  if (watch.toldAt !== undefined && now - watch.toldAt < WHILE_MS) return false;
  watch.toldAt = now;
  return true;
}

function watchOf(sessionFile: string): Watch {
  const known = sessions.get(sessionFile);
  if (known) return known;
  forgetQuiet();
  const watch: Watch = { unanswered: [], notes: [], toldAt: undefined };
  sessions.set(sessionFile, watch);
  return watch;
}

/** How many of the times are no longer ago than a while; the others are dropped. */
function recent(times: number[]): number {
  const since = monotonicMs() - WHILE_MS;
  const first = times.findIndex((time) => time > since);
  times.splice(0, first === -1 ? times.length : first);
  return times.length;
}

function forgetQuiet(): void {
  for (const [sessionFile, { unanswered, notes, toldAt }] of sessions) {
    const isQuiet = recent(unanswered) === 0 && recent(notes) === 0;
    if (isQuiet && (toldAt === undefined || monotonicMs() - toldAt >= WHILE_MS)) {
      sessions.delete(sessionFile);
    }
  }
}
