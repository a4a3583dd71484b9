import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  forgetMessageBefore,
  messageBefore,
  type SpokenMessage,
} from "../../src/chat/joined-messages.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

const WITHIN_MS = 2000;

/** A message of Ann's, unless said otherwise. */
function message(id: string, more: Partial<SpokenMessage> = {}): SpokenMessage {
  return { id, senderId: "7", sentAt: undefined, ...more };
}

/** A chat in which Ann has just spoken. */
function begunByAnn(more: Partial<SpokenMessage> = {}): string {
  const chat = randomUUID();
  expect(messageBefore(chat, message("first", more), WITHIN_MS)).toBeUndefined();
  return chat;
}

test("what a person adds within the time belongs to the message before it, and so does the next", () => {
  const chat = begunByAnn();
  vi.advanceTimersByTime(1999);
  expect(messageBefore(chat, message("second"), WITHIN_MS)).toBe("first");
  vi.advanceTimersByTime(1999);
  expect(messageBefore(chat, message("third"), WITHIN_MS)).toBe("second");
});

test.each([
  { why: "that comes later", later: 2000, by: "7", withinMs: WITHIN_MS },
  { why: "of another person", later: 10, by: "8", withinMs: WITHIN_MS },
  { why: "of nobody knows whom", later: 10, by: undefined, withinMs: WITHIN_MS },
  { why: "where none are joined", later: 0, by: "7", withinMs: 0 },
])("a message $why stands for itself", ({ later, by, withinMs }) => {
  const chat = begunByAnn();
  vi.advanceTimersByTime(later);
  expect(messageBefore(chat, message("second", { senderId: by }), withinMs)).toBeUndefined();
});

test("messages of senders whom the channel does not name stand for themselves", () => {
  const chat = begunByAnn({ senderId: "" });
  expect(messageBefore(chat, message("second", { senderId: "" }), WITHIN_MS)).toBeUndefined();
});

test("a message stands for itself if another person spoke between it and the sender's last", () => {
  const chat = begunByAnn();
  messageBefore(chat, message("second", { senderId: "8" }), WITHIN_MS);
  expect(messageBefore(chat, message("third"), WITHIN_MS)).toBeUndefined();
});

test("a message stands for itself in another chat", () => {
  begunByAnn();
  expect(messageBefore(randomUUID(), message("second"), WITHIN_MS)).toBeUndefined();
});

test("messages that come at once stand for themselves if they were sent a minute apart", () => {
  const chat = begunByAnn({ sentAt: 60_000 });
  const later = message("second", { sentAt: 120_000 });
  expect(messageBefore(chat, later, WITHIN_MS)).toBeUndefined();
});

test("a message belongs to the one before it whatever the channel's whole seconds make of their time", () => {
  const chat = begunByAnn({ sentAt: 60_000 });
  expect(messageBefore(chat, message("second", { sentAt: 62_000 }), WITHIN_MS)).toBe("first");
});

test("a message stands for itself once the one before it is forgotten", () => {
  const chat = begunByAnn();
  forgetMessageBefore(chat);
  expect(messageBefore(chat, message("second"), WITHIN_MS)).toBeUndefined();
});
