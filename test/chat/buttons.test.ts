/** Which chats have buttons, by the operator's settings of the channel. */
import { describe, expect, test } from "vitest";
import { hasButtons } from "../../src/chat/buttons.js";

const PERSON = { channel: "telegram", to: "telegram:7", accountId: "default" };
const GROUP = { ...PERSON, to: "telegram:-1007" };

const withCapabilities = (capabilities: unknown) => ({ channels: { telegram: { capabilities } } });

describe("a chat on Telegram", () => {
  test.each([
    { capabilities: undefined, person: true, group: true },
    { capabilities: [], person: true, group: true },
    { capabilities: ["inlineButtons"], person: true, group: true },
    { capabilities: ["voice"], person: false, group: false },
    { capabilities: { inlineButtons: "all" }, person: true, group: true },
    { capabilities: { inlineButtons: "allowlist" }, person: true, group: true },
    { capabilities: { inlineButtons: "dm" }, person: true, group: false },
    { capabilities: { inlineButtons: "group" }, person: false, group: true },
    { capabilities: { inlineButtons: "off" }, person: false, group: false },
  ])("has buttons as its operator wants: $capabilities", ({ capabilities, person, group }) => {
    const config = withCapabilities(capabilities);
    expect([hasButtons(config, PERSON), hasButtons(config, GROUP)]).toEqual([person, group]);
  });

  test("goes by its own account's settings first", () => {
    const config = {
      channels: {
        telegram: {
          capabilities: { inlineButtons: "off" },
          accounts: { second: { capabilities: { inlineButtons: "all" } } },
        },
      },
    };
    expect(hasButtons(config, PERSON)).toBe(false);
    expect(hasButtons(config, { ...PERSON, accountId: "second" })).toBe(true);
  });
});

test("elsewhere a channel has them or not", () => {
  expect(hasButtons({}, { channel: "discord", to: "channel:1" })).toBe(true);
  expect(hasButtons({}, { channel: "feishu", to: "c1" })).toBe(false);
});
