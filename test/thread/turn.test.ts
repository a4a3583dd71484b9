/** One turn: what goes to Codex, and that nothing of it stays behind. */
import { describe, expect, test, vi } from "vitest";
import { CodexLocalError } from "../../src/app-server/errors.js";
import { answerMessage } from "../../src/messages/answer.js";
import { readCodexConversationActiveTurn } from "../../src/messages/control.js";
import { textInput } from "../../src/chat/turn-input.js";
import type { Chat } from "../support/conversation/chat.js";
import { conversation } from "../support/conversation/conversation.js";
import { refuse, type ScriptedTurn } from "../support/conversation/scripted-codex.js";
import { settled, unhandledDuring } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

/** What a turn of a chat with this binding is started with, under these settings. */
async function startParams(
  binding: Parameters<Chat["bind"]>[0],
  appServer: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const { codex, chat } = await conversation();
  await chat.bind(binding);
  codex.repliesWith(() => "Hello.");
  await chat.say("hi", { pluginConfig: { appServer } });
  return codex.only("turn/start").params;
}

const INPUT = [{ type: "text", text: "hi", text_elements: [] }];
const workspaceWrite = (cwd: string): Record<string, unknown> => ({
  type: "workspaceWrite",
  writableRoots: [cwd],
  networkAccess: false,
  excludeTmpdirEnvVar: false,
  excludeSlashTmp: false,
});

describe("turn/start carries", () => {
  test("the safe defaults, and neither model nor tier where none is set", async () => {
    expect(await startParams({})).toEqual({
      threadId: "thread-1",
      input: INPUT,
      cwd: "/repo",
      approvalPolicy: "on-request",
      approvalsReviewer: "user",
      sandboxPolicy: workspaceWrite("/repo"),
    });
  });

  test("the configured values where the binding has none", async () => {
    expect(await startParams({}, { mode: "yolo", serviceTier: "flex" })).toEqual({
      threadId: "thread-1",
      input: INPUT,
      cwd: "/repo",
      approvalPolicy: "never",
      approvalsReviewer: "user",
      sandboxPolicy: { type: "dangerFullAccess" },
      serviceTier: "flex",
    });
  });

  test("the binding's values before the configured ones", async () => {
    const binding = {
      approvalPolicy: "untrusted",
      approvalsReviewer: "auto_review",
      sandbox: "read-only",
      model: "gpt-x",
      serviceTier: "fast",
      cwd: "/bound",
    } as const;
    expect(await startParams(binding, { mode: "yolo", serviceTier: "flex" })).toEqual({
      threadId: "thread-1",
      input: INPUT,
      cwd: "/bound",
      approvalPolicy: "untrusted",
      approvalsReviewer: "auto_review",
      sandboxPolicy: { type: "readOnly", networkAccess: false },
      model: "gpt-x",
      serviceTier: "fast",
    });
  });

  test("the binding's permissions no wider than the operator's", async () => {
    const binding = {
      approvalPolicy: "never",
      sandbox: "danger-full-access",
      approvalsReviewer: "auto_review",
    } as const;
    expect(await startParams(binding, { mode: "ask" })).toMatchObject({
      approvalsReviewer: "user",
      sandboxPolicy: workspaceWrite("/repo"),
    });
    expect(
      await startParams(binding, { approvalPolicy: "on-request", sandbox: "danger-full-access" }),
    ).toMatchObject({
      approvalPolicy: "on-request",
      approvalsReviewer: "user",
      sandboxPolicy: { type: "dangerFullAccess" },
    });
  });

  test("the host's folder for the chat where the binding knows none", async () => {
    expect(await startParams({ cwd: "" })).toMatchObject({
      cwd: "/data-folder",
      sandboxPolicy: workspaceWrite("/data-folder"),
    });
  });

  test("the configured request time", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.repliesWith(() => "Hello.");
    await chat.say("hi", { pluginConfig: { appServer: { requestTimeoutMs: 4321 } } });
    expect(codex.calls.map(({ options }) => options.timeoutMs)).toEqual([4321, 4321, 4321]);
  });
});

