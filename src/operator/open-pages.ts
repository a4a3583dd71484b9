/**
 * Tells the pages that are open in a browser what has changed. Who has pages open is not known, so each time that one has
 * looked, the next change is told, and no other until a page looks again: with no page open, nothing is sent.
 */
import path from "node:path";
import { keepNewest } from "../common/keep-newest.js";
import { onChange, onProgress } from "../common/changes.js";
import { CHANGED_EVENT } from "./facts.js";
import { PROGRESS_EVENT } from "./thread-facts.js";

type Payload = Record<string, string[]>;

/** How OpenClaw tells those who may read. */
type Events = {
  emit(event: string, payload: Payload, options: { scope: "operator.read" }): void;
};

/** Changes that come together are told together. */
const TOGETHER_MS = 200;
/** Of more chats a page looks at all. */
const MOST_NAMED = 100;
/** Threads that pages have looked at: what changes between a telling and the next look is remembered of so many. */
const THREADS = 50;

export class OpenPages {
  readonly #warn: (text: string) => void;
  #events: Events | undefined;
  readonly #list = new Watch((payload) => this.#tell(CHANGED_EVENT, payload));
  /** By their sessions. */
  readonly #threads = new Map<string, Watch>();

  constructor(warn: (text: string) => void) {
    this.#warn = warn;
  }

  start(events: Events): void {
    this.#events = events;
    onChange("pages", (sessionFile) => {
      const session = path.basename(sessionFile);
      this.#list.note(session);
      this.#threads.get(session)?.note(session);
    });
    onProgress((sessionFile) => {
      const session = path.basename(sessionFile);
      this.#threads.get(session)?.note(session);
    });
    // Open pages were told by the copy before this one, which knows of no change any more.
    this.#tell(CHANGED_EVENT, {});
    this.#tell(PROGRESS_EVENT, {});
  }

  stop(): void {
    this.#events = undefined;
    for (const watch of [this.#list, ...this.#threads.values()]) watch.stop();
  }

  /** A page looks at the list. */
  look(): void {
    this.#list.look();
  }

  /** A page looks at the thread of this session. */
  lookAtThread(session: string): void {
    const watch =
      this.#threads.get(session) ?? new Watch((payload) => this.#tell(PROGRESS_EVENT, payload));
    this.#threads.delete(session);
    this.#threads.set(session, watch);
    keepNewest(this.#threads, THREADS);
    watch.look();
  }

  #tell(event: string, payload: Payload): void {
    try {
      this.#events?.emit(event, payload, { scope: "operator.read" });
    } catch (error) {
      this.#warn(`the open pages could not be told of a change: ${String(error)}`);
    }
  }
}

/** Something that pages look at. */
class Watch {
  readonly #tell: (payload: Payload) => void;
  /** A page has looked since it was told. */
  #hasLooked = false;
  /** What has changed since the pages were told, whether one listens or not. */
  readonly #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (payload: Payload) => void) {
    this.#tell = tell;
  }

  note(session: string): void {
    if (this.#changed.size <= MOST_NAMED) this.#changed.add(session);
    this.#plan();
  }

  look(): void {
    this.#hasLooked = true;
    // What has changed between the last telling and this look: another page may not have looked.
    if (this.#changed.size > 0) this.#plan();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #plan(): void {
    if (!this.#hasLooked) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#hasLooked = false;
      const sessions = [...this.#changed];
      this.#changed.clear();
      this.#tell(sessions.length > MOST_NAMED ? {} : { sessions });
    }, TOGETHER_MS).unref();
  }
}
