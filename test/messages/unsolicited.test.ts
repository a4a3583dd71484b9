/** Turns that no message began: a goal's, another client's, and what sub-agents ask. */
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { CodexLocalError } from "../../src/app-server/errors.js";
import { readBoundConversation } from "../../src/host/bound-conversation.js";
import { LEFT_TO_OTHERS } from "../../src/app-server/protocol.js";
import {
  readCodexConversationActiveTurn,
  stopCodexConversationTurn,
} from "../../src/messages/control.js";
import { textInput } from "../../src/chat/turn-input.js";
import { steerActiveTurn } from "../../src/messages/control.js";
import { readGoalRun } from "../../src/messages/goal-store.js";
import { queuedConversationTurns, waitingConversationTurns } from "../../src/messages/queue.js";
import { UnsolicitedTurns } from "../../src/messages/unsolicited.js";
import { answerQuestion, openQuestions } from "../../src/questions/board.js";
import { updateCodexAppServerBinding } from "../../src/thread/thread-binding.js";
import { boundChat } from "../support/conversation/bound-chat.js";
import { clientSource } from "../support/conversation/client-source.js";
import { delegatingTurn } from "../support/conversation/delegating-turn.js";
import { ScriptedCodex, ScriptedTurn } from "../support/conversation/scripted-codex.js";
import { settled, until } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

/** Does this once the next message has seen that no turn runs, and before Codex gets it. */
function onceWayIsMade(act: () => void): void {
  const making = vi.spyOn(UnsolicitedTurns.prototype, "makeWay");
  onTestFinished(() => making.mockRestore());
  making.mockImplementationOnce(async function (this: UnsolicitedTurns, ...given) {
    await this.makeWay(...given);
    act();
  });
}

async function waitingIn({ sessionFile }: { sessionFile: string }): Promise<string[]> {
  return (await readdir(`${sessionFile}.inbox`)).filter((name) => name.endsWith(".json"));
}

const COMMAND = "item/commandExecution/requestApproval";

