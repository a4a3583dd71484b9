/** Turns that do not end by themselves: time-outs, the interrupt, and what follows where Codex does not comply. */
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { CodexLocalError } from "../../src/app-server/errors.js";
import { retireCodexAppServerClient } from "../../src/app-server/client-pool.js";
import type { CodexConversationClaimOptions } from "../../src/conversation-binding.js";
import { stopCodexConversationTurn } from "../../src/messages/control.js";
import { queuedConversationTurns } from "../../src/messages/queue.js";
import { conversation } from "../support/conversation/conversation.js";
import {
  refuse,
  type ScriptedCodex,
  type ScriptedTurn,
} from "../support/conversation/scripted-codex.js";
import { settled, unhandledDuring } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);
vi.mock("../../src/app-server/client-pool.js", () => ({
  retireCodexAppServerClient: vi.fn<() => Promise<void>>(async () => undefined),
}));

const MINUTE = 60_000;

/** No timer of a turn outlives it; that of its thread, which is left when it is idle for long, ends too. */
async function restoreTime(): Promise<void> {
  await vi.advanceTimersByTimeAsync(60 * MINUTE);
  const left = vi.getTimerCount();
  vi.useRealTimers();
  expect(left).toBe(0);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  vi.mocked(retireCodexAppServerClient).mockClear();
  return restoreTime;
});

/** A message whose turn has started and been shown, and a second one that waits behind it. */
async function runningTurn(options: CodexConversationClaimOptions = {}) {
  const { codex, chat } = await conversation();
  await chat.bind();
  const reply = chat.say("first", options);
  const next = chat.say("second", options);
  const turn = await codex.turn(1);
  turn.show();
  await settled();
  // Whatever a test leaves open ends with it.
  onTestFinished(async () => {
    for (const open of codex.turns) open.end();
    (await codex.turn(2)).reply("");
    await next;
  });
  return { codex, chat, reply, next, turn };
}

/** A turn that has started and that Codex has not shown yet. */
async function unshownTurn() {
  const { codex, chat } = await conversation();
  codex.showsTurns = false;
  await chat.bind();
  const reply = chat.say("hi");
  const turn = await codex.turn();
  await settled();
  return { codex, chat, reply, turn };
}

const limits = (turn: Record<string, number>): CodexConversationClaimOptions => ({
  pluginConfig: { turn },
});

describe("a turn that takes too long", () => {
  test.each([
    { by: "the caller", options: { timeoutMs: 5 * MINUTE } },
    { by: "the settings", options: limits({ maxDurationMs: 5 * MINUTE }) },
  ])(
    "by $by's limit fails in words that name the time, and is interrupted",
    async ({ options }) => {
      const { codex, reply, turn } = await runningTurn(options);
      await vi.advanceTimersByTimeAsync(5 * MINUTE - 1);
      expect(codex.of("turn/interrupt")).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      expect(await reply).toMatch(/^Codex app-server turn failed: timed out.*5 minutes/);
      expect((await codex.called("turn/interrupt")).params).toEqual({
        threadId: "thread-1",
        turnId: "turn-1",
      });
      turn.end({ status: "interrupted" });
    },
  );

  test("fails after 6 hours where nothing is set, however lively it is", async () => {
    const { reply, turn } = await runningTurn();
    for (let spent = 0; spent < 6 * 60; spent += 10) {
      turn.say(`${spent}`);
      // oxlint-disable-next-line no-await-in-loop
      await vi.advanceTimersByTimeAsync(10 * MINUTE);
    }
    expect(await reply).toMatch(/timed out.*6 hours/);
    turn.end({ status: "interrupted" });
  });

  test("has its whole time, though the machine's clock is set forward", async () => {
    const { codex, reply, turn } = await runningTurn(limits({ maxDurationMs: 5 * MINUTE }));
    vi.setSystemTime(Date.now() + 30 * MINUTE);
    await vi.advanceTimersByTimeAsync(5 * MINUTE - 1);
    expect(codex.of("turn/interrupt")).toEqual([]);
    turn.reply("Hello.");
    expect(await reply).toBe("Hello.");
  });

  test("frees the person at once; the next turn waits until this one is over in Codex", async () => {
    const { codex, chat, reply, next, turn } = await runningTurn({ timeoutMs: 1000 });
    await vi.advanceTimersByTimeAsync(1000);
    await reply;
    await codex.called("turn/interrupt");
    await settled();
    expect(codex.turns).toHaveLength(1);
    expect(queuedConversationTurns(chat.sessionFile)).toBe(2);
    // It is still listened to, so that its end is heard, as is that of the process.
    expect(codex.handlers).toBe(4);

    turn.end({ status: "interrupted" });
    (await codex.turn(2)).reply("Second.");
    expect(await next).toBe("Second.");
    expect(codex.handlers).toBe(0);
    expect(retireCodexAppServerClient).not.toHaveBeenCalled();
  });

  test("that does not end when interrupted has its process replaced, then the next one runs", async () => {
    const { codex, reply, next } = await runningTurn({ timeoutMs: 1000 });
    await vi.advanceTimersByTimeAsync(1000);
    await reply;
    await codex.called("turn/interrupt");
    await settled();
    await vi.advanceTimersByTimeAsync(9_999);
    expect(retireCodexAppServerClient).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(retireCodexAppServerClient).toHaveBeenCalledExactlyOnceWith(
      codex,
      expect.stringContaining("interrupted"),
    );
    (await codex.turn(2)).reply("Second.");
    expect(await next).toBe("Second.");
  });

  test("leaves nothing unhandled where the interrupt fails and the process cannot be replaced", async () => {
    vi.mocked(retireCodexAppServerClient).mockRejectedValueOnce(new Error("stuck"));
    const { codex, reply, next } = await runningTurn({ timeoutMs: 1000 });
    codex.answer("turn/interrupt", () => {
      throw new CodexLocalError("REQUEST_TIMEOUT", "no answer");
    });
    const unhandled = await unhandledDuring(async () => {
      await vi.advanceTimersByTimeAsync(1000);
      await reply;
      await vi.advanceTimersByTimeAsync(11_000);
      (await codex.turn(2)).reply("Second.");
      expect(await next).toBe("Second.");
    });
    expect(unhandled).toEqual([]);
    expect(codex.handlers).toBe(0);
  });
});

