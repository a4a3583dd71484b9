/** Turns that the chat was told are over, though Codex had not said so: what they come to is told once it is known. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { CodexLocalError } from "../../src/app-server/errors.js";
import { stopCodexConversationTurn } from "../../src/messages/control.js";
import type * as goalStore from "../../src/messages/goal-store.js";
import { queuedConversationTurns } from "../../src/messages/queue.js";
import { noteLostTurn } from "../../src/thread/thread-binding.js";
import { forgetLoaded } from "../../src/thread/thread.js";
import { boundChat } from "../support/conversation/bound-chat.js";
import { clientSource } from "../support/conversation/client-source.js";
import { refuse, ScriptedCodex } from "../support/conversation/scripted-codex.js";
import { settled, until } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

type GoalStore = typeof goalStore;

/** Read once this is settled, like on a disk that takes its time. */
const goalFile = vi.hoisted(() => ({ free: Promise.resolve() }));
vi.mock("../../src/messages/goal-store.js", async (original) => {
  const store = await original<GoalStore>();
  const readGoalRun: GoalStore["readGoalRun"] = async (sessionFile) => {
    await goalFile.free;
    return store.readGoalRun(sessionFile);
  };
  return { ...store, readGoalRun };
});

type Turn = { id: string; status: string; items: Record<string, unknown>[] };

const said = (text: string) => ({ type: "agentMessage", id: text, text, phase: "final_answer" });
const asked = (clientId: unknown) => ({ type: "userMessage", id: "u", clientId });

/** What the thread holds from now on, the oldest turn first. */
function remembers(codex: ScriptedCodex, ...turns: Turn[]): void {
  codex.answer("thread/turns/list", () => ({ data: turns.toReversed(), nextCursor: null }));
}

const LATE = "Codex finished this after all:\n\n";

test("of two turns that were given up each has its answer told, in their order", async () => {
  const { chat, sent, restart } = await boundChat();
  await noteLostTurn(chat.sessionFile, { turnId: "t-2" }, "thread-1");
  await noteLostTurn(chat.sessionFile, { clientId: "m-3" }, "thread-1");
  const next = await restart((codex) =>
    remembers(
      codex,
      { id: "t-2", status: "completed", items: [asked("m-2"), said("Two.")] },
      { id: "t-3", status: "completed", items: [asked("m-3"), said("Three.")] },
    ),
  );
  await next.say("Hello?");
  (await next.codex.turn()).reply("Hello again.");
  await sent.waitFor((text) => text === "Hello again.");
  expect(sent.entries.slice(1)).toEqual([`${LATE}Two.`, `${LATE}Three.`, "Hello again."]);
  expect((await chat.binding())?.lost).toBeUndefined();
});

/** The chat has said something more, and the turn of that has begun. */
async function working(settings: Record<string, unknown> = {}) {
  const bound = await boundChat(settings);
  await bound.say("Build it.");
  const turn = await bound.codex.turn(2);
  await until(async () => queuedConversationTurns(bound.chat.sessionFile) === 1);
  const question = asked(turn.params.clientUserMessageId);
  const built: Turn = { id: "turn-2", status: "completed", items: [question, said("Built.")] };
  /** The chat is told that once its thread is loaded the next time. */
  const hears = async (next: ScriptedCodex, say: (text: string) => Promise<void>) => {
    remembers(next, built);
    const count = next.turns.length + 1;
    await say("Hello?");
    (await next.turn(count)).reply("Hello again.");
    await bound.sent.waitFor((text) => text === "Hello again.");
    return bound.sent.entries.slice(2);
  };
  return { ...bound, turn, question, hears };
}

describe("a turn that Codex has finished", () => {
  test("has its answer told, though it read as interrupted while the process that worked on it outlived its gateway", async () => {
    const { sent, restart, question, hears } = await working();
    const next = await restart((codex) =>
      remembers(codex, { id: "turn-2", status: "interrupted", items: [question] }),
    );
    await sent.waitFor((text) => text.startsWith("The gateway restarted while Codex was working"));
    forgetLoaded(next.codex, "thread-1");
    expect(await hears(next.codex, next.say)).toEqual([`${LATE}Built.`, "Hello again."]);
  });

  test("has its answer told, though it was given up after a long silence", async () => {
    const settings: Record<string, unknown> = {};
    const { chat, codex, sent, say, turn, hears } = await working(settings);
    turn.end();
    await until(() => queuedConversationTurns(chat.sessionFile) === 0);
    settings.turn = { idleTimeoutMs: 20 };
    await say("Try that.");
    const silent = await codex.turn(3);
    await sent.waitFor((text) => text.includes("nothing came from Codex"));
    delete settings.turn;
    await codex.called("turn/interrupt");
    silent.end();
    await until(() => queuedConversationTurns(chat.sessionFile) === 0);
    forgetLoaded(codex, "thread-1");
    const tried = { id: "turn-3", status: "completed", items: [said("Tried.")] };
    codex.answer("thread/resume", ({ threadId }) => {
      remembers(codex, tried);
      return { thread: { id: threadId }, cwd: "/resumed" };
    });
    expect((await hears(codex, say)).slice(-2)).toEqual([`${LATE}Tried.`, "Hello again."]);
  });

  test("has its answer told, though it was stopped and its process ended over that", async () => {
    const { chat, codex, sent, say, hears } = await working();
    const interrupt = codex.called("turn/interrupt");
    await stopCodexConversationTurn({ sessionFile: chat.sessionFile, pluginConfig: {} });
    await interrupt;
    const next = new ScriptedCodex();
    next.stored.add("thread-1");
    clientSource.serve(next);
    codex.close(new CodexLocalError("CONNECTION_CLOSED", "it was ended"));
    await sent.waitFor((text) => text.startsWith("Codex was stopped"));
    expect(await hears(next, say)).toEqual([`${LATE}Built.`, "Hello again."]);
  });
});