describe("a turn of a goal", () => {
  test("has its answer delivered once, and what it asks is asked in the chat", async () => {
    const { codex, chat, sent, notes, tellGoal, begins } = await boundChat();
    tellGoal("active");
    const turn = await begins("goal-turn-1");
    const told = codex.ask(COMMAND, {
      threadId: "thread-1",
      turnId: "goal-turn-1",
      itemId: "item-1",
      command: "npm publish",
      cwd: "/repo",
    });
    await notes.waitFor((text) => text.includes("npm publish"));
    const [question] = openQuestions(chat.sessionFile);
    answerQuestion(question?.id ?? "", "once", { by: "command" });
    expect(await told).toEqual([{ decision: "accept" }]);
    turn.say("Half done.", "final_answer");
    turn.end();
    turn.end();
    await sent.waitFor((text) => text === "Half done.");
    await settled();
    expect(sent.entries).toEqual(["Hello.", "Half done."]);
  });

  test("has its answer delivered where the latest message came from, until the chat's address is noted", async () => {
    const { chat, sent, tellGoal, goalTurn } = await boundChat();
    const { conversation } = (await readBoundConversation(chat.sessionFile)) ?? {};
    await writeFile(`${chat.sessionFile}.conversation.json`, JSON.stringify({ conversation }));
    tellGoal("active");
    await goalTurn(1, "Half done.");
    await sent.waitFor((text) => text === "Half done.");
    expect(sent.entries).toEqual(["Hello.", "Half done."]);
  });

  test("that ends the goal says so, with its turns and tokens", async () => {
    const { sent, tellGoal, goalTurn, chat } = await boundChat();
    tellGoal("active");
    await goalTurn(1, "Looking.");
    await goalTurn(2, "All done.", "complete");
    await sent.waitFor((text) => text.includes("Goal reached"));
    expect(sent.entries.slice(1)).toEqual([
      "Looking.",
      "All done.",
      "🎯 Goal reached after 2 turns and 1k tokens.",
    ]);
    expect(await readGoalRun(chat.sessionFile)).toBeUndefined();
  });

  test("that reaches the goal before it is followed is the goal's all the same", async () => {
    const { codex, sent, tellGoal } = await boundChat();
    tellGoal("active");
    const turn = new ScriptedTurn(codex, "thread-1", "goal-turn-1", {});
    turn.show();
    tellGoal("complete", turn.turnId);
    turn.reply("All done.");
    await sent.waitFor((text) => text.includes("Goal reached after 1 turn"));
    expect(sent.entries.at(-2)).toBe("All done.");
  });

  test("after the first three changes the note, unless it asks something or is the last", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const { sent, notes, tellGoal, goalTurn } = await boundChat();
    tellGoal("active");
    for (const number of [1, 2, 3]) await goalTurn(number, `Step ${number}.`);
    await goalTurn(4, "Step 4.");
    await goalTurn(5, "Step 5.");
    await goalTurn(6, "Which port do you want?");
    await goalTurn(7, "Step 7.");
    // A chat gets five messages in five seconds.
    await vi.advanceTimersByTimeAsync(5000);
    await goalTurn(8, "Done.", "complete");
    await sent.waitFor((text) => text.includes("Goal reached"));
    expect(sent.entries.slice(1, -1)).toEqual([
      "Step 1.",
      "Step 2.",
      "Step 3.",
      "Which port do you want?",
      "Done.",
    ]);
    expect(notes.entries).toEqual([
      expect.stringMatching(/^🎯 All tests pass\n4 turns · .* · 1k tokens\nLast: Step 4\.$/),
      expect.stringMatching(/^changed: 🎯 All tests pass\n5 turns .*\nLast: Step 5\.$/s),
      expect.stringMatching(/^changed: .*\nLast: Step 7\.$/s),
    ]);
  });

  test("comes after the answers before it, however long the channel takes for these", async () => {
    const { sent, notes, tellGoal, begins, goalTurn, channel } = await boundChat();
    tellGoal("active");
    for (const number of [1, 2]) await goalTurn(number, `Step ${number}.`);
    await sent.waitFor((text) => text === "Step 2.");
    const taken = Promise.withResolvers<void>();
    channel.free = taken.promise;
    for (const number of [3, 4]) {
      const turn = await begins(`goal-turn-${number}`);
      turn.say(`Step ${number}.`, "final_answer");
      tellGoal("active", turn.turnId);
      turn.end();
      await settled();
    }
    expect(notes.entries).toEqual([]);
    taken.resolve();
    await notes.waitFor((text) => text.endsWith("Last: Step 4."));
    expect(sent.entries.at(-1)).toBe("Step 3.");
  });

  test("that was only in the note comes whole when the goal is cleared", async () => {
    const { codex, sent, tellGoal, goalTurn } = await boundChat();
    tellGoal("active");
    for (const number of [1, 2, 3, 4]) await goalTurn(number, `Step ${number}.`);
    codex.notify({ method: "thread/goal/cleared", params: { threadId: "thread-1" } });
    await sent.waitFor((text) => text === "Step 4.");
    expect(sent.entries.slice(1)).toEqual(["Step 1.", "Step 2.", "Step 3.", "Step 4."]);
  });

  test("is interrupted by a stop, after the goal was paused so that none follows", async () => {
    const { codex, chat, sent, tellGoal, begins } = await boundChat();
    tellGoal("active");
    const turn = await begins("goal-turn-1");
    const { stopped } = await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    expect(stopped).toBe(true);
    await codex.called("turn/interrupt");
    const order = codex.calls.map(({ method }) => method);
    expect(order.indexOf("thread/goal/set")).toBeLessThan(order.indexOf("turn/interrupt"));
    expect(codex.only("turn/interrupt").params).toMatchObject({ turnId: "goal-turn-1" });
    turn.end({ status: "interrupted" });
    await sent.waitFor((text) => text.startsWith("Codex was stopped."));
  });

  test("gives its thread what the chat may now, for the turns that follow", async () => {
    const settings = { appServer: { mode: "yolo" } };
    const { codex, sent, tellGoal, goalTurn } = await boundChat(settings);
    tellGoal("active");
    await goalTurn(1, "Step 1.");
    settings.appServer.mode = "ask";
    await goalTurn(2, "Step 2.");
    await sent.waitFor((text) => text === "Step 2.");
    const given = codex.of("thread/settings/update").map(({ params }) => params.sandboxPolicy);
    expect(given.filter(Boolean)).toMatchObject([
      { type: "dangerFullAccess" },
      { type: "workspaceWrite" },
    ]);
  });

  test("is stopped, and the goal paused, where the chat may not work in its folder any more", async () => {
    const settings = { appServer: {} };
    const { codex, sent, tellGoal, goalTurn, begins } = await boundChat(settings);
    tellGoal("active");
    await goalTurn(1, "Step 1.");
    settings.appServer = { workspaceRoots: ["/elsewhere"] };
    const turn = await begins("goal-turn-2");
    await codex.called("turn/interrupt");
    turn.end({ status: "interrupted" });
    await sent.waitFor((text) => /lies outside the folders .* operator allows/.test(text));
    expect(codex.only("thread/goal/set").params).toMatchObject({ status: "paused" });
  });

  test("is stopped, and the goal paused, where its folder has gone away", async () => {
    const { codex, cwd, sent, tellGoal, goalTurn, begins } = await boundChat();
    tellGoal("active");
    await goalTurn(1, "Step 1.");
    await rm(cwd, { recursive: true });
    const turn = await begins("goal-turn-2");
    await codex.called("turn/interrupt");
    turn.end({ status: "interrupted" });
    await sent.waitFor((text) => text.includes("does not exist on the gateway's machine"));
    expect(codex.only("thread/goal/set").params).toMatchObject({ status: "paused" });
  });

  test("is not steered into by a message: the goal pauses, the message has its own turn, the goal continues", async () => {
    const { codex, chat, sent, say, tellGoal, begins } = await boundChat();
    tellGoal("active");
    const goalTurn = await begins("goal-turn-1");
    await say("And the docs?");
    await settled();
    expect(codex.of("turn/start")).toHaveLength(1);
    expect(waitingConversationTurns(chat.sessionFile)).toHaveLength(1);
    goalTurn.reply("Step 1.");
    const own = await codex.turn(2);
    expect(codex.of("thread/goal/set").map(({ params }) => params.status)).toEqual(["paused"]);
    own.reply("The docs are fine.");
    await codex.called("thread/goal/set", 2);
    expect(codex.of("thread/goal/set").at(-1)?.params).toMatchObject({ status: "active" });
    await sent.waitFor((text) => text === "The docs are fine.");
    expect(sent.entries.slice(1)).toEqual(["Step 1.", "The docs are fine."]);
  });

  test("takes a message at once if messages steer what runs", async () => {
    const { codex, say, tellGoal, begins } = await boundChat({ turn: { whileRunning: "steer" } });
    tellGoal("active");
    const turn = await begins("goal-turn-1");
    await say("And the docs?");
    await codex.called("turn/steer");
    expect(codex.only("turn/steer").params).toMatchObject({ expectedTurnId: "goal-turn-1" });
    turn.reply("Both done.");
  });

  test("that a message crosses answers both, once", async () => {
    const { codex, chat, sent, say, tellGoal } = await boundChat();
    tellGoal("active");
    const turn = new ScriptedTurn(codex, "thread-1", "goal-turn-1", {});
    // No turn of the goal ran as the message looked, and one does as Codex gets it.
    onceWayIsMade(() => turn.show());
    codex.answerOnce("turn/start", () => ({ turn: { id: "goal-turn-1" } }));
    await say("And the docs?");
    await codex.called("turn/start", 2);
    turn.reply("Both done.");
    await sent.waitFor((text) => text === "Both done.");
    await until(() => queuedConversationTurns(chat.sessionFile) === 0);
    await until(async () => (await waitingIn(chat)).length === 0);
    expect(sent.entries.slice(1)).toEqual(["Both done."]);
  });

  test("that took a message answers it once Codex is there again, if Codex ended meanwhile", async () => {
    const { codex, chat, goal, sent, say, tellGoal } = await boundChat();
    tellGoal("active");
    const turn = new ScriptedTurn(codex, "thread-1", "goal-turn-1", {});
    onceWayIsMade(() => turn.show());
    codex.answerOnce("turn/start", () => ({ turn: { id: "goal-turn-1" } }));
    await say("And the docs?");
    const { params } = await codex.called("turn/start", 2);
    await until(async () => {
      const [name = ""] = await waitingIn(chat);
      const stored = await readFile(path.join(`${chat.sessionFile}.inbox`, name), "utf8");
      return stored.includes("goal-turn-1");
    });
    clientSource.serve(new CodexLocalError("COMMAND_NOT_FOUND", "it is being updated"));
    codex.close(new CodexLocalError("CONNECTION_CLOSED", "it died"));
    await sent.waitFor((text) => text.includes("cannot be reached"));
    const next = new ScriptedCodex();
    next.stored.add("thread-1");
    goal.serve(next);
    next.answer("thread/turns/list", () => {
      const question = { type: "userMessage", id: "u", clientId: params.clientUserMessageId };
      const answer = { type: "agentMessage", id: "a", text: "Both done.", phase: null };
      return { data: [{ id: "goal-turn-1", status: "completed", items: [question, answer] }] };
    });
    clientSource.serve(next);
    await say("And now?");
    (await next.turn()).reply("Now this.");
    await sent.waitFor((text) => text === "Now this.");
    expect(sent.entries.slice(2)).toEqual(["Both done.", "Now this."]);
  });

  test("that ends as Codex says that it took a message answers both, once", async () => {
    const { codex, chat, sent, say, tellGoal } = await boundChat();
    tellGoal("active");
    const turn = new ScriptedTurn(codex, "thread-1", "goal-turn-1", {});
    onceWayIsMade(() => turn.show());
    codex.answerOnce("turn/start", () => {
      turn.reply("Both done.");
      return { turn: { id: "goal-turn-1" } };
    });
    await say("And the docs?");
    await sent.waitFor((text) => text === "Both done.");
    await until(() => queuedConversationTurns(chat.sessionFile) === 0);
    await until(async () => (await waitingIn(chat)).length === 0);
    expect(sent.entries.slice(1)).toEqual(["Both done."]);
  });

  test("that begins after a turn of the chat's whose end Codex has not told is no part of that", async () => {
    const { codex, chat, sent, say, tellGoal } = await boundChat();
    await say("Build it.");
    const own = await codex.turn(2);
    await until(() => readCodexConversationActiveTurn(chat.sessionFile)?.turnId === own.turnId);
    tellGoal("active");
    own.say("Built.");
    own.notify("thread/status/changed", { status: { type: "idle" } });
    const turn = new ScriptedTurn(codex, "thread-1", "goal-turn-1", {});
    const started = { id: turn.turnId, rootTurnId: own.turnId, status: "inProgress", items: [] };
    turn.notify("turn/started", { turn: started });
    turn.reply("Half done.");
    await sent.waitFor((text) => text === "Half done.");
    own.end();
    await sent.waitFor((text) => text === "Built.");
    expect(sent.entries.slice(1)).toEqual(["Half done.", "Built."]);
  });

  test("that begins after a turn of the chat's of whose end Codex tells nothing at all is no part of that", async () => {
    const { codex, chat, sent, say, tellGoal } = await boundChat();
    await say("Build it.");
    const own = await codex.turn(2);
    await until(() => readCodexConversationActiveTurn(chat.sessionFile)?.turnId === own.turnId);
    tellGoal("active");
    const turn = new ScriptedTurn(codex, "thread-1", "goal-turn-1", {});
    const started = { id: turn.turnId, rootTurnId: own.turnId, status: "inProgress", items: [] };
    turn.notify("turn/started", { turn: started });
    turn.reply("Half done.");
    await sent.waitFor((text) => text === "Half done.");
    own.reply("Built.");
    await sent.waitFor((text) => text === "Built.");
    expect(sent.entries.slice(1)).toEqual(["Half done.", "Built."]);
  });

  test("that seemed to be part of a review before it, and took a message, is followed to its answer", async () => {
    const { codex, chat, sent, say } = await boundChat();
    await say("Build it.");
    const own = await codex.turn(2);
    await until(() => readCodexConversationActiveTurn(chat.sessionFile)?.turnId === own.turnId);
    own.item({ type: "enteredReviewMode", id: "r", review: "look" });
    const turn = new ScriptedTurn(codex, "thread-1", "goal-turn-1", {});
    // Codex names the review, whose end was not told by then, as it does for its inner turn.
    const started = { id: turn.turnId, rootTurnId: own.turnId, status: "inProgress", items: [] };
    turn.notify("turn/started", { turn: started });
    own.reply("Built.");
    await sent.waitFor((text) => text === "Built.");
    codex.answerOnce("turn/start", () => ({ turn: { id: turn.turnId, status: "inProgress" } }));
    codex.answer("thread/turns/list", () => ({
      data: [{ id: turn.turnId, status: "inProgress", items: [] }],
    }));
    await say("And the docs?");
    await codex.called("thread/turns/list", 2);
    await settled();
    turn.reply("Both done.");
    await sent.waitFor((text) => text === "Both done.");
    expect(sent.entries.slice(1)).toEqual(["Built.", "Both done."]);
  });

  test("whose first item is a message of the chat's is not another client's", async () => {
    const { codex, sent, say, tellGoal, begins } = await boundChat({
      turn: { whileRunning: "steer" },
    });
    Object.assign(codex, { isShared: true });
    tellGoal("active");
    const turn = await begins("goal-turn-1");
    await say("And the docs?");
    const { params } = await codex.called("turn/steer");
    const clientId = params.clientUserMessageId;
    turn.item({ type: "userMessage", id: "u", clientId, content: [] });
    turn.reply("Both done.");
    await sent.waitFor((text) => text.endsWith("Both done."));
    expect(sent.entries.at(-1)).toBe("Both done.");
  });

  test("that took a message is not another client's", async () => {
    const { codex, notes, sent, say, tellGoal, begins } = await boundChat({
      turn: { whileRunning: "steer" },
    });
    Object.assign(codex, { isShared: true });
    tellGoal("active");
    const turn = await begins("goal-turn-1");
    turn.item({ type: "reasoning", id: "r" });
    await say("And the docs?");
    await codex.called("turn/steer");
    turn.item({ type: "userMessage", id: "u", clientId: "the message's", content: [] });
    const told = codex.ask(COMMAND, {
      threadId: "thread-1",
      turnId: "goal-turn-1",
      itemId: "item-1",
      command: "npm publish",
      cwd: "/repo",
    });
    await notes.waitFor((text) => text.includes("npm publish"));
    turn.reply("Both done.");
    await sent.waitFor((text) => text.endsWith("Both done."));
    expect(sent.entries.at(-1)).toBe("Both done.");
    await told;
  });

  test("takes a message that came before it was followed", async () => {
    const { codex, sent, say, tellGoal } = await boundChat({ turn: { whileRunning: "steer" } });
    tellGoal("active");
    const turn = new ScriptedTurn(codex, "thread-1", "goal-turn-1", {});
    turn.show();
    await say("And the docs?");
    const { params } = await codex.called("turn/steer");
    expect(params).toMatchObject({ expectedTurnId: "goal-turn-1" });
    turn.reply("Both done.");
    await sent.waitFor((text) => text === "Both done.");
  });

  test("that took a message keeps it stored until both are answered", async () => {
    const { codex, chat, sent, say, tellGoal, begins } = await boundChat({
      turn: { whileRunning: "steer" },
    });
    tellGoal("active");
    const turn = await begins("goal-turn-1");
    await say("And the docs?");
    await codex.called("turn/steer");
    await until(() => queuedConversationTurns(chat.sessionFile) === 1);
    expect(await waitingIn(chat)).toHaveLength(1);
    turn.reply("Both done.");
    await sent.waitFor((text) => text === "Both done.");
    await until(async () => (await waitingIn(chat)).length === 0);
    expect(sent.entries.slice(1)).toEqual(["Both done."]);
  });

  test("of a thread that the chat has left is not followed, and its goal is paused", async () => {
    const { codex, chat, sent, tellGoal } = await boundChat();
    await chat.bind({ threadId: "thread-2" });
    tellGoal("active");
    const turn = new ScriptedTurn(codex, "thread-1", "goal-turn-1", {});
    turn.show();
    turn.reply("Step 1.");
    await codex.called("thread/goal/set");
    expect(codex.only("thread/goal/set").params).toMatchObject({ status: "paused" });
    await settled();
    expect(sent.entries).toEqual(["Hello."]);
  });

  test("of a thread that the chat has left is stopped, as nobody would hear it", async () => {
    const { codex, chat, tellGoal } = await boundChat();
    await chat.bind({ threadId: "thread-2" });
    tellGoal("active");
    new ScriptedTurn(codex, "thread-1", "goal-turn-1", {}).show();
    const { params } = await codex.called("turn/interrupt");
    expect(params).toEqual({ threadId: "thread-1", turnId: "goal-turn-1" });
    expect(codex.only("thread/goal/set").params).toMatchObject({ status: "paused" });
  });
});

