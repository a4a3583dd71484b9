/** One turn of the simulated Codex from its first event to its last, by its fate. */
import { Seeded } from "../../support/seeded.js";
import { pictureNamed } from "../pictures.js";
import { COMMENTARY } from "../tags.js";
import { asObject, asString } from "../../support/wire-guards.js";
import type { AppServer } from "./app-server.js";
import type { TurnFate } from "./fates.js";
import type { Item, TurnError, TurnStatus } from "./home.js";
import type { RunningTurn } from "./turns.js";

type Play = {
  respond: () => void;
  end: (status: TurnStatus, error: TurnError | null) => void;
};

/** The events of a turn, which stop when it is over. */
class TurnWire {
  readonly ids: { threadId: string; turnId: string };
  readonly #server: AppServer;
  readonly #turn: RunningTurn;

  constructor(server: AppServer, turn: RunningTurn) {
    this.#server = server;
    this.#turn = turn;
    this.ids = { threadId: turn.threadId, turnId: turn.id };
  }

  get isOver(): boolean {
    return this.#turn.over || !this.#server.life.alive;
  }

  notify(method: string, params: Record<string, unknown> = {}): void {
    if (!this.isOver) this.#server.tell(this.ids.threadId, method, { ...this.ids, ...params });
  }

  status(type: "idle" | "active"): void {
    const status = type === "idle" ? { type } : { type, activeFlags: [] };
    if (this.#server.life.alive) {
      const { threadId } = this.#turn;
      this.#server.tellAll("thread/status/changed", { threadId, status });
    }
  }

  add(item: Item): void {
    if (!this.isOver) this.#turn.items.push(item);
  }

  whole(item: Item): void {
    this.notify("item/started", {
      item: item.type === "agentMessage" ? { ...item, text: "" } : item,
    });
    this.notify("item/completed", { item });
    this.add(item);
  }
}

