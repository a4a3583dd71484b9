import { expect, test } from "vitest";
import { threadOf } from "../../src/chat/delivery.js";

test.each([
  { to: "channel:401", threadId: "401", thread: null, why: "it is a channel of its own" },
  { to: "channel:301", threadId: "401", thread: "401", why: "it is a channel's" },
  { to: "channel:C1", threadId: "1700000000.000100", thread: "1700000000.000100", why: "Slack's" },
  { to: "telegram:-100", threadId: 401, thread: 401, why: "a topic" },
  { to: "channel:401", threadId: undefined, thread: null, why: "there is none" },
])("the thread $threadId of $to is sent to as $thread: $why", ({ to, threadId, thread }) => {
  expect(threadOf({ channel: "discord", to, threadId })).toBe(thread);
});