describe("a goal", () => {
  test("between two of its turns is paused by a stop", async () => {
    const { codex, chat, tellGoal } = await boundChat();
    tellGoal("active");
    const { stopped, message } = await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    expect([stopped, message]).toEqual([true, "Codex stop requested. The goal is paused."]);
    expect(codex.only("thread/goal/set").params).toMatchObject({ status: "paused" });
  });

  test("whose next turn Codex began before it took a stop's pause has that turn stopped", async () => {
    const { codex, chat, sent, tellGoal } = await boundChat();
    tellGoal("active");
    const turn = new ScriptedTurn(codex, "thread-1", "goal-turn-1", {});
    codex.answerOnce("thread/goal/set", () => {
      turn.show();
      tellGoal("paused");
      return {};
    });
    await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    const { params } = await codex.called("turn/interrupt");
    expect(params).toEqual({ threadId: "thread-1", turnId: "goal-turn-1" });
    turn.end({ status: "interrupted" });
    await sent.waitFor((text) => text.startsWith("Codex was stopped."));
  });

  test("that an unloaded thread has waits until the chat's message had its turn", async () => {
    const { codex, say, tellGoal } = await boundChat();
    tellGoal("active");
    codex.unload("thread-1");
    codex.answerOnce("turn/start", () => {
      throw new Error("thread not found: thread-1");
    });
    await say("Are you there?");
    const turn = await codex.turn(2);
    const order = codex.calls.map(({ method }) => method);
    expect(order.lastIndexOf("thread/goal/set")).toBeLessThan(order.lastIndexOf("thread/resume"));
    turn.reply("Yes.");
    await codex.called("thread/goal/set", 2);
    expect(codex.of("thread/goal/set").at(-1)?.params).toMatchObject({ status: "active" });
  });

  test("that a resume reports as cleared where there was none changes nothing", async () => {
    const { codex, sent } = await boundChat();
    codex.notify({ method: "thread/goal/cleared", params: { threadId: "thread-1" } });
    await settled();
    expect(sent.entries).toEqual(["Hello."]);
  });
});

