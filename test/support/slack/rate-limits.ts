/** https://docs.slack.dev/apis/web-api/rate-limits: 429 with the seconds to wait in `Retry-After` */
export class RateLimits {
  readonly #demanded = new Map<string, number[]>();

  /** The next call of a method is refused. */
  demand(method: string, retryAfterS: number): void {
    this.#demanded.set(method, [...(this.#demanded.get(method) ?? []), retryAfterS]);
  }

  /** The seconds to wait; undefined where the call is taken. */
  take(method: string): number | undefined {
    return this.#demanded.get(method)?.shift();
  }
}
