/** Real time for worlds with real processes: events run when they are due, as near as the machine can. */
import { EventQueue } from "../simulation/event-queue.js";
import type { Life, Time } from "../simulation/time.js";
import { Seeded } from "../support/seeded.js";

export class RealTime implements Time {
  readonly random: Seeded;
  readonly transcript: string[] = [];
  readonly #bornAt = performance.now();
  readonly #queue = new EventQueue();
  #running: { end: PromiseWithResolvers<void>; isOver: () => boolean } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(seed: number) {
    this.random = new Seeded(seed, "scheduler");
  }

  get now(): number {
    return performance.now() - this.#bornAt;
  }

  note(line: string): void {
    this.transcript.push(`${this.now.toFixed(0)} ${line}`);
  }

  after(ms: number, life: Life, run: () => void): () => void {
    const callOff = this.#queue.add(this.now + Math.max(0, ms), life, run);
    this.#arm();
    return callOff;
  }

  sleep(ms: number, life: Life): Promise<void> {
    return new Promise((resolve) => void this.after(ms, life, resolve));
  }

  async run(isOver: () => boolean): Promise<void> {
    const end = Promise.withResolvers<void>();
    this.#running = { end, isOver };
    this.#arm();
    try {
      await end.promise;
    } finally {
      this.#running = undefined;
      clearTimeout(this.#timer);
    }
  }

  /** Has the run that is under way fail: there is no point in going on. */
  abort(reason: Error): void {
    this.#running?.end.reject(reason);
  }

  #arm(): void {
    const { firstAt } = this.#queue;
    clearTimeout(this.#timer);
    if (!this.#running || firstAt === undefined) return;
    this.#timer = setTimeout(() => this.#runDue(), Math.max(0, firstAt - this.now));
  }

  #runDue(): void {
    const running = this.#running;
    if (!running) return;
    try {
      while ((this.#queue.firstAt ?? Infinity) <= this.now) {
        if (running.isOver()) return running.end.resolve();
        this.#queue.take()?.run();
      }
    } catch (error) {
      running.end.reject(error);
    }
    this.#arm();
  }
}
