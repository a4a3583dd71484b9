/** A question beside the turn that runs. */
import { writeFile, readdir } from "node:fs/promises";
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { CodexLocalError } from "../../src/app-server/errors.js";
import { trackCodexConversationActiveTurn } from "../../src/thread/active-turns.js";
import { boundCommands, commands } from "../support/conversation/commands.js";
import { messagesOn } from "../support/conversation/messages.js";
import { refuse } from "../support/conversation/scripted-codex.js";
import { until } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

/** A bound chat whose turn runs, and what is sent there. */
async function running({ turnRuns = true } = {}) {
  const all = await boundCommands();
  const messages = messagesOn(all.host);
  const { sessionFile } = all.chat.data;
  if (turnRuns) {
    onTestFinished(
      trackCodexConversationActiveTurn({ sessionFile, threadId: "thread-1", turnId: "turn-1" }),
    );
  }
  const asked = Promise.withResolvers<{ text: string | null }>();
  all.codex.answer("thread/sample", () => asked.promise);
  const sent = (): string[] => all.host.sent.map(({ text }) => text);
  /** What is sent as the `count`th message. */
  const next = async (count = 1): Promise<string> => {
    await all.host.delivered(count);
    return sent()[count - 1] ?? "";
  };
  const files = async (): Promise<string[]> =>
    (await readdir(path.dirname(sessionFile))).filter((name) => name.endsWith(".side.json"));
  return { ...all, messages, sessionFile, asked, next, sent, files };
}

describe("a side question", () => {
  test("is answered beside the turn, marked as such, in a message of its own", async () => {
    const { say, codex, asked, next, files } = await running();
    expect(await say("side how far are you?")).toMatch(/^Asked on the side\./);
    expect(codex.only("thread/sample").params).toEqual({
      threadId: "thread-1",
      expectedTurnId: "turn-1",
      prompt: "how far are you?",
      allowInProgressTurn: true,
    });
    expect(await files()).toHaveLength(1);
    asked.resolve({ text: "Half **done**." });
    expect(await next()).toBe("↪ Side answer to “how far are you?”:\n\nHalf **done**.");
    await until(async () => (await files()).length === 0);
  });

  test.each([
    { title: "needs a tool", answer: () => ({ text: null }), said: /needs a tool.*“why\?”/ },
    {
      title: "comes after its turn",
      answer: refuse("sample source turn must be the latest turn"),
      said: /Another turn began/,
    },
    { title: "Codex refuses", answer: refuse("no way"), said: /did not answer.*“why\?”: no way/ },
    {
      title: "Codex never answers",
      answer: () => {
        throw new CodexLocalError("REQUEST_TIMEOUT", "Codex did not answer within 300 s.");
      },
      said: /did not answer.*300 s/,
    },
  ])("that $title is told so", async ({ answer, said }) => {
    const { say, codex, next } = await running();
    codex.answer("thread/sample", answer);
    await say("side why?");
    expect(await next()).toMatch(said);
  });

  test("is bounded in time, and given up in Codex with that", async () => {
    const { say, codex } = await running();
    await say("side why?");
    expect(codex.only("thread/sample").options).toMatchObject({
      timeoutMs: 300_000,
      cancelBy: "thread/sample/cancel",
    });
  });

  test("is the only one of its chat", async () => {
    const { say, codex, asked, next } = await running();
    await say("side one?");
    expect(await say("side two?")).toMatch(/has not answered your last side question/);
    asked.resolve({ text: "1" });
    await next();
    await say("side two?");
    expect(codex.of("thread/sample")).toHaveLength(2);
  });

  test.each(["side stop", "stop", "stop all"])("is cancelled by %s", async (stop) => {
    const { say, codex, files, sent, asked } = await running();
    codex.answer("turn/interrupt", () => ({}));
    await say("side why?");
    const { signal } = codex.only("thread/sample").options;
    expect(await say(stop)).toMatch(/cancelled|stop requested/);
    expect(signal?.aborted).toBe(true);
    asked.resolve({ text: "too late" });
    await until(async () => (await files()).length === 0);
    expect(sent()).toEqual([]);
  });

  test("that nobody asked is not cancelled", async () => {
    const { say } = await running();
    expect(await say("side stop")).toBe("No side question is waiting for an answer.");
  });

  test("of a chat that has another thread by then is dropped", async () => {
    const { say, chat, asked, files, sent } = await running();
    await say("side why?");
    await chat.bind({ threadId: "thread-2" });
    asked.resolve({ text: "too late" });
    await until(async () => (await files()).length === 0);
    expect(sent()).toEqual([]);
  });

  test("is told as lost after a restart, once", async () => {
    const { messages, sessionFile, next, sent, files } = await running();
    const left = {
      id: "q1",
      question: "why?",
      address: { channel: "telegram", to: "telegram:7" },
    };
    await writeFile(`${sessionFile}.side.json`, JSON.stringify(left));
    const folder = path.dirname(sessionFile);
    await messages.side.recover(folder);
    expect(await next()).toMatch(/gateway restarted before.*“why\?”/);
    expect(await files()).toEqual([]);
    await messages.side.recover(folder);
    expect(sent()).toHaveLength(1);
  });

  test("without a running turn is better sent as a message", async () => {
    const { say, codex } = await running({ turnRuns: false });
    expect(await say("side why?")).toMatch(/^Nothing is running/);
    expect(codex.of("thread/sample")).toEqual([]);
  });

  test("names the Codex that it needs", async () => {
    const { say, codex } = await running();
    codex.serverVersion = "0.154.0";
    expect(await say("side why?")).toMatch(/too old for a side question: this needs 0\.169\.0/);
    expect(codex.of("thread/sample")).toEqual([]);
  });

  test("needs words, and a bound chat", async () => {
    const { say } = await running();
    expect(await say("side")).toContain("Usage: `/codexchat side TEXT`");
    const other = await commands();
    expect(await other.say("side why?")).toMatch(/^This chat is not bound/);
  });
});
