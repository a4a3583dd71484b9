/** What a gateway still holds; everything that the plugin keeps for its process can be seen from here. */
import { setTimeout as sleep } from "node:timers/promises";
import { CodexAppServerClient } from "../../../src/app-server/client.js";
import { CodexClientPool } from "../../../src/app-server/client-pool.js";
import { transportTo } from "../../../src/app-server/connect.js";
import type {
  CodexCloseHandler,
  CodexHandlerScope,
  CodexNotificationHandler,
  CodexRequestHandler,
} from "../../../src/app-server/protocol.js";
import { asObject } from "../../support/wire-guards.js";
import type { Leftovers } from "./wire.js";

/** The plugin's own keys for what outlives a reload of its module. */
const POOL = Symbol.for("openclaw-codex-conversation.codex-clients-by-server");
/** What changes its shape gets a new name that begins in the same way. */
const SESSIONS = "openclaw-codex-conversation.thread-sessions";
const QUEUE = "openclaw-codex-conversation.conversation-queue";
const ACTIVE_TURNS = "openclaw-codex-conversation.active-turns";
const QUESTIONS = "openclaw-codex-conversation.questions";

const clients = new Set<CountedClient>();

/** A client that knows how many of the handlers added to it are still there. */
class CountedClient extends CodexAppServerClient {
  handlers = 0;

  override addNotificationHandler(
    handler: CodexNotificationHandler,
    scope?: CodexHandlerScope,
  ): () => void {
    return this.#count(super.addNotificationHandler(handler, scope));
  }

  override addRequestHandler(handler: CodexRequestHandler, scope?: CodexHandlerScope): () => void {
    return this.#count(super.addRequestHandler(handler, scope));
  }

  override addCloseHandler(handler: CodexCloseHandler): () => void {
    return this.#count(super.addCloseHandler(handler));
  }

  #count(remove: () => void): () => void {
    this.handlers += 1;
    let counted = true;
    return () => {
      if (counted) this.handlers -= 1;
      counted = false;
      remove();
    };
  }
}

/** Called before the plugin is there; puts a pool in place whose clients are counted. */
export function beginCounting(): void {
  baseline = process.getActiveResourcesInfo();
  const pool = new CodexClientPool((options, listener) => {
    const client = new CountedClient(transportTo(options), listener);
    clients.add(client);
    void client.closed.then(() => clients.delete(client));
    return client;
  });
  Object.assign(globalThis, { [POOL]: { pool } });
}

/** What any such process holds, as its channel to the driver. */
let baseline: string[] = [];

/** Handles that were closed go with the next turns of the event loop. */
const CLOSED_WITHIN_MS = 3000;

/** As it is once handles have had their time to close. */
export async function countLeftoversOfStopped(): Promise<Leftovers> {
  const end = Date.now() + CLOSED_WITHIN_MS;
  while (surplus().length > 0 && Date.now() < end) await sleep(20);
  return countLeftovers();
}

/** Resources that keep the process alive, beyond its own. */
function surplus(): string[] {
  const own = [...baseline];
  return process.getActiveResourcesInfo().filter((name) => {
    const index = own.indexOf(name);
    if (index >= 0) own.splice(index, 1);
    return index < 0;
  });
}

export function countLeftovers(): Leftovers {
  return {
    resources: surplus(),
    queued: sizeOf(stateOf(QUEUE)),
    activeTurns: sizeOf(stateOf(ACTIVE_TURNS)),
    questions: sizeOf(asObject(stateOf(QUESTIONS))["open"]),
    clients: clients.size,
    busyClients: [...clients].filter((client) => client.busy).length,
    handlers: [...clients].reduce(
      (sum, client) => sum + client.handlers - handlersOfIdle(client),
      0,
    ),
  };
}

/** A thread's session listens until its thread is left, however long nothing happens there. */
const HANDLERS_OF_SESSION = 3;
/** So long it listens to each of its sub-agents, too. */
const HANDLERS_OF_AGENT = 2;
/** Whoever has sessions listens for threads that nobody knows, in as many ways, and for limits. */
const HANDLERS_BESIDE_SESSIONS = 4;

/** How many handlers a client has that does nothing. */
function handlersOfIdle(client: CountedClient): number {
  const all = asObject(stateOf(SESSIONS))["clients"];
  const own: unknown = all instanceof Map ? all.get(client) : undefined;
  // The pool listens for the end of each.
  if (own === undefined) return 1;
  const sessions: unknown = asObject(own)["sessions"];
  const agents = [...(sessions instanceof Map ? sessions.values() : [])].flatMap(agentsOf);
  return (
    1 +
    HANDLERS_BESIDE_SESSIONS +
    HANDLERS_OF_SESSION * sizeOf(sessions) +
    HANDLERS_OF_AGENT * agents.length
  );
}

/** @throws if the session does not tell: its listening would be taken for a leftover */
function agentsOf(session: unknown): unknown[] {
  const family = asObject(asObject(session)["family"]);
  const agents: unknown =
    "agents" in family && typeof family["agents"] === "function" && family["agents"]();
  if (!Array.isArray(agents)) throw new Error("A session does not tell its sub-agents.");
  return agents;
}

/** @throws if there is not one of that name: nothing would be counted */
function stateOf(name: string): unknown {
  const keys = Object.getOwnPropertySymbols(globalThis).filter(
    ({ description }) => description?.startsWith(name) === true,
  );
  const [key, ...others] = keys;
  if (key === undefined || others.length > 0) {
    throw new Error(`The plugin keeps ${keys.length} of ${name}.`);
  }
  return Reflect.get(globalThis, key);
}

function sizeOf(held: unknown): number {
  return held instanceof Map ? held.size : 0;
}
