/** What a chat hears of a long turn. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createTurnProgress, type ProgressMode } from "../../src/messages/progress.js";
import type { Agent } from "../../src/thread/family.js";

const SECOND = 1000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A turn in a chat whose messages can change, or cannot. */
function turn(mode: ProgressMode, { changes = false } = {}) {
  const told: string[] = [];
  const edits: string[] = [];
  const progress = createTurnProgress(mode, async (text) => {
    told.push(text);
    return {
      edit: async (edited) => {
        if (changes) edits.push(edited);
        return changes;
      },
    };
  });
  return { told, edits, progress };
}

const started = (item: Record<string, unknown>) => ({
  method: "item/started",
  params: { threadId: "thread-1", turnId: "turn-1", item },
});

describe("a message that can change", () => {
  test("is the only one, and changes with the turn until its end", async () => {
    const { told, edits, progress } = turn("brief", { changes: true });
    progress.start();
    await vi.advanceTimersByTimeAsync(20 * SECOND);
    progress.handleNotification(started({ type: "commandExecution", command: "npm test" }));
    await vi.advanceTimersByTimeAsync(30 * SECOND);
    progress.end();
    await vi.advanceTimersByTimeAsync(600 * SECOND);
    expect(told).toEqual(["⏳ 20 seconds"]);
    expect(edits).toEqual([
      "⏳ 35 seconds · npm test",
      "⏳ 50 seconds · npm test",
      "⌛ Worked for 50 seconds.",
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("goes on changing after a failure in between", async () => {
    const texts: string[] = [];
    const outcomes = [true, false, true, true];
    const progress = createTurnProgress("brief", async (text) => {
      texts.push(`sent: ${text}`);
      return {
        edit: async (edited) => {
          const changed = outcomes.shift() ?? true;
          texts.push(`${changed ? "changed" : "failed"}: ${edited}`);
          return changed;
        },
      };
    });
    progress.start();
    await vi.advanceTimersByTimeAsync(65 * SECOND);
    progress.end();
    await vi.advanceTimersByTimeAsync(600 * SECOND);
    expect(texts).toEqual([
      "sent: ⏳ 20 seconds",
      "changed: ⏳ 35 seconds",
      "failed: ⏳ 50 seconds",
      "changed: ⏳ 1 min 5 s",
      "changed: ⌛ Worked for 1 min 5 s.",
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("has a successor where it is gone, as when somebody has removed it", async () => {
    const texts: string[] = [];
    let removed: number | undefined;
    let sent = 0;
    const progress = createTurnProgress("brief", async (text) => {
      const number = (sent += 1);
      texts.push(`${number}: ${text}`);
      return {
        edit: async (edited) => {
          if (number !== removed) texts.push(`${number} is now ${edited}`);
          return number !== removed;
        },
      };
    });
    progress.start();
    await vi.advanceTimersByTimeAsync(40 * SECOND);
    removed = 1;
    await vi.advanceTimersByTimeAsync(120 * SECOND);
    progress.end();
    await vi.advanceTimersByTimeAsync(0);
    expect(texts.slice(0, 3)).toEqual([
      "1: ⏳ 20 seconds",
      "1 is now ⏳ 35 seconds",
      expect.stringMatching(/^2: ⏳/),
    ]);
    expect(texts.at(-1)).toMatch(/^2 is now ⌛/);
    expect(sent).toBe(2);
  });

  test("that a person removes before it ever changed has a successor, which changes and ends", async () => {
    const texts: string[] = [];
    let sent = 0;
    const progress = createTurnProgress("brief", async (text) => {
      const number = (sent += 1);
      texts.push(`${number}: ${text}`);
      return {
        isGone: number === 1,
        edit: async (edited) => {
          if (number > 1) texts.push(`${number} is now ${edited}`);
          return number > 1;
        },
      };
    });
    progress.start();
    await vi.advanceTimersByTimeAsync(100 * SECOND);
    progress.end();
    await vi.advanceTimersByTimeAsync(0);
    expect(texts.slice(0, 3)).toEqual([
      "1: ⏳ 20 seconds",
      expect.stringMatching(/^2: ⏳/),
      expect.stringMatching(/^2 is now ⏳/),
    ]);
    expect(texts.at(-1)).toMatch(/^2 is now ⌛/);
    expect(sent).toBe(2);
  });

  test("says what was done last where nothing is in hand", async () => {
    const { told, edits, progress } = turn("brief", { changes: true });
    const item = { type: "commandExecution", id: "item-1", command: "npm test" };
    progress.start();
    progress.handleNotification(started(item));
    await vi.advanceTimersByTimeAsync(20 * SECOND);
    progress.handleNotification({ ...started(item), method: "item/completed" });
    await vi.advanceTimersByTimeAsync(15 * SECOND);
    expect([...told, ...edits]).toEqual([
      "⏳ 20 seconds · npm test",
      "⏳ 35 seconds · last: npm test",
    ]);
    progress.dispose();
  });

  test("keeps still while a person is asked", async () => {
    const { told, edits, progress } = turn("brief", { changes: true });
    progress.start();
    const answer = Promise.withResolvers<string>();
    const waited = progress.during(answer.promise);
    await vi.advanceTimersByTimeAsync(600 * SECOND);
    expect(told).toEqual([]);
    answer.resolve("yes");
    expect(await waited).toBe("yes");
    await vi.advanceTimersByTimeAsync(15 * SECOND);
    expect([...told, ...edits]).toEqual(["⏳ 10 min 5 s"]);
    progress.dispose();
  });

  test("changes ever more rarely, and at least once a minute", async () => {
    const { edits, progress } = turn("brief", { changes: true });
    progress.start();
    await vi.advanceTimersByTimeAsync(600 * SECOND);
    const early = edits.length;
    await vi.advanceTimersByTimeAsync(3000 * SECOND);
    progress.dispose();
    expect(early).toBeGreaterThan(15);
    expect(edits.length - early).toBe(50);
  });

  test("shows the end though a change is still on its way when it comes", async () => {
    const way = Promise.withResolvers<boolean>();
    const edits: string[] = [];
    const progress = createTurnProgress("brief", async () => ({
      edit: (text) => {
        edits.push(text);
        return edits.length === 1 ? way.promise : Promise.resolve(true);
      },
    }));
    progress.start();
    await vi.advanceTimersByTimeAsync(35 * SECOND);
    progress.end();
    await vi.advanceTimersByTimeAsync(0);
    expect(edits).toEqual(["⏳ 35 seconds"]);
    way.resolve(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(edits).toEqual(["⏳ 35 seconds", "⌛ Worked for 35 seconds."]);
  });

  test("stays as it is where the process ends", async () => {
    const { edits, progress } = turn("brief", { changes: true });
    progress.start();
    await vi.advanceTimersByTimeAsync(20 * SECOND);
    progress.dispose();
    await vi.advanceTimersByTimeAsync(600 * SECOND);
    expect(edits).toEqual([]);
  });

  test("keeps the commentary until there is a newer one", async () => {
    const { told, edits, progress } = turn("verbose", { changes: true });
    progress.start();
    progress.handleNotification(commentary("Looking around."));
    await vi.advanceTimersByTimeAsync(35 * SECOND);
    expect([...told, ...edits]).toEqual([
      "⏳ 20 seconds\nLooking around.",
      "⏳ 35 seconds\nLooking around.",
    ]);
    progress.dispose();
  });
});

describe("brief progress", () => {
  test("says nothing of a turn that is over within 20 seconds, and leaves no timer", async () => {
    const { told, progress } = turn("brief");
    progress.start();
    await vi.advanceTimersByTimeAsync(19.9 * SECOND);
    progress.dispose();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(600 * SECOND);
    expect(told).toEqual([]);
  });

  test("tells the time, the plan's step and the command in hand, harmless", async () => {
    const { told, progress } = turn("brief");
    progress.start();
    progress.handleNotification({
      method: "turn/plan/updated",
      params: {
        plan: [
          { step: "Look", status: "completed" },
          { step: "Mend @all", status: "inProgress" },
        ],
      },
    });
    const command = "/bin/bash -lc 'npm test'";
    progress.handleNotification(started({ type: "commandExecution", command }));
    await vi.advanceTimersByTimeAsync(20 * SECOND);
    expect(told).toEqual(["⏳ 20 seconds · step 2 of 2: Mend \u2060@\u2060all · npm test"]);
    progress.dispose();
  });

  test("names the file of a change", async () => {
    const { told, progress } = turn("brief");
    progress.start();
    progress.handleNotification(started({ type: "fileChange", changes: [{ path: "/w/notes" }] }));
    await vi.advanceTimersByTimeAsync(20 * SECOND);
    expect(told).toEqual(["⏳ 20 seconds · /w/notes"]);
    progress.dispose();
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      "files",
      { type: "fileChange", changes: [{ path: "/w/notes" }, { path: "/w/more" }] },
      "/w/notes and 1 more",
    ],
    ["a tool server's tool", { type: "mcpToolCall", server: "docs", tool: "find" }, "find (docs)"],
    ["a tool of Codex's own", { type: "dynamicToolCall", namespace: null, tool: "find" }, "find"],
    ["a web search", { type: "webSearch", query: "node 24" }, "web search: node 24"],
    [
      "a web search that tells its query in its action",
      { type: "webSearch", query: "", action: { type: "search", query: "node 24" } },
      "web search: node 24",
    ],
    ["a picture", { type: "imageGeneration", status: "generating" }, "making a picture"],
    ["a picture that is looked at", { type: "imageView", path: "/w/photo" }, "looking at /w/photo"],
    ["sleep", { type: "sleep", durationMs: 5_400_000 }, "sleeping for 1 h 30 min"],
    ["a plan", { type: "plan", text: "" }, "writing a plan"],
    ["a review", { type: "enteredReviewMode", review: "" }, "reviewing"],
    ["a compaction", { type: "contextCompaction" }, "summarizing the conversation so far"],
    [
      "a new sub-agent of the first generation",
      { type: "collabAgentToolCall", tool: "spawnAgent", prompt: "Read the docs" },
      "new sub-agent: Read the docs",
    ],
    [
      "a new sub-agent of the second generation",
      { type: "subAgentActivity", kind: "started", agentPath: "/root/helper" },
      "new sub-agent helper",
    ],
    [
      "the wait for sub-agents",
      { type: "collabAgentToolCall", tool: "wait" },
      "waiting for its sub-agents",
    ],
  ])("names %s", async (_, item, words) => {
    const { told, progress } = turn("brief");
    progress.start();
    progress.handleNotification(started({ id: "item-1", ...item }));
    progress.handleNotification(started({ id: "item-2", type: "reasoning", summary: [] }));
    await vi.advanceTimersByTimeAsync(20 * SECOND);
    expect(told).toEqual([`⏳ 20 seconds · ${words}`]);
    progress.dispose();
  });

  test("tells a sub-agent's work as its own, and counts several", async () => {
    const { told, edits, progress } = turn("brief", { changes: true });
    const helper: Agent = {
      threadId: "child-1",
      name: "helper",
      turnId: "turn-2",
      naming: Promise.resolve(),
      starting: false,
      toStop: false,
      rootTurnId: "turn-1",
    };
    const tester = { ...helper, threadId: "child-2", name: "tester" };
    progress.start();
    progress.handleNotification(started({ type: "collabAgentToolCall", tool: "wait" }));
    progress.handleNotification(started({ type: "commandExecution", command: "npm test" }), helper);
    await vi.advanceTimersByTimeAsync(20 * SECOND);
    progress.handleNotification(started({ type: "webSearch", query: "npm" }), tester);
    await vi.advanceTimersByTimeAsync(15 * SECOND);
    const ended = { method: "turn/completed", params: {} };
    progress.handleNotification(ended, { ...helper, turnId: undefined });
    await vi.advanceTimersByTimeAsync(15 * SECOND);
    progress.handleNotification(ended, { ...tester, turnId: undefined });
    await vi.advanceTimersByTimeAsync(15 * SECOND);
    progress.dispose();
    expect([...told, ...edits]).toEqual([
      "⏳ 20 seconds · sub-agent helper: npm test",
      "⏳ 35 seconds · 2 sub-agents working",
      "⏳ 50 seconds · sub-agent tester: web search: npm",
      "⏳ 1 min 5 s · waiting for its sub-agents",
    ]);
  });

  test("says that the model is out of reach for as long as it is", async () => {
    const { told, edits, progress } = turn("brief", { changes: true });
    progress.start();
    progress.handleNotification(started({ type: "commandExecution", command: "npm test" }));
    progress.handleNotification({
      method: "error",
      params: { willRetry: true, error: { message: "Reconnecting... waiting for network" } },
    });
    await vi.advanceTimersByTimeAsync(20 * SECOND);
    progress.handleNotification(started({ type: "reasoning", summary: [] }));
    await vi.advanceTimersByTimeAsync(15 * SECOND);
    progress.dispose();
    expect([...told, ...edits]).toEqual([
      "⏳ 20 seconds · npm test · Codex cannot reach the model: Reconnecting... waiting for network",
      "⏳ 35 seconds · npm test",
    ]);
  });

  test("speaks ever more rarely: eight notes in the first half hour", async () => {
    const { told, progress } = turn("brief");
    progress.start();
    await vi.advanceTimersByTimeAsync(30 * 60 * SECOND);
    progress.dispose();
    expect(told.map((text) => text.replace("⏳ ", ""))).toEqual([
      "20 seconds",
      "1 min 20 s",
      "3 min 20 s",
      "8 min 20 s",
      "13 min 20 s",
      "18 min 20 s",
      "23 min 20 s",
      "28 min 20 s",
    ]);
  });

  test("keeps the next note back while one is on its way, and says none after the turn", async () => {
    const way = Promise.withResolvers<undefined>();
    const told: string[] = [];
    const progress = createTurnProgress("brief", (text) => {
      told.push(text);
      return way.promise;
    });
    progress.start();
    await vi.advanceTimersByTimeAsync(900 * SECOND);
    expect(told).toHaveLength(1);
    progress.end();
    way.resolve(undefined);
    await vi.advanceTimersByTimeAsync(900 * SECOND);
    expect(told).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("leaves Codex's commentary out", async () => {
    const { told, progress } = turn("brief");
    progress.start();
    progress.handleNotification(commentary("Looking around."));
    await vi.advanceTimersByTimeAsync(20 * SECOND);
    expect(told).toEqual(["⏳ 20 seconds"]);
    progress.dispose();
  });
});

test("verbose progress adds the latest commentary, once", async () => {
  const { told, progress } = turn("verbose");
  progress.start();
  progress.handleNotification(commentary("Looking around."));
  progress.handleNotification(commentary("Found it."));
  await vi.advanceTimersByTimeAsync(80 * SECOND);
  expect(told).toEqual(["⏳ 20 seconds\nFound it.", "⏳ 1 min 20 s"]);
  progress.dispose();
});

test("without progress nothing is told and no timer runs", async () => {
  const { told, progress } = turn("off");
  progress.start();
  expect(vi.getTimerCount()).toBe(0);
  progress.handleNotification(commentary("Looking around."));
  await vi.advanceTimersByTimeAsync(3600 * SECOND);
  expect(told).toEqual([]);
});

function commentary(text: string) {
  return {
    method: "item/completed",
    params: { item: { type: "agentMessage", id: "m", text, phase: "commentary" } },
  };
}