describe("after a turn no handler is left and no turn is active", () => {
  const endings: { outcome: string; end: (turn: ScriptedTurn) => void; reply: RegExp }[] = [
    { outcome: "completed", end: (turn) => turn.reply("Hello."), reply: /^Hello\.$/ },
    { outcome: "failed", end: (turn) => turn.fail("no luck"), reply: /failed: no luck$/ },
    {
      outcome: "was interrupted",
      end: (turn) => turn.end({ status: "interrupted" }),
      reply: /^Codex was interrupted/,
    },
  ];

  test.each(endings)("that $outcome", async ({ end, reply }) => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const text = chat.say("hi");
    const turn = await codex.turn();
    await settled();
    expect(codex.handlers).toBe(3);
    expect(codex.scopes).toEqual(new Set(["thread-1"]));
    expect(readCodexConversationActiveTurn(chat.sessionFile)).toEqual({
      sessionFile: chat.sessionFile,
      threadId: "thread-1",
      turnId: "turn-1",
    });

    end(turn);
    expect(await text).toMatch(reply);
    expect(codex.handlers).toBe(0);
    expect(readCodexConversationActiveTurn(chat.sessionFile)).toBeUndefined();
  });

  test.each([
    { condition: "was refused", answer: refuse("input too large"), reply: /input too large$/ },
    { condition: "has no name", answer: () => ({ turn: {} }), reply: /without naming it/ },
  ])("that $condition", async ({ answer, reply }) => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.answer("turn/start", answer);
    expect(await chat.say("hi")).toMatch(reply);
    expect(codex.handlers).toBe(0);
  });

  test("whose app-server closed: it fails at once, with the reason", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const text = chat.say("hi");
    (await codex.turn()).say("Half an answer");
    codex.close(new CodexLocalError("CONNECTION_CLOSED", "Codex ended: out of memory"));
    expect(await text).toBe(
      "Codex app-server turn failed: Codex ended: out of memory. Send the message again.",
    );
    expect(codex.handlers).toBe(0);
    expect(readCodexConversationActiveTurn(chat.sessionFile)).toBeUndefined();
  });

  test("whose app-server closed before it answered turn/start: nothing is left unhandled", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const closed = new CodexLocalError("CONNECTION_CLOSED", "Codex ended: out of memory");
    codex.answer("turn/start", () => {
      codex.close(closed);
      throw closed;
    });
    const unhandled = await unhandledDuring(async () => {
      expect(await chat.say("hi")).toBe(
        "Codex app-server turn failed: Codex ended: out of memory. Send the message again.",
      );
    });
    expect(unhandled).toEqual([]);
    expect(codex.handlers).toBe(0);
  });
});

describe("a turn's id is noted before its end is told, lest the note comes after that of the answer:", () => {
  test.each<{ how: string; end: (turn: ScriptedTurn) => void; says: RegExp }>([
    { how: "completed", end: (turn) => turn.reply("Hello."), says: /^Hello/ },
    { how: "failed", end: (turn) => turn.fail("no luck"), says: /no luck/ },
    {
      how: "interrupted",
      end: (turn) => turn.end({ status: "interrupted" }),
      says: /^Codex was interrupted/,
    },
  ])("$how", async ({ end, says }) => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const noted = Promise.withResolvers<void>();
    const told = vi.fn<() => void>();
    const reply = answerMessage({
      data: chat.data,
      input: [textInput("hi")],
      pluginConfig: () => ({}),
      onStarted: () => noted.promise,
    });
    void reply.then(told);
    const turn = await codex.turn();
    await settled();
    end(turn);
    await settled();
    expect(told).not.toHaveBeenCalled();
    noted.resolve();
    expect((await reply)?.text).toMatch(says);
  });
});

describe("the turn's notifications", () => {
  test("count though they precede the answer to turn/start", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const answered = Promise.withResolvers<void>();
    codex.answer("turn/start", async ({ threadId }) => {
      const ids = { threadId, turnId: "early" };
      const item = { type: "agentMessage", id: "a", text: "Early.", phase: null };
      codex.notify({ method: "item/completed", params: { ...ids, item } });
      codex.notify({
        method: "turn/completed",
        params: { threadId, turn: { id: "early", status: "completed", items: [], error: null } },
      });
      await answered.promise;
      return { turn: { id: "early" } };
    });
    const text = chat.say("hi");
    await codex.called("turn/start");
    answered.resolve();
    expect(await text).toBe("Early.");
  });

  test("of other threads on the same connection change nothing", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const text = chat.say("hi");
    const turn = await codex.turn();
    codex.notify({
      method: "turn/completed",
      params: { threadId: "sub-agent", turn: { id: "turn-1", status: "failed", items: [] } },
    });
    turn.reply("Mine.");
    expect(await text).toBe("Mine.");
  });
});

test("once a turn has started, the thread counts as one with a history", async () => {
  const { codex, chat } = await conversation();
  await chat.bind({ hasRun: false });
  codex.repliesWith(() => "Hello.");
  await chat.say("hi");
  expect(await chat.binding()).toMatchObject({ threadId: "thread-1", hasRun: true });
});

test("the note that a thread has run is not put on another, chosen while the turn started", async () => {
  const { codex, chat } = await conversation();
  await chat.bind({ hasRun: false });
  const started = Promise.withResolvers<void>();
  codex.answerOnce("turn/start", async () => {
    await started.promise;
    return { turn: { id: "turn-1" } };
  });
  const text = chat.say("hi");
  await codex.called("turn/start");
  await chat.bind({ threadId: "thread-9", hasRun: false });
  started.resolve();
  codex.notify({
    method: "turn/completed",
    params: { threadId: "thread-1", turn: { id: "turn-1", status: "completed", items: [] } },
  });
  await text;
  expect(await chat.binding()).toMatchObject({ threadId: "thread-9", hasRun: false });
});

test("a change made in the chat while a turn starts is not undone by it", async () => {
  const { codex, chat } = await conversation();
  await chat.bind({ hasRun: false });
  const { setCodexConversationModel } = await import("../../src/messages/control.js");
  const text = chat.say("hi");
  await codex.turn();
  await setCodexConversationModel({ sessionFile: chat.sessionFile, model: "gpt-y" });
  codex.turns[0]?.reply("Hello.");
  await text;
  expect(await chat.binding()).toMatchObject({ model: "gpt-y", hasRun: true });
});
