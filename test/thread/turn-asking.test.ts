/** What Codex asks during a turn of an accepted message, from its request to what it is told. */
import path from "node:path";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { stopCodexConversationTurn } from "../../src/messages/control.js";
import { ConversationMessages } from "../../src/messages/messages.js";
import {
  answerQuestion,
  findQuestion,
  openQuestions,
  type OpenQuestion,
} from "../../src/questions/board.js";
import { readCodexConversationActiveTurn } from "../../src/messages/control.js";
import { enqueueConversationTurn } from "../../src/messages/queue.js";
import { textInput } from "../../src/chat/turn-input.js";
import type { Chat } from "../support/conversation/chat.js";
import { conversation } from "../support/conversation/conversation.js";
import { ScriptedCodex, type ScriptedTurn } from "../support/conversation/scripted-codex.js";
import { clientSource } from "../support/conversation/client-source.js";
import { quietChat, sendsText } from "../support/conversation/quiet-chat.js";
import { settled, until } from "../support/conversation/settled.js";
import { Journal } from "../support/journal.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const COMMAND = "item/commandExecution/requestApproval";
const ACCEPT = { decision: "accept" };
const DECLINE = { decision: "decline" };

type Asked = { to: string; question: OpenQuestion; text: string };
type Said = { to: string; text: string };

/** A process that takes messages, with what it asked and said in the chats. */
async function process(pluginConfig: unknown = {}) {
  const { codex, chat } = await conversation();
  const questions = new Journal<Asked>("the questions", ({ to, text }) => `${to}: ${text}`);
  const sent = new Journal<Said>("the chats", ({ to, text }) => `${to}: ${text}`);
  const notes: string[] = [];
  const start = (): ConversationMessages => {
    const started = new ConversationMessages({
      sendMessage: sendsText(({ to }, text) => sent.append({ to, text })),
      ...quietChat,
      sendNote: async ({ to }, text, buttons) => {
        const question = findQuestion(buttons[0]?.value.split(":")[1] ?? "");
        if (question) questions.append({ to, question, text });
        else notes.push(text);
        return { edit: async () => true };
      },
      pluginConfig: () => pluginConfig,
      warn: () => {},
    });
    onTestFinished(() => started.stop());
    return started;
  };
  const messages = start();

  /** Binds a chat and lets a turn run in it. */
  async function running(of: Chat, to: string, threadId = "thread-1"): Promise<ScriptedTurn> {
    await of.bind({ threadId });
    const address = { channel: "telegram", to };
    const input = [textInput("hi")];
    await messages.accept({ data: of.data, input, address, messageId: undefined });
    const turn = await codex.turn(codex.turns.length + 1);
    turn.show();
    await settled();
    // Nothing of it may be under way when its folder goes.
    onTestFinished(async () => {
      turn.end();
      await sent.waitFor(
        (said) => said.to === to && !/nobody answered|cannot be answered/.test(said.text),
      );
    });
    return turn;
  }

  /** Codex asks for leave to run a command on a thread; what each turn's handler answers. */
  const asks = (command: string, threadId = "thread-1", turnId = "turn-1"): Promise<unknown[]> =>
    codex.ask(COMMAND, { threadId, turnId, itemId: "item-1", command, cwd: "/repo" });

  return { codex, chat, questions, notes, sent, messages, start, running, asks };
}

/** A turn that has asked, and whose question stands in the chat. */
async function waitingForAnswer(pluginConfig?: unknown) {
  const all = await process(pluginConfig);
  const turn = await all.running(all.chat, "telegram:7");
  const told = all.asks("npm publish");
  const { question } = await all.questions.waitFor(() => true);
  /** Codex asks for leave to run a command, under the same request id each time. */
  const askUnderOneId = (command: string): Promise<unknown[]> =>
    all.codex.ask(
      COMMAND,
      { threadId: "thread-1", turnId: turn.turnId, itemId: "item-2", command },
      77,
    );
  return { ...all, turn, told, question, askUnderOneId };
}

