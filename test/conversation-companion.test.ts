/** What a chat hears while its message waits. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createCompanion } from "../src/conversation-companion.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function companion(pluginConfig?: unknown) {
  const told: string[] = [];
  const warnings: string[] = [];
  const made = createCompanion("/state/chat", { channel: "telegram", to: "telegram:1" }, () => ({
    send: async (_address, text) => void told.push(text),
    sendQuestion: async () => {},
    pluginConfig: () => pluginConfig,
    warn: (text) => void warnings.push(text),
  }));
  return { made, told, warnings };
}

test("a message that waits for over five seconds is told so, once", async () => {
  const { made, told } = companion();
  made.waits(1);
  await vi.advanceTimersByTimeAsync(4999);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([expect.stringMatching(/^Queued: it runs after the turn that runs now\./)]);
  made.dispose();
});

test("the note names how many are before it", async () => {
  const { made, told } = companion();
  made.waits(3);
  await vi.advanceTimersByTimeAsync(5000);
  expect(told).toEqual([expect.stringContaining("after 3 others")]);
  made.dispose();
});

test("a message whose turn comes sooner is not told, nor one whose answer is there", async () => {
  const soon = companion();
  soon.made.waits(1);
  soon.made.runs();
  const answered = companion();
  answered.made.waits(1);
  answered.made.dispose();
  await vi.advanceTimersByTimeAsync(10_000);
  soon.made.dispose();
  expect([...soon.told, ...answered.told]).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test("a long turn is told of as the settings have it", async () => {
  const brief = companion();
  brief.made.runs();
  const off = companion({ progress: "off" });
  off.made.runs();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(brief.told).toEqual(["⏳ 20 seconds"]);
  expect(off.told).toEqual([]);
  brief.made.dispose();
  off.made.dispose();
});

test("settings that cannot be used ask nothing and tell nothing", async () => {
  const { made, told } = companion({ progress: "loud" });
  made.runs();
  const refusal = {
    id: "deny",
    label: "Deny",
    outcome: "Denied.",
    result: { decision: "decline" },
  } as const;
  const answer = await made.ask(
    { kind: "approval", title: "?", details: [], choices: [], refusal },
    new AbortController().signal,
  );
  expect(answer).toEqual({ decision: "decline" });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([]);
  made.dispose();
});
