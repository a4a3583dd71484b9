/** Clicks, as the host brings them: none is brought twice, whatever comes of it. */
import { describe, expect, test } from "vitest";
import { takeClicks, type ChatClick } from "../../src/chat/clicks.js";
import { Clicks } from "../support/conversation/clicks.js";

function taking(onClick: (click: ChatClick) => Promise<void>): Clicks {
  return new Clicks((api) => takeClicks(api, "codextest", onClick));
}

test("a click is taken on Telegram, with what stands in its button", async () => {
  const clicks = taking(({ payload, say }) => say(`you pressed ${payload}`));
  expect([clicks.channel, clicks.namespace]).toEqual(["telegram", "codextest"]);
  expect(await clicks.click("a:b")).toEqual({
    said: ["you pressed a:b"],
    cleared: 0,
    warnings: [],
  });
});

test("a click by somebody who may not command says so, and reaches nobody", async () => {
  const clicks = taking(() => Promise.reject(new Error("reached")));
  expect(await clicks.click("a", { authorized: false })).toEqual({
    said: ["You are not allowed to use Codex here."],
    cleared: 0,
    warnings: [],
  });
});

test("a click that fails is done with, or OpenClaw would bring it for ever; the operator hears of it", async () => {
  const clicks = taking(async ({ say, clearButtons }) => {
    await say("not open");
    await clearButtons();
  });
  const { said, warnings } = await clicks.click("a", { clearable: false });
  expect(said).toEqual(["not open"]);
  expect(warnings).toEqual([expect.stringContaining("message is not modified")]);
});

describe("in a shape that is not known", () => {
  const whole = {
    callback: { payload: "a" },
    auth: { isAuthorizedSender: true },
    respond: { reply: async () => {}, clearButtons: async () => {} },
  };

  test.each([
    undefined,
    null,
    "click",
    {},
    { ...whole, auth: {} },
    { ...whole, auth: { isAuthorizedSender: "yes" } },
    { ...whole, callback: {} },
    { ...whole, callback: { payload: 7 } },
    { ...whole, respond: { reply: "text" } },
  ])("a click is nobody's: %o", async (context) => {
    let reached = 0;
    const clicks = taking(async () => {
      reached += 1;
    });
    await clicks.bring(context);
    expect(reached).toBe(0);
    await clicks.bring(whole);
    expect(reached).toBe(1);
  });
});
