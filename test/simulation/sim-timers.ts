/** The timers of one simulated process, on the world's time. */
import type { Life, Time } from "./time.js";

class SimTimer {
  readonly #cancel: () => void;

  constructor(cancel: () => void) {
    this.#cancel = cancel;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  cancel(): void {
    this.#cancel();
  }
}

export type SimTimers = {
  globals: Record<string, unknown>;
  /** Of those that are still to come, be it that they keep no process from ending. */
  count(): number;
  sleep(ms: number): Promise<void>;
  after(ms: number, run: () => void): void;
};

/** Node's own bound: a longer time fires at once. */
const MAX_MS = 2 ** 31 - 1;

export function simTimers(
  scheduler: Time,
  life: Life,
  onCrash: (error: unknown) => void,
): SimTimers {
  const open = new Set<SimTimer>();

  function set(run: (...args: unknown[]) => void, ms: unknown, args: unknown[], repeats: boolean) {
    const wanted = typeof ms === "number" ? Math.trunc(ms) : 1;
    const delay = wanted >= 1 && wanted <= MAX_MS ? wanted : 1;
    let callOff: (() => void) | undefined;
    const timer = new SimTimer(() => {
      callOff?.();
      open.delete(timer);
    });
    const arm = (): void => {
      callOff = scheduler.after(delay, life, () => {
        if (repeats) arm();
        else open.delete(timer);
        try {
          run(...args);
        } catch (error) {
          onCrash(error);
        }
      });
    };
    open.add(timer);
    arm();
    return timer;
  }

  function clear(timer: unknown): void {
    if (timer instanceof SimTimer) timer.cancel();
  }

  type Run = (...args: unknown[]) => void;
  return {
    globals: {
      setTimeout: (run: Run, ms?: unknown, ...args: unknown[]) => set(run, ms, args, false),
      setInterval: (run: Run, ms?: unknown, ...args: unknown[]) => set(run, ms, args, true),
      setImmediate: (run: Run, ...args: unknown[]) => set(run, 1, args, false),
      clearTimeout: clear,
      clearInterval: clear,
      clearImmediate: clear,
    },
    count: () => open.size,
    sleep: (ms) => new Promise((resolve) => void set(() => resolve(), ms, [], false)),
    after: (ms, run) => void set(() => run(), ms, [], false).unref(),
  };
}
