/** The turns of an app-server: begun by messages, terminals and goals, steered, interrupted, ended. */
import { tagsIn, type Tag } from "../tags.js";
import { isCalm } from "../calm.js";
import { asArray, asObject, asString, type JsonObject } from "../../support/wire-guards.js";
import type { AppServer } from "./app-server.js";
import type { Connection } from "./connection.js";
import { fateOf, GOAL_FATE, terminalFateOf, type TurnFate } from "./fates.js";
import type { Item, Thread, Turn, TurnError, TurnStatus } from "./home.js";
import { ANSWERED, NEVER, Refusal } from "./outcomes.js";
import { shownTurn, type Loaded } from "./threads.js";
import { playTurn } from "./turn-play.js";
import type { Id } from "./wire.js";

export type RunningTurn = Turn & {
  threadId: string;
  rootTurnId: string;
  tags: Tag[];
  by: TurnBeginner;
  /** It can be interrupted from then on. */
  shown: boolean;
  defiant: boolean;
  over: boolean;
  whenOver: PromiseWithResolvers<void>;
};

export type TurnBeginner = "chat" | "terminal" | "goal";

export class Turns {
  readonly #server: AppServer;
  /** Messages whose start went wrong once and will not again. */
  readonly #met = new Set<string>();

  constructor(server: AppServer) {
    this.#server = server;
  }

  start(id: Id, params: JsonObject, by: Connection): unknown {
    const { threads, world } = this.#server;
    const { seed, isFaulty, traits, home } = world;
    const loaded = threads.require(params);
    const text = textOf(params);
    const taken = by.isTerminal ? [] : messagesIn(text);
    // What a person answers to a question names the message that it was about.
    const tags = taken.length > 0 ? taken : tagsIn(text);
    const [tag] = taken;
    if (loaded.running) {
      this.#steerInto(loaded.running, params, by);
      const turn = shownTurn(loaded.running);
      return { turn: traits.namesJoinedTurn ? turn : { ...turn, id: home.newId("turn") } };
    }
    const drawn = by.isTerminal ? terminalFateOf(seed, tags) : tag && fateOf(seed, tag, traits);
    const fate: TurnFate =
      drawn === undefined
        ? GOAL_FATE
        : { ...drawn, fault: isFaulty() || isCalm(seed) ? drawn.fault : ("none" as const) };
    if (tag !== undefined && !this.#met.has(tag)) {
      this.#met.add(tag);
      if (this.#refuseAtFirst(loaded.thread, fate.fault) === NEVER) return NEVER;
    }
    this.#noteFault(fate.fault);
    const turn = this.begin(loaded, {
      tags,
      by: by.isTerminal ? "terminal" : "chat",
      question: questionOf(params, home.newId("item")),
    });
    this.#noteTaken(turn, taken, "turn", params);
    this.play(loaded, turn, fate, () => by.wire.answer(id, { result: { turn: shownTurn(turn) } }));
    return ANSWERED;
  }

  steer(params: JsonObject, by: Connection): unknown {
    const { running } = this.#server.threads.require(params);
    if (!running) throw new Refusal("no active turn to steer");
    const expected = asString(params["expectedTurnId"]);
    if (expected !== running.id) {
      throw new Refusal(`expected active turn id ${expected} but found ${running.id}`);
    }
    this.#steerInto(running, params, by);
    return { turnId: running.id };
  }

  interrupt(params: JsonObject): unknown {
    const { threads, random, world } = this.#server;
    const { answersLateInterrupts, checksInterrupts } = world.traits;
    const loaded = threads.require(params);
    const { running } = loaded;
    const isMeant = running && (running.id === params["turnId"] || !checksInterrupts);
    if (!running && !answersLateInterrupts) return NEVER;
    if (!isMeant || !running.shown) throw new Refusal("no active turn to interrupt");
    if (!running.defiant) {
      void this.#server
        .sleep(random.next() * 10)
        .then(() => this.end(loaded, running, "interrupted", null));
    }
    return {};
  }

  begin(
    loaded: Loaded,
    beginning: { tags: Tag[]; by: TurnBeginner; question?: Item; rootTurnId?: string },
  ): RunningTurn {
    const { home, ledger, scheduler } = this.#server.world;
    const { tags, by, question, rootTurnId } = beginning;
    const id = home.newId("turn");
    const turn: RunningTurn = {
      id,
      status: "inProgress",
      items: question ? [question] : [],
      error: null,
      threadId: loaded.thread.id,
      rootTurnId: rootTurnId ?? id,
      tags,
      by,
      shown: false,
      defiant: false,
      over: false,
      whenOver: Promise.withResolvers(),
    };
    ledger.begun.set(id, scheduler.now);
    ledger.beginners.set(id, by);
    const { id: threadId } = loaded.thread;
    ledger.turnsOn.set(threadId, [...(ledger.turnsOn.get(threadId) ?? []), id]);
    this.#noteUnheard(loaded.thread.id, id);
    loaded.running = turn;
    loaded.lastRootTurnId = turn.rootTurnId;
    loaded.thread.turns.push(turn);
    return turn;
  }

  play(loaded: Loaded, turn: RunningTurn, fate: TurnFate, respond: () => void): void {
    playTurn(turn, fate, this.#server, {
      respond,
      end: (status, error) => this.end(loaded, turn, status, error),
    }).catch((error: unknown) => {
      this.#server.world.ledger.failures.push(`the simulated Codex broke: ${String(error)}`);
    });
  }

