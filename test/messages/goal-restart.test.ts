/** How a goal continues when the gateway starts, and when a connection is lost. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { CodexLocalError } from "../../src/app-server/errors.js";
import { readGoalRun, writeGoalRun } from "../../src/messages/goal-store.js";
import { forgetLoaded } from "../../src/thread/thread.js";
import { boundChat } from "../support/conversation/bound-chat.js";
import { clientSource } from "../support/conversation/client-source.js";
import { refuse, ScriptedCodex } from "../support/conversation/scripted-codex.js";
import { settled, until } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

/** What was asked of Codex about the thread and its goal, in order. */
function steps(calls: readonly { method: string; params: Record<string, unknown> }[]): string[] {
  return calls.flatMap(({ method, params }) => {
    if (method === "thread/goal/set") return [`goal ${String(params.status)}`];
    return method === "thread/resume" || method === "turn/start" ? [method] : [];
  });
}

describe("a message that the gateway's end has cut off", () => {
  test("has its thread loaded with the goal held, which continues after its answer", async () => {
    const { codex, sent, say, tellGoal, restart } = await boundChat();
    await say("Set yourself a goal.");
    const cutOff = await codex.turn(2);
    cutOff.show();
    tellGoal("active", cutOff.turnId);
    await settled();
    const { codex: next } = await restart((fresh) => {
      const record = { id: cutOff.turnId, status: "interrupted", items: [] };
      fresh.answer("thread/turns/list", () => ({ data: [record], nextCursor: null }));
    });
    await sent.waitFor((text) => text.includes("restarted"));
    await next.called("thread/goal/set", 2);
    expect(steps(next.calls)).toEqual(["goal paused", "thread/resume", "goal active"]);
  });
});

/** Time passes only when the test says so. */
function fakeTime(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
}

