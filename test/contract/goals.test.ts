/** The turns that the real Codex begins by itself for a thread's goal. */
import { existsSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { resolveCodexAppServerRuntimeOptions } from "../../src/app-server/config.js";
import { isUnknownMethod } from "../../src/app-server/errors.js";
import { settleThread } from "../../src/thread/turn-request.js";
import { RealCodex, type CodexUser } from "../support/app-server/real-codex.js";
import { codexTraits } from "../support/codex-traits.js";
import { fileOutsideSandbox } from "../support/outside-sandbox.js";
import { completesGoal, isGoalTurn, pursuesGoal } from "../support/model-scripts.js";
import { Gate, type Step } from "../support/responses-api.js";
import { asObject, asString, type JsonObject } from "../support/wire-guards.js";

let codex: RealCodex;

afterEach(async () => {
  await codex.dispose();
});

const says = (text: string): Step => ({ do: "say", text, phase: "final_answer" });

/** How many turns Codex has begun for goals. */
const goalTurns = (): number =>
  new Set(codex.api.requests.entries.filter(isGoalTurn).map(({ turnId }) => turnId)).size;

const goalOf = async (user: CodexUser, threadId: string): Promise<unknown> =>
  (await user.request("thread/goal/get", { threadId }))["goal"];

const setGoal = (user: CodexUser, threadId: string, status: string) =>
  user.request("thread/goal/set", { threadId, status });

/** The turns that this connection heard the start of, in order. */
const started = ({ heard }: CodexUser): JsonObject[] =>
  heard.entries
    .filter(({ method }) => method === "turn/started")
    .map(({ params }) => asObject(params["turn"]));

/** The goal's turn with this number runs; the thread's first turn was a person's. */
async function goalTurn(user: CodexUser, number: number): Promise<string> {
  await user.heard.waitFor(() => started(user).length > number);
  return asString(started(user)[number]?.["id"]);
}

/** A thread whose goal is being worked on, in a turn that lasts until the gate opens. */
async function threadAtWork(model?: string) {
  codex = await RealCodex.prepare(model);
  const gate = new Gate();
  codex.api.script = pursuesGoal((turn) => [{ do: "hold", gate }, says(`Work ${turn}.`)]);
  const user = await codex.start();
  const threadId = await user.startThread();
  await user.startTurn(threadId, "pursue peace");
  return { user, threadId, gate, turnId: await goalTurn(user, 1) };
}

test.runIf(codexTraits.hasGoals)(
  "a goal's turn runs under what its thread was given last, not under what an earlier turn had",
  async () => {
    codex = await RealCodex.prepare();
    const outside = fileOutsideSandbox();
    const user = await codex.start();
    const threadId = await user.startThread();
    codex.api.script = pursuesGoal(() => [
      { do: "shell", command: `touch ${outside}; echo tried` },
      ...completesGoal,
    ]);
    await user.runTurn(threadId, "a word with full access");
    const runtime = resolveCodexAppServerRuntimeOptions({ pluginConfig: {} });
    const binding = {
      threadId,
      cwd: codex.workspace,
      schemaVersion: 1,
      createdAt: "",
      updatedAt: "",
    } as const;
    await settleThread({
      client: user.client,
      runtime,
      binding,
      workspaceDir: "",
      sessionFile: "/state/chat",
    });
    await user.request("thread/goal/set", { threadId, objective: "peace", status: "active" });
    await codex.api.requests.waitFor(({ toolOutputs }) => toolOutputs.join().includes("tried"));
    expect(existsSync(outside)).toBe(false);
    await user.heard.waitFor(
      ({ method, params }) =>
        method === "thread/goal/updated" && asObject(params["goal"])["status"] === "complete",
    );
  },
);

test.runIf(codexTraits.hasGoals)(
  "the model hears of a pause that a person has set, and of none that is automatic",
  async () => {
    const { user, threadId, gate, turnId } = await threadAtWork();
    const set = (status: string, origin: string) =>
      user.request("thread/goal/set", { threadId, status, origin });
    await set("paused", "automatic");
    gate.open();
    await user.hears("turn/completed", turnId);
    await user.runTurn(threadId, "a word");
    const told = (): string[] => {
      const input = JSON.stringify(codex.api.requests.entries.at(-1)?.body["input"]);
      return input.match(/User set goal status: [^.]*/g) ?? [];
    };
    expect(told()).toEqual([]);
    await set("active", "user");
    const next = await goalTurn(user, 3);
    await codex.api.requests.waitFor((request) => request.turnId === next);
    expect(told()).toHaveLength(codexTraits.tellsGoalChanges ? 1 : 0);
  },
);

test("a thread is asked for its goal", async () => {
  codex = await RealCodex.prepare();
  const user = await codex.start();
  const threadId = await user.startThread();
  const goal = await goalOf(user, threadId).catch((error: unknown) => isUnknownMethod(error));
  expect(goal).toBe(codexTraits.hasGoals ? null : true);
});

describe.each(codexTraits.hasGoals ? codexTraits.models : [])("the goal of %s", (model) => {
  test("is worked on in turn after turn without a person's word, until it is complete", async () => {
    codex = await RealCodex.prepare(model);
    codex.api.script = pursuesGoal((turn) => (turn < 3 ? [says(`Work ${turn}.`)] : completesGoal));
    const user = await codex.start();
    const threadId = await user.startThread();
    const first = await user.startTurn(threadId, "pursue peace");
    await user.hears("turn/completed", await goalTurn(user, 3));
    const ids = started(user).map(({ id }) => asString(id));
    expect(ids.map((id) => user.answers(id))).toEqual([
      ["The goal is set."],
      ["Work 1."],
      ["Work 2."],
      ["The goal is reached."],
    ]);
    const spoken = user.heard.entries
      .filter(({ params }) => asObject(params["item"] ?? {})["type"] === "userMessage")
      .map(({ params }) => params["turnId"]);
    expect(new Set(spoken)).toEqual(new Set([first]));
    expect(new Set(started(user).map(({ rootTurnId }) => rootTurnId))).toEqual(
      new Set([codexTraits.namesRootTurn ? first : undefined]),
    );
    const statuses = user.heard.entries
      .filter(({ method }) => method === "thread/goal/updated")
      .map(({ params }) => asObject(params["goal"])["status"]);
    expect([...new Set(statuses)]).toEqual(["active", "complete"]);
    await user.runTurn(threadId, "a word");
    expect(goalTurns()).toBe(3);
  });

  test("that is paused lets the turn that runs come to its end, and begins no other", async () => {
    const { user, threadId, gate, turnId } = await threadAtWork(model);
    await setGoal(user, threadId, "paused");
    gate.open();
    const { turn } = await user.hears("turn/completed", turnId);
    expect(turn).toMatchObject({ status: "completed" });
    await user.runTurn(threadId, "a word");
    await user.runTurn(threadId, "another word");
    expect(goalTurns()).toBe(1);
    expect(await goalOf(user, threadId)).toMatchObject({ status: "paused", objective: "peace" });
  });
});

describe.each(codexTraits.hasGoals ? ["a goal"] : [])("%s", () => {
  test("stays active where its turn is interrupted, and goes on after the next turn of anybody", async () => {
    const { user, threadId, gate, turnId } = await threadAtWork();
    await user.request("turn/interrupt", { threadId, turnId });
    await user.hears("turn/completed", turnId);
    expect(await goalOf(user, threadId)).toMatchObject({ status: "active" });
    await user.runTurn(threadId, "a word");
    const next = await goalTurn(user, 3);
    await codex.api.requests.waitFor((request) => isGoalTurn(request) && request.turnId === next);
    gate.open();
  });

  test("takes a person's words into its turn", async () => {
    const { user, threadId, gate, turnId } = await threadAtWork();
    const joined = await user.startTurn(threadId, "a word in between");
    expect(joined === turnId).toBe(codexTraits.namesJoinedTurn);
    gate.open();
    await user.hears("turn/completed", turnId);
    expect(user.answers(turnId)).toContain("a word in between");
  });

  test("goes on after the thread was unsubscribed, and is paused there", async () => {
    const { user, threadId, gate } = await threadAtWork();
    await user.request("thread/unsubscribe", { threadId });
    gate.open();
    const [first] = codex.api.requests.entries.filter(isGoalTurn);
    await codex.api.requests.waitFor(
      (request) => isGoalTurn(request) && request.turnId !== first?.turnId,
    );
    await setGoal(user, threadId, "paused");
    expect(await goalOf(user, threadId)).toMatchObject({ status: "paused" });
  });

  test("goes on by itself after a bare resume, not where it was paused before or goals are off", async () => {
    const { user, threadId } = await threadAtWork();
    await user.client.close();
    codex.api.script = pursuesGoal(() => [says("More work.")]);
    const before = goalTurns();

    const quiet = await codex.start();
    const off = { config: { "features.goals": false } };
    await quiet.request("thread/resume", { threadId, excludeTurns: true, ...off });
    await quiet.runTurn(threadId, "a word");
    expect(await goalOf(quiet, threadId)).toMatchObject({ status: "active" });
    await quiet.client.close();

    const paused = await codex.start();
    await setGoal(paused, threadId, "paused");
    await paused.request("thread/resume", { threadId, excludeTurns: true });
    await paused.runTurn(threadId, "a word");
    expect(goalTurns()).toBe(before);
    await setGoal(paused, threadId, "active");
    await goalTurn(paused, 1);
    await paused.client.close();

    const bare = await codex.start();
    await bare.request("thread/resume", { threadId, excludeTurns: true });
    await bare.hears("turn/started");
  });

  test("is not carried into a fork", async () => {
    const { user, threadId } = await threadAtWork();
    const { thread } = await user.request("thread/fork", { threadId, excludeTurns: true });
    expect(await goalOf(user, asString(asObject(thread)["id"]))).toBeNull();
  });

  test("is cleared once", async () => {
    const { user, threadId } = await threadAtWork();
    expect(await user.request("thread/goal/clear", { threadId })).toEqual({ cleared: true });
    expect(await user.request("thread/goal/clear", { threadId })).toEqual({ cleared: false });
    expect(await goalOf(user, threadId)).toBeNull();
  });
});
