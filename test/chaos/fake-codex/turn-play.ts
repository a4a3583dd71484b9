/** One turn of a fake app-server from its first event to its last, by its fate. */
import { setTimeout as sleep } from "node:timers/promises";
import type { TurnFate } from "../faults.js";
import { Seeded } from "../seeded.js";
import { asObject, asString } from "../../support/wire-guards.js";
import { answerTo, COMMENTARY, tagOf } from "../tags.js";
import { BY_A_PERSON_MS } from "./questions.js";
import type { Item, Turn, TurnStatus } from "./rollouts.js";
import type { RunningTurn, Surroundings } from "./threads.js";

type Play = {
  respond: () => void;
  end: (status: TurnStatus, error: Turn["error"]) => void;
};

export async function playTurn(
  turn: RunningTurn,
  fate: TurnFate,
  env: Surroundings,
  play: Play,
): Promise<void> {
  const { fault } = fate;
  const { threadId } = turn;
  const random = new Seeded(env.seed, "play", turn.tags[0] ?? turn.id);
  const ids = { threadId, turnId: turn.id };
  const pause = (share: number): Promise<void> => sleep(fate.durationMs * share);
  const notify = (method: string, params: Record<string, unknown>): void => {
    if (!turn.over) env.wire.notify(method, params);
  };
  const status = (type: "idle" | "active"): void =>
    notify("thread/status/changed", {
      threadId,
      status: type === "idle" ? { type } : { type, activeFlags: [] },
    });
  const add = (item: Item): void => {
    if (turn.over) return;
    turn.items.push(item);
    env.rollouts.add(threadId, turn.id, item);
  };
  const end = (how: TurnStatus, message?: string, codexErrorInfo: string | null = null): void => {
    if (turn.over) return;
    const error = message === undefined ? null : { message, codexErrorInfo };
    // Known to the thread before it is known to the client.
    const items = fault === "answer in the completed turn only" ? turn.items : [];
    play.end(how, error);
    if (how === "interrupted") return;
    if (fault !== "lost end, thread idle" && fault !== "lost end, silence") {
      env.wire.notify("turn/completed", {
        threadId,
        turn: { id: turn.id, status: how, items, error },
      });
    }
    if (fault !== "lost end, silence") {
      env.wire.notify("thread/status/changed", { threadId, status: { type: "idle" } });
    }
  };
  const error = (willRetry: boolean, message: string): void =>
    notify("error", { ...ids, error: { message, codexErrorInfo: null }, willRetry });

  if (fault !== "none") env.log.note({ event: "fault", what: fault, tag: turn.tags[0] });
  if (fate.response !== "first") {
    env.log.note({ event: "fault", what: `events before the response (${fate.response})` });
  }
  if (fault === "crash before the response") env.crash();
  if (fate.response === "first" && fault !== "start unanswered, run") play.respond();
  if (fault === "crash after the response") setImmediate(() => env.crash());
  await sleep(random.int(0, 12));
  status("active");
  notify("turn/started", {
    threadId,
    turn: { id: turn.id, status: "inProgress", items: [], error: null },
  });
  turn.shown = true;
  if (fate.response === "amid" && fault !== "start unanswered, run") play.respond();
  const [question] = turn.items;
  notify("item/started", { ...ids, item: question });
  notify("item/completed", { ...ids, item: question });
  await pause(0.3);

  switch (fault) {
    case "hanging turn":
      return lateResponse();
    case "turn that defies its interrupt":
      turn.defiant = true;
      return lateResponse();
    case "hanging process":
      return env.hang();
    case "crash in the middle":
      return env.crash();
    case "crash in the middle of a line":
      return env.wire.half({ method: "item/completed", params: ids }, () => env.crash());
    case "huge line":
      env.wire.huge();
      break;
    case "retry errors, then an answer":
      for (let count = 1; count <= 5 && !turn.over; count += 1) {
        error(true, `Reconnecting… ${count}/5`);
        await sleep(random.int(50, 250));
      }
      break;
    case "retry errors for ever":
      lateResponse();
      while (!turn.over) {
        error(true, "Reconnecting… 1/5");
        await sleep(200);
      }
      return;
    case "failed":
      error(true, "Reconnecting… 5/5");
      error(false, "the model said no");
      end("failed", "the model said no");
      return lateResponse();
    case "failed, not signed in":
      end("failed", "401", "unauthorized");
      return lateResponse();
    case "interrupted":
      end("interrupted");
      return lateResponse();
    case "approval":
    case "approval with a repeated id":
      await askForLeave();
      break;
    case "tool call":
      await env.questions.ask("item/tool/call", {
        ...ids,
        callId: env.newId("call"),
        tool: "chaos",
        arguments: {},
      });
      break;
    case "unknown request":
      await env.questions.ask("chaos/unknown", ids);
      break;
    case "sub-agent":
      playSubAgent(env);
      break;
  }

  if (random.chance(0.3)) {
    const id = env.newId("item");
    const comment: Item = { type: "agentMessage", id, text: COMMENTARY, phase: "commentary" };
    notify("item/started", { ...ids, item: { ...comment, text: "" } });
    notify("item/completed", { ...ids, item: comment });
    add(comment);
  }
  await pause(0.4);
  if (fault !== "empty reply") {
    const phase = random.chance(0.5) ? "final_answer" : null;
    const item: Item = { type: "agentMessage", id: env.newId("item"), text: "", phase };
    const silent = fault === "answer in the completed turn only";
    if (!silent) notify("item/started", { ...ids, item });
    if (fault === "stale deltas") {
      notify("item/agentMessage/delta", { ...ids, itemId: item.id, delta: "PARTIAL of a stream " });
    }
    await pause(0.3);
    if (turn.over) return lateResponse();
    const text = answerTo(turn.tags, fate.parts);
    const half = random.int(0, text.length);
    if (!silent) {
      for (const delta of [text.slice(0, half), text.slice(half)]) {
        notify("item/agentMessage/delta", { ...ids, itemId: item.id, delta });
      }
    }
    const said = { ...item, text };
    add(said);
    if (!silent && fault !== "only deltas") notify("item/completed", { ...ids, item: said });
  }
  end("completed");
  lateResponse();

  async function askForLeave(): Promise<void> {
    if (turn.over) return;
    const [tag] = turn.tags;
    env.log.note({ event: "asked", ...ids, tag });
    const answer = await env.questions.ask(
      "item/commandExecution/requestApproval",
      { ...ids, itemId: env.newId("item"), command: `do ${tag}`, cwd: "/", kind: "command" },
      { twice: fault === "approval with a repeated id", withinMs: BY_A_PERSON_MS },
    );
    const what = asString(asObject(answer)["decision"]);
    env.log.note({ event: "decision", ...ids, tag, what });
  }

  function lateResponse(): void {
    if (fate.response === "last" && fault !== "start unanswered, run") play.respond();
  }
}

/** Another agent's turn on the same connection, from its start to its end. */
function playSubAgent(env: Surroundings): void {
  const threadId = env.newId("sub-agent");
  const turn = { id: env.newId("turn"), status: "completed", error: null, items: [] };
  const text = answerTo([tagOf(999, 999)], 1);
  const item = { type: "agentMessage", id: env.newId("item"), text, phase: "final_answer" };
  env.wire.notify("turn/started", { threadId, turn: { ...turn, status: "inProgress" } });
  env.wire.notify("item/completed", { threadId, turnId: turn.id, item });
  env.wire.notify("turn/completed", { threadId, turn: { ...turn, items: [item] } });
}
