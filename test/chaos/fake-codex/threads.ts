/** The threads and turns of a fake app-server, and what goes wrong with them. */
import { setTimeout as sleep } from "node:timers/promises";
import { fateOf } from "../faults.js";
import { tagsIn, type Tag } from "../tags.js";
import { asArray, asObject, asString, type JsonObject } from "../../support/wire-guards.js";
import type { FakeLog } from "./log.js";
import type { Questions } from "./questions.js";
import type { Rollouts, Turn, TurnStatus } from "./rollouts.js";
import { playTurn } from "./turn-play.js";
import type { Id, Wire } from "./wire.js";

export class Refusal extends Error {
  readonly code: number;

  constructor(message: string, code = -32600) {
    super(message);
    this.code = code;
  }
}

/** What a request is answered with by whoever handled it. */
export const ANSWERED = Symbol("answered already");
export const NEVER = Symbol("never answered");

export type RunningTurn = Turn & {
  threadId: string;
  tags: Tag[];
  /** It can be interrupted from then on. */
  shown: boolean;
  defiant: boolean;
  over: boolean;
};

export type Surroundings = {
  seed: number;
  wire: Wire;
  log: FakeLog;
  questions: Questions;
  rollouts: Rollouts;
  /** Ends all life of this process but its pulse. */
  hang(): void;
  crash(): never;
  newId(prefix: string): string;
};

export class Threads {
  readonly #env: Surroundings;
  readonly #loaded = new Map<string, { running: RunningTurn | undefined }>();
  /** Messages whose start went wrong once and will not again. */
  readonly #met = new Set<string>();

  constructor(env: Surroundings) {
    this.#env = env;
  }

  start(params: JsonObject): unknown {
    const id = this.#env.newId("thread");
    this.#env.rollouts.open(id);
    this.#loaded.set(id, { running: undefined });
    return this.#facts(id, params);
  }

  resume(params: JsonObject): unknown {
    const id = asString(params["threadId"]);
    if (!this.#loaded.has(id)) {
      const { rollouts } = this.#env;
      if (!rollouts.has(id)) throw new Refusal(`no rollout found for thread id ${id}`);
      if (!rollouts.open(id)) throw new Refusal(`thread ${id} already has an active writer`);
      this.#loaded.set(id, { running: undefined });
    }
    return this.#facts(id, params);
  }

  unsubscribe(params: JsonObject): unknown {
    const known = this.#loaded.has(asString(params["threadId"]));
    return { status: known ? "unsubscribed" : "notLoaded" };
  }

  turns(params: JsonObject): Turn[] {
    const id = asString(params["threadId"]);
    return this.#env.rollouts.read(id, this.#loaded.get(id)?.running?.id);
  }

