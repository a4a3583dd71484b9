/** What becomes of a goal when the gateway starts, and when a lost connection has come back. */
import { describe, expect, test, vi } from "vitest";
import { boundChat } from "../support/conversation/bound-chat.js";
import { settled } from "../support/conversation/settled.js";

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
