/** Time as worlds have it: virtual, where a simulation runs, or real, where real processes do. */
import type { Seeded } from "../support/seeded.js";

/** A process, a machine, a world: its events do not run any more once it is dead. */
export type Life = { alive: boolean };

export type Time = {
  /** Milliseconds since the world began. */
  readonly now: number;
  readonly random: Seeded;
  /** One line of the run's transcript. */
  note(line: string): void;
  /** Returns what calls the event off. */
  after(ms: number, life: Life, run: () => void): () => void;
  /** Never settled once the life is over. */
  sleep(ms: number, life: Life): Promise<void>;
  /** Runs events until it is over or nothing is left to happen. */
  run(isOver: () => boolean): Promise<void>;
};
