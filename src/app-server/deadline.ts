/** One limit for several waits in a row. Whoever makes it clears it. */
export class Deadline {
  readonly error: Error;
  readonly #late = Promise.withResolvers<never>();
  readonly #timer: NodeJS.Timeout;

  /** From `timeoutMs` on, every wait rejects with `error`. */
  constructor(timeoutMs: number, error: Error) {
    this.error = error;
    // It may pass while nobody waits.
    this.#late.promise.catch(() => {});
    this.#timer = setTimeout(() => this.#late.reject(error), timeoutMs);
  }

  wait<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#late.promise]);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
