import { afterEach, describe, expect, test, vi } from "vitest";
import { CodexLocalError } from "../../src/app-server/errors.js";
import { clientSource } from "../support/conversation/client-source.js";
import { boundCommands } from "../support/conversation/commands.js";
import { opened } from "../support/conversation/questions.js";
import { refuse } from "../support/conversation/scripted-codex.js";
import { settled } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const NOW = Date.UTC(2026, 10, 22, 12, 0);
const HOUR_S = 3600;

afterEach(() => {
  vi.useRealTimers();
});

describe("status", () => {
  test("names the questions that wait for an answer", async () => {
    const { chat, say } = await boundCommands();
    const { handle } = opened(chat.sessionFile);
    expect(await say("status")).toContain(
      `\nCodex is waiting for an answer: \`/codexchat show ${handle}\`\n`,
    );
  });

  test("tells account, plan and limits with their resets", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: NOW });
    const { chat, codex, say } = await boundCommands();
    await chat.bind({ model: "gpt-x", modelProvider: "acme", effort: "high" });
    const account = { type: "chatgpt", email: "me@example.com", planType: "plus" };
    codex.answer("account/read", () => ({ account, requiresOpenaiAuth: true }));
    codex.answer("account/rateLimits/read", () => ({
      rateLimits: {
        primary: { usedPercent: 34, windowDurationMins: 300, resetsAt: NOW / 1000 + 2.5 * HOUR_S },
        secondary: {
          usedPercent: 80,
          windowDurationMins: 10_080,
          resetsAt: NOW / 1000 + 76 * HOUR_S,
        },
      },
    }));
    const text = await say("status");
    expect(text.split("\n")).toEqual([
      "Codex thread: thread-1",
      "Folder: /repo",
      "Model: gpt-x (acme), effort high",
      "Codex permissions: ask (works in its folder, asks before anything more)",
      "Codex fast mode: off",
      "No turn is running.",
      "Account: ChatGPT, plan plus",
      "5 h limit: 34 % used, resets in 2 h 30 min (14:30 UTC)",
      "Weekly limit: 80 % used, resets in 3 d 4 h (25 Nov 16:00 UTC)",
    ]);
  });

  test("tells the limits where Codex (up to 0.140) takes no params for them", async () => {
    const { codex, say } = await boundCommands();
    codex.answer("account/rateLimits/read", (params) => {
      if (Object.keys(params).length > 0) refuse("invalid type: map, expected unit")(params);
      return { rateLimits: { primary: { usedPercent: 34, windowDurationMins: 300 } } };
    });
    expect(await say("status")).toContain("5 h limit: 34 % used");
  });

  test.each([
    { account: { type: "apiKey" }, says: "Account: API key" },
    { account: { type: "amazonBedrock" }, says: "Account: amazonBedrock" },
    { account: null, requiresOpenaiAuth: false, says: "Account: not needed with this provider" },
    { account: null, says: /not signed in\. Run codex login/ },
  ])("tells what kind of account it is: $says", async ({ says, ...answer }) => {
    const { codex, say } = await boundCommands();
    codex.answer("account/read", () => ({ requiresOpenaiAuth: true, ...answer }));
    codex.answer("account/rateLimits/read", refuse("codex account authentication required"));
    const lines = (await say("status")).split("\n");
    expect(lines.at(-1)).toMatch(says);
  });

  test("tells that limits did not come where there are some", async () => {
    const { codex, say } = await boundCommands();
    const account = { type: "chatgpt", planType: "unknown" };
    codex.answer("account/read", () => ({ account, requiresOpenaiAuth: true }));
    expect(await say("status")).toMatch(
      /Account: ChatGPT\nCodex did not report its limits in time\.$/,
    );
  });

  test("tells how much of the context the last turn used, once one has told it", async () => {
    const { chat, codex, say } = await boundCommands({ threadId: "thread-of-context" });
    expect(await say("status")).not.toContain("Context");
    const reply = chat.say("hi");
    const turn = await codex.turn();
    turn.notify("thread/tokenUsage/updated", {
      turnId: turn.turnId,
      tokenUsage: { last: { totalTokens: 64_600 }, modelContextWindow: 258_400 },
    });
    turn.reply("Hello.");
    await reply;
    expect(await say("status")).toContain("Context: 25 % used (65k of 258k tokens)");
  });

  test.each([
    {
      status: "active",
      line: /^Goal running: All tests pass \(set .* ago, 0 turns, 1k tokens\)$/m,
    },
    { status: "paused", line: /^Goal paused: All tests pass/m },
  ])("shows the goal of a thread that is not loaded: $status", async ({ status, line }) => {
    const { codex, say } = await boundCommands();
    const goal = { objective: "All tests pass", status, tokensUsed: 1200, createdAt: 0 };
    codex.answer("thread/goal/get", () => ({ goal }));
    expect(await say("status")).toMatch(line);
    expect(codex.of("thread/resume")).toEqual([]);
  });

  test("does not bring up a goal that was reached before the thread was unloaded", async () => {
    const { codex, say } = await boundCommands();
    const goal = { objective: "All tests pass", status: "complete", tokensUsed: 1, createdAt: 0 };
    codex.answer("thread/goal/get", () => ({ goal }));
    expect(await say("status")).not.toContain("All tests pass");
  });

  test("tells how long the turn has run", async () => {
    vi.useFakeTimers({ toFake: ["Date", "performance"], now: NOW });
    const { chat, codex, say } = await boundCommands();
    const reply = chat.say("hi");
    const turn = await codex.turn();
    await settled();
    vi.advanceTimersByTime(200_000);
    vi.setSystemTime(NOW - 3_600_000);
    expect(await say("status")).toContain("A turn is running (3 min).");
    turn.reply("Hello.");
    await reply;
  });

  test("tells what the turn is about", async () => {
    const { chat, codex, say } = await boundCommands();
    const reply = chat.say("hi");
    const turn = await codex.turn();
    await settled();
    expect(await say("status")).not.toContain("Now: ");
    const item = { id: "command-1", type: "commandExecution", command: "npm test" };
    turn.show();
    turn.notify("item/started", { item });
    await settled();
    expect(await say("status")).toContain("A turn is running (0 s).\nNow: npm test\n");
    turn.reply("Hello.");
    await reply;
    expect(await say("status")).not.toContain("Now: ");
  });

  test("says what is known here where Codex cannot be reached", async () => {
    const { say } = await boundCommands();
    clientSource.serve(new CodexLocalError("START_FAILED", "it does not start"));
    const text = await say("status");
    expect(text).toMatch(/^Codex thread: thread-1\n[^]*Codex is not responding right now\.$/);
  });

  test("gives Codex less than two seconds for all that it asks", async () => {
    const { codex, say } = await boundCommands();
    await say("status");
    expect(clientSource.requests.map(({ timeoutMs }) => timeoutMs)).toEqual([1800]);
    const limits = codex.calls.map(({ options }) => options.timeoutMs);
    expect(limits).toHaveLength(3);
    expect(Math.max(...limits)).toBeLessThanOrEqual(1800);
  });

  test("says what Codex did answer where it leaves a part open", async () => {
    const { codex, say } = await boundCommands();
    codex.answer("account/read", () => {
      throw new CodexLocalError("REQUEST_TIMEOUT", "no answer");
    });
    codex.answer("account/rateLimits/read", () => ({
      rateLimits: { primary: { usedPercent: 5, windowDurationMins: null, resetsAt: null } },
    }));
    const text = await say("status");
    expect(text).toMatch(/Codex did not say who is signed in\.\nUsage limit: 5 % used$/);
  });
});
