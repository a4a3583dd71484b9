/** The turns of a thread that a page has read so far, in order: without a browser. */
import type { CutText, ThreadItem, ThreadShown, ThreadTurn } from "../src/operator/thread-facts.js";

/** What stands on the page one below the other. */
export type Entry =
  | { kind: "turn"; key: string; turn: ThreadTurn }
  | { kind: "item"; key: string; item: ThreadItem }
  | { kind: "error"; key: string; said: CutText };

export class Transcript {
  #turns: ThreadTurn[] = [];
  #earlier: string | undefined;

  /** For the turns before those that are here; undefined where there are none. */
  get earlier(): string | undefined {
    return this.#earlier;
  }

  /** The newest turns: they stand in the place of those from the first of them on. */
  takeLatest({ turns, earlier }: Pick<ThreadShown, "turns" | "earlier">): void {
    const known = new Map(this.#turns.map(({ id }, at) => [id, at]));
    const from = turns.map(({ id }) => known.get(id)).find((at) => at !== undefined);
    if (from === undefined) {
      // So much has happened that there is a gap, or this is the first look.
      this.#turns = turns;
      this.#earlier = earlier;
    } else {
      this.#turns = [...this.#turns.slice(0, from), ...turns];
    }
  }

  takeEarlier({ turns, earlier }: Pick<ThreadShown, "turns" | "earlier">): void {
    const known = new Set(this.#turns.map(({ id }) => id));
    this.#turns = [...turns.filter(({ id }) => !known.has(id)), ...this.#turns];
    this.#earlier = earlier;
  }

  get entries(): Entry[] {
    return this.#turns.flatMap((turn): Entry[] => [
      { kind: "turn", key: turn.id, turn },
      ...turn.items.map((item, at): Entry => ({
        kind: "item",
        key: `${turn.id}:${item.id || at}`,
        item,
      })),
      ...(turn.error
        ? [{ kind: "error", key: `${turn.id}:error`, said: turn.error } as const]
        : []),
    ]);
  }
}
