/** A handler and the one that was added after it, so that the only one of a key is found in one step. */
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

/**
 * Handlers of one kind, found by what a message names (its thread, or its method) without looking at the others: a
 * message is a delta nearly always, and costs one look-up.
 */
export class HandlerRoutes<Handler> {
  readonly #byKey = new Map<string, OwnRoute<Handler>>();
  #global: OwnRoute<Handler> | undefined;

  /** Without a key for every message. Returns the removal, which may be called again. The same function added twice is there twice. */
  add(handler: Handler, key: string | undefined): () => void {
    const added: OwnRoute<Handler> = { handler, removed: false, next: undefined };
    const first = this.#first(key);
    if (first === undefined) this.#setFirst(key, added);
    else lastOf(first).next = added;
    return () => {
      added.removed = true;
      this.#setFirst(key, withoutRemoved(this.#first(key)));
    };
  }

  /** The first of those without a key. */
  get global(): Route<Handler> | undefined {
    return this.#global;
  }

  /** The first of those with this key; nothing is allocated. */
  of(key: string | undefined): Route<Handler> | undefined {
    return key === undefined ? undefined : this.#byKey.get(key);
  }

  #first(key: string | undefined): OwnRoute<Handler> | undefined {
    return key === undefined ? this.#global : this.#byKey.get(key);
  }

  #setFirst(key: string | undefined, first: OwnRoute<Handler> | undefined): void {
    if (key === undefined) this.#global = first;
    else if (first === undefined) this.#byKey.delete(key);
    else this.#byKey.set(key, first);
  }
}

function lastOf<Handler>(route: OwnRoute<Handler>): OwnRoute<Handler> {
  let last = route;
  while (last.next !== undefined) last = last.next;
  return last;
}

/** A removed route keeps its `next`, so that whoever is going through the routes finds the way on from there. */
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
