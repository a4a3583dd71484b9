import { monotonicMs } from "../common/clock.js";
import { CallSite, CodexLocalError } from "./errors.js";
import type { CodexRequestOptions } from "./protocol.js";

/** The longest delay of a Node timer; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * One request from the moment it is made to its end. Owns its timer and its abort listener, and ends once:
 * by an answer, by a failure, by its time-out or by its signal.
 */
export class PendingCall {
  readonly method: string;
  readonly params: unknown;
  readonly promise: Promise<unknown>;
  /** Under which id it was sent last; undefined before. */
  id: number | undefined;
  /** How Codex is told that nobody waits any more. */
  readonly cancelBy: string | undefined;
  /** It ended here before Codex answered. */
  isGivenUp = false;
  /** How often Codex was too busy to take it. */
  overloads = 0;
  readonly #site = new CallSite();
  readonly #deadline: number;
  readonly #resolve: (result: unknown) => void;
  readonly #reject: (error: Error) => void;
  readonly #onEnd: (call: PendingCall) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #signal: AbortSignal | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #ended = false;

  /** `onEnd` runs once, before the promise settles. */
  constructor(
    method: string,
    params: unknown,
    options: CodexRequestOptions,
    onEnd: (call: PendingCall) => void,
  ) {
    this.method = method;
    this.params = params;
    this.cancelBy = options.cancelBy;
    this.#onEnd = onEnd;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = options.signal;
    const timeoutMs = Math.min(options.timeoutMs, MAX_TIMER_MS);
    this.#deadline = monotonicMs() + timeoutMs;
    this.#timer = setTimeout(() => this.#timeOut(options.timeoutMs), timeoutMs);
    this.#signal?.addEventListener("abort", this.abort);
  }

  get remainingMs(): number {
    return this.#deadline - monotonicMs();
  }

  succeed(result: unknown): void {
    if (this.#end()) this.#resolve(result);
  }

  fail(error: Error): void {
    if (this.#end()) this.#reject(this.#site.applyTo(error));
  }

  /** Runs `retry` after a delay unless the call has ended by then. */
  retryAfter(delayMs: number, retry: () => void): void {
    this.#retryTimer = setTimeout(retry, delayMs);
  }

  #timeOut(timeoutMs: number): void {
    this.isGivenUp = true;
    this.fail(
      new CodexLocalError(
        "REQUEST_TIMEOUT",
        `Codex did not answer ${this.method} within ${timeoutMs / 1000} s.`,
      ),
    );
  }

  readonly abort = (): void => {
    this.isGivenUp = true;
    this.fail(
      new CodexLocalError("ABORTED", `The request ${this.method} to Codex was cancelled.`, {
        cause: this.#signal?.reason,
      }),
    );
  };

  #end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#retryTimer);
    this.#signal?.removeEventListener("abort", this.abort);
    this.#onEnd(this);
    return true;
  }
}
