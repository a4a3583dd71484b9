/** Sends what is of use for a while only, such as a question, for as long as that lasts. */
import { pause } from "../common/pause.js";
import { sendFailureOf } from "./send-failure.js";

/** Seconds between attempts; the last one repeats. */
const BACKOFF_S = [2, 10, 30] as const;

export type UntilSent<T> =
  | { kind: "sent"; value: T }
  /** Its way was lost sight of twice: it may be in the chat, once or twice. */
  | { kind: "perhaps sent" }
  /** Its channel will never take it. */
  | { kind: "refused"; reason: string }
  | { kind: "over" };

/** `over` settles when it is of no use any more. Never rejects. */
export async function untilSent<T>(
  send: () => Promise<T>,
  over: Promise<unknown>,
  warn: (error: unknown) => void,
): Promise<UntilSent<T>> {
  const ended = new AbortController();
  const noteOver = (): void => ended.abort();
  over.then(noteOver, noteOver);
  let doubts = 0;
  let isTold = false;
  // What is over already is known by then.
  await Promise.resolve();
  for (let failures = 0; !ended.signal.aborted; failures += 1) {
    let waitMs = (BACKOFF_S[Math.min(failures, BACKOFF_S.length - 1)] ?? 0) * 1000;
    try {
      // oxlint-disable-next-line no-await-in-loop
      return { kind: "sent", value: await send() };
    } catch (error) {
      const failure = sendFailureOf(error);
      if (failure.kind === "refused") return failure;
      if (failure.kind === "perhaps sent" || failure.kind === "sent") doubts += 1;
      if (doubts > 1 || failure.kind === "sent") return { kind: "perhaps sent" };
      if (failure.kind === "not sent") waitMs = failure.retryAfterMs ?? waitMs;
      if (!isTold) warn(error);
      isTold = true;
    }
    // oxlint-disable-next-line no-await-in-loop
    await pause(waitMs, over);
  }
  return { kind: "over" };
}
