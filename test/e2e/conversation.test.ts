/** The plugin in a real gateway, with the real Telegram channel and the real Codex. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AGENT_ANSWER } from "../support/chain.js";
import { approvalScenarios, ASKED } from "./approvals.js";
import { mediaScenarios, SENDER, SENDERS_GROUP } from "./media.js";
import { answerTo, botSays, boundLines, deniedLines, Stage } from "./stage.js";
import { IN_HAND, threadCommandScenarios } from "./thread-commands.js";

const START_TIMEOUT_MS = 300_000;
const SCENARIO_TIMEOUT_MS = 150_000;
/** It starts a gateway in the middle. */
const RESTART_TIMEOUT_MS = 300_000;

const ORDER = 2001;
const LEFT = 2002;
const RIGHT = 2003;
const DENIED = 2004;
const BUSY = 2005;
const LEAVER = 2006;
const STAYER = 2007;
const STRANGER = 9001;
const GROUP = -3001;
const ASKED_GROUP = -3002;

/** The plugin answers until the host has let go of the binding, then the host's own agent does. */
const NOT_CODEX = new RegExp(`^(This chat was detached from Codex|${AGENT_ANSWER})`);

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open(
    [ORDER, LEFT, RIGHT, DENIED, BUSY, LEAVER, STAYER, ASKED, IN_HAND, SENDER],
    [GROUP, ASKED_GROUP, SENDERS_GROUP],
  );
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
}, SCENARIO_TIMEOUT_MS);

test(
  "a bound chat gets each message's own answer, in order",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(ORDER);
    const gate = stage.holdTurnsAsked("the first");
    const first = stage.say(ORDER, "the first");
    await stage.chain.model.waitForRequest(/^the first$/);
    const second = stage.say(ORDER, "the second");
    gate.open();
    await stage.replyTo(first, answerTo("the first"));
    await stage.replyTo(second, answerTo("the second"));

    const [last] = stage.requestsWith("the second");
    expect(last?.history).toEqual(["the first", "the second"]);
    expect(stage.readChat(ORDER)).toEqual([
      ...boundLines(),
      "person: the first",
      "person: the second",
      `bot: ${answerTo("the first")}`,
      `bot: ${answerTo("the second")}`,
    ]);
  },
);

test("two chats talk at once and never mix", { timeout: SCENARIO_TIMEOUT_MS }, async () => {
  await stage.bind(LEFT);
  await stage.bind(RIGHT);
  const leftGate = stage.holdTurnsAsked("from the left");
  const rightGate = stage.holdTurnsAsked("from the right");
  const fromLeft = stage.say(LEFT, "from the left");
  const fromRight = stage.say(RIGHT, "from the right");
  const left = await stage.chain.model.waitForRequest(/^from the left$/);
  const right = await stage.chain.model.waitForRequest(/^from the right$/);
  rightGate.open();
  await stage.replyTo(fromRight, answerTo("from the right"));
  leftGate.open();
  await stage.replyTo(fromLeft, answerTo("from the left"));

  expect(left.threadId).not.toBe(right.threadId);
  expect(left.history).toEqual(["from the left"]);
  expect(right.history).toEqual(["from the right"]);
  expect(stage.readChat(LEFT)).toEqual([
    ...boundLines(),
    "person: from the left",
    `bot: ${answerTo("from the left")}`,
  ]);
  expect(stage.readChat(RIGHT)).toEqual([
    ...boundLines(),
    "person: from the right",
    `bot: ${answerTo("from the right")}`,
  ]);
});

test(
  "a denied bind leaves no thread binding behind",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    const before = await stage.chain.threadBindings.list();
    const prompt = await stage.askToBind(DENIED);
    const asked = await stage.chain.threadBindings.list();
    const added = asked.filter(({ path }) => !before.some((binding) => binding.path === path));
    expect(added).toHaveLength(1);

    await stage.deny(prompt);
    for (const { threadId } of added) await stage.chain.threadBindings.waitUntilGone(threadId);
    const status = stage.say(DENIED, "/codexchat status");
    await stage.replyTo(status, /not bound/i);

    expect(await stage.chain.threadBindings.list()).toEqual(before);
    expect(stage.readChat(DENIED)).toEqual([
      ...deniedLines(),
      "person: /codexchat status",
      botSays(/not bound/i),
    ]);
  },
);

