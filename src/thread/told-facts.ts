/** What Codex tells of a thread that outlives what it is told in: its mode, when its commands began, and that it gets on. */
import type { CodexNotification } from "../app-server/protocol.js";
import { noteProgress } from "../common/changes.js";
import { noteCommandIn } from "./command-times.js";
import { notePlanModeIn } from "./plan-mode.js";

/** With these the thread's record has something new. */
const RECORDED: ReadonlySet<string> = new Set([
  "turn/started",
  "turn/completed",
  "item/started",
  "item/completed",
]);

/** Reads a notification of any kind. */
export function noteFactsIn(sessionFile: string, notification: CodexNotification): void {
  notePlanModeIn(notification);
  noteCommandIn(notification);
  if (RECORDED.has(notification.method)) noteProgress(sessionFile);
}
