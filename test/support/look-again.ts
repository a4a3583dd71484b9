/**
 * Waits for what other processes do: to files, and to themselves. It looks again and again, since Node's promised watches begin
 * when they are first read, and miss what happens while their reader is at work.
 */
import { setTimeout as sleep } from "node:timers/promises";

const PERIOD_MS = 50;
const TIMEOUT_MS = 60_000;

/** The first of what `look` gives that is not undefined; `what` says what was waited for, should that never come. */
export async function lookUntil<Found>(
  what: string,
  look: () => Promise<Found | undefined>,
): Promise<Found> {
  // Made here, so that its stack names the caller that waited in vain.
  const timedOut = new Error(
    `after ${TIMEOUT_MS} ms there is still not what was waited for: ${what}`,
  );
  const deadline = performance.now() + TIMEOUT_MS;
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw timedOut;
    // oxlint-disable-next-line no-await-in-loop
    await sleep(PERIOD_MS);
  }
}
