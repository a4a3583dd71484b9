import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { belongsToTheOneBefore } from "../../src/chat/joined-messages.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

const WITHIN_MS = 2000;
const ANN = { senderId: "7" };
const BOB = { senderId: "8" };

/** A chat in which Ann has just spoken. */
function begunByAnn(): string {
  const chat = randomUUID();
  expect(belongsToTheOneBefore(chat, ANN, WITHIN_MS)).toBe(false);
  return chat;
}

test("what a person adds within the time belongs to the message before it, and so does the next", () => {
  const chat = begunByAnn();
  vi.advanceTimersByTime(1999);
  expect(belongsToTheOneBefore(chat, ANN, WITHIN_MS)).toBe(true);
  vi.advanceTimersByTime(1999);
  expect(belongsToTheOneBefore(chat, ANN, WITHIN_MS)).toBe(true);
});

test.each([
  { why: "that comes later", later: 2000, by: ANN, withinMs: WITHIN_MS },
  { why: "of another person", later: 10, by: BOB, withinMs: WITHIN_MS },
  { why: "where none are joined", later: 0, by: ANN, withinMs: 0 },
])("a message $why stands for itself", ({ later, by, withinMs }) => {
  const chat = begunByAnn();
  vi.advanceTimersByTime(later);
  expect(belongsToTheOneBefore(chat, by, withinMs)).toBe(false);
});

test("a message stands for itself if another person spoke between it and the sender's last", () => {
  const chat = begunByAnn();
  belongsToTheOneBefore(chat, BOB, WITHIN_MS);
  expect(belongsToTheOneBefore(chat, ANN, WITHIN_MS)).toBe(false);
});

test("a message stands for itself in another chat", () => {
  begunByAnn();
  expect(belongsToTheOneBefore(randomUUID(), ANN, WITHIN_MS)).toBe(false);
});