test(
  "a command is answered while a turn runs, and the turn's answer still comes",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(BUSY);
    const gate = stage.holdTurnsAsked("a long one");
    const asked = stage.say(BUSY, "a long one");
    const { threadId } = await stage.chain.model.waitForRequest(/^a long one$/);
    const status = await stage.replyTo(stage.say(BUSY, "/codexchat status"), new RegExp(threadId));
    expect(status.text).toMatch(/mock-model/);
    expect(status.text).toMatch(/a turn is running/i);
    gate.open();
    await stage.replyTo(asked, answerTo("a long one"));

    expect(stage.readChat(BUSY)).toEqual([
      ...boundLines(),
      "person: a long one",
      "person: /codexchat status",
      botSays(new RegExp(threadId)),
      `bot: ${answerTo("a long one")}`,
    ]);
  },
);

test(
  "an unauthorised sender changes nothing and gets nothing from Codex",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(GROUP, ORDER);
    const bindings = await stage.chain.threadBindings.list();
    stage.say(STRANGER, "let me in");
    const bind = stage.say(STRANGER, "/codexchat bind");
    await stage.replyTo(bind, /not authorized/);
    stage.say(GROUP, "let me in", STRANGER);
    const command = stage.say(GROUP, "/codexchat detach", STRANGER);
    await stage.replyTo(command, /not authorized/);
    await stage.talk(GROUP, "still ours", ORDER);

    expect(stage.requestsWith("let me in")).toEqual([]);
    expect(await stage.chain.threadBindings.list()).toEqual(bindings);
    expect(stage.readChat(GROUP)).toEqual([
      ...boundLines(),
      "person: let me in",
      "person: /codexchat detach",
      botSays(/not authorized/),
      "person: still ours",
      `bot: ${answerTo("still ours")}`,
    ]);
    expect(stage.readChat(STRANGER)).toEqual([
      "person: let me in",
      "person: /codexchat bind",
      botSays(/not authorized/),
    ]);
  },
);

describe("Codex asks, the person answers:", { timeout: SCENARIO_TIMEOUT_MS }, () => {
  approvalScenarios(() => stage, ASKED_GROUP, ORDER);
});

describe("The thread in hand:", { timeout: SCENARIO_TIMEOUT_MS }, () => {
  threadCommandScenarios(() => stage);
});

describe("Pictures, sounds and files:", { timeout: SCENARIO_TIMEOUT_MS }, () => {
  mediaScenarios(() => stage, ORDER);
});

test(
  "a restart keeps a bound chat bound and a detached one detached",
  { timeout: RESTART_TIMEOUT_MS },
  async () => {
    await stage.bind(LEAVER);
    await stage.talk(LEAVER, "before leaving");
    await stage.bind(STAYER);
    await stage.talk(STAYER, "before the restart");
    await stage.replyTo(stage.say(LEAVER, "/codexchat detach"), /detached/i);

    await stage.chain.gateway.stop();
    await stage.chain.gateway.start();

    const left = stage.say(LEAVER, "is Codex there");
    await stage.replyTo(left, NOT_CODEX);
    await stage.replyTo(stage.say(LEAVER, "/codexchat status"), /not bound/i);
    await stage.talk(STAYER, "after the restart");

    expect(stage.requestsWith("is Codex there")).toEqual([]);
    const [request] = stage.requestsWith("after the restart");
    expect(request?.history).toEqual(["before the restart", "after the restart"]);
    expect(stage.readChat(STAYER)).toEqual([
      ...boundLines(),
      "person: before the restart",
      `bot: ${answerTo("before the restart")}`,
      "person: after the restart",
      `bot: ${answerTo("after the restart")}`,
    ]);
    expect(stage.readChat(LEAVER)).toEqual([
      ...boundLines(),
      "person: before leaving",
      `bot: ${answerTo("before leaving")}`,
      "person: /codexchat detach",
      botSays(/detached/i),
      "person: is Codex there",
      botSays(NOT_CODEX),
      "person: /codexchat status",
      botSays(/not bound/i),
    ]);
  },
);

test(
  "when all has stopped, nobody has got an extra or an empty message",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.chain.gateway.stop();
    expect(stage.unread()).toEqual([]);
  },
);