describe("a silent turn", () => {
  test("is stopped after the configured silence", async () => {
    const { codex, reply, turn } = await runningTurn(limits({ idleTimeoutMs: 2 * MINUTE }));
    await vi.advanceTimersByTimeAsync(2 * MINUTE);
    expect(await reply).toMatch(/failed: timed out: nothing came from Codex for 2 minutes/);
    await codex.called("turn/interrupt");
    turn.end({ status: "interrupted" });
  });

  test("whose model is out of reach says so, with Codex's last words about it", async () => {
    const { codex, reply, turn } = await runningTurn(limits({ idleTimeoutMs: 2 * MINUTE }));
    turn.notify("error", { willRetry: true, error: { message: "Reconnecting... 2/5" } });
    await vi.advanceTimersByTimeAsync(2 * MINUTE);
    expect(await reply).toContain(
      "timed out: Codex could not reach the model for 2 minutes, so the turn was stopped (Reconnecting... 2/5)",
    );
    await codex.called("turn/interrupt");
    turn.end({ status: "interrupted" });
  });

  test("is stopped after 20 minutes where nothing is set", async () => {
    const { codex, reply, turn } = await runningTurn();
    await vi.advanceTimersByTimeAsync(20 * MINUTE - 1);
    expect(codex.of("turn/interrupt")).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await reply).toMatch(/20 minutes/);
    turn.end({ status: "interrupted" });
  });

  const progress = [
    { method: "item/started", params: { item: { type: "reasoning", id: "r" } } },
    { method: "item/agentMessage/delta", params: { itemId: "a", delta: "x" } },
    { method: "turn/plan/updated", params: { plan: [] } },
  ];

  test.each(progress)("lives on with $method", async ({ method, params }) => {
    const { codex, reply, turn } = await runningTurn(limits({ idleTimeoutMs: MINUTE }));
    for (let count = 0; count < 3; count += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await vi.advanceTimersByTimeAsync(MINUTE - 1000);
      turn.notify(method, { turnId: turn.turnId, ...params });
    }
    expect(codex.of("turn/interrupt")).toEqual([]);
    turn.say("Hello.");
    turn.end();
    expect(await reply).toBe("Hello.");
  });

  const noise = [
    { method: "error", params: { error: { message: "Reconnecting… 1/5" }, willRetry: true } },
    { method: "warning", params: { message: "slow" } },
    { method: "thread/status/changed", params: { status: { type: "active" } } },
  ];

  test.each(noise)("does not live on $method alone", async ({ method, params }) => {
    const { reply, turn } = await runningTurn(limits({ idleTimeoutMs: MINUTE }));
    for (let count = 0; count < 6; count += 1) {
      turn.notify(method, { turnId: turn.turnId, ...params });
      // oxlint-disable-next-line no-await-in-loop
      await vi.advanceTimersByTimeAsync(MINUTE / 6);
    }
    expect(await reply).toMatch(/failed: timed out: /);
    turn.end({ status: "interrupted" });
  });

  test("does not live on another thread's progress", async () => {
    const { codex, reply, turn } = await runningTurn(limits({ idleTimeoutMs: MINUTE }));
    await vi.advanceTimersByTimeAsync(MINUTE / 2);
    codex.notify({ method: "item/started", params: { threadId: "thread-2", turnId: "turn-1" } });
    await vi.advanceTimersByTimeAsync(MINUTE / 2);
    expect(await reply).toMatch(/nothing came from Codex/);
    turn.end({ status: "interrupted" });
  });
});

