/** Events in order of time; those of one moment in the order in which they were added. */
import type { Life } from "./time.js";

type QueuedEvent = {
  at: number;
  order: number;
  life: Life;
  run: (() => void) | undefined;
};

export class EventQueue {
  readonly #heap: QueuedEvent[] = [];
  #order = 0;

  /** Returns what calls the event off. */
  add(at: number, life: Life, run: () => void): () => void {
    const event: QueuedEvent = { at, order: this.#order++, life, run };
    this.#push(event);
    return () => {
      event.run = undefined;
    };
  }

  /** When the first one is due, be it that it was called off meanwhile. */
  get firstAt(): number | undefined {
    return this.#heap[0]?.at;
  }

  /** Takes the first one out that is still to run. */
  take(): { at: number; run: () => void } | undefined {
    for (;;) {
      const event = this.#pop();
      if (!event) return undefined;
      const { at, run, life } = event;
      if (!run || !life.alive) continue;
      event.run = undefined;
      return { at, run };
    }
  }

  #push(event: QueuedEvent): void {
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

  #pop(): QueuedEvent | undefined {
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

function isBefore(one: QueuedEvent, other: QueuedEvent): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
