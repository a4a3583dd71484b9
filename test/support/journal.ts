export interface WaitOptions<Entry> {
  readonly timeoutMs?: number;
  /** Only entries appended after this one count; by default all do, those of the past too. */
  readonly after?: Entry | undefined;
  readonly signal?: AbortSignal;
  /** The entries that are of interest where the wait is in vain; by default all. */
  readonly about?: (entry: Entry) => boolean;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const SHOWN_IN_ERRORS = 12;

/**
 * An append-only record of what happened, which can be waited on. A wait is settled by the append
 * that satisfies it, never by looking again after a while.
 */
export class Journal<Entry> {
  readonly #entries: Entry[] = [];
  readonly #listeners = new Set<(entry: Entry) => void>();
  readonly #name: string;
  readonly #format: (entry: Entry) => string;

  /** @param format one line about an entry, for the error of a wait that timed out */
  constructor(name: string, format: (entry: Entry) => string) {
    this.#name = name;
    this.#format = format;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  append(entry: Entry): void {
    this.#entries.push(entry);
    for (const listener of this.#listeners) listener(entry);
  }

  /** Calls `listener` with every entry from now on; returns the removal. */
  onAppend(listener: (entry: Entry) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The first entry that matches, already there or yet to come. */
  async waitFor(
    matches: (entry: Entry) => boolean,
    { timeoutMs = DEFAULT_TIMEOUT_MS, after, signal, about }: WaitOptions<Entry> = {},
  ): Promise<Entry> {
    const start = after === undefined ? 0 : this.#indexAfter(after);
    const present = this.#entries.slice(start).find(matches);
    if (present !== undefined) return present;
    signal?.throwIfAborted();

    const { promise, resolve, reject } = Promise.withResolvers<Entry>();
    // Made here, so that its stack names the caller that waited in vain.
    const timedOut = new Error(`${this.#name}: nothing that matches within ${timeoutMs} ms`);
    const timer = setTimeout(() => {
      timedOut.message += `; seen so far:\n${this.tail(SHOWN_IN_ERRORS, about)}`;
      reject(timedOut);
    }, timeoutMs);
    const abort = (): void => reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const remove = this.onAppend((entry) => {
      if (matches(entry)) resolve(entry);
    });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      remove();
    }
  }

  /** The last entries, one a line. */
  tail(count: number, about: (entry: Entry) => boolean = () => true): string {
    const last = this.#entries.filter(about).slice(-count);
    const lines = last.map((entry) => `  ${this.#format(entry)}`);
    return lines.length > 0 ? lines.join("\n") : "  (nothing)";
  }

  #indexAfter(entry: Entry): number {
    const index = this.#entries.lastIndexOf(entry);
    if (index === -1) throw new Error(`${this.#name}: "after" is not an entry of it`);
    return index + 1;
  }
}