/** Time that the test can advance, and that goes on by itself for what follows from that. */
function fakeTime(): void {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "Date", "performance"],
    shouldAdvanceTime: true,
  });
  onTestFinished(() => void vi.useRealTimers());
}

const patch = (diff: string) => [{ path: "/etc/hosts", kind: { type: "update" }, diff }];

describe("a question", () => {
  test("goes to the chat that the message came from, and its answer to Codex", async () => {
    const { chat, questions, sent, turn, told, question } = await waitingForAnswer();
    expect(questions.entries).toMatchObject([
      { to: "telegram:7", text: expect.stringContaining("npm publish\n```\nFolder: /repo") },
    ]);
    expect(question.sessionFile).toBe(chat.sessionFile);
    answerQuestion(question.id, "once", { by: "click" });
    expect(await told).toEqual([ACCEPT]);
    turn.reply("Published.");
    await sent.waitFor(({ text }) => text === "Published.");
    expect(sent.entries).toEqual([{ to: "telegram:7", text: "Published." }]);
  });

  test("that Codex sends again with the same id is asked once, be it open or answered", async () => {
    const { codex, questions, turn } = await waitingForAnswer();
    const again = (): Promise<unknown[]> =>
      codex.ask(
        COMMAND,
        { threadId: "thread-1", turnId: turn.turnId, itemId: "item-2", command: "ls", cwd: "/" },
        77,
      );
    const first = again();
    const { question } = await questions.waitFor(({ text }) => text.includes("ls\n"));
    const second = again();
    answerQuestion(question.id, "once", { by: "click" });
    expect([await first, await second, await again()]).toEqual([[ACCEPT], [ACCEPT], [ACCEPT]]);
    expect(questions.entries).toHaveLength(2);
  });

  test("about a change of files names the files that Codex spoke of before", async () => {
    const { codex, chat, questions, running } = await process();
    const turn = await running(chat, "telegram:7");
    const changes = [{ path: "/etc/hosts", kind: { type: "update", move_path: null }, diff: "" }];
    turn.notify("item/started", {
      turnId: turn.turnId,
      item: { type: "fileChange", id: "item-7", changes, status: "inProgress" },
    });
    const told = codex.ask("item/fileChange/requestApproval", {
      threadId: "thread-1",
      turnId: turn.turnId,
      itemId: "item-7",
    });
    const { question, text } = await questions.waitFor(() => true);
    expect(text).toContain("update /etc/hosts");
    answerQuestion(question.id, "deny", { by: "click" });
    expect(await told).toEqual([DECLINE]);
  });

  test("about a change of files whose patch becomes another is asked again, and a yes to the old one counts for nothing", async () => {
    const { codex, chat, questions, running } = await process();
    const turn = await running(chat, "telegram:7");
    const { turnId } = turn;
    turn.notify("item/started", {
      turnId,
      item: {
        type: "fileChange",
        id: "item-7",
        changes: patch("+harmless"),
        status: "inProgress",
      },
    });
    const told = codex.ask("item/fileChange/requestApproval", {
      threadId: "thread-1",
      turnId,
      itemId: "item-7",
    });
    const first = await questions.waitFor(({ text }) => text.includes("+harmless"));
    turn.notify("item/fileChange/patchUpdated", {
      turnId,
      itemId: "item-7",
      changes: patch("+evil"),
    });
    expect(answerQuestion(first.question.id, "once", { by: "click" })).toEqual({
      kind: "not open",
    });
    const second = await questions.waitFor(({ text }) => text.includes("+evil"));
    answerQuestion(second.question.id, "deny", { by: "click" });
    expect(await told).toEqual([DECLINE]);
  });

  test("that comes again with the same id and another command is asked again; both hear the new answer", async () => {
    const { questions, askUnderOneId: ask } = await waitingForAnswer();
    const first = ask("ls");
    const { question } = await questions.waitFor(({ text }) => text.includes("ls\n"));
    const second = ask("rm -rf /");
    expect(answerQuestion(question.id, "once", { by: "click" })).toEqual({ kind: "not open" });
    const changed = await questions.waitFor(({ text }) => text.includes("rm -rf /\n"));
    answerQuestion(changed.question.id, "deny", { by: "click" });
    expect([await first, await second]).toEqual([[DECLINE], [DECLINE]]);
    expect(await ask("rm -rf /")).toEqual([DECLINE]);
  });

  test("that was allowed allows nothing else that comes with its id", async () => {
    const { questions, askUnderOneId: ask } = await waitingForAnswer();
    const told = ask("ls");
    const { question } = await questions.waitFor(({ text }) => text.includes("ls\n"));
    answerQuestion(question.id, "once", { by: "click" });
    expect(await told).toEqual([ACCEPT]);
    const other = ask("rm -rf /");
    const changed = await questions.waitFor(({ text }) => text.includes("rm -rf /\n"));
    answerQuestion(changed.question.id, "deny", { by: "click" });
    expect(await other).toEqual([DECLINE]);
  });

  test("that cannot be shown is refused at once, in words", async () => {
    const { codex, chat, questions, sent, running } = await process();
    await running(chat, "telegram:7");
    const told = await codex.ask("item/tool/requestUserInput", {
      threadId: "thread-1",
      questions: [{ id: "q1", question: "Your password?", isSecret: true, options: null }],
    });
    expect(told).toEqual([{ answers: {} }]);
    expect(questions.entries).toEqual([]);
    expect(await sent.waitFor(() => true)).toMatchObject({
      to: "telegram:7",
      text: expect.stringMatching(/declined: Your password\?/),
    });
  });

  test("that Codex has settled by itself is no longer open", async () => {
    const { chat, questions, turn, told } = await waitingForAnswer();
    turn.notify("serverRequest/resolved", { requestId: 0 });
    expect(await told).toEqual([DECLINE]);
    expect(openQuestions(chat.sessionFile)).toEqual([]);
    expect(questions.entries).toHaveLength(1);
  });

  test("that nobody answers is refused when its time is up, and the chat told", async () => {
    fakeTime();
    const { sent, told } = await waitingForAnswer({
      turn: { approvalTimeoutMs: 60_000 },
      progress: "off",
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await told).toEqual([DECLINE]);
    expect(await sent.waitFor(() => true)).toMatchObject({
      to: "telegram:7",
      text: expect.stringMatching(/nobody answered for 1 minute/),
    });
  });

  test("leaves others of the same turn open", async () => {
    const { chat, questions, asks, told, question } = await waitingForAnswer();
    const alsoTold = asks("npm login");
    const second = await questions.waitFor(({ text }) => text.includes("npm login"));
    expect(openQuestions(chat.sessionFile)).toHaveLength(2);
    answerQuestion(second.question.id, "deny", { by: "click" });
    expect(await alsoTold).toEqual([DECLINE]);
    answerQuestion(question.id, "once", { by: "click" });
    expect(await told).toEqual([ACCEPT]);
  });
});

describe("silence", () => {
  beforeEach(fakeTime);
  const SETTINGS = { turn: { idleTimeoutMs: 1000, approvalTimeoutMs: 600_000 }, progress: "off" };

  test("does not end a turn while a person is asked", async () => {
    const { sent, turn, told, question } = await waitingForAnswer(SETTINGS);
    await vi.advanceTimersByTimeAsync(500_000);
    expect(sent.entries).toEqual([]);
    answerQuestion(question.id, "once", { by: "click" });
    expect(await told).toEqual([ACCEPT]);
    turn.reply("Published.");
    await sent.waitFor(({ text }) => text === "Published.");
  });

  test("ends it as ever once the person has answered", async () => {
    const { sent, told, question } = await waitingForAnswer(SETTINGS);
    await vi.advanceTimersByTimeAsync(500_000);
    answerQuestion(question.id, "once", { by: "click" });
    await told;
    await vi.advanceTimersByTimeAsync(2000);
    const { text } = await sent.waitFor(() => true);
    expect(text).toMatch(/nothing came from Codex/);
  });
});

test.each([
  { setting: "approvals are declined", pluginConfig: { approvals: "decline" } },
  { setting: "Codex's own reviewer decides", pluginConfig: { appServer: { mode: "guardian" } } },
  { setting: "everything is allowed", pluginConfig: { appServer: { mode: "yolo" } } },
])("nothing is asked where $setting", async ({ pluginConfig }) => {
  const { chat, questions, running, asks } = await process(pluginConfig);
  await running(chat, "telegram:7");
  expect(await asks("npm publish")).toEqual([DECLINE]);
  expect(questions.entries).toEqual([]);
  expect(openQuestions(chat.sessionFile)).toEqual([]);
});

test("nothing is asked where the claim is held, whose chat cannot be written to", async () => {
  const { codex, chat, asks } = await process();
  await chat.bind();
  const reply = chat.say("hi");
  const turn = await codex.turn();
  expect(await asks("npm publish")).toEqual([DECLINE]);
  turn.reply("Refused.");
  expect(await reply).toBe("Refused.");
});

describe("a question ends with its turn:", () => {
  test("when the person stops it", async () => {
    const { codex, chat, sent, turn, told, question } = await waitingForAnswer();
    codex.answer("turn/interrupt", () => {
      turn.end({ status: "interrupted" });
      return {};
    });
    await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    expect(await told).toEqual([DECLINE]);
    expect(answerQuestion(question.id, "once", { by: "click" })).toEqual({ kind: "not open" });
    await sent.waitFor(({ text }) => /stopped/.test(text));
    expect(sent.entries).toHaveLength(1);
  });

  test("at a stop already, however long Codex takes to end the turn", async () => {
    const { chat, codex, turn, told, question, sent, asks } = await waitingForAnswer();
    await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    expect(answerQuestion(question.id, "once", { by: "click" })).toEqual({ kind: "not open" });
    const later = asks("rm -rf build");
    const outcomes: unknown[] = [];
    for (const outcome of [told, later]) void outcome.then((answer) => outcomes.push(answer));
    await codex.called("turn/interrupt");
    await settled();
    // Codex would go on with a refusal.
    expect(outcomes).toEqual([]);
    turn.end({ status: "interrupted" });
    expect([await told, await later]).toEqual([[DECLINE], [DECLINE]]);
    await sent.waitFor(({ text }) => /stopped/.test(text));
  });

  test("when Codex crashes", async () => {
    const { codex, chat, sent, told } = await waitingForAnswer();
    codex.close(new Error("Codex ended: out of memory"));
    expect(await told).toEqual([DECLINE]);
    expect(openQuestions(chat.sessionFile)).toEqual([]);
    await sent.waitFor(({ text }) => text.includes("out of memory"));
  });

  test("when Codex ends it, as when it has decided by itself", async () => {
    const { chat, turn, told } = await waitingForAnswer();
    turn.reply("Never mind.");
    expect(await told).toEqual([DECLINE]);
    expect(openQuestions(chat.sessionFile)).toEqual([]);
  });

  test("when the turn's time is up, and what it asks then is refused without a word", async () => {
    fakeTime();
    const settings = { turn: { maxDurationMs: 60_000 }, progress: "off" };
    const { codex, chat, questions, turn, told, asks } = await waitingForAnswer(settings);
    const interrupted = codex.called("turn/interrupt");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await told).toEqual([DECLINE]);
    expect(openQuestions(chat.sessionFile)).toEqual([]);
    // The turn has yet to end in Codex.
    await interrupted;
    expect(await asks("npm login")).toEqual([DECLINE]);
    expect(questions.entries).toHaveLength(1);
    turn.end({ status: "interrupted" });
    await settled();
  });
});

