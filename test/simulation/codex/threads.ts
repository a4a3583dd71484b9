/** The threads that an app-server has loaded: started, resumed, read, left, and who hears of them. */
import { asNumber, asObject, asString, type JsonObject } from "../../support/wire-guards.js";
import type { AppServer } from "./app-server.js";
import type { Connection } from "./connection.js";
import type { Thread, Turn } from "./home.js";
import { Refusal } from "./outcomes.js";
import type { RunningTurn } from "./turns.js";

export type Loaded = {
  thread: Thread;
  running: RunningTurn | undefined;
  /** The goal's next turn is about to begin. */
  due: boolean;
  /** The turn that set the goal going, or the last one of a person's. */
  lastRootTurnId: string;
};

export class Threads {
  readonly #server: AppServer;
  readonly #loaded = new Map<string, Loaded>();

  constructor(server: AppServer) {
    this.#server = server;
  }

  get ids(): string[] {
    return [...this.#loaded.keys()];
  }

  find(id: string): Loaded | undefined {
    return this.#loaded.get(id);
  }

  /** @throws Refusal if the thread that the request names is not loaded */
  require(params: JsonObject): Loaded {
    const id = asString(params["threadId"]);
    const loaded = this.#loaded.get(id);
    if (!loaded) throw new Refusal(`thread not found: ${id}`);
    return loaded;
  }

  start(params: JsonObject, by: Connection): unknown {
    this.#checkConfig(params);
    const thread = this.#server.world.home.create(asString(params["cwd"]) || "/");
    this.#load(thread);
    by.subscribed.add(thread.id);
    return facts(thread, "idle");
  }

  resume(params: JsonObject, by: Connection): unknown {
    this.#checkConfig(params);
    const id = asString(params["threadId"]);
    const { home, ledger, scheduler, traits } = this.#server.world;
    const thread = home.find(id);
    const known = this.#loaded.get(id);
    if (!thread || (!known && thread.turns.length === 0)) {
      throw new Refusal(`no rollout found for thread id ${id}`);
    }
    const isNew = !by.subscribed.has(id);
    if (known) {
      by.subscribed.add(id);
      if (isNew) this.#server.asks.sendAgain(id, by);
    } else {
      const { writer } = thread;
      if (traits.locksThreads && writer && writer !== this.#server && writer.life.alive) {
        throw new Refusal(`thread ${id} already has an active writer`);
      }
      this.#load(thread);
      by.subscribed.add(id);
      this.#server.goals.loaded(thread);
    }
    // The client can have gone since it asked.
    const isThere = this.#server.connections.has(by) && !this.#server.isHung;
    if (isThere && !by.isTerminal) ledger.heard(id, scheduler.now);
    return facts(thread, known?.running ? "active" : "idle");
  }

  /** This client listens no more; what nobody listens to is unloaded after a while. */
  unsubscribe(id: string, by: Connection): unknown {
    const known = this.#loaded.get(id);
    if (!known) return { status: "notLoaded" };
    by.subscribed.delete(id);
    const { scheduler, traits } = this.#server.world;
    scheduler.after(traits.unloadsAfterMs, this.#server.life, () => {
      const isWanted = this.#server.listeners(id).length > 0 || known.running;
      if (isWanted || this.#loaded.get(id) !== known) return;
      this.unload(id);
      this.#server.tellAll("thread/closed", { threadId: id });
    });
    return { status: "unsubscribed" };
  }

  unload(id: string): void {
    const known = this.#loaded.get(id);
    if (known && known.thread.writer === this.#server) known.thread.writer = undefined;
    this.#loaded.delete(id);
    for (const { subscribed } of this.#server.connections) subscribed.delete(id);
  }

  read(params: JsonObject): unknown {
    const id = asString(params["threadId"]);
    const thread = this.#server.world.home.find(id);
    if (!thread) throw new Refusal(`thread not loaded: ${id}`);
    const { parentThreadId = null, cwd } = thread;
    const turns = params["includeTurns"] === true ? this.#turns(params) : [];
    return { thread: { id, cwd, parentThreadId, agentNickname: "Sartre", turns } };
  }

  listTurns(params: JsonObject): unknown {
    const limit = asNumber(params["limit"]) ?? 20;
    const data = this.#turns(params).toReversed().slice(0, limit);
    return { data, nextCursor: null, backwardsCursor: null };
  }

  #turns(params: JsonObject): Turn[] {
    const id = asString(params["threadId"]);
    const { home } = this.#server.world;
    const thread = home.find(id);
    if (!thread) throw new Refusal(`no rollout found for thread id ${id}`);
    return home.turnsOf(thread, this.#loaded.get(id)?.running?.id).map(shownTurn);
  }

  #load(thread: Thread): void {
    thread.writer = this.#server;
    this.#loaded.set(thread.id, { thread, running: undefined, due: false, lastRootTurnId: "" });
  }

  #checkConfig(params: JsonObject): void {
    if (this.#server.world.traits.knowsAgentsEnabled) return;
    if ("agents.enabled" in asObject(params["config"])) {
      throw new Refusal(
        "failed to load configuration: invalid type: boolean `false`, expected struct AgentRoleToml",
      );
    }
  }
}

function facts({ id, cwd }: Thread, type: "active" | "idle"): unknown {
  const status = type === "idle" ? { type } : { type, activeFlags: [] };
  const thread = { id, cwd, status, turns: [] };
  return { thread, cwd, model: "simulated", modelProvider: "simulated" };
}

/** A turn as it goes over the wire. */
export function shownTurn({ id, status, items, error }: Turn): Turn {
  return { id, status, items, error };
}
