import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { isCommentedOn } from "../../src/chat/comments.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

const comment = { content: "what does this mean?", senderId: "7" };
const forward = {
  content: "out of disk",
  body: "[Telegram] [Forwarded from Ann]\nout of disk",
  senderId: "7",
};

/** A chat in which a comment has just come. */
function commented(): string {
  const chat = randomUUID();
  isCommentedOn(chat, comment);
  return chat;
}

test("a forward within two seconds of its sender's message is what that comments on, and so is the next one", () => {
  const chat = commented();
  vi.advanceTimersByTime(2000);
  expect(isCommentedOn(chat, forward)).toBe(true);
  vi.advanceTimersByTime(2000);
  expect(isCommentedOn(chat, forward)).toBe(true);
});

test.each([
  { why: "that comes later", later: 2001, message: forward },
  { why: "of another person", later: 10, message: { ...forward, senderId: "8" } },
  { why: "that is the person's own", later: 10, message: { ...comment, content: "and this?" } },
])("a message $why stands for itself", ({ later, message }) => {
  const chat = commented();
  vi.advanceTimersByTime(later);
  expect(isCommentedOn(chat, message)).toBe(false);
});

test("a forward stands for itself in another chat, or if it is the first message", () => {
  commented();
  expect(isCommentedOn(randomUUID(), forward)).toBe(false);
});
