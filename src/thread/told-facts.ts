/** What Codex tells of a thread that outlives what it is told in: its mode, and when its commands began. */
import type { CodexNotification } from "../app-server/protocol.js";
import { noteCommandIn } from "./command-times.js";
import { notePlanModeIn } from "./plan-mode.js";

/** Reads a notification of any kind. */
export function noteFactsIn(notification: CodexNotification): void {
  notePlanModeIn(notification);
  noteCommandIn(notification);
}
