/** What a chat is asked about a goal that has used its turns, and what its answer does. */
import { describe, expect, test, vi } from "vitest";
import { readGoalRun } from "../../src/messages/goal-store.js";
import { answerInWords, answerQuestion, openQuestions } from "../../src/questions/board.js";
import { boundChat } from "../support/conversation/bound-chat.js";
import { ScriptedTurn } from "../support/conversation/scripted-codex.js";
import { settled, until } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const QUESTION = /goal is paused after 2 turns and 1k tokens/;

/** A goal that may take two turns, and has. */
async function spentGoal(settings: Record<string, unknown> = {}) {
  const bound = await boundChat({ goals: { maxTurns: 2 }, ...settings });
  const { codex, sent, tellGoal, begins } = bound;
  tellGoal("active");
  (await begins("goal-turn-1")).reply("One.");
  await sent.waitFor((text) => text === "One.");
  expect(codex.of("thread/goal/set")).toEqual([]);
  const last = await begins("goal-turn-2");
  await codex.called("thread/goal/set");
  expect(codex.only("thread/goal/set").params).toMatchObject({ status: "paused" });
  last.reply("Two.");
  await sent.waitFor((text) => text === "Two.");
  return bound;
}

async function askedAbout(sessionFile: string): Promise<string> {
  await until(() => openQuestions(sessionFile).length > 0);
  return openQuestions(sessionFile)[0]?.id ?? "";
}

describe("a goal that has used its turns", () => {
  test("is paused, and the chat is asked what follows", async () => {
    const { chat, notes, sent } = await spentGoal();
    const question = await notes.waitFor((text) => QUESTION.test(text));
    expect(question).toContain("1. Continue with 2 more turns\n2. Clear the goal");
    expect(question).toContain("All tests pass");
    expect(openQuestions(chat.sessionFile)[0]?.question.refusal.label).toBe("Leave it paused");
    expect(sent.entries).toEqual(["Hello.", "One.", "Two."]);
  });

  test("is asked about though the turn tells of it only from before it was paused", async () => {
    const { codex, chat, notes, tellGoal } = await boundChat({ goals: { maxTurns: 1 } });
    tellGoal("active");
    const turn = new ScriptedTurn(codex, "thread-1", "goal-turn-1", {});
    turn.show();
    tellGoal("active", turn.turnId);
    await codex.called("thread/goal/set");
    turn.reply("One.");
    await notes.waitFor((text) => text.includes("goal is paused after 1 turn"));
    expect(openQuestions(chat.sessionFile)).toHaveLength(1);
  });

  test("continues if somebody says so, with as many turns again", async () => {
    const { codex, chat } = await spentGoal();
    const id = await askedAbout(chat.sessionFile);
    answerQuestion(id, "option-0", { by: "click" });
    await codex.called("thread/goal/set", 2);
    expect(codex.of("thread/goal/set").at(-1)?.params).toMatchObject({ status: "active" });
    await until(async () => (await readGoalRun(chat.sessionFile))?.held === false);
    expect(await readGoalRun(chat.sessionFile)).toMatchObject({ turns: 0, held: false });
  });

  test("continues on a thread that was unloaded meanwhile, too", async () => {
    const { codex, chat, restart } = await spentGoal();
    await askedAbout(chat.sessionFile);
    const next = await restart();
    const id = await askedAbout(chat.sessionFile);
    expect(next.codex.of("thread/resume")).toEqual([]);
    answerQuestion(id, "option-0", { by: "click" });
    await next.codex.called("thread/goal/set");
    expect(next.codex.of("thread/resume")).toHaveLength(1);
    expect(next.codex.only("thread/goal/set").params).toMatchObject({ status: "active" });
    expect(codex.of("thread/goal/set")).toHaveLength(1);
  });

  test.each([
    { typed: "Yes, continue", status: "active" },
    { typed: "clear", status: undefined },
    { typed: "leave it", status: "paused" },
  ])("takes an answer in words: $typed", async ({ typed, status }) => {
    const { chat, goal } = await spentGoal();
    const id = await askedAbout(chat.sessionFile);
    answerInWords(id, typed, { by: "command" }, { sessionFile: chat.sessionFile });
    await until(async () => (await readGoalRun(chat.sessionFile))?.spent !== true);
    await until(() => goal.value?.["status"] === status);
    expect(openQuestions(chat.sessionFile)).toEqual([]);
  });

  test("does not take words that decide nothing", async () => {
    const { chat } = await spentGoal();
    const id = await askedAbout(chat.sessionFile);
    const result = answerInWords(id, "what?", { by: "command" }, {});
    expect(result).toEqual({
      kind: "not understood",
      reason: "Answer continue, leave or clear.",
    });
    expect(openQuestions(chat.sessionFile)).toHaveLength(1);
  });

  test("is cleared in Codex if somebody says so", async () => {
    const { codex, chat } = await spentGoal();
    answerQuestion(await askedAbout(chat.sessionFile), "option-1", { by: "click" });
    await codex.called("thread/goal/clear");
    await until(async () => (await readGoalRun(chat.sessionFile)) === undefined);
    expect(codex.only("thread/goal/clear").params).toMatchObject({ threadId: "thread-1" });
  });

  test("is not asked about any more once a command has decided", async () => {
    const { chat, messages } = await spentGoal();
    await askedAbout(chat.sessionFile);
    await messages.goals.begin(chat.sessionFile, "thread-1", "All tests pass");
    await until(() => openQuestions(chat.sessionFile).length === 0);
    await settled();
    expect(await readGoalRun(chat.sessionFile)).toMatchObject({ turns: 0, held: false });
  });

  test("is only told if nothing is asked in chats", async () => {
    const { chat, sent } = await spentGoal({ approvals: "decline" });
    const text = await sent.waitFor((told) => told.includes("Goal paused after 2 turns"));
    expect(text).toContain("/codexchat goal resume");
    expect(openQuestions(chat.sessionFile)).toEqual([]);
  });

  test("does not continue with the answer to a message that came meanwhile; the chat is asked", async () => {
    const { codex, chat, sent, say, tellGoal, begins } = await boundChat({
      goals: { maxTurns: 1 },
    });
    tellGoal("active");
    const only = await begins("goal-turn-1");
    await codex.called("thread/goal/set");
    await say("And the docs?");
    only.reply("One.");
    (await codex.turn(2)).reply("The docs are fine.");
    await sent.waitFor((text) => text === "The docs are fine.");
    await askedAbout(chat.sessionFile);
    expect(codex.of("thread/goal/set").map(({ params }) => params.status)).toEqual(["paused"]);
  });
});