describe("a goal at the gateway's start", () => {
  test("continues without a message, and the chat gets nothing but its answers", async () => {
    const { sent, notes, tellGoal, goalTurn, restart } = await boundChat();
    tellGoal("active");
    await goalTurn(1, "Step 1.");
    const next = await restart();
    await next.codex.called("thread/goal/set", 2);
    expect(steps(next.codex.calls)).toEqual(["goal paused", "thread/resume", "goal active"]);
    (await next.begins("goal-turn-2")).reply("Step 2.");
    await sent.waitFor((text) => text === "Step 2.");
    expect(sent.entries).toEqual(["Hello.", "Step 1.", "Step 2."]);
    expect(notes.entries).toEqual([]);
  });

  test("keeps the count of its turns", async () => {
    const { chat, tellGoal, goalTurn, restart } = await boundChat();
    tellGoal("active");
    await goalTurn(1, "Step 1.");
    const next = await restart();
    await next.codex.called("thread/goal/set", 2);
    await next.begins("goal-turn-2");
    await until(async () => (await readGoalRun(chat.sessionFile))?.turns !== 1);
    expect(await readGoalRun(chat.sessionFile)).toMatchObject({ turns: 2 });
  });

  test("continues if the gateway ended while it was held for a message that is answered", async () => {
    const { chat, codex, goal, messages, tellGoal, goalTurn, restart } = await boundChat();
    tellGoal("active");
    await goalTurn(1, "Step 1.");
    await messages.goals.hold(chat.sessionFile);
    expect([codex.of("thread/goal/set").length, goal.value?.["status"]]).toEqual([1, "paused"]);
    const next = await restart();
    await next.codex.called("thread/goal/set");
    expect(steps(next.codex.calls)).toEqual(["thread/resume", "goal active"]);
  });

  test("continues after a message that was dropped before its thread was loaded", async () => {
    const { chat, goal, messages, tellGoal, goalTurn, restart } = await boundChat();
    tellGoal("active");
    await goalTurn(1, "Step 1.");
    await messages.goals.hold(chat.sessionFile);
    const next = await restart();
    await until(async () => (await readGoalRun(chat.sessionFile))?.held === false);
    forgetLoaded(next.codex, "thread-1");
    goal.change({ status: "paused" });
    const run = await readGoalRun(chat.sessionFile);
    if (run) await writeGoalRun(chat.sessionFile, { ...run, held: true });
    await next.messages.goals.release(chat.sessionFile);
    await next.codex.called("thread/goal/set", 2);
    expect(steps(next.codex.calls)).toEqual([
      "thread/resume",
      "goal active",
      "thread/resume",
      "goal active",
    ]);
  });

  test("stays held if Codex could not be told that it continues", async () => {
    const { chat, codex, messages, tellGoal, goalTurn } = await boundChat();
    tellGoal("active");
    await goalTurn(1, "Step 1.");
    await messages.goals.hold(chat.sessionFile);
    codex.answerOnce("thread/goal/get", refuse("no such luck"));
    await messages.goals.release(chat.sessionFile).catch(() => undefined);
    expect(await readGoalRun(chat.sessionFile)).toMatchObject({ held: true });
    await messages.goals.release(chat.sessionFile);
    expect(await readGoalRun(chat.sessionFile)).toMatchObject({ held: false });
    expect(codex.of("thread/goal/set").at(-1)?.params).toMatchObject({ status: "active" });
  });

  test("that a person has paused stays paused, and its thread is not loaded", async () => {
    const { goal, tellGoal, goalTurn, restart } = await boundChat();
    tellGoal("active");
    await goalTurn(1, "Step 1.");
    goal.change({ status: "paused" });
    const { codex } = await restart();
    await codex.called("thread/goal/get");
    await settled();
    expect(steps(codex.calls)).toEqual([]);
  });

  test("whose last turn paused it before that was noted is asked about", async () => {
    const { chat, goal, notes, tellGoal, goalTurn, restart } = await boundChat({
      goals: { maxTurns: 2 },
    });
    tellGoal("active");
    await goalTurn(1, "Step 1.");
    await until(async () => (await readGoalRun(chat.sessionFile))?.turns === 1);
    // The pause was the last that the process did for the second turn.
    goal.change({ status: "paused" });
    await restart();
    await notes.waitFor((text) => text.includes("goal is paused after 2 turns"));
    expect(await readGoalRun(chat.sessionFile)).toMatchObject({ turns: 2, spent: true });
  });

  test("waits while goals are off", async () => {
    fakeTime();
    const settings: Record<string, unknown> = {};
    const { tellGoal, goalTurn, restart } = await boundChat(settings);
    tellGoal("active");
    await goalTurn(1, "Step 1.");
    settings["goals"] = "off";
    const { codex } = await restart();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(codex.calls).toEqual([]);
    settings["goals"] = "on";
    await vi.advanceTimersByTimeAsync(60_000);
    await codex.called("thread/goal/set", 2);
    expect(steps(codex.calls)).toEqual(["goal paused", "thread/resume", "goal active"]);
  });

  test("waits while Codex is away", async () => {
    fakeTime();
    const { tellGoal, goalTurn, restart } = await boundChat();
    tellGoal("active");
    await goalTurn(1, "Step 1.");
    const away = new CodexLocalError("START_FAILED", "Codex could not be started.");
    const { codex } = await restart(undefined, away);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(codex.calls).toEqual([]);
    clientSource.serve(codex);
    await vi.advanceTimersByTimeAsync(60_000);
    await codex.called("thread/goal/set", 2);
    expect(steps(codex.calls)).toEqual(["goal paused", "thread/resume", "goal active"]);
  });
});

describe("a goal whose connection is lost", () => {
  test("continues with the next process, and its broken turn is no failure to tell", async () => {
    fakeTime();
    const { codex, goal, sent, tellGoal, goalTurn, begins } = await boundChat();
    tellGoal("active");
    await goalTurn(1, "Step 1.");
    await begins("goal-turn-2");
    const next = new ScriptedCodex();
    next.stored.add("thread-1");
    goal.serve(next);
    clientSource.serve(next);
    codex.close(new CodexLocalError("CONNECTION_CLOSED", "The Codex app-server ended."));
    await vi.advanceTimersByTimeAsync(60_000);
    await next.called("thread/goal/set", 2);
    expect(steps(next.calls)).toEqual(["goal paused", "thread/resume", "goal active"]);
    expect(sent.entries).toEqual(["Hello.", "Step 1."]);
  });
});
