/** A person who has pressed Steer types what the running turn is to hear: the next message goes there, once. */
import { monotonicMs } from "../common/clock.js";
import { processWide } from "../common/process-wide.js";

/** Whoever has not written by then has something else in mind. */
const WAITS_MS = 2 * 60_000;
const REMEMBERED = 200;

type Armed = { senderId: string; turnId: string; at: number };

const armed = processWide("steer-next", () => new Map<string, Armed>());

export function armSteer(sessionFile: string, senderId: string, turnId: string): void {
  armed.delete(sessionFile);
  armed.set(sessionFile, { senderId, turnId, at: monotonicMs() });
  const [oldest] = armed.keys();
  if (armed.size > REMEMBERED && oldest !== undefined) armed.delete(oldest);
}

/** The turn that the sender's message is for, which it is only once. */
export function takeSteer(sessionFile: string, senderId: string | undefined): string | undefined {
  const wanted = armed.get(sessionFile);
  if (!wanted || wanted.senderId !== (senderId ?? "")) return undefined;
  armed.delete(sessionFile);
  return monotonicMs() - wanted.at <= WAITS_MS ? wanted.turnId : undefined;
}
