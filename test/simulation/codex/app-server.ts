/** A Codex app-server in memory: its life, its clients, and what goes wrong with what they ask of it. */
import { Seeded } from "../../support/seeded.js";
import { asObject, parseJson, type JsonObject } from "../../support/wire-guards.js";
import type { Program } from "../child.js";
import type { Ledger } from "../ledger.js";
import type { Life, Time } from "../time.js";
import { Asks } from "./asks.js";
import type { Connection } from "./connection.js";
import { requestFaultOf } from "./fates.js";
import { Goals } from "./goals.js";
import type { CodexHome } from "./home.js";
import { ANSWERED, NEVER, Refusal } from "./outcomes.js";
import { Threads } from "./threads.js";
import type { Traits } from "./traits.js";
import { Turns } from "./turns.js";
import type { Id } from "./wire.js";

export type CodexWorld = {
  seed: number;
  scheduler: Time;
  home: CodexHome;
  ledger: Ledger;
  version: string;
  traits: Traits;
  /** Off when the world has calmed down. */
  isFaulty: () => boolean;
};

/** What the process of the server is in. */
export type ServerIo = { exit(how: { code: number } | { signal: string }): void };

export class AppServer implements Omit<Program, "onLine"> {
  readonly life: Life = { alive: true };
  readonly world: CodexWorld;
  readonly random: Seeded;
  readonly asks: Asks;
  readonly threads = new Threads(this);
  readonly goals = new Goals(this);
  readonly turns = new Turns(this);
  readonly connections = new Set<Connection>();
  readonly #io: ServerIo;
  #hung = false;

  constructor(world: CodexWorld, pid: number, io: ServerIo) {
    this.world = world;
    this.#io = io;
    this.random = new Seeded(world.seed, "app-server", pid);
    const { scheduler, ledger } = world;
    this.asks = new Asks({
      scheduler,
      life: this.life,
      listeners: (threadId) => this.listeners(threadId),
      onUnanswered: (method) => ledger.failures.push(`Codex got no answer to ${method}`),
    });
    if (!world.isFaulty()) return;
    if (this.random.chance(0.02)) {
      ledger.fault("crash at the start");
      scheduler.after(1, this.life, () => this.crash());
    }
    if (this.random.chance(0.01)) {
      ledger.fault("hang at the start");
      this.#hung = true;
    }
  }

  get isHung(): boolean {
    return this.#hung;
  }

  /** The connections that hear of a thread, or of the one that a sub-agent's belongs to. */
  listeners(threadId: string): Connection[] {
    const family = this.world.home.find(threadId)?.parentThreadId ?? threadId;
    return [...this.connections].filter(({ subscribed }) => subscribed.has(family));
  }

  tell(threadId: string, method: string, params: Record<string, unknown>): void {
    for (const { wire } of this.listeners(threadId)) wire.notify(method, params);
  }

  /** Those, too, who have not asked for the thread. */
  tellAll(method: string, params: Record<string, unknown>): void {
    for (const { wire } of this.connections) wire.notify(method, params);
  }

  trouble(what: string): void {
    const { ledger, scheduler } = this.world;
    ledger.troubles.push({ at: scheduler.now, what });
  }

  sleep(ms: number): Promise<void> {
    return this.world.scheduler.sleep(ms, this.life);
  }