  end(loaded: Loaded, turn: RunningTurn, status: TurnStatus, error: TurnError | null): void {
    if (turn.over || !this.#server.life.alive) return;
    const { ledger, scheduler } = this.#server.world;
    turn.over = true;
    turn.status = status;
    turn.error = error;
    turn.whenOver.resolve();
    if (loaded.running === turn) loaded.running = undefined;
    this.#noteUnheard(turn.threadId, turn.id);
    if (this.#isHeard(turn.threadId)) ledger.heard(turn.threadId, scheduler.now);
    ledger.ends.set(turn.id, { turnId: turn.id, status, at: scheduler.now });
    scheduler.note(`codex turn ${turn.id} ends ${status}`);
    const { threadId } = turn;
    if (status === "interrupted") {
      const shown = { ...shownTurn(turn), items: [] };
      this.#server.tell(threadId, "turn/completed", { threadId, turn: shown });
      this.#server.tellAll("thread/status/changed", { threadId, status: { type: "idle" } });
      return;
    }
    this.#server.goals.goOn(threadId);
  }

  #steerInto(turn: RunningTurn, params: JsonObject, by: Connection): void {
    const { home } = this.#server.world;
    const item = questionOf(params, home.newId("item"));
    turn.items.push(item);
    const text = textOf(params);
    const taken = by.isTerminal ? [] : messagesIn(text);
    if (by.isTerminal) this.#server.world.ledger.spokenInto.add(turn.id);
    for (const tag of by.isTerminal ? tagsIn(text) : taken) turn.tags.push(tag);
    this.#noteTaken(turn, taken, "steer", params);
    const { threadId, id: turnId } = turn;
    this.#server.tell(threadId, "item/started", { threadId, turnId, item });
    this.#server.tell(threadId, "item/completed", { threadId, turnId, item });
  }

  #noteTaken(
    { id: turnId, threadId }: RunningTurn,
    tags: readonly Tag[],
    how: "turn" | "steer",
    params: JsonObject,
  ): void {
    const { ledger, scheduler } = this.#server.world;
    const said = textOf(params);
    const pictures = asArray(params["input"]).flatMap((part) => {
      const { type, path, url } = asObject(part);
      return type === "localImage" ? [asString(path)] : type === "image" ? [asString(url)] : [];
    });
    for (const tag of tags) {
      ledger.taken.push({ tag, threadId, turnId, how, at: scheduler.now, said, pictures });
      scheduler.note(`codex turn ${turnId} of ${threadId} takes ${tag} (${how})`);
    }
  }

  #refuseAtFirst(thread: Thread, fault: string): typeof NEVER | undefined {
    const { ledger, home } = this.#server.world;
    switch (fault) {
      case "thread lost":
      case "thread unloaded":
        this.#noteFault(fault);
        if (fault === "thread lost") {
          home.lose(thread.id);
          ledger.lostThreads.add(thread.id);
        }
        this.#server.threads.unload(thread.id);
        throw new Refusal(`thread not found: ${thread.id}`);
      case "overloaded at first":
        ledger.fault(fault);
        throw new Refusal("Server overloaded; retry later.", -32001);
      case "start refused":
        this.#noteFault(fault);
        throw new Refusal("something broke inside", -32603);
      case "start unanswered, not run":
        this.#noteFault(fault);
        return NEVER;
    }
    return undefined;
  }

  #noteUnheard(threadId: string, turnId: string): void {
    if (!this.#isHeard(threadId)) this.#server.world.ledger.unheard.add(turnId);
  }

  #isHeard(threadId: string): boolean {
    const { isHung } = this.#server;
    return !isHung && this.#server.listeners(threadId).some(({ isTerminal }) => !isTerminal);
  }

  #noteFault(fault: string): void {
    if (fault === "none") return;
    this.#server.world.ledger.fault(fault);
    this.#server.trouble(fault);
  }
}

function questionOf(params: JsonObject, id: string): Item {
  const clientId = params["clientUserMessageId"] ?? null;
  return { type: "userMessage", id, clientId, content: asArray(params["input"]) };
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
