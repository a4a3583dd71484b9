/** A turn whose connection ends before its end is told: the next process is asked what became of it. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { CodexLocalError, type CodexLocalErrorCode } from "../../src/app-server/errors.js";
import { stopCodexConversationTurn } from "../../src/messages/control.js";
import { answerMessage } from "../../src/messages/answer.js";
import { leaveIdleThreads } from "../../src/thread/thread.js";
import { textInput } from "../../src/chat/turn-input.js";
import { clientSource } from "../support/conversation/client-source.js";
import { conversation } from "../support/conversation/conversation.js";
import { refuse, ScriptedCodex, type Answer } from "../support/conversation/scripted-codex.js";
import { settled } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const GONE = "Codex ended: out of memory";
const said = (text: string) => ({ type: "agentMessage", id: "a", text, phase: null });
const command = { type: "commandExecution", id: "c", command: "npm ci", status: "completed" };

/** A process whose thread remembers these turns, the last one first. */
function nextProcess(...turns: Record<string, unknown>[]): ScriptedCodex {
  const next = new ScriptedCodex();
  next.stored.add("thread-1");
  next.answer("thread/turns/list", () => ({ data: turns }));
  return next;
}

function answering(method: string, answer: Answer): ScriptedCodex {
  const next = nextProcess();
  next.answer(method, answer);
  return next;
}

/** A running turn, to be lost; what comes after it is `next`. */
async function running(
  next: ScriptedCodex | Error,
  code: CodexLocalErrorCode = "CONNECTION_CLOSED",
) {
  const { codex, chat } = await conversation();
  await chat.bind();
  const reply = chat.say("hi");
  const turn = await codex.turn();
  turn.show();
  clientSource.serve(next);
  const lose = (): void => codex.close(new CodexLocalError(code, GONE));
  return { codex, chat, reply, turn, lose };
}

const IDS = { threadId: "thread-1", turnId: "turn-1" };

/** The turn that runs in this process says its answer and ends. */
function finish(codex: ScriptedCodex): void {
  codex.notify({ method: "item/completed", params: { ...IDS, item: said("Done.") } });
  const turn = { id: "turn-1", status: "completed", items: [] };
  codex.notify({ method: "turn/completed", params: { ...IDS, turn } });
}

/** The turn that runs in this process ends once it is interrupted. */
async function endByInterrupt(codex: ScriptedCodex): Promise<void> {
  codex.notify({ method: "turn/started", params: { ...IDS, turn: { id: "turn-1" } } });
  await codex.called("turn/interrupt");
  const turn = { id: "turn-1", status: "interrupted", items: [] };
  codex.notify({ method: "turn/completed", params: { ...IDS, turn } });
}

const FAILED = `Codex app-server turn failed: ${GONE}. Send the message again.`;
const FAILED_MIDWAY = `Codex app-server turn failed: ${GONE}. Nothing was repeated: send the message again, or tell Codex to continue.`;

test("the thread of a turn that could not be looked for counts as idle", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const next = answering("thread/turns/list", refuse("broken"));
  next.answer("thread/read", refuse("broken"));
  const { reply, lose } = await running(next);
  lose();
  expect(await reply).toBe(FAILED);
  vi.advanceTimersByTime(31 * 60_000);
  await leaveIdleThreads(next, 1000);
  expect(next.only("thread/unsubscribe").params).toEqual({ threadId: "thread-1" });
});

test("a turn that runs on when its connection is back answers with what it had said before, too", async () => {
  const first = { type: "agentMessage", id: "one", text: "Ten sheep.", phase: "final_answer" };
  const next = nextProcess({ id: "turn-1", status: "inProgress", items: [first] });
  const { reply, lose } = await running(next);
  lose();
  await next.called("thread/turns/list", 2);
  const last = { type: "agentMessage", id: "two", text: "And a dog.", phase: "final_answer" };
  next.notify({ method: "item/completed", params: { ...IDS, item: last } });
  const turn = { id: "turn-1", status: "completed", items: [last] };
  next.notify({ method: "turn/completed", params: { ...IDS, turn } });
  expect(await reply).toBe("Ten sheep.\n\nAnd a dog.");
});

