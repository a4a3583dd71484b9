/**
 * Tells the pages that are open in a browser which chats have changed. Who has pages open is not known, so each time that
 * one has looked, the next change is told, and no other until a page looks again: with no page open, nothing is sent.
 */
import path from "node:path";
import { onChange } from "../common/changes.js";
import { CHANGED_EVENT } from "./facts.js";

type Payload = Record<string, string[]>;

/** How OpenClaw tells those who may read. */
type Events = {
  emit(event: string, payload: Payload, options: { scope: "operator.read" }): void;
};

/** Changes that come together are told together. */
const TOGETHER_MS = 200;
/** Of more chats a page looks at all. */
const MOST_NAMED = 100;

export class OpenPages {
  readonly #warn: (text: string) => void;
  #events: Events | undefined;
  /** A page has looked since it was told. */
  #hasLooked = false;
  /** What has changed since the pages were told, whether one listens or not. */
  readonly #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(warn: (text: string) => void) {
    this.#warn = warn;
  }

  start(events: Events): void {
    this.#events = events;
    onChange("pages", (sessionFile) => {
      if (this.#changed.size <= MOST_NAMED) this.#changed.add(path.basename(sessionFile));
      this.#plan();
    });
    // Open pages were told by the copy before this one, which knows of no change any more.
    this.#tell({});
  }

  stop(): void {
    this.#events = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  look(): void {
    this.#hasLooked = true;
    // What has changed between the last telling and this look: another page may not have looked.
    if (this.#changed.size > 0) this.#plan();
  }

  #plan(): void {
    if (!this.#hasLooked || !this.#events) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#hasLooked = false;
      const sessions = [...this.#changed];
      this.#changed.clear();
      this.#tell(sessions.length > MOST_NAMED ? {} : { sessions });
    }, TOGETHER_MS).unref();
  }

  #tell(changed: Payload): void {
    try {
      this.#events?.emit(CHANGED_EVENT, changed, { scope: "operator.read" });
    } catch (error) {
      this.#warn(`the open pages could not be told of a change: ${String(error)}`);
    }
  }
}
