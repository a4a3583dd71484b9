/** What a chat hears of a line that is on hold, and of a limit that is used up. */
import { shortTime } from "./numbers.js";

export const holdWords = {
  ask: (waiting: number): string =>
    `That turn failed, so ${messages(waiting)} behind it ${waiting === 1 ? "is" : "are"} on hold. What now?`,
  askLimit: "Should Codex continue when the limit resets?",
  goOnAt: (at: number, now: number): string => `Go on at ${shortTime(at, now)}`,
  run: (waiting: number): string => (waiting === 1 ? "Run it now" : "Run them now"),
  drop: (waiting: number): string => (waiting === 1 ? "Drop it" : "Drop them"),
  leave: "Keep on hold",
  left: "Kept on hold until `/codexchat queue go`.",
  no: "No",
  unanswered: "so nothing was changed. `/codexchat queue` lists what waits",

  goesOnAt: (at: number, now: number): string =>
    `Codex continues at ${shortTime(at, now)} if the limit has reset by then.`,
  goOnNow: "Go on now",
  cancel: "Cancel",
  cancelled: "Cancelled: Codex does not continue by itself.",
  notYet: (at: number, now: number): string =>
    `The limit has not reset yet. Codex tries again at ${shortTime(at, now)}.`,
  notAgain:
    "The limit has still not reset, so Codex does not try again. Send a message once it has.",
  moved: "This chat has moved to another thread since, so nothing was continued there.",
  goesOn: "The limit has reset, so Codex continues.",

  held: "On hold: messages wait until `/codexchat queue go`.",
  stillHeld:
    "Messages are still on hold here, since a turn failed before the gateway restarted. `/codexchat queue go` runs them, `/codexchat stop all` drops them.",
  released: "Messages run again.",
  notHeld: "Messages are not on hold.",
} as const;

function messages(count: number): string {
  return count === 1 ? "1 message" : `${count} messages`;
}