test("two chats are asked each its own, and answer each its own", async () => {
  const { chat, questions, running, asks } = await process();
  const other = chat.other("other");
  await running(chat, "telegram:7");
  await running(other, "telegram:8", "thread-2");
  const told = asks("mine");
  const otherTold = asks("theirs", "thread-2", "turn-2");
  const mine = await questions.waitFor(({ text }) => text.includes("mine"));
  const theirs = await questions.waitFor(({ text }) => text.includes("theirs"));
  expect([mine.to, theirs.to]).toEqual(["telegram:7", "telegram:8"]);
  expect(questions.entries).toHaveLength(2);

  expect(
    answerQuestion(
      theirs.question.id,
      "once",
      { by: "command" },
      { sessionFile: chat.sessionFile },
    ),
  ).toEqual({
    kind: "not open",
  });
  answerQuestion(mine.question.id, "once", { by: "command" }, { sessionFile: chat.sessionFile });
  // Each turn's handler was asked: the other thread's has nothing to say.
  expect(await told).toEqual([ACCEPT, undefined]);
  expect(openQuestions(other.sessionFile)).toHaveLength(1);
  answerQuestion(theirs.question.id, "deny", { by: "command" }, { sessionFile: other.sessionFile });
  expect(await otherTold).toEqual([undefined, DECLINE]);
});