describe("stop", () => {
  test("interrupts the running turn and says so; the turn's own reply tells the rest", async () => {
    const { codex, chat, reply, turn } = await runningTurn();
    expect(await stopCodexConversationTurn({ sessionFile: chat.sessionFile })).toEqual({
      stopped: true,
      message: "Codex stop requested.",
    });
    expect((await codex.called("turn/interrupt")).params).toEqual({
      threadId: "thread-1",
      turnId: "turn-1",
    });
    turn.end({ status: "interrupted" });
    expect(await reply).toMatch(/^Codex was stopped/);
  });

  test("twice interrupts once", async () => {
    const { codex, chat, reply, turn } = await runningTurn();
    await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    await settled();
    expect(codex.of("turn/interrupt")).toHaveLength(1);
    turn.end({ status: "interrupted" });
    await reply;
  });

  test("of a turn that Codex has not shown yet waits for that", async () => {
    const { codex, chat, reply, turn } = await unshownTurn();
    await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    await vi.advanceTimersByTimeAsync(999);
    expect(codex.of("turn/interrupt")).toEqual([]);
    turn.show();
    await codex.called("turn/interrupt");
    turn.end({ status: "interrupted" });
    expect(await reply).toMatch(/^Codex was stopped/);
    await settled();
  });

  test("of a turn that never shows interrupts it all the same", async () => {
    const { codex, chat, reply, turn } = await unshownTurn();
    await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    await vi.advanceTimersByTimeAsync(1000);
    await codex.called("turn/interrupt");
    turn.end({ status: "interrupted" });
    expect(await reply).toMatch(/^Codex was stopped/);
    await settled();
  });

  test("that comes too early for Codex is tried again once the turn shows", async () => {
    const { codex, chat, reply, turn } = await unshownTurn();
    codex.answerOnce("turn/interrupt", refuse("no active turn to interrupt"));
    await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    await vi.advanceTimersByTimeAsync(1000);
    await codex.called("turn/interrupt", 1);
    await settled();
    turn.show();
    await codex.called("turn/interrupt", 2);
    turn.end({ status: "interrupted" });
    expect(await reply).toMatch(/^Codex was stopped/);
    await settled();
  });
});

const runs = (turn: ScriptedTurn, id: string, command: string): void =>
  turn.notify("item/started", {
    turnId: turn.turnId,
    item: { type: "commandExecution", id, command, processId: `p-${id}`, status: "inProgress" },
  });

const processes = (codex: ScriptedCodex): unknown[] =>
  codex.of("thread/backgroundTerminals/terminate").map(({ params }) => params);