describe("a turn whose process died", () => {
  test("after it had completed has its answer read and delivered, and is not run again", async () => {
    const next = nextProcess({ id: "turn-1", status: "completed", items: [said("Done.")] });
    const { codex, reply, lose } = await running(next);
    lose();
    expect(await reply).toBe("Done.");
    expect(next.only("thread/resume").params).toMatchObject({ threadId: "thread-1" });
    expect(next.of("turn/start")).toEqual([]);
    expect([codex.handlers, next.handlers]).toEqual([0, 0]);
  });

  test("after it had failed tells why, and what it had said before", async () => {
    const error = { message: "no luck" };
    const next = nextProcess({ id: "turn-1", status: "failed", error, items: [said("Half.")] });
    const { reply, lose } = await running(next);
    lose();
    expect(await reply).toBe("Codex app-server turn failed: no luck\n\nIt had said:\n\nHalf.");
  });

  test("in the middle of it tells what its thread has of its words, though nobody heard them", async () => {
    const next = nextProcess({ id: "turn-1", status: "interrupted", items: [said("Half.")] });
    const { reply, lose } = await running(next);
    lose();
    expect(await reply).toMatch(/It had said:\n\nHalf\.$/);
  });

  test("in the middle of it fails as it did, with what was done until then", async () => {
    const next = nextProcess({ id: "turn-1", status: "interrupted", items: [command] });
    const { reply, turn, lose } = await running(next);
    turn.notify("item/started", { turnId: "turn-1", item: { ...command, status: "inProgress" } });
    turn.item(command);
    lose();
    expect(await reply).toBe(`${FAILED_MIDWAY}\n\nDone so far: 1 command (npm ci).`);
    expect(next.of("turn/start")).toEqual([]);
  });

  const vain: { where: string; next: () => ScriptedCodex | Error }[] = [
    { where: "no other starts", next: () => new CodexLocalError("START_FAILED", "it would not") },
    { where: "the thread does not know it", next: () => nextProcess({ id: "turn-0" }) },
    { where: "the thread is gone", next: () => new ScriptedCodex() },
    {
      where: "the thread cannot be resumed",
      next: () => answering("thread/resume", refuse("thread-1 already is archived")),
    },
    {
      where: "the next one dies too",
      next: () =>
        answering("thread/turns/list", () => {
          throw new CodexLocalError("CONNECTION_CLOSED", "died again");
        }),
    },
  ];

  test.each(vain)("fails with the first reason where $where", async ({ next }) => {
    const { reply, lose } = await running(next());
    lose();
    expect(await reply).toBe(FAILED);
  });

  test("before it answered turn/start is found by its message", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const answered = Promise.withResolvers<unknown>();
    codex.answer("turn/start", () => answered.promise);
    const reply = answerMessage({
      data: chat.data,
      input: [textInput("hi")],
      pluginConfig: () => ({}),
      clientId: "message-1",
    });
    await codex.called("turn/start");
    const items = [{ type: "userMessage", id: "u", clientId: "message-1" }, said("Done.")];
    const next = nextProcess({ id: "turn-x", status: "completed", items });
    clientSource.serve(next);
    answered.reject(new CodexLocalError("CONNECTION_CLOSED", GONE));
    expect((await reply)?.text).toBe("Done.");
    expect(next.of("turn/start")).toEqual([]);
  });

  test("is not looked for where the plugin itself is ending", async () => {
    const { reply, lose } = await running(nextProcess(), "STOPPING");
    lose();
    expect(await reply).toBe(`Codex app-server turn failed: ${GONE}`);
    expect(clientSource.requests).toEqual([]);
  });

  test("is not looked for where the person had stopped it", async () => {
    const { chat, reply, lose } = await running(nextProcess());
    await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    lose();
    expect(await reply).toBe("Codex was stopped.");
    expect(clientSource.requests).toEqual([]);
  });
});