/** The next process, whose Codex holds the turn with these items; `resumed` is called as the thread is resumed. */
async function recoveredTurn(
  items: Record<string, unknown>[],
  resumed: (next: ScriptedCodex) => void = () => {},
) {
  const all = await process();
  await all.chat.bind();
  const input = [textInput("hi")];
  const address = { channel: "telegram", to: "telegram:7" };
  await all.messages.accept({ data: all.chat.data, input, address, messageId: "m1" });
  await all.codex.turn();
  await settled();
  await all.messages.stop();
  all.codex.close(new Error("the process ends"));
  await enqueueConversationTurn(all.chat.sessionFile, async () => undefined);
  const next = new ScriptedCodex();
  next.stored.add("thread-1");
  next.answer("thread/resume", () => {
    next.loaded.add("thread-1");
    resumed(next);
    return { thread: { id: "thread-1" } };
  });
  next.answer("thread/turns/list", () => ({
    data: [{ id: "turn-1", status: "inProgress", items }],
  }));
  clientSource.serve(next);
  await all.start().recover(path.dirname(all.chat.sessionFile));
  await until(() => readCodexConversationActiveTurn(all.chat.sessionFile) !== undefined);
  onTestFinished(async () => {
    const turn = { id: "turn-1", status: "completed", items: [] };
    next.notify({ method: "turn/completed", params: { threadId: "thread-1", turn } });
    await all.sent.waitFor(() => true);
  });
  return { ...all, next };
}

