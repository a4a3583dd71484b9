/** https://docs.slack.dev/apis/web-api/rate-limits: 429 with the seconds to wait in `Retry-After` */
export class RateLimits {
  readonly #demanded = new Map<string, { retryAfterS: number; noteTaken: () => void }[]>();

  /** The next call of a method is refused; resolves once it was. */
  demand(method: string, retryAfterS: number): Promise<void> {
    const taken = Promise.withResolvers<void>();
    const demanded = { retryAfterS, noteTaken: taken.resolve };
    this.#demanded.set(method, [...(this.#demanded.get(method) ?? []), demanded]);
    return taken.promise;
  }

  /** The seconds to wait; undefined where the call is taken. */
  take(method: string): number | undefined {
    const demanded = this.#demanded.get(method)?.shift();
    demanded?.noteTaken();
    return demanded?.retryAfterS;
  }
}
