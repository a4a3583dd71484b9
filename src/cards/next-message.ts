/** A person who has pressed Steer types what the running turn is to hear, or be asked aside: the next message is that, once. */
import { monotonicMs } from "../common/clock.js";
import { keepNewest } from "../common/keep-newest.js";
import { processWide } from "../common/process-wide.js";

/** Whoever has not written by then has something else in mind. */
const WAITS_MS = 2 * 60_000;
const REMEMBERED = 200;

export type NextMessage = { turnId: string; as: "steer" | "side" };

type Armed = NextMessage & { senderId: string; at: number };

const armed = processWide("next-message", () => new Map<string, Armed>());

export function armNextMessage(sessionFile: string, senderId: string, next: NextMessage): void {
  armed.delete(sessionFile);
  armed.set(sessionFile, { ...next, senderId, at: monotonicMs() });
  keepNewest(armed, REMEMBERED);
}

/** The person has something else in mind. */
export function disarmNextMessage(sessionFile: string, senderId: string): void {
  if (armed.get(sessionFile)?.senderId === senderId) armed.delete(sessionFile);
}

/** What the sender's message is for, which it is only once. */
export function takeNextMessage(
  sessionFile: string,
  senderId: string | undefined,
): NextMessage | undefined {
  const wanted = armed.get(sessionFile);
  if (!wanted || wanted.senderId !== (senderId ?? "")) return undefined;
  armed.delete(sessionFile);
  return monotonicMs() - wanted.at <= WAITS_MS ? wanted : undefined;
}
