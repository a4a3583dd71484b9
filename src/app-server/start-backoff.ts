const QUICK_DEATH_MS = 30_000;
const FREE_DEATHS = 3;
const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 30_000;

/**
 * Keeps an app-server that dies as soon as it is started from being started over and over: after three
 * quick deaths in a row, a wait of 1 s, which doubles up to 30 s. Times are in ms of one clock.
 */
export class StartBackoff {
  #quickDeaths = 0;
  #blockedUntil = 0;
  #lastReason: Error | undefined;

  recordDeath(startedAt: number, now: number, reason: Error): void {
    this.#lastReason = reason;
    if (now - startedAt >= QUICK_DEATH_MS) {
      this.#quickDeaths = 0;
      return;
    }
    this.#quickDeaths += 1;
    if (this.#quickDeaths < FREE_DEATHS) return;
    const doublings = this.#quickDeaths - FREE_DEATHS;
    this.#blockedUntil = now + Math.min(FIRST_WAIT_MS * 2 ** doublings, MAX_WAIT_MS);
  }

  /** What stands against a start now, if anything: how long yet, and what it died of. */
  blockedAt(now: number): { waitMs: number; deaths: number; reason: Error } | undefined {
    const waitMs = this.#blockedUntil - now;
    if (waitMs <= 0 || this.#lastReason === undefined) return undefined;
    return { waitMs, deaths: this.#quickDeaths, reason: this.#lastReason };
  }
}
