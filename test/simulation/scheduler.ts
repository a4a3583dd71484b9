/**
 * Virtual time. Whatever is not a computation, a disk, a pipe, a channel, a timer, a person, is an event here, and one
 * event runs after the other, each with all the microtasks that it causes. The seed decides how long each takes, and with
 * that their order, so the same seed gives the same run.
 */
import { createHash } from "node:crypto";
import { Seeded } from "../support/seeded.js";
import { EventQueue } from "./event-queue.js";
import type { Life, Time } from "./time.js";

/** So many events run in one turn of the real event loop, which drains the microtasks after each. */
const AT_ONCE = 32;

/** Characters of the transcript. */
const HASHED_AT_ONCE = 65_536;

export class Scheduler implements Time {
  /** Milliseconds since the world began. */
  now = 0;
  readonly random: Seeded;
  readonly #queue = new EventQueue();
  readonly #hash = createHash("sha256");
  /** Lines that are not in the hash yet: many at once are cheaper. */
  #lines = "";
  readonly #record: ((line: string) => void) | undefined;

  constructor(seed: number, record?: (line: string) => void) {
    this.random = new Seeded(seed, "scheduler");
    this.#record = record;
  }

  /** One line of the run's transcript. */
  note(line: string): void {
    const text = `${this.now.toFixed(3)} ${line}\n`;
    this.#lines += text;
    if (this.#lines.length > HASHED_AT_ONCE) this.#hashLines();
    this.#record?.(text);
  }

  /** Of the transcript so far. */
  digest(): string {
    this.#hashLines();
    return this.#hash.copy().digest("hex");
  }

  #hashLines(): void {
    this.#hash.update(this.#lines);
    this.#lines = "";
  }

  /** Returns what calls the event off. */
  after(ms: number, life: Life, run: () => void): () => void {
    return this.#queue.add(this.now + Math.max(0, ms), life, run);
  }

  /** Never settled once the life is over. */
  sleep(ms: number, life: Life): Promise<void> {
    return new Promise((resolve) => void this.after(ms, life, resolve));
  }

  /** Runs events until it is over or nothing is left to happen. */
  async run(isOver: () => boolean): Promise<void> {
    const end = Promise.withResolvers<void>();
    let ended = false;
    let left = 0;
    const step = (): void => {
      left -= 1;
      if (ended) return;
      try {
        if (isOver() || !this.#step()) {
          ended = true;
          end.resolve();
          return;
        }
      } catch (error) {
        ended = true;
        end.reject(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      if (left === 0) schedule();
    };
    const schedule = (): void => {
      left = AT_ONCE;
      for (let count = 0; count < AT_ONCE; count += 1) setImmediate(step);
    };
    schedule();
    await end.promise;
  }

  #step(): boolean {
    const event = this.#queue.take();
    if (!event) return false;
    this.now = Math.max(this.now, event.at);
    event.run();
    return true;
  }
}