async function anothersTurn(settings: Record<string, unknown> = {}) {
  const bound = await boundChat(settings);
  Object.assign(bound.codex, { isShared: true });
  const turn = await bound.begins("terminal-turn");
  turn.item({ type: "userMessage", id: "u", clientId: null, content: [] });
  return { ...bound, turn };
}

describe("another client's turn on a shared app-server", () => {
  test("has its answer delivered, marked as what it is", async () => {
    const { sent, turn } = await anothersTurn();
    turn.reply("From the terminal.");
    await sent.waitFor((text) => text.endsWith("From the terminal."));
    expect(sent.entries.at(-1)).toBe(
      "💻 From another Codex window on this thread:\n\nFrom the terminal.",
    );
  });

  test.each([
    { when: "before it begins", before: false },
    { when: "while it runs", before: undefined },
  ])("is not told of in a chat that switched that off $when", async ({ before }) => {
    const { codex, chat, notes, sent, say } = await boundChat();
    Object.assign(codex, { isShared: true });
    const switchTo = (follow: boolean | undefined): Promise<unknown> =>
      updateCodexAppServerBinding(chat.sessionFile, { follow });
    await switchTo(before);
    // Who began it its first item tells.
    const turn = new ScriptedTurn(codex, "thread-1", "terminal-turn", {});
    turn.show();
    turn.item({ type: "userMessage", id: "u", clientId: null, content: [] });
    await until(() => queuedConversationTurns(chat.sessionFile) === 1);
    await switchTo(false);
    turn.reply("From the terminal.");
    await until(() => queuedConversationTurns(chat.sessionFile) === 0);
    await say("And here?");
    (await codex.turn(2)).reply("Here, too.");
    await sent.waitFor((text) => text === "Here, too.");
    expect([...sent.entries, ...notes.entries].join()).not.toContain("terminal");
  });

  test("has its questions left to that client", async () => {
    const { codex, chat, turn } = await anothersTurn();
    const told = await codex.ask(COMMAND, {
      threadId: "thread-1",
      turnId: "terminal-turn",
      itemId: "item-1",
      command: "npm publish",
    });
    expect(told).toEqual([LEFT_TO_OTHERS]);
    expect(openQuestions(chat.sessionFile)).toEqual([]);
    turn.reply("Done.");
  });

  test("has its questions left to that client, too, if a message of the chat's went into it before it was heard of", async () => {
    const { codex, chat, sent, say } = await boundChat();
    Object.assign(codex, { isShared: true });
    const turn = new ScriptedTurn(codex, "thread-1", "terminal-turn", {});
    codex.answerOnce("turn/start", () => ({ turn: { id: "terminal-turn" } }));
    const started = codex.called("turn/start", 2);
    await say("My turn?");
    const { params } = await started;
    await until(() => readCodexConversationActiveTurn(chat.sessionFile)?.turnId === turn.turnId);
    turn.show();
    turn.item({ type: "userMessage", id: "u1", clientId: null, content: [] });
    const clientId = params.clientUserMessageId;
    turn.item({ type: "userMessage", id: "u2", clientId, content: [] });
    const ids = { threadId: "thread-1", turnId: "terminal-turn", itemId: "item-1" };
    expect(await codex.ask(COMMAND, { ...ids, command: "npm publish" })).toEqual([LEFT_TO_OTHERS]);
    expect(openQuestions(chat.sessionFile)).toEqual([]);
    turn.reply("Both.");
    await sent.waitFor((text) => text === "Both.");
  });

  test("has its questions left to that client also after the connection was lost, if it took a message", async () => {
    const { codex, chat, sent, say } = await boundChat();
    Object.assign(codex, { isShared: true });
    codex.answerOnce("turn/start", () => ({ turn: { id: "turn-9" } }));
    const started = codex.called("turn/start", 2);
    await say("My turn?");
    const { params } = await started;
    await until(() => readCodexConversationActiveTurn(chat.sessionFile)?.turnId === "turn-9");
    const next = new ScriptedCodex();
    Object.assign(next, { isShared: true });
    next.stored.add("thread-1");
    const items = [
      { type: "userMessage", id: "u1", clientId: null },
      { type: "userMessage", id: "u2", clientId: params.clientUserMessageId },
    ];
    next.answer("thread/turns/list", () => ({
      data: [{ id: "turn-9", status: "inProgress", items }],
    }));
    clientSource.serve(next);
    codex.close(new CodexLocalError("CONNECTION_CLOSED", "close code 1006"));
    await next.called("thread/turns/list", 2);
    const ids = { threadId: "thread-1", turnId: "turn-9", itemId: "item-1" };
    expect(await next.ask(COMMAND, { ...ids, command: "npm publish" })).toEqual([LEFT_TO_OTHERS]);
    new ScriptedTurn(next, "thread-1", "turn-9", {}).reply("Both.");
    await sent.waitFor((text) => text === "Both.");
  });

  test("is not stopped for its silence, nor for its length", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const limits = { idleTimeoutMs: 60_000, maxDurationMs: 600_000 };
    const { codex, chat, sent, turn } = await anothersTurn({ turn: limits });
    await vi.advanceTimersByTimeAsync(5 * 60_000);
    turn.say("I am still at it.", "commentary");
    await vi.advanceTimersByTimeAsync(6 * 60_000);
    await until(() => queuedConversationTurns(chat.sessionFile) === 0);
    expect(codex.of("turn/interrupt")).toEqual([]);
    expect(sent.entries).toEqual(["Hello."]);
  });

  test("is spared by a detach, which pauses the goal, and not by a stop", async () => {
    const { codex, chat, turn, tellGoal } = await anothersTurn();
    tellGoal("active");
    const { sessionFile } = chat;
    const spared = await stopCodexConversationTurn({ sessionFile, sparesOthers: true });
    expect(spared.stopped).toBe(false);
    expect(codex.of("turn/interrupt")).toEqual([]);
    expect(codex.only("thread/goal/set").params).toMatchObject({ status: "paused" });
    expect((await stopCodexConversationTurn({ sessionFile })).stopped).toBe(true);
    await codex.called("turn/interrupt");
    turn.end({ status: "interrupted" });
  });

  test("is waited for by the chat's message, and not interrupted", async () => {
    const { codex, say, turn } = await anothersTurn();
    await say("My turn?");
    await settled();
    expect(codex.of("turn/start")).toHaveLength(1);
    turn.reply("From the terminal.");
    const own = await codex.turn(2);
    own.reply("Yours.");
    expect(codex.of("turn/interrupt")).toEqual([]);
  });
});