  startTurn(id: Id, params: JsonObject): unknown {
    const thread = this.#thread(params);
    const threadId = asString(params["threadId"]);
    const tags = tagsIn(textOf(params));
    const [tag] = tags;
    if (tag === undefined) throw new Refusal("the chaos suite sends tagged messages only");
    if (thread.running) return this.#steerInto(thread.running, params, tag);
    const fate = fateOf(this.#env.seed, tag);
    if (!this.#met.has(tag)) {
      this.#met.add(tag);
      const refusal = this.#refuseAtFirst(threadId, tag, fate.fault);
      if (refusal !== undefined) return refusal;
    }
    const turn: RunningTurn = {
      id: this.#env.newId("turn"),
      threadId,
      status: "inProgress",
      items: [this.#question(params)],
      error: null,
      tags: [tag],
      shown: false,
      defiant: false,
      over: false,
    };
    thread.running = turn;
    this.#env.rollouts.begin(threadId, turn);
    this.#env.log.note({ event: "turn", threadId, turnId: turn.id, tag });
    void playTurn(turn, fate, this.#env, {
      respond: () => this.#env.wire.answer(id, { result: { turn: shownTurn(turn) } }),
      end: (status, error) => this.#end(turn, status, error),
    });
    return ANSWERED;
  }

  steer(params: JsonObject): unknown {
    const running = this.#thread(params).running;
    if (!running) throw new Refusal("no active turn to steer");
    const expected = asString(params["expectedTurnId"]);
    if (expected !== running.id) {
      throw new Refusal(`expected active turn id ${expected} but found ${running.id}`);
    }
    for (const tag of tagsIn(textOf(params))) this.#steerInto(running, params, tag);
    return { turnId: running.id };
  }

  interrupt(params: JsonObject): unknown {
    const running = this.#thread(params).running;
    if (!running || running.id !== params["turnId"] || !running.shown) {
      throw new Refusal("no active turn to interrupt");
    }
    if (!running.defiant) {
      void sleep(5).then(() => this.#end(running, "interrupted", null));
    }
    return {};
  }

  #steerInto(turn: RunningTurn, params: JsonObject, tag: Tag): unknown {
    const item = this.#question(params);
    turn.items.push(item);
    turn.tags.push(tag);
    this.#env.rollouts.add(turn.threadId, turn.id, item);
    this.#env.log.note({ event: "steer", threadId: turn.threadId, turnId: turn.id, tag });
    return { turn: shownTurn(turn) };
  }

  /** What comes of a start that goes wrong before there is a turn; undefined where nothing does. */
  #refuseAtFirst(threadId: string, tag: Tag, fault: string): unknown {
    const note = (): void => this.#env.log.note({ event: "fault", what: fault, tag });
    switch (fault) {
      case "thread lost":
      case "thread unloaded":
        note();
        if (fault === "thread lost") this.#env.rollouts.lose(threadId);
        this.#loaded.delete(threadId);
        this.#env.rollouts.close(threadId);
        throw new Refusal(`thread not found: ${threadId}`);
      case "overloaded at first":
        note();
        throw new Refusal("Server overloaded; retry later.", -32001);
      case "start refused":
        note();
        throw new Refusal("something broke inside", -32603);
      case "start unanswered, not run":
        note();
        return NEVER;
    }
    return undefined;
  }

  #end(turn: RunningTurn, status: TurnStatus, error: Turn["error"]): void {
    if (turn.over) return;
    turn.over = true;
    turn.status = status;
    turn.error = error;
    const thread = this.#loaded.get(turn.threadId);
    if (thread?.running === turn) thread.running = undefined;
    this.#env.rollouts.end(turn.threadId, turn);
    this.#env.log.note({
      event: "end",
      threadId: turn.threadId,
      turnId: turn.id,
      what: status,
      ...(turn.tags[0] === undefined ? {} : { tag: turn.tags[0] }),
    });
    if (status === "interrupted") {
      const { threadId } = turn;
      const shown = { ...shownTurn(turn), items: [] };
      this.#env.wire.notify("turn/completed", { threadId, turn: shown });
      this.#env.wire.notify("thread/status/changed", { threadId, status: { type: "idle" } });
    }
  }

  #thread(params: JsonObject): { running: RunningTurn | undefined } {
    const id = asString(params["threadId"]);
    const thread = this.#loaded.get(id);
    if (!thread) throw new Refusal(`thread not found: ${id}`);
    return thread;
  }

  #question(params: JsonObject): Turn["items"][number] {
    const clientId = params["clientUserMessageId"] ?? null;
    const content = asArray(params["input"]);
    return { type: "userMessage", id: this.#env.newId("item"), clientId, content };
  }

  #facts(id: string, params: JsonObject): unknown {
    const cwd = params["cwd"] ?? "/";
    return { thread: { id, cwd, turns: [] }, cwd, model: "chaos", modelProvider: "chaos" };
  }
}

/** A turn as it goes over the wire. */
function shownTurn({ id, status, items, error }: Turn): Turn {
  return { id, status, items, error };
}

function textOf(params: JsonObject): string {
  return asArray(params["input"])
    .map((part) => asString(asObject(part)["text"]))
    .join("\n");
}