  /** A message of a client's. */
  take(line: string, from: Connection): void {
    const message = asObject(parseJson(line));
    const { id, method } = message;
    this.world.scheduler.note(`codex < ${line.slice(0, 200)}`);
    if (!isId(id)) return;
    if (typeof method !== "string") {
      this.asks.answered(id, message["result"] ?? message["error"], from);
      return;
    }
    if (this.#hung) this.trouble(`${method} unanswered`);
    else void this.#serve(id, method, asObject(message["params"]), from);
  }

  /** A client is gone: it listens to nothing any more, and what runs runs on. */
  leave(connection: Connection): void {
    this.connections.delete(connection);
    for (const threadId of connection.subscribed) this.threads.unsubscribe(threadId, connection);
  }

  onInputEnd(): void {
    this.hang();
    const ms = this.random.chance(0.03) ? this.random.int(500, 2500) : this.random.int(0, 40);
    this.world.scheduler.after(ms, this.life, () => this.#end({ code: 0 }));
  }

  onSignal(signal: string): void {
    if (signal === "SIGTERM" && this.#hung && this.random.chance(0.2)) return;
    this.#end({ signal });
  }

  /** Ends all life of this process but its pulse. */
  hang(): void {
    this.#hung = true;
    for (const { wire } of this.connections) wire.fallSilent();
  }

  crash(): void {
    this.#end({ code: this.random.pick([1, 101, 139]) });
  }

  /** In the middle of a message. */
  crashAmid(message: Record<string, unknown>): void {
    for (const { wire } of this.connections) wire.half(message);
    this.crash();
  }

  /** The machine has lost its power. */
  die(): void {
    this.life.alive = false;
  }

  #end(how: { code: number } | { signal: string }): void {
    this.trouble("an app-server ended");
    this.#io.exit(how);
  }

  async #serve(id: Id, method: string, params: JsonObject, from: Connection): Promise<void> {
    // A turn's own fate says what becomes of its start; the handshake has its own, above.
    const isOwn = method === "turn/start" || method === "initialize" || from.isTerminal;
    const fault = isOwn || !this.world.isFaulty() ? "none" : requestFaultOf(this.random);
    if (fault !== "none") this.world.ledger.fault(`request ${fault}`);
    if (fault === "unanswered" || fault === "refused") this.trouble(`${method} ${fault}`);
    if (fault === "unanswered") return;
    if (fault === "late") await this.sleep(this.random.int(20, 3000));
    else await this.sleep(this.random.next() * 3);
    try {
      if (fault === "overloaded") throw new Refusal("Server overloaded; retry later.", -32001);
      if (fault === "refused") throw new Refusal("something broke inside", -32603);
      const result = this.#answerOf(id, method, params, from);
      if (result === ANSWERED || result === NEVER) return;
      from.wire.answer(id, { result });
      if (fault === "answered twice") from.wire.answer(id, { result });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      from.wire.answer(id, { error: { code: error.code, message: error.message } });
    }
  }

  #answerOf(id: Id, method: string, params: JsonObject, from: Connection): unknown {
    const { threads, turns, goals, world } = this;
    switch (method) {
      case "initialize":
        return { userAgent: `simulated/${world.version} (Debian 12.0.0; x86_64) simulated` };
      case "account/read":
        return { account: { type: "apiKey" }, requiresOpenaiAuth: true };
      case "thread/start":
        return threads.start(params, from);
      case "thread/resume":
        return threads.resume(params, from);
      case "thread/unsubscribe":
        return threads.unsubscribe(String(params["threadId"]), from);
      case "thread/read":
        return threads.read(params);
      case "thread/loaded/list":
        return { data: threads.ids, nextCursor: null };
      case "thread/backgroundTerminals/list":
        threads.require(params);
        return { data: [], nextCursor: null };
      case "thread/turns/list":
        return threads.listTurns(params);
      case "turn/start":
        return turns.start(id, params, from);
      case "turn/steer":
        return turns.steer(params, from);
      case "turn/interrupt":
        return turns.interrupt(params);
      case "thread/settings/update":
      case "thread/backgroundTerminals/clean":
        threads.require(params);
        return {};
      case "thread/goal/get":
      case "thread/goal/set":
      case "thread/goal/clear":
        if (world.traits.hasGoals) return goals.answer(method, params);
    }
    throw new Refusal(`Invalid request: unknown variant \`${method}\``);
  }
}

function isId(value: unknown): value is Id {
  return typeof value === "string" || typeof value === "number";
}