describe("a goal on a shared app-server", () => {
  test("has no turn of a terminal's counted as its own, nor that turn's settings changed", async () => {
    const bound = await boundChat();
    Object.assign(bound.codex, { isShared: true });
    bound.tellGoal("active");
    const turn = await bound.begins("terminal-turn");
    turn.item({ type: "userMessage", id: "u", clientId: null, content: [] });
    turn.reply("From the terminal.");
    await bound.sent.waitFor((text) => text.endsWith("From the terminal."));
    expect(bound.sent.entries.at(-1)).toMatch(/^💻 From another Codex window/);
    expect(bound.codex.of("thread/settings/update")).toEqual([]);
    expect((await readGoalRun(bound.chat.sessionFile))?.turns ?? 0).toBe(0);
  });

  test("has a turn of its own though the first words in it are those that the chat has steered into it", async () => {
    const { codex, chat, sent, tellGoal, begins } = await boundChat();
    Object.assign(codex, { isShared: true });
    tellGoal("active");
    const turn = await begins("goal-turn-1");
    const session = { sessionFile: chat.sessionFile, pluginConfig: undefined };
    expect(await steerActiveTurn(session, [textInput("be quick")])).toBe(true);
    const { clientUserMessageId: clientId } = codex.only("turn/steer").params;
    turn.item({ type: "userMessage", id: "u", clientId, content: [] });
    turn.reply("Quick as can be.");
    await sent.waitFor((text) => text.endsWith("Quick as can be."));
    expect(sent.entries.at(-1)).toBe("Quick as can be.");
  });

  test("asks in the chat in a turn into which a terminal's person has spoken meanwhile", async () => {
    const { codex, chat, notes, tellGoal, begins } = await boundChat();
    Object.assign(codex, { isShared: true });
    tellGoal("active");
    const turn = await begins("goal-turn-1");
    turn.say("I look around.", "commentary");
    turn.item({ type: "userMessage", id: "u", clientId: null, content: [] });
    const ids = { threadId: "thread-1", turnId: "goal-turn-1", itemId: "item-1" };
    const told = codex.ask(COMMAND, { ...ids, command: "npm publish" });
    await notes.waitFor((text) => text.includes("npm publish"));
    const [question] = openQuestions(chat.sessionFile);
    answerQuestion(question?.id ?? "", "deny", { by: "command" });
    expect(await told).toContainEqual({ decision: "decline" });
    turn.reply("Then not.");
  });
});