describe("a turn that runs on where only the connection was lost", () => {
  test("is followed to its end", async () => {
    const next = nextProcess({ id: "turn-1", status: "inProgress", items: [command] });
    const { reply, lose } = await running(next);
    lose();
    await next.called("thread/turns/list");
    await settled();
    finish(next);
    expect(await reply).toBe("Done.");
    expect(next.of("turn/start")).toEqual([]);
  });

  test("and ends before it is listened to again has its end read", async () => {
    const next = nextProcess({ id: "turn-1", status: "completed", items: [said("Done.")] });
    next.answerOnce("thread/turns/list", () => ({
      data: [{ id: "turn-1", status: "inProgress" }],
    }));
    const { reply, lose } = await running(next);
    lose();
    expect(await reply).toBe("Done.");
    expect(next.handlers).toBe(0);
  });

  test("is looked for after each loss", async () => {
    const record = { id: "turn-1", status: "inProgress", items: [] };
    const [next, last] = [nextProcess(record), nextProcess(record)];
    const { reply, lose } = await running(next);
    lose();
    await next.called("thread/turns/list");
    await settled();
    clientSource.serve(last);
    next.close(new CodexLocalError("CONNECTION_CLOSED", "again"));
    await last.called("thread/turns/list");
    await settled();
    finish(last);
    expect(await reply).toBe("Done.");
    expect([next, last].flatMap((codex) => codex.of("turn/start"))).toEqual([]);
  });

  test("and is stopped meanwhile is interrupted there", async () => {
    const next = nextProcess({ id: "turn-1", status: "inProgress", items: [] });
    const resumed = Promise.withResolvers<unknown>();
    next.answer("thread/resume", () => resumed.promise);
    const { chat, reply, lose } = await running(next);
    lose();
    await next.called("thread/resume");
    await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    resumed.resolve({ thread: { id: "thread-1" } });
    await next.called("thread/turns/list");
    await settled();
    await endByInterrupt(next);
    expect(await reply).toBe("Codex was stopped.");
  });
});

const far = (turn: Record<string, number>): { pluginConfig: unknown } => ({
  pluginConfig: { turn, appServer: { transport: "websocket", url: "ws://127.0.0.1:1" } },
});

/** Its connection is lost, and the app-server out of reach from then on. */
async function outOfReach(limits: Record<string, number> = {}) {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const { codex, chat } = await conversation();
  // Nothing is left to note of the turn's beginning: the disk does not keep to the test's time.
  await chat.bind({ seen: { threadId: "thread-1", turnId: "turn-0" } });
  const reply = chat.say("hi", far(limits));
  await codex.turn();
  await settled();
  clientSource.serve(new CodexLocalError("START_FAILED", "refused"));
  const lose = (): void => codex.close(new CodexLocalError("CONNECTION_CLOSED", GONE));
  return { codex, chat, reply, lose };
}

describe("a turn of an app-server behind a WebSocket", () => {
  test("is looked for until that can be reached again", async () => {
    const { reply, lose } = await outOfReach();
    lose();
    await vi.advanceTimersByTimeAsync(5000);
    const next = nextProcess({ id: "turn-1", status: "completed", items: [said("Done.")] });
    clientSource.serve(next);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await reply).toBe("Done.");
    expect(next.of("turn/start")).toEqual([]);
  });

  test("is looked for until its own bound, and then fails with the loss", async () => {
    const { reply, lose } = await outOfReach({ maxDurationMs: 3_600_000 });
    let told = false;
    void reply.then(() => (told = true));
    lose();
    await vi.advanceTimersByTimeAsync(3_400_000);
    expect(told).toBe(false);
    await vi.advanceTimersByTimeAsync(200_000);
    expect(await reply).toBe(FAILED);
  });

  test("that the person has stopped is interrupted over the next connection", async () => {
    const { codex, chat, reply, lose } = await outOfReach();
    const interrupted = Promise.withResolvers<unknown>();
    codex.answer("turn/interrupt", () => interrupted.promise);
    await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    await codex.called("turn/interrupt");
    const next = nextProcess({ id: "turn-1", status: "inProgress", items: [] });
    clientSource.serve(next);
    lose();
    interrupted.reject(new CodexLocalError("CONNECTION_CLOSED", GONE));
    await next.called("thread/turns/list");
    await settled();
    await endByInterrupt(next);
    expect(await reply).toBe("Codex was stopped.");
  });
});
