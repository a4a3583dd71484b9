/** A turn whose completion never comes: the thread is asked how it ended. */
import { beforeEach, expect, test, vi } from "vitest";
import { CodexLocalError } from "../../src/app-server/errors.js";
import { conversation } from "../support/conversation/conversation.js";
import { settled } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  return () => void vi.useRealTimers();
});

const idle = { status: { type: "idle" } };
const message = (text: string): Record<string, unknown> => ({
  type: "agentMessage",
  id: "a",
  text,
  phase: null,
});

/** A turn that runs, and what its thread will say of it when it is asked. */
async function runningTurn(record: Record<string, unknown>) {
  const { codex, chat } = await conversation();
  await chat.bind();
  codex.answer("thread/turns/list", () => ({ data: [{ id: "turn-1", ...record }] }));
  const reply = chat.say("hi");
  const turn = await codex.turn();
  await settled();
  return { codex, reply, turn };
}

test("a turn that is over with the answer to its start is answered at once", async () => {
  const { codex, chat } = await conversation();
  await chat.bind();
  codex.answer("turn/start", () => ({
    turn: { id: "turn-1", status: "completed", items: [message("Hello.")] },
  }));
  expect(await chat.say("hi")).toBe("Hello.");
  expect(codex.handlers).toBe(0);
});

test("a thread that falls idle without a completion tells the reply", async () => {
  const { codex, reply, turn } = await runningTurn({
    status: "completed",
    items: [message("Hello.")],
  });
  turn.notify("thread/status/changed", idle);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await reply).toBe("Hello.");
  expect(codex.only("thread/turns/list").params.threadId).toBe("thread-1");
  expect(codex.handlers).toBe(0);
});

test.each([
  { told: "is closed", method: "thread/closed", params: {} },
  {
    told: "is unloaded",
    method: "thread/status/changed",
    params: { status: { type: "notLoaded" } },
  },
  {
    told: "is in an error",
    method: "thread/status/changed",
    params: { status: { type: "systemError" } },
  },
])(
  "a turn whose thread $told ends with what it had said, though nothing tells of its end",
  async ({ method, params }) => {
    const { codex, reply, turn } = await runningTurn({ status: "inProgress", items: [] });
    turn.item({ ...message("Looking."), phase: "final_answer", id: "msg-1" });
    turn.notify(method, params);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await reply).toMatch(/^Codex app-server turn failed: [^]*Looking\.$/);
    expect(codex.handlers).toBe(0);
  },
);

test("a turn goes on whose thread is active again after an error", async () => {
  const { reply, turn } = await runningTurn({ status: "inProgress", items: [] });
  turn.notify("thread/status/changed", { status: { type: "systemError" } });
  turn.notify("thread/status/changed", { status: { type: "active", activeFlags: [] } });
  await vi.advanceTimersByTimeAsync(2000);
  turn.reply("Hello.");
  expect(await reply).toBe("Hello.");
});

test("what was told before counts once, whatever ids the record has", async () => {
  const { reply, turn } = await runningTurn({
    status: "completed",
    items: [
      { ...message("Looking."), phase: "commentary", id: "item-2" },
      { ...message("One."), phase: "final_answer", id: "item-3" },
      { ...message("Two."), phase: "final_answer", id: "item-4" },
    ],
  });
  turn.item({ ...message("Looking."), phase: "commentary", id: "msg-1" });
  turn.item({ ...message("One."), phase: "final_answer", id: "msg-2" });
  const begun = { ...message(""), phase: "final_answer", id: "msg-3" };
  turn.notify("item/started", { turnId: turn.turnId, item: begun });
  turn.notify("thread/status/changed", idle);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await reply).toBe("One.\n\nTwo.");
});

test("what was streamed of an answer counts if the record has none", async () => {
  const { reply, turn } = await runningTurn({ status: "interrupted", items: [] });
  const item = { ...message(""), phase: "final_answer", id: "msg-1" };
  turn.notify("item/started", { turnId: turn.turnId, item });
  turn.notify("item/agentMessage/delta", {
    turnId: turn.turnId,
    itemId: "msg-1",
    delta: "Half of",
  });
  turn.notify("thread/status/changed", idle);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await reply).toContain("Half of");
});

test("it tells a failure and an interruption as well", async () => {
  const failed = await runningTurn({ status: "failed", error: { message: "no luck" } });
  failed.turn.notify("thread/status/changed", idle);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await failed.reply).toBe("Codex app-server turn failed: no luck");

  const interrupted = await runningTurn({ status: "interrupted", items: [] });
  interrupted.turn.notify("thread/status/changed", idle);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await interrupted.reply).toMatch(/^Codex was interrupted/);
});

test("a completion that comes just after counts, and the thread is not asked", async () => {
  const { codex, reply, turn } = await runningTurn({ status: "completed", items: [] });
  turn.notify("thread/status/changed", idle);
  turn.reply("Hello.");
  expect(await reply).toBe("Hello.");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(codex.of("thread/turns/list")).toEqual([]);
});

test("a thread that is busy again is not asked", async () => {
  const { codex, reply, turn } = await runningTurn({ status: "completed", items: [] });
  turn.notify("thread/status/changed", idle);
  turn.notify("thread/status/changed", { status: { type: "active" } });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(codex.of("thread/turns/list")).toEqual([]);
  turn.reply("Hello.");
  expect(await reply).toBe("Hello.");
});

test("a turn that the thread says runs on is waited for", async () => {
  const { codex, reply, turn } = await runningTurn({ status: "inProgress", items: [] });
  turn.notify("thread/status/changed", idle);
  await vi.advanceTimersByTimeAsync(1000);
  await codex.called("thread/turns/list");
  await settled();
  turn.reply("Hello.");
  expect(await reply).toBe("Hello.");
});

test("an older Codex is asked for the whole thread", async () => {
  const { codex, reply, turn } = await runningTurn({});
  codex.answer("thread/turns/list", () => {
    throw new Error("unknown variant `thread/turns/list`");
  });
  codex.answer("thread/read", () => ({
    thread: { turns: [{ id: "turn-1", status: "completed", items: [message("Hello.")] }] },
  }));
  turn.notify("thread/status/changed", idle);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await reply).toBe("Hello.");
});

test("a thread that cannot be asked leaves the turn to its other ends", async () => {
  const { codex, reply, turn } = await runningTurn({});
  codex.answer("thread/turns/list", () => {
    throw new CodexLocalError("REQUEST_TIMEOUT", "no answer");
  });
  turn.notify("thread/status/changed", idle);
  await vi.advanceTimersByTimeAsync(1000);
  await codex.called("thread/turns/list");
  await settled();
  turn.reply("Hello.");
  expect(await reply).toBe("Hello.");
});

test("a turn whose end was lost without a sign is not called timed out once the silence is over", async () => {
  const { reply } = await runningTurn({ status: "completed", items: [message("Hello.")] });
  await vi.advanceTimersByTimeAsync(20 * 60_000);
  expect(await reply).toBe("Hello.");
});