export async function playTurn(
  turn: RunningTurn,
  fate: TurnFate,
  server: AppServer,
  play: Play,
): Promise<void> {
  const { fault } = fate;
  const { world } = server;
  const random = new Seeded(world.seed, "play", turn.id);
  const wire = new TurnWire(server, turn);
  const pause = (share: number): Promise<void> => server.sleep(fate.durationMs * share);
  const newId = (prefix: string): string => world.home.newId(prefix);
  const respond = (when: TurnFate["response"]): void => {
    if (fate.response === when && fault !== "start unanswered, run") play.respond();
  };
  const end = (how: TurnStatus, message?: string, codexErrorInfo: string | null = null): void => {
    if (wire.isOver) return;
    const error = message === undefined ? null : { message, codexErrorInfo };
    const last = turn.items.findLast(({ type, phase }) =>
      type === "agentMessage" ? phase !== "commentary" : false,
    );
    const endsWithAnswer = world.traits.endsWithLastAnswer && how === "completed" && last;
    const isOnlyThere = fault === "answer in the completed turn only";
    const items = isOnlyThere ? [...turn.items] : endsWithAnswer ? [last] : [];
    play.end(how, error);
    if (how === "interrupted") return;
    const { threadId, id } = turn;
    if (fault !== "lost end, thread idle" && fault !== "lost end, silence") {
      const shown = { id, status: how, items, error };
      server.tell(threadId, "turn/completed", { threadId, turn: shown });
    }
    if (fault !== "lost end, silence") wire.status("idle");
  };
  const error = (willRetry: boolean, message: string): void =>
    wire.notify("error", { error: { message, codexErrorInfo: null }, willRetry });

  if (fault === "crash before the response") return server.crash();
  respond("first");
  if (fault === "crash after the response") {
    world.scheduler.after(random.next(), server.life, () => server.crash());
  }
  await server.sleep(random.next() * 12);
  wire.status("active");
  wire.notify("turn/started", {
    turn: {
      id: turn.id,
      status: "inProgress",
      items: [],
      error: null,
      ...(world.traits.namesRootTurn ? { rootTurnId: turn.rootTurnId } : {}),
    },
  });
  turn.shown = true;
  respond("amid");
  const [question] = turn.items;
  if (question) {
    wire.notify("item/started", { item: question });
    wire.notify("item/completed", { item: question });
  }
  await pause(0.3);

  switch (fault) {
    case "hanging turn":
      return respond("last");
    case "turn that defies its interrupt":
      turn.defiant = true;
      return respond("last");
    case "hanging process":
      return server.hang();
    case "crash in the middle":
      return server.crash();
    case "crash in the middle of a line":
      return server.crashAmid({ method: "item/completed", params: wire.ids });
    case "retry errors, then an answer":
      for (let count = 1; count <= 5 && !wire.isOver; count += 1) {
        error(true, `Reconnecting… ${count}/5`);
        await server.sleep(random.int(50, 2500));
      }
      break;
    case "retry errors for ever":
      respond("last");
      while (!wire.isOver) {
        error(true, "Reconnecting… 1/5");
        await server.sleep(2000);
      }
      return;
    case "failed":
      error(true, "Reconnecting… 5/5");
      error(false, "the model said no");
      end("failed", "the model said no");
      return respond("last");
    case "failed, not signed in":
      end("failed", "401", "unauthorized");
      return respond("last");
    case "interrupted":
      end("interrupted");
      return respond("last");
    case "approval":
    case "approval with a repeated id":
      await askForApproval(turn.threadId, turn.id);
      break;
    case "agent asks":
      await agentAsks();
      break;
    case "async question":
      askWithoutWaiting();
      break;
    case "sleep": {
      const item: Item = { type: "sleep", id: newId("item"), durationMs: 5000 };
      wire.notify("item/started", { item });
      await server.sleep(5000);
      wire.notify("item/completed", { item });
      break;
    }
    case "tool call":
      await server.asks.ask(
        "item/tool/call",
        { ...wire.ids, callId: newId("call"), tool: "simulation", arguments: {} },
        { until: turn.whenOver.promise },
      );
      break;
    case "unknown request":
      await server.asks.ask("simulation/unknown", wire.ids, { until: turn.whenOver.promise });
      break;
    case "sub-agent":
      playForeignAgent();
      break;
  }

  if (random.chance(0.3)) {
    const comment = {
      type: "agentMessage",
      id: newId("item"),
      text: COMMENTARY,
      phase: "commentary",
    };
    wire.whole(comment);
  }
  await pause(0.4);
  let answeredFor = 0;
  // Older models name no phase; of several messages of theirs only the last is their answer.
  const phase =
    random.chance(0.5) && turn.tags.length === 1 && fault !== "two answers" ? null : "final_answer";
  if (fault !== "empty reply") {
    await say();
    if (fault === "two answers") await say();
    if (fault === "picture") draw();
    if (fault === "crash after the answer") return server.crash();
    if (fault === "failed after its answer") {
      error(false, "the stream was cut");
      end("failed", "the stream was cut");
      return respond("last");
    }
  }
  await server.sleep(random.next() * 3);
  // What was steered in after the answer gets one of its own.
  const isSilent = fault === "empty reply";
  // oxlint-disable-next-line no-unmodified-loop-condition -- `say` changes it.
  while (!wire.isOver && !isSilent && answeredFor < turn.tags.length) await say();
  end("completed");
  respond("last");

  async function say(): Promise<void> {
    const item: Item = { type: "agentMessage", id: newId("item"), text: "", phase };
    const silent = fault === "answer in the completed turn only";
    if (!silent) wire.notify("item/started", { item });
    if (fault === "stale deltas") {
      wire.notify("item/agentMessage/delta", { itemId: item.id, delta: "PARTIAL of a stream " });
    }
    await pause(0.3);
    if (wire.isOver) return;
    answeredFor = turn.tags.length;
    const { threadId, id: turnId } = turn;
    const at = world.scheduler.now;
    const text = world.ledger.answer({
      isNamed: phase !== null,
      tags: [...turn.tags],
      threadId,
      turnId,
      parts: fate.parts,
      at,
    });
    const half = random.int(0, text.length);
    if (!silent) {
      for (const delta of [text.slice(0, half), text.slice(half)]) {
        wire.notify("item/agentMessage/delta", { itemId: item.id, delta });
      }
    }
    const said = { ...item, text };
    wire.add(said);
    if (!silent && fault !== "only deltas") wire.notify("item/completed", { item: said });
  }

  function draw(): void {
    if (wire.isOver) return;
    const { threadId, id: turnId } = turn;
    const uid = world.ledger.picture({
      tags: [...turn.tags],
      threadId,
      turnId,
      at: world.scheduler.now,
    });
    const result = pictureNamed(uid).toString("base64");
    const savedPath = `/home/user/.codex/picture-${uid}.png`;
    wire.whole({
      type: "imageGeneration",
      id: newId("item"),
      status: "completed",
      result,
      savedPath,
    });
  }

  async function askForApproval(threadId: string, turnId: string): Promise<void> {
    const [tag] = turn.tags;
    if (wire.isOver || tag === undefined) return;
    world.ledger.asked.set(tag, { at: world.scheduler.now, threadId, turnId, by: turn.by });
    world.scheduler.note(`codex asks about ${tag}`);
    const given = await server.asks.ask(
      "item/commandExecution/requestApproval",
      { threadId, turnId, itemId: newId("item"), command: `do ${tag}`, cwd: "/", kind: "command" },
      { twice: fault === "approval with a repeated id", until: turn.whenOver.promise },
    );
    if (given === undefined) return;
    const decision = asString(asObject(given.answer)["decision"]);
    const { isTerminal } = given.by;
    const at = world.scheduler.now;
    world.ledger.decisions.set(tag, { decision, isTerminals: isTerminal, at });
    world.scheduler.note(`codex hears ${decision} about ${tag}`);
  }

  /** A sub-agent of the thread, as its parent names it, which asks for an approval in a turn of its own. */
  async function agentAsks(): Promise<void> {
    const threadId = world.home.create("/", turn.threadId).id;
    const agentTurn = { id: newId("turn"), items: [], error: null, rootTurnId: turn.id };
    wire.whole(spawned(threadId));
    server.tell(threadId, "turn/started", {
      threadId,
      turn: { ...agentTurn, status: "inProgress" },
    });
    await askForApproval(threadId, agentTurn.id);
    server.tell(threadId, "turn/completed", {
      threadId,
      turn: { ...agentTurn, status: "completed" },
    });
  }

  function spawned(agent: string): Item {
    const id = newId("call");
    return world.traits.tellsAgentActivity
      ? {
          type: "subAgentActivity",
          id,
          kind: "started",
          agentThreadId: agent,
          agentPath: "/root/helper",
        }
      : {
          type: "collabAgentToolCall",
          id,
          tool: "spawnAgent",
          status: "completed",
          senderThreadId: turn.threadId,
          receiverThreadIds: [agent],
          prompt: "help",
          agentsStates: { [agent]: { status: "pendingInit", message: null } },
        };
  }

  function askWithoutWaiting(): void {
    const [tag] = turn.tags;
    if (tag === undefined || wire.isOver) return;
    world.ledger.asyncAsked.set(tag, { at: world.scheduler.now, turnId: turn.id });
    const title = `May I tidy up for ${tag}?`;
    wire.whole({
      type: "agentMessage",
      id: newId("call"),
      text: `${title}\n- Yes\n- No`,
      phase: "final_answer",
      delivery: "async",
      questions: [{ title, options: ["Yes", "No"] }],
    });
  }

  /** An agent of nobody here, on the same connection. */
  function playForeignAgent(): void {
    const threadId = newId("sub-agent");
    const foreign = { id: newId("turn"), status: "completed", error: null, items: [] };
    const item = { type: "agentMessage", id: newId("item"), text: "of nobody here", phase: null };
    server.tellAll("turn/started", { threadId, turn: { ...foreign, status: "inProgress" } });
    server.tellAll("item/completed", { threadId, turnId: foreign.id, item });
    server.tellAll("turn/completed", { threadId, turn: { ...foreign, items: [item] } });
  }
}
