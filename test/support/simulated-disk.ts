/** The simulation's disk for a test of its own, which can lose its power. Put in the place of `node:fs/promises`. */
import { vi } from "vitest";
import { Seeded } from "./seeded.js";
import { Disk } from "../simulation/disk.js";
import { Scheduler } from "../simulation/scheduler.js";
import type { Life } from "../simulation/time.js";
import { SimFs, USER } from "../simulation/sim-fs.js";

let current: Record<string, unknown> = {};

/** For `vi.mock("node:fs/promises", …)`: each function goes to the disk of the test that runs. */
export function simulatedFsModule(): Record<string, unknown> {
  const names = Object.keys(new SimulatedMachine(0).module);
  return Object.fromEntries(names.map((name) => [name, call(name)]));
}

function call(name: string): (...args: unknown[]) => unknown {
  return (...args) => {
    const found = current[name];
    if (typeof found !== "function") throw new Error("no simulated disk is in use");
    return Reflect.apply(found, undefined, args);
  };
}

export class SimulatedMachine {
  readonly disk: Disk;
  readonly module: Record<string, unknown>;
  readonly #scheduler: Scheduler;
  readonly #life: Life = { alive: true };
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.#scheduler = new Scheduler(seed);
    const now = (): number => this.#scheduler.now;
    this.disk = new Disk(now, now);
    this.module = new SimFs(this.disk, this.#scheduler, this.#life, () => ({ slowMs: 0 })).module();
  }

  /** One with an empty state folder at `/state`, in use from now on. */
  static withState(seed: number): SimulatedMachine {
    const machine = new SimulatedMachine(seed);
    machine.disk.makeFolder("/state", 0o700, true);
    machine.disk.sync(machine.disk.root);
    machine.use();
    return machine;
  }

  /** From now on the mocked module is this machine's. */
  use(): void {
    current = this.module;
    vi.spyOn(process, "getuid").mockReturnValue(USER);
  }

  /** Does something on the disk, whose time passes meanwhile. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    let isOver = false;
    const done = work().finally(() => (isOver = true));
    // What fails is the caller's to see.
    done.catch(() => {});
    await this.#scheduler.run(() => isOver);
    return done;
  }

  losePower(): void {
    this.disk.losePower(new Seeded(this.#seed, "power"));
  }
}
