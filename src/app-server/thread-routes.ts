import type { CodexHandlerScope } from "./protocol.js";

/** Handlers of one kind, found by the thread that a message names without looking at the others. */
export class ThreadRoutes<Handler> {
  readonly #byThread = new Map<string, Set<Entry<Handler>>>();
  readonly #global = new Set<Entry<Handler>>();

  /** True while a handler waits for messages of some thread. */
  get hasThreads(): boolean {
    return this.#byThread.size > 0;
  }

  /** Returns the removal, which may be called again. The same function added twice is there twice. */
  add(handler: Handler, scope: CodexHandlerScope | undefined): () => void {
    const entry = { handler };
    if (scope === undefined) {
      this.#global.add(entry);
      return () => void this.#global.delete(entry);
    }
    const { threadId } = scope;
    const entries = this.#byThread.get(threadId) ?? new Set();
    this.#byThread.set(threadId, entries.add(entry));
    return () => {
      entries.delete(entry);
      if (entries.size === 0 && this.#byThread.get(threadId) === entries) {
        this.#byThread.delete(threadId);
      }
    };
  }

  /** Who listens to messages of no thread in particular. */
  get global(): ReadonlySet<Entry<Handler>> {
    return this.#global;
  }

  /** Who listens to the thread that the message names; one look-up, and nothing is allocated. */
  ofThread(threadId: string | undefined): ReadonlySet<Entry<Handler>> {
    return (threadId === undefined ? undefined : this.#byThread.get(threadId)) ?? NOBODY;
  }
}

const NOBODY: ReadonlySet<never> = new Set<never>();

export type Entry<Handler> = { readonly handler: Handler };

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
