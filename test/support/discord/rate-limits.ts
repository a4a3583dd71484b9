/** Discord's rate limits. https://discord.com/developers/docs/topics/rate-limits */

/** It names no numbers and may change them; this is what its channels have been seen to allow. */
const MESSAGES = 5;
const WITHIN_MS = 5000;

export interface Limited {
  readonly retryAfterS: number;
}

/** How many messages a channel takes, by a clock that the tests need not wait for. */
export class RateLimits {
  readonly #sent = new Map<string, number[]>();
  #demanded: (Limited & { readonly noteTaken: () => void })[] = [];

  /** The next message anywhere is refused; resolves once it was. */
  demand(retryAfterS: number): Promise<void> {
    const taken = Promise.withResolvers<void>();
    this.#demanded.push({ retryAfterS, noteTaken: taken.resolve });
    return taken.promise;
  }

  /** Undefined where the channel takes the message now. */
  take(channel: string, now = performance.now()): Limited | undefined {
    const demanded = this.#demanded.shift();
    if (demanded) {
      demanded.noteTaken();
      return demanded;
    }
    const recent = (this.#sent.get(channel) ?? []).filter((at) => now - at < WITHIN_MS);
    const [oldest] = recent;
    if (recent.length >= MESSAGES && oldest !== undefined) {
      return { retryAfterS: (oldest + WITHIN_MS - now) / 1000 };
    }
    this.#sent.set(channel, [...recent, now]);
    return undefined;
  }

  /** What a response says of its limit, so that a client can keep to it. */
  headersOf(channel: string, now = performance.now()): Record<string, string> {
    const recent = (this.#sent.get(channel) ?? []).filter((at) => now - at < WITHIN_MS);
    const resetMs = recent[0] === undefined ? WITHIN_MS : recent[0] + WITHIN_MS - now;
    return {
      "x-ratelimit-bucket": "messages",
      "x-ratelimit-limit": String(MESSAGES),
      "x-ratelimit-remaining": String(Math.max(0, MESSAGES - recent.length)),
      "x-ratelimit-reset-after": (resetMs / 1000).toFixed(3),
    };
  }
}