describe("a turn that ran on while the gateway was restarted", () => {
  const REQUEST = { threadId: "thread-1", turnId: "turn-1", itemId: "item-1" };

  test("asks what it waited for, though Codex says so as soon as the thread is resumed", async () => {
    let told: Promise<unknown[]> | undefined;
    const { questions } = await recoveredTurn([], (next) => {
      told = next.ask(COMMAND, { ...REQUEST, command: "npm publish", cwd: "/repo" });
    });
    const { question } = await questions.waitFor(({ text }) => text.includes("npm publish"));
    answerQuestion(question.id, "once", { by: "click" });
    expect(await told).toEqual([ACCEPT]);
  });

  test("names the files of a change that began before", async () => {
    const changes = [{ path: "/etc/hosts", kind: { type: "update" }, diff: "+1" }];
    const item = { type: "fileChange", id: "item-1", status: "inProgress", changes };
    const { next, questions } = await recoveredTurn([item]);
    await settled();
    const told = next.ask("item/fileChange/requestApproval", REQUEST);
    const { question } = await questions.waitFor(({ text }) => text.includes("update /etc/hosts"));
    answerQuestion(question.id, "deny", { by: "click" });
    expect(await told).toEqual([DECLINE]);
  });

  test("tells its progress as any other", async () => {
    fakeTime();
    const { notes } = await recoveredTurn([]);
    await settled();
    // Counted anew: how long it ran before is not known.
    await vi.advanceTimersByTimeAsync(20_000);
    expect(notes).toEqual([expect.stringMatching(/^⏳/)]);
  });
});
