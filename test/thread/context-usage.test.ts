import { expect, test } from "vitest";
import { contextUsageOf, noteContextUsage } from "../../src/thread/context-usage.js";

const told = (threadId: unknown, tokens: unknown, window: unknown = 1000) => ({
  method: "thread/tokenUsage/updated",
  params: { threadId, tokenUsage: { last: { totalTokens: tokens }, modelContextWindow: window } },
});

test("the last word about a thread counts, and about no other thread", () => {
  noteContextUsage(told("usage-a", 10));
  noteContextUsage(told("usage-a", 20, null));
  expect(contextUsageOf("usage-a")).toEqual({ tokens: 20, window: undefined });
  expect(contextUsageOf("usage-b")).toBeUndefined();
});

test.each([
  told(undefined, 10),
  told("usage-c", "10"),
  { method: "thread/tokenUsage/updated" },
  { ...told("usage-c", 10), method: "turn/started" },
])("what tells nothing changes nothing: %j", (notification) => {
  noteContextUsage(notification);
  expect(contextUsageOf("usage-c")).toBeUndefined();
});

test("threads that were silent longest are forgotten first", () => {
  noteContextUsage(told("usage-old", 1));
  noteContextUsage(told("usage-kept", 1));
  for (let index = 0; index < 400; index += 1) noteContextUsage(told(`usage-${index}`, 1));
  noteContextUsage(told("usage-kept", 2));
  for (let index = 400; index < 600; index += 1) noteContextUsage(told(`usage-${index}`, 1));
  expect(contextUsageOf("usage-old")).toBeUndefined();
  expect(contextUsageOf("usage-kept")).toEqual({ tokens: 2, window: 1000 });
});
