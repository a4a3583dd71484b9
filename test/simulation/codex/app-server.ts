/** A Codex app-server in memory: the protocol over stdio, threads that outlive it, and turns that go wrong by the seed. */
import { Seeded } from "../../chaos/seeded.js";
import { tagsIn, type Tag } from "../../chaos/tags.js";
import {
  asArray,
  asNumber,
  asObject,
  asString,
  parseJson,
  type JsonObject,
} from "../../support/wire-guards.js";
import type { ChildIo, Program } from "../child.js";
import type { Ledger } from "../ledger.js";
import type { Life, Scheduler } from "../scheduler.js";
import { fateOf, GOAL_FATE, requestFaultOf, type TurnFate } from "./fates.js";
import type { CodexHome, Goal, Item, Thread, Turn, TurnError, TurnStatus } from "./home.js";
import { playTurn } from "./turn-play.js";
import { Wire, type Id } from "./wire.js";

class Refusal extends Error {
  readonly code: number;

  constructor(message: string, code = -32600) {
    super(message);
    this.code = code;
  }
}

const ANSWERED = Symbol("answered already");
const NEVER = Symbol("never answered");

export type RunningTurn = Turn & {
  threadId: string;
  rootTurnId: string;
  tags: Tag[];
  /** It can be interrupted from then on. */
  shown: boolean;
  defiant: boolean;
  over: boolean;
  whenOver: PromiseWithResolvers<void>;
};

type Loaded = {
  thread: Thread;
  running: RunningTurn | undefined;
  subscribed: boolean;
  /** The goal's next turn is about to begin. */
  due: boolean;
  lastTurnId: string;
};

export type CodexWorld = {
  seed: number;
  scheduler: Scheduler;
  home: CodexHome;
  ledger: Ledger;
  version: string;
  /** Off when the world has calmed down. */
  isFaulty: () => boolean;
};

export class AppServer implements Program {
  readonly life: Life = { alive: true };
  readonly world: CodexWorld;
  readonly wire: Wire;
  readonly #io: ChildIo;
  readonly #random: Seeded;
  readonly #loaded = new Map<string, Loaded>();
  /** Messages whose start went wrong once and will not again. */
  readonly #met = new Set<string>();
  #hung = false;

  constructor(world: CodexWorld, pid: number, io: ChildIo) {
    this.world = world;
    this.#io = io;
    this.#random = new Seeded(world.seed, "app-server", pid);
    this.wire = new Wire(io, {
      random: new Seeded(world.seed, "wire", pid),
      scheduler: world.scheduler,
      life: this.life,
      onUnanswered: (method) => world.ledger.failures.push(`Codex got no answer to ${method}`),
    });
    io.writeError(`app-server ${pid}\n`);
    if (!world.isFaulty()) return;
    if (this.#random.chance(0.02)) {
      world.ledger.fault("crash at the start");
      world.scheduler.after(1, this.life, () => this.crash());
    }
    if (this.#random.chance(0.01)) {
      world.ledger.fault("hang at the start");
      this.#hung = true;
    }
  }

  trouble(what: string): void {
    const { ledger, scheduler } = this.world;
    ledger.troubles.push({ at: scheduler.now, what });
  }

  sleep(ms: number): Promise<void> {
    return this.world.scheduler.sleep(ms, this.life);
  }