test("a turn that was given up, runs still and fails is not told as failed twice", async () => {
  const { chat, sent, restart } = await boundChat();
  await noteLostTurn(chat.sessionFile, { turnId: "turn-2" }, "thread-1");
  const next = await restart((codex) =>
    remembers(codex, { id: "turn-2", status: "inProgress", items: [asked("m-2")] }),
  );
  await next.say("Hello?");
  await next.codex.called("thread/turns/list");
  await until(() => queuedConversationTurns(chat.sessionFile) === 2);
  const turn = { id: "turn-2", status: "failed", items: [], error: { message: "no model" } };
  next.codex.notify({ method: "turn/completed", params: { threadId: "thread-1", turn } });
  (await next.codex.turn()).reply("Hello again.");
  await sent.waitFor((text) => text === "Hello again.");
  expect(sent.entries.slice(1)).toEqual(["Hello again."]);
});

/** A chat whose goal has had a turn, which it has heard of. */
async function goalChat() {
  const bound = await boundChat();
  bound.tellGoal("active");
  await bound.goalTurn(1, "Step 1.");
  await until(async () => (await bound.chat.binding())?.seen?.turnId === "goal-turn-1");
  return bound;
}

describe("a goal's turn that is over", () => {
  test("has its answer told by the next gateway if this one stops before it has told it", async () => {
    const { chat, sent, messages, goal, begins, restart } = await goalChat();
    const turn = await begins("goal-turn-2");
    const held = Promise.withResolvers<void>();
    goalFile.free = held.promise;
    onTestFinished(() => void (goalFile.free = Promise.resolve()));
    turn.reply("Step 2.");
    await settled();
    const stopped = messages.stop();
    held.resolve();
    await stopped;
    await until(() => queuedConversationTurns(chat.sessionFile) === 0);
    goal.change({ status: "paused" });
    const next = await restart((codex) =>
      remembers(codex, { id: "goal-turn-2", status: "completed", items: [said("Step 2.")] }),
    );
    await next.say("Hello?");
    (await next.codex.turn()).reply("Hello again.");
    await sent.waitFor((text) => text === "Hello again.");
    expect(sent.entries.slice(2)).toEqual(["Step 2.", "Hello again."]);
  });

  test("has its answer told, though it read as interrupted when the next gateway looked", async () => {
    const { chat, sent, goal, restart } = await goalChat();
    goal.change({ status: "paused" });
    const next = await restart((codex) =>
      remembers(codex, { id: "goal-turn-2", status: "interrupted", items: [said("Looking.")] }),
    );
    await next.say("Hello?");
    (await next.codex.turn()).reply("Hello again.");
    await sent.waitFor((text) => text === "Hello again.");
    await until(() => queuedConversationTurns(chat.sessionFile) === 0);
    remembers(next.codex, { id: "goal-turn-2", status: "completed", items: [said("Step 2.")] });
    forgetLoaded(next.codex, "thread-1");
    await next.say("And now?");
    (await next.codex.turn(2)).reply("Now.");
    await sent.waitFor((text) => text === "Now.");
    expect(sent.entries.slice(-2)).toEqual([`${LATE}Step 2.`, "Now."]);
  });

  test("has its answer told, though Codex would not tell at first what its thread holds", async () => {
    const { sent, goal, restart } = await goalChat();
    goal.change({ status: "paused" });
    const next = await restart((codex) => {
      remembers(codex, { id: "goal-turn-2", status: "completed", items: [said("Step 2.")] });
      codex.answerOnce("thread/turns/list", refuse("something broke inside"));
    });
    await next.say("Hello?");
    (await next.codex.turn()).reply("Hello again.");
    await sent.waitFor((text) => text === "Hello again.");
    expect(sent.entries.slice(2)).toEqual(["Step 2.", "Hello again."]);
  });
});
