/** The last turn of a thread is taken back, if nothing is at work there. */
import { readFile } from "node:fs/promises";
import { describe, expect, test, vi } from "vitest";
import { auditFile } from "../../src/host/audit.js";
import { trackCodexConversationActiveTurn } from "../../src/thread/active-turns.js";
import { holdLine, releaseLine } from "../../src/messages/line-hold.js";
import { enqueueConversationTurn } from "../../src/messages/queue.js";
import { boundCommands, commands } from "../support/conversation/commands.js";
import { refuse } from "../support/conversation/scripted-codex.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const turn = (id: string, asked: string, status = "completed"): object => ({
  id,
  status,
  items: asked === "" ? [] : [{ type: "userMessage", content: [{ type: "text", text: asked }] }],
});

/** A bound chat whose thread has these turns, the newest first, and no goal. */
async function withTurns(...turns: object[]) {
  const all = await boundCommands();
  all.codex.stored.add("thread-1");
  all.codex.answer("thread/turns/list", () => ({ data: turns }));
  all.codex.answer("thread/goal/get", () => ({ goal: null }));
  all.codex.answer("thread/revert", ({ threadId }) => ({ thread: { id: threadId } }));
  return all;
}

const LAST = turn("turn-b", "and **test** it");
const FIRST = turn("turn-a", "fix the login");

describe("an undo", () => {
  test("takes the last turn back, and says which it was and that files stay", async () => {
    const { say, codex } = await withTurns(LAST, FIRST);
    expect(await say("undo")).toBe(
      "Taken back: “and \u2217\u2217test\u2217\u2217 it”. Codex no longer remembers this turn. Files stay as they are.",
    );
    expect(codex.only("thread/revert").params).toEqual({
      threadId: "thread-1",
      beforeTurnId: "turn-b",
    });
  });

  test("is a line of the audit log", async () => {
    const { say, host } = await withTurns(LAST);
    await say("undo", { senderId: "42" });
    const log = await readFile(auditFile(host.stateDir), "utf8");
    expect(JSON.parse(log)).toMatchObject({
      event: "turn taken back",
      by: "command",
      senderId: "42",
      outcome: "answered",
      text: expect.stringContaining("Taken back"),
    });
  });

  test("loads the thread first, since Codex takes back nothing of one that is not loaded", async () => {
    const { say, codex } = await withTurns(LAST);
    await say("undo");
    const methods = codex.calls.map(({ method }) => method);
    expect(methods.indexOf("thread/resume")).toBeGreaterThan(-1);
    expect(methods.indexOf("thread/resume")).toBeLessThan(methods.indexOf("thread/revert"));
  });

  test("of a turn that nobody asked for says so", async () => {
    const { say } = await withTurns(turn("goal-turn", ""));
    expect(await say("undo")).toMatch(/^Taken back: a turn that Codex began by itself\./);
  });

  test.each([
    { title: "runs", turns: [turn("t", "go", "inProgress")], said: /still running or waiting/ },
    { title: "has no turn", turns: [], said: /has no turn to take back/ },
  ])("of a thread that $title takes nothing back", async ({ turns, said }) => {
    const { say, codex } = await withTurns(...turns);
    expect(await say("undo")).toMatch(said);
    expect(codex.of("thread/revert")).toEqual([]);
  });

  test("takes nothing back while a turn of the chat runs", async () => {
    const { say, codex, chat } = await withTurns(LAST);
    const { sessionFile } = chat.data;
    const over = trackCodexConversationActiveTurn({
      sessionFile,
      threadId: "thread-1",
      turnId: "turn-b",
    });
    expect(await say("undo")).toMatch(/still running or waiting/);
    over();
    expect(codex.calls).toEqual([]);
  });

  test("takes nothing back while a message is in line, and does so past messages on hold", async () => {
    const { say, codex, chat } = await withTurns(LAST);
    const { sessionFile } = chat.data;
    const go = Promise.withResolvers<void>();
    const running = enqueueConversationTurn(sessionFile, () => go.promise);
    expect(await say("undo")).toMatch(/still running or waiting/);
    go.resolve();
    await running;

    holdLine(sessionFile, "failure");
    const held = enqueueConversationTurn(sessionFile, async () => "ran", {
      id: "held",
      label: "later",
      steer: async () => false,
    });
    expect(await say("undo")).toMatch(/^Taken back/);
    expect(codex.of("thread/revert")).toHaveLength(1);
    releaseLine(sessionFile);
    expect(await held).toBe("ran");
  });

  test("takes nothing back while a goal is active, and does not load the thread for it", async () => {
    const { say, codex } = await withTurns(LAST);
    codex.answer("thread/goal/get", () => ({
      goal: {
        objective: "x",
        status: "active",
        tokensUsed: 0,
        timeUsedSeconds: 0,
        createdAt: 0,
      },
    }));
    expect(await say("undo")).toMatch(/\/codexchat goal pause/);
    expect(codex.of("thread/resume")).toEqual([]);
  });

  test("by a button takes back the turn that it was shown for, and no other", async () => {
    const { say, codex } = await withTurns(LAST);
    expect(await say("undo --turn turn-a")).toMatch(/Another turn has run since/);
    expect(codex.of("thread/revert")).toEqual([]);
    expect(await say("undo --turn turn-b")).toMatch(/^Taken back/);
  });

  test("of a message that comes meanwhile waits for its end", async () => {
    const { say, codex, chat } = await withTurns(LAST);
    const asked = Promise.withResolvers<void>();
    const reverted = Promise.withResolvers<object>();
    codex.answer("thread/revert", () => {
      asked.resolve();
      return reverted.promise;
    });
    const said = say("undo");
    await asked.promise;
    let isReverted = false;
    const message = enqueueConversationTurn(chat.data.sessionFile, async () => isReverted);
    void reverted.promise.then(() => (isReverted = true));
    reverted.resolve({ thread: { id: "thread-1" } });
    expect(await message).toBe(true);
    await said;
  });

  test("names the Codex that it needs", async () => {
    const { say, codex } = await withTurns(LAST);
    codex.serverVersion = "0.140.0";
    expect(await say("undo")).toMatch(/Codex 0\.140\.0 is too old for undo: this needs 0\.154\.0/);
    expect(codex.of("thread/revert")).toEqual([]);
  });

  test("of a thread that an older Codex has made names the way around", async () => {
    const { say, codex } = await withTurns(LAST, FIRST);
    codex.answer("thread/revert", refuse("thread/revert only supports paginated threads"));
    expect(await say("undo")).toMatch(/\/codexchat fork 2/);
  });

  test.each(["undo 2", "undo it", "undo --turn"])("takes no other words: %s", async (args) => {
    const { say, codex } = await withTurns(LAST);
    expect(await say(args)).toContain("Usage: `/codexchat undo`");
    expect(codex.calls).toEqual([]);
  });

  test("needs a bound chat", async () => {
    const { say } = await commands();
    expect(await say("undo")).toMatch(/^This chat is not bound/);
  });
});