  onLine(line: string): void {
    const message = asObject(parseJson(line));
    const { id, method } = message;
    this.world.scheduler.note(`codex < ${line.slice(0, 200)}`);
    if (!isId(id)) return;
    if (typeof method !== "string") {
      this.wire.answered(id, message["result"] ?? message["error"]);
      return;
    }
    if (!this.#hung) void this.#serve(id, method, asObject(message["params"]));
  }

  onInputEnd(): void {
    this.#hung = true;
    this.wire.fallSilent();
    const ms = this.#random.chance(0.03) ? this.#random.int(500, 2500) : this.#random.int(0, 40);
    this.world.scheduler.after(ms, this.life, () => this.#leave({ code: 0 }));
  }

  onSignal(signal: string): void {
    if (signal === "SIGTERM" && this.#hung && this.#random.chance(0.2)) return;
    this.#leave({ signal });
  }

  /** Ends all life of this process but its pulse. */
  hang(): void {
    this.#hung = true;
    this.wire.fallSilent();
  }

  crash(): void {
    this.#leave({ code: this.#random.pick([1, 101, 139]) });
  }

  /** The machine has lost its power. */
  die(): void {
    this.life.alive = false;
  }

  #leave(how: { code: number } | { signal: string }): void {
    this.trouble("an app-server ended");
    this.#io.exit(how);
  }

  async #serve(id: Id, method: string, params: JsonObject): Promise<void> {
    // A turn's own fate says what becomes of its start; the handshake has its own, above.
    const isOwn = method === "turn/start" || method === "initialize";
    const fault = isOwn || !this.world.isFaulty() ? "none" : requestFaultOf(this.#random);
    if (fault !== "none") this.world.ledger.fault(`request ${fault}`);
    if (fault === "unanswered" || fault === "refused") this.trouble(`${method} ${fault}`);
    if (fault === "unanswered") return;
    if (fault === "late") await this.sleep(this.#random.int(20, 3000));
    else await this.sleep(this.#random.next() * 3);
    try {
      if (fault === "overloaded") throw new Refusal("Server overloaded; retry later.", -32001);
      if (fault === "refused") throw new Refusal("something broke inside", -32603);
      const result = this.#answerOf(id, method, params);
      if (result === ANSWERED || result === NEVER) return;
      this.wire.answer(id, { result });
      if (fault === "answered twice") this.wire.answer(id, { result });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.wire.answer(id, { error: { code: error.code, message: error.message } });
    }
  }

  #answerOf(id: Id, method: string, params: JsonObject): unknown {
    switch (method) {
      case "initialize":
        return { userAgent: `simulated/${this.world.version} (Debian 12.0.0; x86_64) simulated` };
      case "account/read":
        return { account: { type: "apiKey" }, requiresOpenaiAuth: true };
      case "thread/start":
        return this.#start(params);
      case "thread/resume":
        return this.#resume(params);
      case "thread/unsubscribe":
        return this.#unsubscribe(params);
      case "thread/read":
        return this.#read(params);
      case "thread/turns/list": {
        const limit = asNumber(params["limit"]) ?? 20;
        const data = this.#turns(params).toReversed().slice(0, limit);
        return { data, nextCursor: null, backwardsCursor: null };
      }
      case "turn/start":
        return this.#startTurn(id, params);
      case "turn/steer":
        return this.#steer(params);
      case "turn/interrupt":
        return this.#interrupt(params);
      case "thread/settings/update":
      case "thread/backgroundTerminals/clean":
        this.#require(params);
        return {};
      case "thread/goal/get":
      case "thread/goal/set":
      case "thread/goal/clear":
        if (this.world.version.startsWith("0.125.")) break;
        return this.#goal(method, params);
    }
    throw new Refusal(`Invalid request: unknown variant \`${method}\``);
  }

  #start(params: JsonObject): unknown {
    const thread = this.world.home.create(asString(params["cwd"]) || "/");
    this.#load(thread);
    return facts(thread);
  }

  #resume(params: JsonObject): unknown {
    const id = asString(params["threadId"]);
    const thread = this.world.home.find(id);
    const known = this.#loaded.get(id);
    if (!thread || (!known && thread.turns.length === 0)) {
      throw new Refusal(`no rollout found for thread id ${id}`);
    }
    if (!known) {
      if (thread.writer && thread.writer !== this && thread.writer.life.alive) {
        throw new Refusal(`thread ${id} already has an active writer`);
      }
      this.#load(thread);
      if (thread.goal) this.#tellGoal(thread.goal, null);
      else this.wire.notify("thread/goal/cleared", { threadId: id });
      this.#goOn(id);
    } else known.subscribed = true;
    return facts(thread);
  }

  #load(thread: Thread): void {
    thread.writer = this;
    this.#loaded.set(thread.id, {
      thread,
      running: undefined,
      subscribed: true,
      due: false,
      lastTurnId: "",
    });
  }

  #unsubscribe(params: JsonObject): unknown {
    const id = asString(params["threadId"]);
    const known = this.#loaded.get(id);
    if (!known) return { status: "notLoaded" };
    known.subscribed = false;
    this.world.scheduler.after(60_000, this.life, () => {
      if (known.subscribed || known.running || this.#loaded.get(id) !== known) return;
      this.#unload(id);
      this.wire.notify("thread/closed", { threadId: id });
    });
    return { status: "unsubscribed" };
  }

  #unload(id: string): void {
    const known = this.#loaded.get(id);
    if (known && known.thread.writer === this) known.thread.writer = undefined;
    this.#loaded.delete(id);
  }

  #read(params: JsonObject): unknown {
    const id = asString(params["threadId"]);
    const thread = this.world.home.find(id);
    if (!thread) throw new Refusal(`thread not loaded: ${id}`);
    const { parentThreadId = null, cwd } = thread;
    const turns = params["includeTurns"] === true ? this.#turns(params) : [];
    return { thread: { id, cwd, parentThreadId, agentNickname: "Sartre", turns } };
  }

  #turns(params: JsonObject): Turn[] {
    const id = asString(params["threadId"]);
    const thread = this.world.home.find(id);
    if (!thread) throw new Refusal(`no rollout found for thread id ${id}`);
    return this.world.home.turnsOf(thread, this.#loaded.get(id)?.running?.id).map(shownTurn);
  }

  #startTurn(id: Id, params: JsonObject): unknown {
    const loaded = this.#require(params);
    const { ledger, seed, isFaulty } = this.world;
    const text = textOf(params);
    const taken = messagesIn(text);
    // What a person answers to a question names the message that it was about.
    const tags = taken.length > 0 ? taken : tagsIn(text);
    const [tag] = taken;
    if (loaded.running) {
      this.#steerInto(loaded.running, params);
      return { turn: shownTurn(loaded.running) };
    }
    const drawn = tag === undefined ? GOAL_FATE : fateOf(seed, tag);
    const fate: TurnFate = isFaulty() ? drawn : { ...drawn, fault: "none" };
    if (tag !== undefined && !this.#met.has(tag)) {
      this.#met.add(tag);
      if (this.#refuseAtFirst(loaded.thread, fate.fault) === NEVER) return NEVER;
    }
    if (fate.fault !== "none") {
      ledger.fault(fate.fault);
      this.trouble(fate.fault);
    }
    const turn = this.#begin(loaded, { tags, taken }, this.#question(params));
    this.#play(loaded, turn, fate, () =>
      this.wire.answer(id, { result: { turn: shownTurn(turn) } }),
    );
    return ANSWERED;
  }

  #begin(
    loaded: Loaded,
    { tags, taken }: { tags: Tag[]; taken: readonly Tag[] },
    question?: Item,
    rootTurnId?: string,
  ): RunningTurn {
    const { home, ledger, scheduler } = this.world;
    const id = home.newId("turn");
    const threadId = loaded.thread.id;
    const turn: RunningTurn = {
      id,
      status: "inProgress",
      items: question ? [question] : [],
      error: null,
      threadId,
      rootTurnId: rootTurnId ?? id,
      tags,
      shown: false,
      defiant: false,
      over: false,
      whenOver: Promise.withResolvers(),
    };
    ledger.begun.set(id, scheduler.now);
    loaded.running = turn;
    loaded.lastTurnId = turn.rootTurnId;
    loaded.thread.turns.push(turn);
    for (const tag of taken) {
      ledger.taken.push({ tag, threadId, turnId: id, how: "turn", at: scheduler.now });
      scheduler.note(`codex turn ${id} of ${threadId} takes ${tag}`);
    }
    return turn;
  }

  #play(loaded: Loaded, turn: RunningTurn, fate: TurnFate, respond: () => void): void {
    playTurn(turn, fate, this, {
      respond,
      end: (status, error) => this.#end(loaded, turn, status, error),
    }).catch((error: unknown) => {
      this.world.ledger.failures.push(`the simulated Codex broke: ${String(error)}`);
    });
  }

  #steer(params: JsonObject): unknown {
    const { running } = this.#require(params);
    if (!running) throw new Refusal("no active turn to steer");
    const expected = asString(params["expectedTurnId"]);
    if (expected !== running.id) {
      throw new Refusal(`expected active turn id ${expected} but found ${running.id}`);
    }
    this.#steerInto(running, params);
    return { turnId: running.id };
  }

  #steerInto(turn: RunningTurn, params: JsonObject): void {
    const { ledger, scheduler } = this.world;
    const item = this.#question(params);
    turn.items.push(item);
    for (const tag of messagesIn(textOf(params))) {
      turn.tags.push(tag);
      const { threadId, id: turnId } = turn;
      ledger.taken.push({ tag, threadId, turnId, how: "steer", at: scheduler.now });
      scheduler.note(`codex turn ${turnId} is steered with ${tag}`);
    }
    const ids = { threadId: turn.threadId, turnId: turn.id };
    this.wire.notify("item/started", { ...ids, item });
    this.wire.notify("item/completed", { ...ids, item });
  }

  #interrupt(params: JsonObject): unknown {
    const loaded = this.#require(params);
    const { running } = loaded;
    if (!running || running.id !== params["turnId"] || !running.shown) {
      throw new Refusal("no active turn to interrupt");
    }
    if (!running.defiant) {
      void this.sleep(this.#random.next() * 10).then(() =>
        this.#end(loaded, running, "interrupted", null),
      );
    }
    return {};
  }

  #refuseAtFirst(thread: Thread, fault: string): typeof NEVER | undefined {
    const { ledger, home } = this.world;
    switch (fault) {
      case "thread lost":
      case "thread unloaded":
        ledger.fault(fault);
        this.trouble(fault);
        if (fault === "thread lost") {
          home.lose(thread.id);
          ledger.lostThreads.add(thread.id);
        }
        this.#unload(thread.id);
        throw new Refusal(`thread not found: ${thread.id}`);
      case "overloaded at first":
        ledger.fault(fault);
        throw new Refusal("Server overloaded; retry later.", -32001);
      case "start refused":
        ledger.fault(fault);
        this.trouble(fault);
        throw new Refusal("something broke inside", -32603);
      case "start unanswered, not run":
        ledger.fault(fault);
        this.trouble(fault);
        return NEVER;
    }
    return undefined;
  }

  #end(loaded: Loaded, turn: RunningTurn, status: TurnStatus, error: TurnError | null): void {
    if (turn.over || !this.life.alive) return;
    const { ledger, scheduler } = this.world;
    turn.over = true;
    turn.status = status;
    turn.error = error;
    turn.whenOver.resolve();
    if (loaded.running === turn) loaded.running = undefined;
    ledger.ends.set(turn.id, { turnId: turn.id, status, at: scheduler.now });
    scheduler.note(`codex turn ${turn.id} ends ${status}`);
    const { threadId } = turn;
    if (status === "interrupted") {
      const shown = { ...shownTurn(turn), items: [] };
      this.wire.notify("turn/completed", { threadId, turn: shown });
      this.wire.notify("thread/status/changed", { threadId, status: { type: "idle" } });
      return;
    }
    this.#goOn(threadId);
  }

  #goal(method: string, params: JsonObject): unknown {
    const id = asString(params["threadId"]);
    const thread = this.world.home.find(id);
    if (!thread) throw new Refusal(`thread not found: ${id}`);
    if (method === "thread/goal/get") return { goal: thread.goal ? shownGoal(thread.goal) : null };
    if (method === "thread/goal/clear") {
      const cleared = thread.goal !== undefined;
      thread.goal = undefined;
      this.wire.notify("thread/goal/cleared", { threadId: id });
      return { cleared };
    }
    const objective = asString(params["objective"]);
    if (objective !== "") {
      const turnsLeft = new Seeded(this.world.seed, "goal", objective).int(1, 3);
      thread.goal = { threadId: id, objective, status: "active", turnsLeft };
    } else if (!thread.goal) {
      throw new Refusal(`cannot update goal for thread ${id}: no goal exists`);
    }
    const { goal } = thread;
    if (!goal) throw new Refusal("no goal exists");
    if (goal.status !== "complete") {
      goal.status = params["status"] === "paused" ? "paused" : "active";
    }
    this.#tellGoal(goal, null);
    this.#goOn(id);
    return { goal: shownGoal(goal) };
  }

  #tellGoal(goal: Goal, turnId: string | null): void {
    this.wire.notify("thread/goal/updated", {
      threadId: goal.threadId,
      turnId,
      goal: shownGoal(goal),
    });
  }

  /** A goal that is active begins its next turn a few milliseconds after the one before it. */
  #goOn(threadId: string): void {
    const loaded = this.#loaded.get(threadId);
    if (!loaded || loaded.due || loaded.thread.goal?.status !== "active") return;
    loaded.due = true;
    this.world.scheduler.after(3 + this.#random.next() * 7, this.life, () => {
      loaded.due = false;
      const { goal } = loaded.thread;
      if (loaded.running || goal?.status !== "active" || this.#loaded.get(threadId) !== loaded) {
        return;
      }
      const turn = this.#begin(
        loaded,
        { tags: tagsIn(goal.objective), taken: [] },
        undefined,
        loaded.lastTurnId,
      );
      goal.turnsLeft -= 1;
      if (goal.turnsLeft <= 0) goal.status = "complete";
      this.#tellGoal(goal, turn.id);
      this.#play(loaded, turn, GOAL_FATE, () => {});
    });
  }

  #require(params: JsonObject): Loaded {
    const id = asString(params["threadId"]);
    const loaded = this.#loaded.get(id);
    if (!loaded) throw new Refusal(`thread not found: ${id}`);
    return loaded;
  }

  #question(params: JsonObject): Item {
    const clientId = params["clientUserMessageId"] ?? null;
    const content = asArray(params["input"]);
    return { type: "userMessage", id: this.world.home.newId("item"), clientId, content };
  }
}

function facts({ id, cwd }: Thread): unknown {
  return { thread: { id, cwd, turns: [] }, cwd, model: "simulated", modelProvider: "simulated" };
}

/** A turn as it goes over the wire. */
function shownTurn({ id, status, items, error }: Turn): Turn {
  return { id, status, items, error };
}

function shownGoal({ threadId, objective, status }: Goal): Record<string, unknown> {
  return {
    threadId,
    objective,
    status,
    tokenBudget: null,
    tokensUsed: 0,
    timeUsedSeconds: 0,
    createdAt: 0,
    updatedAt: 0,
  };
}

/** As people of the simulation write them. */
function messagesIn(text: string): Tag[] {
  return [...text.matchAll(/(c\d+\/m\d+) please/g)].flatMap(([, tag]) => tagsIn(tag ?? ""));
}

function textOf(params: JsonObject): string {
  return asArray(params["input"])
    .map((part) => asString(asObject(part)["text"]))
    .join("\n");
}

function isId(value: unknown): value is Id {
  return typeof value === "string" || typeof value === "number";
}
