/** A channel that never answers must not hold up its chat for good. */
import { SendTimeoutError } from "./send-failure.js";

/**
 * A channel's own library waits for its turn (20 messages a minute in a group) and for a limit (60 s) before it gives up;
 * what takes longer than both is taken for lost.
 */
export const SEND_WITHIN_MS = 150_000;

/** @throws what `send` throws, SendTimeoutError */
export async function boundedSend<T>(
  ms: number,
  send: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    // A message that still stands in the channel's own line leaves it.
    controller.abort();
    late.reject(new SendTimeoutError(`the channel did not answer within ${ms / 1000} s`));
  }, ms);
  timer.unref();
  try {
    return await Promise.race([send(controller.signal), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