describe("the commands that a stopped turn leaves running", () => {
  test("are ended, and no others, once the turn is over; the answer does not wait for that", async () => {
    const { codex, chat, reply, turn } = await runningTurn();
    const ended = Promise.withResolvers<unknown>();
    codex.answer("thread/backgroundTerminals/terminate", () => ended.promise);
    runs(turn, "1", "npm ci");
    turn.item({ type: "commandExecution", id: "1", command: "npm ci", status: "completed" });
    runs(turn, "2", "npm run dev");
    await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    await codex.called("turn/interrupt");
    await settled();
    expect(processes(codex)).toEqual([]);
    turn.end({ status: "interrupted" });
    expect(await reply).toBe(
      "Codex was stopped. Done so far: 1 command (npm ci). Interrupted: npm run dev",
    );
    expect(processes(codex)).toEqual([{ threadId: "thread-1", processId: "p-2" }]);
    // The next turn must not meet them.
    await settled();
    expect(codex.turns).toHaveLength(1);
    ended.resolve({ terminated: true });
    await codex.turn(2);
    expect(codex.of("thread/backgroundTerminals/clean")).toEqual([]);
  });

  test("are ended all at once where Codex is too old to end one", async () => {
    const { codex, chat, reply, turn } = await runningTurn();
    codex.answer("thread/backgroundTerminals/clean", () => ({}));
    runs(turn, "1", "sleep 300");
    await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    await codex.called("turn/interrupt");
    turn.end({ status: "interrupted" });
    await reply;
    const clean = await codex.called("thread/backgroundTerminals/clean");
    expect(clean.params).toEqual({ threadId: "thread-1" });
    await codex.turn(2);
  });

  test("hold nothing up where Codex cannot end them", async () => {
    const { codex, chat, reply, turn } = await runningTurn();
    codex.answer("thread/backgroundTerminals/terminate", () => {
      throw new CodexLocalError("REQUEST_TIMEOUT", "no answer");
    });
    runs(turn, "1", "sleep 300");
    await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    await codex.called("turn/interrupt");
    turn.end({ status: "interrupted" });
    await reply;
    await codex.turn(2);
    const { options } = codex.only("thread/backgroundTerminals/terminate");
    expect(options.timeoutMs).toBeLessThanOrEqual(5000);
    expect(codex.of("thread/backgroundTerminals/clean")).toEqual([]);
  });

  test("are ended after a time-out as well, which says what was done", async () => {
    const { codex, reply, turn } = await runningTurn({ timeoutMs: 1000 });
    codex.answer("thread/backgroundTerminals/terminate", () => ({ terminated: true }));
    runs(turn, "1", "sleep 300");
    await vi.advanceTimersByTimeAsync(1000);
    expect(await reply).toMatch(
      /^Codex app-server turn failed: timed out[^]*\n\nInterrupted: sleep 300$/,
    );
    await codex.called("turn/interrupt");
    turn.end({ status: "interrupted" });
    await codex.turn(2);
    expect(processes(codex)).toEqual([{ threadId: "thread-1", processId: "p-1" }]);
  });

  test("are left alone where somebody else interrupted the turn", async () => {
    const { codex, reply, turn } = await runningTurn();
    runs(turn, "1", "npm run dev");
    turn.say("Half an answer");
    turn.end({ status: "interrupted" });
    expect(await reply).toBe(
      "Codex was interrupted before it finished. Interrupted: npm run dev\n\nIt had said:\n\nHalf an answer",
    );
    await codex.turn(2);
    expect(processes(codex)).toEqual([]);
  });
});

test("a stop that takes the process along is told as the stop that it is", async () => {
  const { codex, chat, reply } = await runningTurn();
  vi.mocked(retireCodexAppServerClient).mockImplementationOnce(async () => {
    codex.close(new CodexLocalError("CONNECTION_CLOSED", "it was replaced"));
  });
  await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
  await codex.called("turn/interrupt");
  await settled();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await reply).toBe("Codex was stopped.");
});

/** A turn that was given up, with a message behind it that waits for its end in Codex. */
async function givenUp() {
  const running = await runningTurn({ timeoutMs: 1000 });
  running.codex.answer("turn/interrupt", refuse("no active turn to interrupt"));
  return running;
}

describe("nothing is waited for, and nothing replaced,", () => {
  test("where Codex knows no such turn any more that it had shown: its end was lost", async () => {
    const { codex, reply } = await givenUp();
    await vi.advanceTimersByTimeAsync(1000);
    await reply;
    await codex.turn(2);
    expect(retireCodexAppServerClient).not.toHaveBeenCalled();
  });

  test("where a person stops such a turn: its answer is read from the thread", async () => {
    const { codex, chat, reply, turn } = await givenUp();
    const item = { type: "agentMessage", id: "i1", text: "Done long ago.", phase: null };
    codex.answer("thread/turns/list", () => ({
      data: [{ id: turn.turnId, status: "completed", items: [item] }],
    }));
    await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    expect(await reply).toBe("Done long ago.");
  });

  test("where the process ends meanwhile", async () => {
    const { codex, reply } = await runningTurn({ timeoutMs: 1000 });
    await vi.advanceTimersByTimeAsync(1000);
    await reply;
    await codex.called("turn/interrupt");
    codex.close(new CodexLocalError("CONNECTION_CLOSED", "gone"));
    await codex.turn(2);
    expect(retireCodexAppServerClient).not.toHaveBeenCalled();
  });
});
