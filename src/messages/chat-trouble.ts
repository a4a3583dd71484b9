/** How the attempts to write to a chat went lately, and with that when the next one comes. */

/** Seconds between attempts while a channel is down; the last one repeats. */
const BACKOFF_S = [1, 2, 4, 8, 15, 30, 60, 120, 180] as const;

/**
 * After so many attempts, about ten minutes, a message that fails for a reason that nobody knows lets those behind it pass:
 * it may be at fault itself.
 */
export const MAY_BE_AT_FAULT = 10;

/** What is over when a message goes through, whichever. */
const CHAT_TROUBLES = ["unreachable", "no chat", "no topic"] as const;

export class ChatTrouble {
  #failures = 0;
  /** What the operator has been told of, and is not over. */
  readonly #told = new Set<string>();
  /** Its channel takes nothing before that, on the monotonic clock. */
  notBefore = 0;

  /** Milliseconds until the next attempt; counts this one. */
  backoff(): number {
    const seconds = BACKOFF_S[Math.min(this.#failures, BACKOFF_S.length - 1)] ?? 0;
    this.#failures += 1;
    return seconds * 1000;
  }

  /** There is a reason to try: the next attempts come soon again. */
  hope(): void {
    this.#failures = 0;
  }

  over(): void {
    this.#failures = 0;
    for (const trouble of CHAT_TROUBLES) this.#told.delete(trouble);
  }

  /** Whether the operator should hear of it now: once, and of a network only that is away for more than a moment. */
  isNews(trouble: string): boolean {
    if (this.#told.has(trouble)) return false;
    if (trouble === "unreachable" && this.#failures < MAY_BE_AT_FAULT) return false;
    this.#told.add(trouble);
    return true;
  }
}
