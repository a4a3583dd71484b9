/** Keeps a thread as the gateway has it: one reading at a time, and while nobody looks none. */
import type { ThreadAnswer } from "../src/operator/thread-facts.js";

type Source = {
  readonly isConnected: boolean;
  readonly mayRead: boolean;
  /** @throws what the gateway refuses */
  thread(before: string | undefined): Promise<ThreadAnswer>;
};

export type ThreadRead = {
  latest(answer: ThreadAnswer): void;
  earlier(answer: ThreadAnswer): void;
  failed(error: unknown): void;
};

export class ThreadReader {
  readonly #source: Source;
  readonly #read: ThreadRead;
  #isDue = true;
  #before: string | undefined;
  #isReading = false;
  #isSeen = false;
  #hasEnded = false;

  constructor(source: Source, read: ThreadRead) {
    this.#source = source;
    this.#read = read;
  }

  /** Whether somebody looks. */
  setSeen(isSeen: boolean): void {
    if (isSeen && !this.#isSeen) this.#isDue = true;
    this.#isSeen = isSeen;
    void this.#run();
  }

  changed(): void {
    this.#isDue = true;
    void this.#run();
  }

  /** The turns before those that are known. */
  wantEarlier(before: string): void {
    this.#before = before;
    void this.#run();
  }

  end(): void {
    this.#hasEnded = true;
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#mayRead && (this.#isDue || this.#before !== undefined)) {
        const before = this.#isDue ? undefined : this.#before;
        if (before === undefined) this.#isDue = false;
        else this.#before = undefined;
        // oxlint-disable-next-line no-await-in-loop -- One at a time, and what came meanwhile next.
        const answer = await this.#source.thread(before);
        if (this.#hasEnded) return;
        if (before === undefined) this.#read.latest(answer);
        else this.#read.earlier(answer);
      }
    } catch (error) {
      if (!this.#hasEnded) this.#read.failed(error);
    } finally {
      this.#isReading = false;
    }
  }

  get #mayRead(): boolean {
    const { isConnected, mayRead } = this.#source;
    return this.#isSeen && !this.#hasEnded && isConnected && mayRead;
  }
}
