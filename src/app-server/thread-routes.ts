import type { CodexHandlerScope } from "./protocol.js";

/** A handler and the one that was added after it, so that a thread's only one is found in one step. */
export type Route<Handler> = {
  readonly handler: Handler;
  /** For those who are going through the routes meanwhile. */
  readonly removed: boolean;
  readonly next: Route<Handler> | undefined;
};

type OwnRoute<Handler> = {
  handler: Handler;
  removed: boolean;
  next: OwnRoute<Handler> | undefined;
};

/** Handlers of one kind, found by the thread that a message names without looking at the others. */
export class ThreadRoutes<Handler> {
  readonly #byThread = new Map<string, OwnRoute<Handler>>();
  #global: OwnRoute<Handler> | undefined;

  /** True while a handler waits for messages of some thread. */
  get hasThreads(): boolean {
    return this.#byThread.size > 0;
  }

  /** Returns the removal, which may be called again. The same function added twice is there twice. */
  add(handler: Handler, scope: CodexHandlerScope | undefined): () => void {
    const added: OwnRoute<Handler> = { handler, removed: false, next: undefined };
    const first = this.#first(scope);
    if (first === undefined) this.#setFirst(scope, added);
    else lastOf(first).next = added;
    return () => {
      added.removed = true;
      this.#setFirst(scope, withoutRemoved(this.#first(scope)));
    };
  }

  /** The first who listens to messages of no thread in particular. */
  get global(): Route<Handler> | undefined {
    return this.#global;
  }

  /** The first who listens to the thread that the message names; one look-up, and nothing is allocated. */
  ofThread(threadId: string | undefined): Route<Handler> | undefined {
    return threadId === undefined ? undefined : this.#byThread.get(threadId);
  }

  #first(scope: CodexHandlerScope | undefined): OwnRoute<Handler> | undefined {
    return scope === undefined ? this.#global : this.#byThread.get(scope.threadId);
  }

  #setFirst(scope: CodexHandlerScope | undefined, first: OwnRoute<Handler> | undefined): void {
    if (scope === undefined) this.#global = first;
    else if (first === undefined) this.#byThread.delete(scope.threadId);
    else this.#byThread.set(scope.threadId, first);
  }
}

function lastOf<Handler>(route: OwnRoute<Handler>): OwnRoute<Handler> {
  let last = route;
  while (last.next !== undefined) last = last.next;
  return last;
}

/** Whoever stands at a route that goes still finds the way on from there. */
function withoutRemoved<Handler>(
  first: OwnRoute<Handler> | undefined,
): OwnRoute<Handler> | undefined {
  if (first === undefined) return undefined;
  const next = withoutRemoved(first.next);
  if (first.removed) return next;
  first.next = next;
  return first;
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
