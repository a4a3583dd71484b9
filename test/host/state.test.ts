import path from "node:path";
import { expect, test } from "vitest";
import { conversationsFolder, sessionFileOf, type ConversationKey } from "../../src/host/state.js";

const CHAT: ConversationKey = {
  channel: "telegram",
  accountId: "default",
  from: "telegram:7",
  to: "telegram:7",
};

test("a chat has the same session file at each bind, below the plugin's own folder", () => {
  const file = sessionFileOf("/state", CHAT);
  expect(sessionFileOf("/state", { ...CHAT })).toBe(file);
  expect(path.dirname(file)).toBe(conversationsFolder("/state"));
  expect(conversationsFolder("/state")).toBe(
    path.join("/state", "codex-conversation", "conversations"),
  );
});

test.each([
  { channel: "slack" },
  { accountId: "second" },
  { from: "telegram:8" },
  { to: "telegram:8" },
  { threadId: 55 },
  { threadId: "55a" },
])("another chat has another file: %o", (difference) => {
  expect(sessionFileOf("/state", { ...CHAT, ...difference })).not.toBe(
    sessionFileOf("/state", CHAT),
  );
});

test("parts of a name that run together do not meet in one file", () => {
  expect(sessionFileOf("/state", { channel: "x", accountId: "ab", from: "c" })).not.toBe(
    sessionFileOf("/state", { channel: "x", accountId: "a", from: "bc" }),
  );
});

test.each([
  { channel: "../../etc" },
  { channel: "telegram", from: "../../../etc/passwd" },
  { channel: "telegram", from: "a\u0000b", to: "/", threadId: "../x" },
  { channel: "", from: "" },
  { channel: "x".repeat(500), from: "y".repeat(500) },
])("no name leads out of the folder or makes an unusable file: %o", (key) => {
  const file = sessionFileOf("/state", key);
  expect(path.dirname(path.normalize(file))).toBe(conversationsFolder("/state"));
  expect(path.basename(file)).toMatch(/^[\w-]{10,60}$/);
});

test("who talks there cannot be read from the file's name", () => {
  expect(sessionFileOf("/state", { ...CHAT, from: "telegram:1234567" })).not.toContain("1234567");
});
