/** Limits that are nearly used up. */
import { describe, expect, test, vi } from "vitest";
import { limitNotices } from "../../src/messages/limit-notices.js";
import { boundChat } from "../support/conversation/bound-chat.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const NOW = Date.UTC(2026, 10, 27, 12);
const HOUR = 3_600_000;

describe("a limit", () => {
  test.each([
    { usedPercent: 79.9, told: [] },
    { usedPercent: 80, told: ["⏳ 5 h limit: 80 % used, resets in 2 h (14:00 UTC)."] },
    { usedPercent: 96.4, told: ["⏳ 5 h limit: 96 % used, resets in 2 h (14:00 UTC)."] },
    { usedPercent: 100, told: [] },
  ])("of which $usedPercent % are used is told as $told", ({ usedPercent, told }) => {
    const limit = { usedPercent, windowMinutes: 300, resetsAt: NOW + 2 * HOUR };
    expect(limitNotices([limit], NOW).map(({ text }) => text)).toEqual(told);
  });

  test("that has reset is not told", () => {
    const limit = { usedPercent: 90, windowMinutes: 300, resetsAt: NOW - 1 };
    expect(limitNotices([limit], NOW)).toEqual([]);
  });

  test("is told once at each point of each window, though its reset is told a little later each time", () => {
    const idOf = (usedPercent: number, resetsAt: number, windowMinutes = 300): unknown =>
      limitNotices([{ usedPercent, windowMinutes, resetsAt }], NOW)[0]?.id;
    const first = idOf(80, NOW + 2 * HOUR);
    expect(idOf(94, NOW + 2 * HOUR + 3000)).toBe(first);
    const others = [
      idOf(95, NOW + 2 * HOUR),
      idOf(80, NOW + 7 * HOUR),
      idOf(80, NOW + 2 * HOUR, 10_080),
    ];
    expect(new Set([first, ...others]).size).toBe(4);
  });
});

test("a chat is told after the answer with which a limit comes near, and not again after the next", async () => {
  const { codex, sent, say } = await boundChat();
  const resetsAt = Math.floor(Date.now() / 1000) + 7200;
  const turn = async (number: number, usedPercent: number): Promise<void> => {
    await say(`message ${number}`);
    const begun = await codex.turn(number);
    const primary = { usedPercent, windowDurationMins: 300, resetsAt };
    const rateLimits = { primary, secondary: null };
    codex.notify({ method: "account/rateLimits/updated", params: { rateLimits } });
    begun.reply(`Answer ${number}.`);
    await sent.waitFor((text) => text === `Answer ${number}.`);
  };
  await turn(2, 82);
  await sent.waitFor((text) => text.startsWith("⏳"));
  await turn(3, 84);
  expect(sent.entries.map((text) => text.replace(/,.*/, ""))).toEqual([
    "Hello.",
    "Answer 2.",
    "⏳ 5 h limit: 82 % used",
    "Answer 3.",
  ]);
});
