import type { CodexHandlerScope } from "./protocol.js";

/** Handlers of one kind, found by the thread that a message names without looking at the others. */
export class ThreadRoutes<Handler> {
  readonly #byThread = new Map<string, Entries<Handler>>();
  #global: Entries<Handler> = NOBODY;

  /** True while a handler waits for messages of some thread. */
  get hasThreads(): boolean {
    return this.#byThread.size > 0;
  }

  /** Returns the removal, which may be called again. The same function added twice is there twice. */
  add(handler: Handler, scope: CodexHandlerScope | undefined): () => void {
    const entry = { handler, removed: false };
    if (scope === undefined) {
      this.#global = [...this.#global, entry];
      return () => {
        entry.removed = true;
        this.#global = this.#global.filter(isLeft);
      };
    }
    const { threadId } = scope;
    this.#byThread.set(threadId, [...this.ofThread(threadId), entry]);
    return () => {
      entry.removed = true;
      const left = this.ofThread(threadId).filter(isLeft);
      if (left.length > 0) this.#byThread.set(threadId, left);
      else this.#byThread.delete(threadId);
    };
  }

  /** Who listens to messages of no thread in particular. */
  get global(): Entries<Handler> {
    return this.#global;
  }

  /** Who listens to the thread that the message names; one look-up, and nothing is allocated. */
  ofThread(threadId: string | undefined): Entries<Handler> {
    return (threadId === undefined ? undefined : this.#byThread.get(threadId)) ?? NOBODY;
  }
}

/** `removed` is for those who are going through entries meanwhile. */
type Entry<Handler> = { readonly handler: Handler; readonly removed: boolean };

/** Replaced, never changed, when handlers come and go. */
export type Entries<Handler> = readonly Entry<Handler>[];

const NOBODY: Entries<never> = [];

function isLeft({ removed }: { readonly removed: boolean }): boolean {
  return !removed;
}

/**
 * The thread that a message is about: `threadId` in nearly all of them, `thread.id` in thread/started,
 * `conversationId` in the legacy approvals.
 */
export function threadIdOf(params: unknown): string | undefined {
  if (typeof params !== "object" || params === null) return undefined;
  if ("threadId" in params && typeof params.threadId === "string") return params.threadId;
  if ("conversationId" in params && typeof params.conversationId === "string") {
    return params.conversationId;
  }
  if (!("thread" in params)) return undefined;
  const { thread } = params;
  if (typeof thread !== "object" || thread === null || !("id" in thread)) return undefined;
  return typeof thread.id === "string" ? thread.id : undefined;
}
