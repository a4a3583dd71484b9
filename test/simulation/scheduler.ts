/**
 * Virtual time. Whatever is not a computation, a disk, a pipe, a channel, a timer, a person, is an event here, and one
 * event runs after the other, each with all the microtasks that it causes. The seed decides how long each takes, and with
 * that their order, so the same seed gives the same run.
 */
import { createHash } from "node:crypto";
import { Seeded } from "../chaos/seeded.js";

/** A process, a machine, a world: its events do not run any more once it is dead. */
export type Life = { alive: boolean };

type SimEvent = {
  at: number;
  order: number;
  life: Life;
  run: (() => void) | undefined;
};

/** So many events run in one turn of the real event loop, which drains the microtasks after each. */
const AT_ONCE = 32;

/** Characters of the transcript. */
const HASHED_AT_ONCE = 65_536;

export class Scheduler {
  /** Milliseconds since the world began. */
  now = 0;
  /** How far the machine's clock is from where the world's time would put it. */
  clockOffset = 0;
  readonly random: Seeded;
  readonly #heap: SimEvent[] = [];
  #order = 0;
  #steps = 0;
  readonly #hash = createHash("sha256");
  /** Lines that are not in the hash yet: many at once are cheaper. */
  #lines = "";
  readonly #record: ((line: string) => void) | undefined;

  constructor(seed: number, record?: (line: string) => void) {
    this.random = new Seeded(seed, "scheduler");
    this.#record = record;
  }

  get steps(): number {
    return this.#steps;
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
    const event: SimEvent = { at: this.now + Math.max(0, ms), order: this.#order++, life, run };
    this.#push(event);
    return () => {
      event.run = undefined;
    };
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
    for (;;) {
      const event = this.#pop();
      if (!event) return false;
      const { run } = event;
      if (!run || !event.life.alive) continue;
      this.now = Math.max(this.now, event.at);
      this.#steps += 1;
      event.run = undefined;
      run();
      return true;
    }
  }

  #push(event: SimEvent): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (!parent || isBefore(parent, event)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = event;
  }

  #pop(): SimEvent | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let child = heap[left];
      if (!child) break;
      let place = left;
      const other = heap[right];
      if (other && isBefore(other, child)) {
        child = other;
        place = right;
      }
      if (isBefore(last, child)) break;
      heap[at] = child;
      at = place;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(one: SimEvent, other: SimEvent): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
