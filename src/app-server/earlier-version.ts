/**
 * The app-servers that an earlier version of this plugin has started in this process: an update loads the new version
 * beside the old one, whose turns go on. The old pool and its clients are of other classes, so they are looked at as
 * strangers, and only what 0.1.0 had is asked of them.
 */
import { ClientHandlers } from "./client-handlers.js";
import { asRecord, isRecord } from "./json.js";
import { LoadedThreads } from "./loaded-threads.js";
import { refusalOfMethod } from "./refusals.js";
import type {
  CodexAnswer,
  CodexClient,
  CodexCloseHandler,
  CodexHandlerScope,
  CodexNotificationHandler,
  CodexNotificationScope,
  CodexRequestHandler,
  CodexRequestOptions,
  CodexServerRequest,
} from "./protocol.js";

const POOL_OF_0_1_0 = Symbol.for("openclaw-codex-conversation.app-servers");
/** Before there were several servers; it holds its pool in a field. */
const POOL_OF_ONE_SERVER = Symbol.for("openclaw-codex-conversation.codex-clients");
const LOADED_THREADS_OF_0_1_0 = Symbol.for("openclaw-codex-conversation.loaded-threads");

type EarlierClient = CodexClient & {
  readonly busy: boolean;
  readonly closed: Promise<Error>;
  /** Since 0.2.0. */
  holds?(threadId: string): unknown;
};

type EarlierPool = {
  clients(): unknown[];
  retire(client: object, reason: string): Promise<void>;
  dispose(): Promise<void>;
};

/** A client of an earlier version, for use by this one. What the old code asks and hears over it is the old code's. */
export class AdoptedClient implements CodexClient {
  readonly #client: EarlierClient;
  readonly #pool: EarlierPool;
  readonly #handlers = new ClientHandlers(() => {});
  readonly #threads = new LoadedThreads();

  constructor(client: EarlierClient, pool: EarlierPool) {
    this.#client = client;
    this.#pool = pool;
    // Without a thread of their own, since the old client counts as in use by who listens to a thread. It asks the old
    // code's handlers first.
    client.addNotificationHandler((notification) => {
      this.#threads.handleNotification(notification);
      this.#handlers.notify(notification);
    });
    client.addRequestHandler((request) => this.#answer(request));
  }

  get serverVersion(): string | undefined {
    return this.#client.serverVersion;
  }

  get busy(): boolean {
    return this.#client.busy || this.#threads.isAnyRunning;
  }

  get closed(): Promise<Error> {
    return this.#client.closed;
  }

  holds(threadId: string): boolean {
    return (
      this.#threads.has(threadId) ||
      this.#client.holds?.(threadId) === true ||
      isLoadedByEarlierVersion(this.#client, threadId)
    );
  }

  async request(method: string, params: unknown, options: CodexRequestOptions): Promise<unknown> {
    const answer = await this.#client.request(method, params, options);
    this.#threads.readAnswer(method, answer);
    return answer;
  }

  addNotificationHandler(
    handler: CodexNotificationHandler,
    scope?: CodexNotificationScope,
  ): () => void {
    return this.#handlers.addNotificationHandler(handler, scope);
  }

  addRequestHandler(handler: CodexRequestHandler, scope?: CodexHandlerScope): () => void {
    return this.#handlers.addRequestHandler(handler, scope);
  }

  addCloseHandler(handler: CodexCloseHandler): () => void {
    return this.#client.addCloseHandler(handler);
  }

  /** Ends it; settled when its process is gone. */
  retire(reason: string): Promise<void> {
    return this.#pool.retire(this.#client, reason);
  }

  async #answer(request: CodexServerRequest): Promise<CodexAnswer | undefined> {
    return (await this.#handlers.ask(request)) ?? refusalOfMethod(request.method);
  }
}

export type Adopted = {
  readonly client: AdoptedClient;
  /** When it was found, handed out last, or seen in use, on the forward clock. */
  usedAt: number;
};

/** The clients of earlier versions that are alive, each found once. */
export class EarlierVersion {
  readonly #adopted = new Map<object, Adopted>();

  /** Looks for those that were started since the last look. */
  clients(now: number): Adopted[] {
    const found = new Map<object, [EarlierClient, EarlierPool]>();
    for (const pool of earlierPools()) {
      for (const client of pool.clients().filter(isEarlierClient))
        found.set(client, [client, pool]);
    }
    for (const client of this.#adopted.keys()) {
      if (!found.has(client)) this.#adopted.delete(client);
    }
    for (const [client, pool] of found.values()) {
      if (this.#adopted.has(client)) continue;
      this.#adopted.set(client, { client: new AdoptedClient(client, pool), usedAt: now });
    }
    return [...this.#adopted.values()];
  }

  /** Ends all that an earlier version has started, or is starting; settled when nothing of it is left. */
  async dispose(): Promise<void> {
    await Promise.all(earlierPools().map((pool) => pool.dispose()));
  }
}

function earlierPools(): EarlierPool[] {
  const first: unknown = Reflect.get(globalThis, POOL_OF_0_1_0);
  const { pool: second } = asRecord(Reflect.get(globalThis, POOL_OF_ONE_SERVER)) ?? {};
  return [first, second].filter(isEarlierPool);
}

function isEarlierPool(value: unknown): value is EarlierPool {
  return isRecord(value) && hasMethods(value, ["clients", "retire", "dispose"]);
}

function isEarlierClient(value: unknown): value is EarlierClient {
  const needed = ["request", "addNotificationHandler", "addRequestHandler", "addCloseHandler"];
  return (
    isRecord(value) &&
    hasMethods(value, needed) &&
    typeof value["busy"] === "boolean" &&
    value["closed"] instanceof Promise
  );
}

function hasMethods(value: Record<string, unknown>, names: readonly string[]): boolean {
  return names.every((name) => typeof value[name] === "function");
}

function isLoadedByEarlierVersion(client: object, threadId: string): boolean {
  const loaded = asRecord(Reflect.get(globalThis, LOADED_THREADS_OF_0_1_0))?.["loaded"];
  if (!(loaded instanceof WeakMap)) return false;
  const threads: unknown = loaded.get(client);
  return threads instanceof Map && threads.has(threadId);
}
