import { expect, test } from "vitest";
import { losesNativeCommands } from "../../src/chat/native-commands.js";

const THREAD = { channel: "discord", threadId: "401" };
const off = { commands: { native: false } };

test.each([
  { why: "a thread on Discord", chat: THREAD, config: {}, lost: true },
  { why: "a channel on Discord", chat: { channel: "discord" }, config: {}, lost: false },
  { why: "a topic", chat: { channel: "telegram", threadId: 5 }, config: {}, lost: false },
  { why: "off everywhere", chat: THREAD, config: off, lost: false },
  { why: "off on Discord", chat: THREAD, config: { channels: { discord: off } }, lost: false },
  {
    why: "off for the account",
    chat: { ...THREAD, accountId: "work" },
    config: { channels: { discord: { accounts: { work: off } } } },
    lost: false,
  },
  {
    why: "on for Discord, off elsewhere",
    chat: THREAD,
    config: { ...off, channels: { discord: { commands: { native: true } } } },
    lost: true,
  },
])("OpenClaw loses the channel's own slash commands: $why, $lost", ({ chat, config, lost }) => {
  expect(losesNativeCommands(config, chat)).toBe(lost);
});
