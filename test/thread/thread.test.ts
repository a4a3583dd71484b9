/** The thread of a bound chat: resumed, loaded, unloaded, gone. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { isKept } from "../../src/app-server/kept-clients.js";
import { CodexLocalError } from "../../src/app-server/errors.js";
import { permissionsOfMode } from "../../src/app-server/permissions.js";
import { clearCodexAppServerBinding } from "../../src/thread/thread-binding.js";
import { leaveIdleThreads } from "../../src/thread/thread.js";
import { DEVELOPER_INSTRUCTIONS } from "../../src/thread/instructions.js";
import type { Chat } from "../support/conversation/chat.js";
import { clientSource } from "../support/conversation/client-source.js";
import { asRecord } from "../../src/app-server/json.js";
import { conversation } from "../support/conversation/conversation.js";
import { refuse, ScriptedCodex } from "../support/conversation/scripted-codex.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const methodsOf = (codex: ScriptedCodex): string[] => codex.calls.map(({ method }) => method);

const SIGNED_OUT = (): unknown => ({ account: null, requiresOpenaiAuth: true });

describe("a thread that this connection has not loaded", () => {
  test("is resumed without its turns before the first turn, and not again", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.repliesWith((turn) => `re: ${turn.prompt}`);
    expect(await chat.say("one")).toBe("re: one");
    expect(await chat.say("two")).toBe("re: two");
    expect(methodsOf(codex)).toEqual(["account/read", "thread/resume", "turn/start", "turn/start"]);
    expect(codex.only("thread/resume").params).toMatchObject({
      threadId: "thread-1",
      excludeTurns: true,
    });
  });

  test("is resumed again on the next connection", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.repliesWith(() => "before");
    await chat.say("one");

    const next = new ScriptedCodex();
    next.stored.add("thread-1");
    next.repliesWith(() => "after");
    clientSource.serve(next);
    expect(await chat.say("two")).toBe("after");
    expect(methodsOf(next)).toEqual(["account/read", "thread/resume", "turn/start"]);
  });

  test("is resumed with the chat's permissions, model, provider and tier", async () => {
    const { codex, chat } = await conversation();
    await chat.bind({
      approvalPolicy: "untrusted",
      sandbox: "read-only",
      model: "gpt-x",
      modelProvider: "acme",
      serviceTier: "fast",
    });
    codex.repliesWith(() => "Hello.");
    await chat.say("hi");
    expect(codex.only("thread/resume").params).toEqual({
      threadId: "thread-1",
      excludeTurns: true,
      approvalPolicy: "untrusted",
      approvalsReviewer: "user",
      sandbox: "read-only",
      model: "gpt-x",
      modelProvider: "acme",
      serviceTier: "fast",
    });
  });

  test("is resumed where Codex unloaded it in between, and the turn runs once", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.repliesWith((turn) => `re: ${turn.prompt}`);
    await chat.say("one");
    codex.unload("thread-1");
    expect(await chat.say("two")).toBe("re: two");
    expect(codex.of("thread/resume")).toHaveLength(2);
    expect(codex.turns.map(({ prompt }) => prompt)).toEqual(["one", "two"]);
    expect(await chat.binding()).toMatchObject({ threadId: "thread-1" });
  });

  test("is resumed once more where Codex unloads it just after it was resumed", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.repliesWith((turn) => `re: ${turn.prompt}`);
    codex.answerOnce("turn/start", refuse("thread not found: thread-1"));
    expect(await chat.say("one")).toBe("re: one");
    expect(codex.of("thread/resume")).toHaveLength(2);
    expect(codex.of("thread/start")).toEqual([]);
  });

  test("is replaced where Codex loses it again and again", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.repliesWith((turn) => `re: ${turn.prompt}`);
    codex.answerOnce("turn/start", refuse("thread not found: thread-1"));
    codex.answerOnce("turn/start", refuse("thread not found: thread-1"));
    expect(await chat.say("one")).toMatch(/new one that does not remember it\.\n\nre: one$/);
    expect(codex.of("thread/start")).toHaveLength(1);
  });
});

test("a message's Codex is kept from when it is made ready until its turn is over", async () => {
  const { codex, chat } = await conversation();
  await chat.bind();
  const answer = chat.say("hi");
  const turn = await codex.turn(1);
  expect(isKept(codex)).toBe(true);
  turn.reply("Hello.");
  await answer;
  expect(isKept(codex)).toBe(false);
});

describe("a thread that nobody uses for half an hour", () => {
  const HALF_AN_HOUR = 30 * 60_000;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
    return () => void vi.useRealTimers();
  });

  test("is left, so that Codex can unload it, and resumed for the next message", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.answer("thread/unsubscribe", () => ({}));
    codex.repliesWith((turn) => `re: ${turn.prompt}`);
    await chat.say("one");
    vi.advanceTimersByTime(HALF_AN_HOUR - 1);
    await leaveIdleThreads(codex, 1000);
    expect(codex.of("thread/unsubscribe")).toEqual([]);
    vi.advanceTimersByTime(1);
    await leaveIdleThreads(codex, 1000);
    await leaveIdleThreads(codex, 1000);
    expect(codex.only("thread/unsubscribe").params).toEqual({ threadId: "thread-1" });
    expect(await chat.say("two")).toBe("re: two");
    expect(codex.of("thread/resume")).toHaveLength(2);
  });

  test("is known by its own time, and not by the machine's clock", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.answer("thread/unsubscribe", () => ({}));
    codex.repliesWith(() => "Hello.");
    await chat.say("one");
    vi.setSystemTime(Date.now() + HALF_AN_HOUR);
    await leaveIdleThreads(codex, 1000);
    expect(codex.of("thread/unsubscribe")).toEqual([]);
    vi.setSystemTime(Date.now() - 4 * HALF_AN_HOUR);
    vi.advanceTimersByTime(HALF_AN_HOUR);
    await leaveIdleThreads(codex, 1000);
    expect(codex.of("thread/unsubscribe")).toHaveLength(1);
  });

  test("is not left while a command runs on it, which would end with it", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.answer("thread/unsubscribe", () => ({}));
    codex.answer("thread/backgroundTerminals/list", () => ({
      data: [{ processId: "1", command: "npm run dev" }],
    }));
    codex.repliesWith(() => "Started.");
    await chat.say("start the server");
    vi.advanceTimersByTime(2 * HALF_AN_HOUR);
    await leaveIdleThreads(codex, 1000);
    expect(codex.of("thread/unsubscribe")).toEqual([]);
    codex.answer("thread/backgroundTerminals/list", () => ({ data: [] }));
    await leaveIdleThreads(codex, 1000);
    expect(codex.of("thread/unsubscribe")).toHaveLength(1);
  });

  test("is left by a Codex that cannot tell whether commands run", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.answer("thread/unsubscribe", () => ({}));
    codex.answer(
      "thread/backgroundTerminals/list",
      refuse("Invalid request: unknown variant `thread/backgroundTerminals/list`"),
    );
    codex.repliesWith(() => "Hello.");
    await chat.say("hi");
    vi.advanceTimersByTime(HALF_AN_HOUR);
    await leaveIdleThreads(codex, 1000);
    expect(codex.of("thread/unsubscribe")).toHaveLength(1);
  });

  test("is not left while a turn runs on it, however long that takes", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const first = chat.say("one");
    (await codex.turn(1)).reply("Hello.");
    await first;
    const second = chat.say("two", { pluginConfig: { turn: { idleTimeoutMs: 9 * HALF_AN_HOUR } } });
    const turn = await codex.turn(2);
    vi.advanceTimersByTime(2 * HALF_AN_HOUR);
    await leaveIdleThreads(codex, 1000);
    turn.reply("Hello.");
    await second;
    await leaveIdleThreads(codex, 1000);
    expect(codex.of("thread/unsubscribe")).toEqual([]);
    expect(codex.of("thread/resume")).toHaveLength(1);
  });

  test("is left by a fresh copy of the plugin, as after a reload, once the old copy's turn is over", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.answer("thread/unsubscribe", () => ({}));
    vi.resetModules();
    const fresh = await import("../../src/thread/thread.js");
    expect(fresh.leaveIdleThreads).not.toBe(leaveIdleThreads);
    // As a command of the fresh copy does.
    const permissions = permissionsOfMode("ask");
    await fresh.resumeThread(codex, "thread-1", { permissions }, 1000);

    const text = chat.say("hi", { pluginConfig: { turn: { idleTimeoutMs: 9 * HALF_AN_HOUR } } });
    const turn = await codex.turn();
    vi.advanceTimersByTime(2 * HALF_AN_HOUR);
    await fresh.leaveIdleThreads(codex, 1000);
    expect(codex.of("thread/unsubscribe")).toEqual([]);

    turn.reply("Hello.");
    await text;
    vi.advanceTimersByTime(HALF_AN_HOUR);
    await fresh.leaveIdleThreads(codex, 1000);
    expect(codex.only("thread/unsubscribe").params).toEqual({ threadId: "thread-1" });
  });

  test("is not resumed before it has been left", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const order: string[] = [];
    codex.answer("thread/unsubscribe", async () => {
      // Longer than a message takes to its resume.
      for (let reads = 0; reads < 20; reads += 1) {
        // oxlint-disable-next-line no-await-in-loop
        await chat.binding();
      }
      order.push("left");
    });
    codex.repliesWith((turn) => `re: ${turn.prompt}`);
    await chat.say("one");
    vi.advanceTimersByTime(HALF_AN_HOUR);
    const leaving = leaveIdleThreads(codex, 1000);
    codex.answerOnce("thread/resume", ({ threadId }) => {
      order.push("resumed");
      return { thread: { id: threadId } };
    });
    expect(await chat.say("two")).toBe("re: two");
    await leaving;
    expect(order).toEqual(["left", "resumed"]);
  });

  test("and cannot be left does no harm", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.answer("thread/unsubscribe", refuse("no"));
    codex.repliesWith((turn) => `re: ${turn.prompt}`);
    await chat.say("one");
    vi.advanceTimersByTime(HALF_AN_HOUR);
    await expect(leaveIdleThreads(codex, 1000)).resolves.toBeUndefined();
    expect(await chat.say("two")).toBe("re: two");
  });
});

describe("a thread that is gone", () => {
  test("and never ran a turn is replaced without a word", async () => {
    const { codex, chat } = await conversation();
    await chat.bind({ hasRun: false, model: "gpt-x" });
    codex.lose("thread-1");
    codex.repliesWith(() => "Hello.");
    expect(await chat.say("hi")).toBe("Hello.");
    expect(codex.only("thread/start").params).toMatchObject({
      cwd: "/repo",
      developerInstructions: DEVELOPER_INSTRUCTIONS,
      model: "gpt-x",
    });
    expect(codex.only("turn/start").params.threadId).toBe("new-thread-1");
    expect(await chat.binding()).toMatchObject({ threadId: "new-thread-1", hasRun: true });
  });

  test.each([{ hasRun: true }, { hasRun: undefined }])(
    "and had a history, as far as is known, is replaced with a notice in the reply: %o",
    async (binding) => {
      const { codex, chat } = await conversation();
      await chat.bind(binding);
      codex.lose("thread-1");
      codex.repliesWith(() => "Hello.");
      const reply = await chat.say("hi");
      expect(reply).toMatch(/thread of this chat is gone[^]*new one[^]*\n\nHello\.$/);
      expect(await chat.say("again")).toBe("Hello.");
    },
  );

  test("keeps what the chat chose: permissions, tier and profile", async () => {
    const { codex, chat } = await conversation();
    await chat.bind({
      hasRun: false,
      sandbox: "read-only",
      serviceTier: "fast",
      authProfileId: "work",
    });
    codex.lose("thread-1");
    codex.repliesWith(() => "Hello.");
    await chat.say("hi");
    expect(codex.only("thread/start").params).toMatchObject({
      sandbox: "read-only",
      serviceTier: "fast",
    });
    expect(await chat.binding()).toMatchObject({
      threadId: "new-thread-1",
      sandbox: "read-only",
      serviceTier: "fast",
      authProfileId: "work",
    });
  });

  test("is noticed at the turn as well, after it was loaded", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.repliesWith((turn) => `re: ${turn.prompt}`);
    await chat.say("one");
    codex.lose("thread-1");
    expect(await chat.say("two")).toMatch(/is gone[^]*\n\nre: two$/);
    expect(codex.turns.map(({ threadId }) => threadId)).toEqual(["thread-1", "new-thread-1"]);
  });

  test.each([
    {
      what: "bound to another thread",
      change: (chat: Chat) => chat.bind({ threadId: "thread-9" }),
      reply: /^This chat was bound to another Codex thread before.*not sent\. Send it again/,
      left: { threadId: "thread-9", cwd: "/repo", hasRun: true },
    },
    {
      what: "detached",
      change: (chat: Chat) => clearCodexAppServerBinding(chat.sessionFile),
      reply: /^This chat was detached from Codex before.*not sent\.$/,
      left: undefined,
    },
  ])(
    "is not replaced in a chat that was $what meanwhile",
    async ({ change, reply, left: binding }) => {
      const { codex, chat } = await conversation();
      await chat.bind();
      codex.lose("thread-1");
      codex.answer("thread/unsubscribe", () => ({}));
      const started = Promise.withResolvers<void>();
      codex.answerOnce("thread/start", async () => {
        await started.promise;
        return { thread: { id: "blank" }, cwd: "/repo" };
      });
      const text = chat.say("hi");
      await codex.called("thread/start");
      await change(chat);
      started.resolve();
      expect(await text).toMatch(reply);
      expect(codex.of("turn/start")).toEqual([]);
      expect(codex.only("thread/unsubscribe").params).toEqual({ threadId: "blank" });
      const after = await chat.binding();
      expect(after && { threadId: after.threadId, cwd: after.cwd, hasRun: after.hasRun }).toEqual(
        binding,
      );
    },
  );

  test("stays bound where no other can be started", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.lose("thread-1");
    codex.answer("thread/start", refuse("disk full"));
    expect(await chat.say("hi")).toBe("Codex app-server turn failed: disk full");
    expect(await chat.binding()).toMatchObject({ threadId: "thread-1" });
  });
});

describe("a resume that Codex refuses for another reason", () => {
  test("says so, and starts no blank thread", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.answer("thread/resume", refuse("failed to load rollout: line 3"));
    expect(await chat.say("hi")).toBe(
      "Codex app-server turn failed: failed to load rollout: line 3",
    );
    expect(codex.of("thread/start")).toEqual([]);
    expect(await chat.binding()).toMatchObject({ threadId: "thread-1" });
  });

  test("is no hindrance where the thread is loaded all the same", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.loaded.add("thread-1");
    codex.answer("thread/resume", refuse("unknown variant `thread/resume`"));
    codex.repliesWith(() => "Hello.");
    expect(await chat.say("hi")).toBe("Hello.");
  });

  test.each([
    { refusal: "thread thread-1 already has an active writer", hint: /open in another Codex/ },
    { refusal: "session thread-1 is archived; unarchive it", hint: /archived.*Unarchive/ },
  ])("tells what to do about: $refusal", async ({ refusal, hint }) => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.answer("thread/resume", refuse(refusal));
    expect(await chat.say("hi")).toMatch(hint);
    expect(codex.of("thread/start")).toEqual([]);
  });

  test("for the sake of a process that is just leaving is asked again, as after a restart", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.answerOnce("thread/resume", refuse("thread thread-1 already has an active writer"));
    codex.repliesWith(() => "Hello.");
    expect(await chat.say("hi")).toBe("Hello.");
    expect(codex.of("thread/resume")).toHaveLength(2);
  });

  test("by a connection that is gone fails the turn at once", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.answer("thread/resume", () => {
      throw new CodexLocalError("CONNECTION_CLOSED", "Codex ended: out of memory");
    });
    expect(await chat.say("hi")).toBe(
      "Codex app-server turn failed: Codex ended: out of memory. Send the message again.",
    );
    expect(codex.of("turn/start")).toEqual([]);
  });
});

describe("signing in", () => {
  test("is asked for once per connection", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.repliesWith(() => "Hello.");
    await chat.say("one");
    await chat.say("two");
    expect(codex.of("account/read")).toHaveLength(1);
  });

  test("a signed-out Codex is told before the turn, with what to run", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.answer("account/read", SIGNED_OUT);
    expect(await chat.say("hi")).toMatch(
      /^Codex app-server turn failed: .*not signed in.*codex login/,
    );
    expect(methodsOf(codex)).toEqual(["account/read"]);
  });

  test("is asked for again after it failed", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.answerOnce("account/read", SIGNED_OUT);
    codex.repliesWith(() => "Hello.");
    await chat.say("one");
    expect(await chat.say("two")).toBe("Hello.");
  });

  test("is done with the environment's key, which appears nowhere else", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    vi.stubEnv("OPENAI_API_KEY", "sk-secret");
    codex.answer("account/read", SIGNED_OUT);
    codex.repliesWith(() => "Hello.");
    expect(await chat.say("hi")).toBe("Hello.");
    expect(codex.only("account/login/start").params).toEqual({
      type: "apiKey",
      apiKey: "sk-secret",
    });
    const others = codex.calls.filter(({ method }) => method !== "account/login/start");
    expect(JSON.stringify([others, await chat.binding()])).not.toContain("sk-secret");
  });

  test("withheld from Codex by the settings, the key is not used", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    vi.stubEnv("OPENAI_API_KEY", "sk-secret");
    codex.answer("account/read", SIGNED_OUT);
    const pluginConfig = { appServer: { clearEnv: ["OPENAI_API_KEY"] } };
    expect(await chat.say("hi", { pluginConfig })).toContain("codex login");
    expect(codex.of("account/login/start")).toEqual([]);
  });

  test("is asked for again after a turn that failed for want of it", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const first = chat.say("one");
    (await codex.turn(1)).fail("401 Unauthorized", "unauthorized");
    expect(await first).toMatch(/codex login/);
    const second = chat.say("two");
    (await codex.turn(2)).reply("Hello.");
    expect(await second).toBe("Hello.");
    expect(codex.of("account/read")).toHaveLength(2);
  });
});

test("a thread is loaded without goals and sub-agents if the operator wants none", async () => {
  const { codex, chat } = await conversation();
  codex.repliesWith(() => "Hello.");
  await chat.bind();
  await chat.say("hi", { pluginConfig: { goals: "off", agents: "off" } });
  expect(codex.only("thread/resume").params.config).toMatchObject({
    "features.goals": false,
    "agents.enabled": false,
  });
  const other = chat.other("other");
  await other.bind({ threadId: "thread-2" });
  await other.say("hi", { pluginConfig: { goals: { maxTurns: 3 } } });
  const [, resume] = codex.of("thread/resume");
  expect(resume?.params.config ?? {}).not.toHaveProperty("features.goals");
});

test.each([
  ["0.125.0", { "features.multi_agent": false }],
  ["0.153.9", { "features.multi_agent": false }],
  ["0.154.0", { "agents.enabled": false }],
  ["0.171.0", { "agents.enabled": false }],
])("sub-agents are switched off in the words of Codex %s", async (version, config) => {
  const { codex, chat } = await conversation();
  codex.serverVersion = version;
  codex.repliesWith(() => "Hello.");
  await chat.bind();
  await chat.say("hi", { pluginConfig: { agents: "off" } });
  const { config: sent } = codex.only("thread/resume").params;
  const names = ["features.multi_agent", "agents.enabled"];
  const entries = Object.entries(asRecord(sent) ?? {}).filter(([name]) => names.includes(name));
  expect(Object.fromEntries(entries)).toEqual(config);
});
