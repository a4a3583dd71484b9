/** A turn that fails since the account's limit is used up. */
import { expect, test, vi } from "vitest";
import { conversation } from "../support/conversation/conversation.js";
import { refuse } from "../support/conversation/scripted-codex.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

async function failing(codexErrorInfo: string) {
  const { codex, chat } = await conversation();
  await chat.bind();
  const reply = chat.say("hi");
  const turn = await codex.turn();
  return { codex, reply, fail: () => turn.fail("try again at 5:22 PM", codexErrorInfo) };
}

test("says when it resets, which Codex is asked for in a bounded time", async () => {
  const { codex, reply, fail } = await failing("usageLimitExceeded");
  const resetsAt = Math.floor(Date.now() / 1000) + 2 * 3600 + 10 * 60 + 30;
  const primary = { usedPercent: 100, windowDurationMins: 300, resetsAt };
  codex.answer("account/rateLimits/read", () => ({ rateLimits: { primary, secondary: null } }));
  fail();
  expect(await reply).toMatch(
    /^Codex app-server turn failed: the usage limit of the Codex account is reached; it resets in 2 h 10 min \(\d\d:\d\d UTC\)$/,
  );
  expect(codex.only("account/rateLimits/read").options.timeoutMs).toBe(5000);
});

test("is told in Codex's words where it does not say when", async () => {
  const { codex, reply, fail } = await failing("usageLimitExceeded");
  codex.answer("account/rateLimits/read", refuse("chatgpt authentication required"));
  fail();
  expect(await reply).toMatch(
    /limit of the Codex account is reached\. try again at 5:22 PM \(By the clock of .+\)$/,
  );
});

test("Codex is not asked where the turn failed for another reason", async () => {
  const { codex, reply, fail } = await failing("other");
  fail();
  expect(await reply).toBe("Codex app-server turn failed: try again at 5:22 PM");
  expect(codex.of("account/rateLimits/read")).toEqual([]);
});
