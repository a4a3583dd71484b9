/** Clicks, as the host brings them: none is brought twice, whatever comes of it. */
import { describe, expect, test } from "vitest";
import { isSameChat, takeClicks, type ChatClick, type ClickedChat } from "../../src/chat/clicks.js";
import { Clicks } from "../support/conversation/clicks.js";

function taking(onClick: (click: ChatClick) => Promise<void>, channel?: string): Clicks {
  return new Clicks((api) => takeClicks(api, "codextest", onClick), channel);
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

test("what a click on Telegram is answered stands there as it is, so without marks of code", async () => {
  const clicks = taking(({ say }) => say("`/codexchat detach` ends that, `/codexchat help` more"));
  expect((await clicks.click("a")).said).toEqual([
    "/codexchat detach ends that, /codexchat help more",
  ]);
});

test("a click says which chat it came from, and who clicked", async () => {
  const seen: unknown[] = [];
  const clicks = taking(async ({ chat, senderId }) => void seen.push({ chat, senderId }));
  await clicks.click("a", { chatId: "-100", more: { threadId: 5, senderId: "9" } });
  const chat = {
    channel: "telegram",
    accountId: "default",
    chatId: "-100",
    threadId: "5",
    to: "telegram:-100",
  };
  expect(seen).toEqual([{ chat, senderId: "9" }]);
});

const onSlackTaking = (onClick: (click: ChatClick) => Promise<void>): Clicks =>
  taking(onClick, "slack");

function slackClick(more: object = {}) {
  const done: unknown[] = [];
  const respond = {
    reply: async (message: unknown) => void done.push(message),
    editMessage: async (message: unknown) => void done.push(message),
  };
  const click = {
    accountId: "default",
    senderId: "U1",
    conversationId: "D1",
    interaction: { payload: "a:b" },
    auth: { isAuthorizedSender: true },
    respond,
    ...more,
  };
  return { click, done };
}

describe("a click on Slack", () => {
  test("is taken with its chat, answered to who clicked, and its buttons go while the text stays", async () => {
    const seen: unknown[] = [];
    const clicks = onSlackTaking(async ({ payload, chat, say, clearButtons }) => {
      seen.push({ payload, chat });
      await say("done");
      await clearButtons();
    });
    const { click, done } = slackClick();
    await clicks.bring(click);
    const chat = { channel: "slack", accountId: "default", chatId: "D1", personId: "U1" };
    expect(seen).toEqual([
      { payload: "a:b", chat: { ...chat, to: "user:U1", threadId: undefined } },
    ]);
    expect(done).toEqual([{ text: "done" }, { blocks: [] }]);
  });

  test("in a channel is of the channel and its thread, not of a person", async () => {
    const seen: unknown[] = [];
    const clicks = onSlackTaking(async ({ chat }) => void seen.push(chat));
    await clicks.bring(slackClick({ conversationId: "C1", threadId: "1.2" }).click);
    expect(seen).toMatchObject([
      { chatId: "C1", threadId: "1.2", to: "channel:C1", personId: undefined },
    ]);
  });

  test("by somebody who may not command reaches nobody", async () => {
    const clicks = onSlackTaking(() => Promise.reject(new Error("reached")));
    const { click, done } = slackClick({ auth: { isAuthorizedSender: false } });
    await clicks.bring(click);
    expect(done).toEqual([{ text: "You are not allowed to use Codex here." }]);
  });
});

const from = (chatId: string, threadId?: string, accountId?: string): ClickedChat => ({
  channel: "telegram",
  accountId,
  chatId,
  threadId,
  to: chatId,
});

const onSlack = (chatId: string, personId?: string, threadId?: string): ClickedChat => ({
  ...from(chatId, threadId, "default"),
  channel: "slack",
  personId,
});

test.each([
  { clicked: onSlack("D1", "U1"), to: "user:U1", same: true },
  { clicked: onSlack("D1", "U1"), to: "channel:D1", same: true },
  { clicked: onSlack("D1", "U2"), to: "user:U1", same: false },
  { clicked: onSlack("C1"), to: "channel:C1", same: true },
  { clicked: onSlack("C1"), to: "channel:C2", same: false },
  { clicked: onSlack("C1", undefined, "1.2"), to: "channel:C1", threadId: "1.2", same: true },
  { clicked: onSlack("C1", undefined, "1.3"), to: "channel:C1", threadId: "1.2", same: false },
])("a click on Slack in $clicked.chatId $clicked.threadId, $to $threadId: $same", (row) => {
  const { clicked, to, threadId, same } = row;
  expect(isSameChat(clicked, { channel: "slack", to, threadId })).toBe(same);
});

describe("a click comes from the chat that something was sent to", () => {
  test.each([
    { clicked: from("7"), to: "telegram:7", same: true },
    { clicked: from("7"), to: "7", same: true },
    { clicked: from("7"), to: "telegram:77", same: false },
    { clicked: from("7"), to: "telegram:-7", same: false },
    { clicked: from("-100"), to: "telegram:group:-100", same: true },
    { clicked: from("-100"), to: "telegram:-100:topic:5", same: true },
    { clicked: from("-100", "5"), to: "telegram:-100:topic:5", same: true },
    { clicked: from("-100", "6"), to: "telegram:-100:topic:5", same: false },
    { clicked: from("-100", "5"), to: "telegram:-100", threadId: 5, same: true },
    { clicked: from("-100", "6"), to: "telegram:-100", threadId: 5, same: false },
    { clicked: from("7", undefined, "work"), to: "telegram:7", same: false },
    { clicked: from("7", undefined, "default"), to: "telegram:7", same: true },
    { clicked: from("7", undefined, "work"), to: "telegram:7", accountId: "work", same: true },
    { clicked: from(""), to: "", same: true },
  ])("$clicked.chatId $clicked.threadId, $to $threadId: $same", (row) => {
    const { clicked, to, same, threadId, accountId } = row;
    expect(isSameChat(clicked, { channel: "telegram", to, threadId, accountId })).toBe(same);
    expect(isSameChat(clicked, { channel: "slack", to, threadId, accountId })).toBe(false);
  });
});

describe("a click on Discord comes from the chat that something was sent to", () => {
  test.each([
    { clicked: "user:7", to: "user:7", same: true },
    { clicked: "user:7", to: "channel:7", same: true },
    { clicked: "channel:301", to: "channel:301", same: true },
    { clicked: "channel:401", to: "channel:401", threadId: "401", same: true },
    { clicked: "channel:301", to: "channel:401", threadId: "401", same: false },
    { clicked: "user:7", to: "user:77", same: false },
  ])("$clicked, $to $threadId: $same", async ({ clicked, to, threadId, same }) => {
    const seen: boolean[] = [];
    const clicks = new Clicks(
      (api) =>
        takeClicks(api, "codextest", async ({ chat }) => {
          seen.push(isSameChat(chat, { channel: "discord", to, threadId }));
        }),
      "discord",
    );
    await clicks.bring({
      conversationId: clicked,
      auth: { isAuthorizedSender: true },
      interaction: { payload: "a" },
      respond: { reply: async () => {}, editMessage: async () => {} },
    });
    expect(seen).toEqual([same]);
  });
});

test("strangers in a group hear once below each message that its buttons are not theirs", async () => {
  const clicks = taking(() => Promise.reject(new Error("reached")));
  const stranger = { authorized: false, chatId: "-100", messageId: 41 };
  expect((await clicks.click("a", stranger)).said).toHaveLength(1);
  expect((await clicks.click("b", stranger)).said).toEqual([]);
  expect((await clicks.click("a", { ...stranger, messageId: 42 })).said).toHaveLength(1);
  expect((await clicks.click("a", { ...stranger, chatId: "-101" })).said).toHaveLength(1);
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
    callback: { payload: "a", chatId: "7" },
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
    { ...whole, callback: { payload: "a" } },
    { ...whole, callback: { payload: 7, chatId: "7" } },
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
