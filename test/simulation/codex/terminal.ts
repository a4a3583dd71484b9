/** People at terminals: clients of their own on the shared app-server, who work on the chats' threads. */
import { Seeded } from "../../support/seeded.js";
import type { Tag } from "../tags.js";
import { asObject } from "../../support/wire-guards.js";
import type { Life } from "../time.js";
import type { AppServer, CodexWorld } from "./app-server.js";
import type { Connection } from "./connection.js";
import type { SharedServer } from "./shared-server.js";
import type { Id } from "./wire.js";

/** Longer than the server takes to load a thread for a terminal. */
const LOADED_AFTER_MS = 4;

const WAYS = { "answers first": 30, "answers late": 20, looks: 50 } as const;

export class Terminals {
  readonly #world: CodexWorld;
  readonly #shared: SharedServer;
  readonly #life: Life = { alive: true };
  readonly #byThread = new Map<string, { server: AppServer; connection: Connection }>();
  #requests = 0;

  constructor(world: CodexWorld, shared: SharedServer) {
    this.#world = world;
    this.#shared = shared;
  }

  /** Somebody has Codex do something on a thread, beside the chat that is bound to it. */
  work(threadId: string, tag: Tag): void {
    const connection = this.#on(threadId);
    if (!connection) return;
    const { scheduler } = this.#world;
    scheduler.note(`terminal works on ${threadId} for ${tag}`);
    const input = [{ type: "text", text: `at the terminal: ${tag}`, text_elements: [] }];
    scheduler.after(LOADED_AFTER_MS, this.#life, () => {
      this.#request(connection, "turn/start", { threadId, input });
    });
  }

  #on(threadId: string): Connection | undefined {
    const { server } = this.#shared;
    const known = this.#byThread.get(threadId);
    if (!server) return undefined;
    if (known?.server === server) return known.connection;
    const connection: Connection = {
      isTerminal: true,
      subscribed: new Set(),
      wire: {
        notify: () => {},
        answer: () => {},
        half: () => {},
        fallSilent: () => {},
        request: (id, method, params) => this.#decide(server, connection, { id, method, params }),
      },
    };
    server.connections.add(connection);
    this.#byThread.set(threadId, { server, connection });
    this.#request(connection, "thread/resume", { threadId });
    return connection;
  }

  #request(connection: Connection, method: string, params: Record<string, unknown>): void {
    const { server } = this.#shared;
    const id = `terminal-${(this.#requests += 1)}`;
    server?.take(JSON.stringify({ id, method, params }), connection);
  }

  /** What its own turn asks it answers; of what the chat's turns ask it answers some. */
  #decide(
    server: AppServer,
    connection: Connection,
    { id, method, params }: { id: Id; method: string; params: Record<string, unknown> },
  ): void {
    if (method !== "item/commandExecution/requestApproval") return;
    const { ledger, seed, scheduler } = this.#world;
    const turnId = String(params["turnId"]);
    const isOwn = ledger.beginners.get(turnId) === "terminal";
    const random = new Seeded(seed, "terminal decides", String(asObject(params)["command"]));
    const way = random.weighted(WAYS);
    if (!isOwn && way === "looks") return;
    const afterMs = way === "answers late" ? random.int(1000, 12_000) : random.int(0, 900);
    const decision = random.pick(["accept", "decline"]);
    scheduler.after(afterMs, this.#life, () => {
      if (!server.life.alive) return;
      server.take(JSON.stringify({ id, result: { decision } }), connection);
    });
  }
}