/** A turn of the chat's that has a sub-agent at work, whose own turn began before or after its parent named it. */
async function agentAtWork(began: "once named" | "before it is named" = "once named") {
  const bound = await delegatingTurn();
  const { codex, turn } = bound;
  const agent = new ScriptedTurn(codex, "child", "child-turn", {});
  const begin = (): void =>
    agent.notify("turn/started", { turn: { id: "child-turn", rootTurnId: turn.turnId } });
  if (began === "before it is named") begin();
  turn.item({
    type: "subAgentActivity",
    id: "a",
    agentThreadId: "child",
    agentPath: "/root/ann",
  });
  await settled();
  if (began === "once named") begin();
  const asks = (): Promise<unknown[]> =>
    codex.ask(COMMAND, {
      threadId: "child",
      turnId: "child-turn",
      itemId: "item-1",
      command: "npm publish",
    });
  return { ...bound, turn, agent, asks };
}

describe("a sub-agent", () => {
  test("asks in the chat, and its answer counts for it", async () => {
    const { chat, notes, turn, asks } = await agentAtWork();
    const told = asks();
    await notes.waitFor((text) => text.includes("npm publish"));
    const [question] = openQuestions(chat.sessionFile);
    answerQuestion(question?.id ?? "", "once", { by: "command" });
    expect(await told).toContainEqual({ decision: "accept" });
    turn.reply("Done.");
  });

  test("asks in the chat after its parent's turn has ended, too", async () => {
    const { chat, notes, sent, turn, asks } = await agentAtWork();
    turn.reply("I left it to ann.");
    await sent.waitFor((text) => text.startsWith("I left it to ann."));
    expect(sent.entries.at(-1)).toBe(
      "I left it to ann.\n\n1 sub-agent is still working: ann. `/codexchat stop` stops it.",
    );
    const told = asks();
    await notes.waitFor((text) => text.includes("npm publish"));
    const [question] = openQuestions(chat.sessionFile);
    answerQuestion(question?.id ?? "", "deny", { by: "command" });
    expect(await told).toContainEqual({ decision: "decline" });
  });

  test("is named in the answer, though Codex tells its name a moment later", async () => {
    const { codex, sent, turn } = await delegatingTurn();
    const told = Promise.withResolvers<object>();
    codex.answer("thread/read", () => told.promise);
    turn.item({
      type: "collabAgentToolCall",
      id: "a",
      tool: "spawnAgent",
      receiverThreadIds: ["child"],
      agentsStates: { child: { status: "pendingInit" } },
    });
    await codex.called("thread/read");
    turn.reply("I left it to somebody.");
    await settled();
    told.resolve({ thread: { id: "child", agentNickname: "Ada" } });
    await sent.waitFor((text) => text.startsWith("I left it to somebody."));
    expect(sent.entries.at(-1)).toBe(
      "I left it to somebody.\n\n1 sub-agent is still working: Ada. `/codexchat stop` stops it.",
    );
  });

  test("asks once the chat is known, though it asked in vain before", async () => {
    const { chat, notes, sent, turn, asks } = await agentAtWork();
    turn.reply("I left it to ann.");
    await sent.waitFor((text) => text.startsWith("I left it to ann."));
    await rename(`${chat.sessionFile}.conversation.json`, `${chat.sessionFile}.away`);
    expect(await asks()).not.toContainEqual(expect.anything());
    await rename(`${chat.sessionFile}.away`, `${chat.sessionFile}.conversation.json`);
    const told = asks();
    await notes.waitFor((text) => text.includes("npm publish"));
    const [question] = openQuestions(chat.sessionFile);
    answerQuestion(question?.id ?? "", "deny", { by: "command" });
    expect(await told).toContainEqual({ decision: "decline" });
  });

  test("that asks before its parent has named it is found by its thread's parent", async () => {
    const { codex, chat, notes, say } = await boundChat();
    codex.answer("thread/read", ({ threadId }) => ({
      thread: { id: threadId, parentThreadId: threadId === "early" ? "thread-1" : null },
    }));
    await say("Have somebody do it.");
    const turn = await codex.turn(2);
    turn.show();
    await settled();
    const told = codex.ask(COMMAND, {
      threadId: "early",
      turnId: "early-turn",
      itemId: "item-1",
      command: "npm publish",
    });
    await notes.waitFor((text) => text.includes("npm publish"));
    const [question] = openQuestions(chat.sessionFile);
    answerQuestion(question?.id ?? "", "once", { by: "command" });
    expect(await told).toContainEqual({ decision: "accept" });
    turn.reply("Done.");
  });

  test.each(["once named", "before it is named"] as const)(
    "whose turn began %s is interrupted by a stop after its parent, and its commands are ended",
    async (began) => {
      const { codex, chat, turn, agent } = await agentAtWork(began);
      await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
      await codex.called("turn/interrupt");
      turn.end({ status: "interrupted" });
      await codex.called("thread/backgroundTerminals/clean");
      expect(codex.of("turn/interrupt").map(({ params }) => params)).toEqual([
        { threadId: "thread-1", turnId: turn.turnId },
        { threadId: "child", turnId: "child-turn" },
      ]);
      expect(codex.only("thread/backgroundTerminals/clean").params).toEqual({ threadId: "child" });
      agent.end({ status: "interrupted" });
    },
  );

  test.each([
    ["named", "a root", true, true],
    ["named", "no root", true, false],
    ["not named", "a root", false, true],
  ] as const)(
    "that is %s and begins with %s after a stop is interrupted once it begins",
    async (_, __, isNamed, hasRoot) => {
      const { codex, chat, turn } = await delegatingTurn();
      const item = { type: "subAgentActivity", id: "a", kind: "started", agentThreadId: "child" };
      if (isNamed) turn.item({ ...item, agentPath: "/root/ann" });
      await settled();
      await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
      await codex.called("turn/interrupt");
      turn.end({ status: "interrupted" });
      await until(() => queuedConversationTurns(chat.sessionFile) === 0);
      expect(codex.of("turn/interrupt")).toHaveLength(1);
      const agent = new ScriptedTurn(codex, "child", "child-turn", {});
      const root = hasRoot ? { rootTurnId: turn.turnId } : {};
      agent.notify("turn/started", { turn: { id: "child-turn", ...root } });
      await codex.called("thread/backgroundTerminals/clean");
      expect(codex.of("turn/interrupt").at(-1)?.params).toEqual({
        threadId: "child",
        turnId: "child-turn",
      });
      agent.end({ status: "interrupted" });
    },
  );

  test("that is given work after a stop is left to it", async () => {
    const { codex, chat, say, turn, agent } = await agentAtWork();
    await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    await codex.called("turn/interrupt");
    turn.end({ status: "interrupted" });
    await codex.called("thread/backgroundTerminals/clean");
    agent.end({ status: "interrupted" });
    await until(() => queuedConversationTurns(chat.sessionFile) === 0);
    await say("Have ann do something else.");
    const next = await codex.turn(3);
    next.show();
    agent.notify("turn/started", { turn: { id: "child-turn-2", rootTurnId: next.turnId } });
    next.reply("ann is at it.");
    await settled();
    expect(codex.of("turn/interrupt")).toHaveLength(2);
    agent.notify("turn/completed", { turn: { id: "child-turn-2", status: "completed" } });
  });

  test("whose early turn has ended before it is named is not stopped", async () => {
    const { codex, chat, turn } = await delegatingTurn();
    const agent = new ScriptedTurn(codex, "child", "child-turn", {});
    agent.notify("turn/started", { turn: { id: "child-turn", rootTurnId: turn.turnId } });
    agent.end();
    turn.item({
      type: "subAgentActivity",
      id: "a",
      agentThreadId: "child",
      agentPath: "/root/ann",
    });
    await settled();
    await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    await codex.called("turn/interrupt");
    turn.end({ status: "interrupted" });
    await settled();
    expect(codex.only("turn/interrupt").params).toEqual({
      threadId: "thread-1",
      turnId: turn.turnId,
    });
  });

  test("is stopped after its parent's turn has ended, too", async () => {
    const { codex, chat, sent, turn } = await agentAtWork();
    turn.reply("I left it to ann.");
    await sent.waitFor((text) => text.startsWith("I left it to ann."));
    const { message } = await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    expect(message).toBe("Codex stop requested for 1 sub-agent.");
    await codex.called("thread/backgroundTerminals/clean");
    expect(codex.only("turn/interrupt").params).toEqual({
      threadId: "child",
      turnId: "child-turn",
    });
  });
});
