/** Lines on hold: what waits behind a failed turn, what a person holds back, and a limit that is used up. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { labelOfInput } from "../../src/chat/turn-input.js";
import { ConversationInbox } from "../../src/messages/inbox.js";
import { storeHold } from "../../src/messages/hold-store.js";
import { holdReason } from "../../src/messages/line-hold.js";
import {
  editConversationTurn,
  queuedConversationTurns,
  waitingConversationTurns,
} from "../../src/messages/queue.js";
import { answerQuestion, openQuestions, type OpenQuestion } from "../../src/questions/board.js";
import { boundChat } from "../support/conversation/bound-chat.js";
import { settled, until } from "../support/conversation/settled.js";
import type { ScriptedCodex } from "../support/conversation/scripted-codex.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const HOUR_MS = 3_600_000;
const LIMIT = "usageLimitExceeded";

/** What the model has been given so far, by the turns that began. */
const given = (codex: ScriptedCodex): unknown[] =>
  codex.of("turn/start").map(({ params }) => JSON.parse(JSON.stringify(params)).input.at(-1).text);

async function asked(sessionFile: string, title: RegExp): Promise<OpenQuestion> {
  const open = (): OpenQuestion | undefined =>
    openQuestions(sessionFile).find(({ question }) => title.test(question.title));
  await until(() => open() !== undefined);
  const question = open();
  if (!question) throw new Error("it was closed at once");
  return question;
}

function press({ id, question }: OpenQuestion, label: string): void {
  const all = [...question.choices, question.refusal];
  const choice = all.find((each) => each.label === label);
  if (!choice) throw new Error(`there is ${all.map((each) => each.label).join(", ")}`);
  answerQuestion(id, choice.id, { by: "click" });
}

/** A turn runs, and two messages wait behind it. */
async function withWaiting() {
  const all = await boundChat();
  const { chat, codex, say } = all;
  await say("one");
  const turn = await codex.turn(2);
  await say("two");
  await say("three");
  await until(() => waitingConversationTurns(chat.sessionFile).length === 2);
  return { ...all, turn };
}

/** The account's window, in the state and with the reset of this moment. */
function limits(codex: ScriptedCodex, usedPercent: number, resetsAt: number): void {
  codex.answer("account/rateLimits/read", () => ({
    rateLimits: { primary: { usedPercent, windowDurationMins: 300, resetsAt: resetsAt / 1000 } },
  }));
}

describe("what waits behind a turn that fails", () => {
  test("does not begin, and the chat is asked", async () => {
    const { chat, codex, turn, sent } = await withWaiting();
    turn.fail("The model is overloaded.");
    const { question } = await asked(chat.sessionFile, /2 messages behind it are on hold/);
    await sent.waitFor((text) => text.includes("overloaded"));
    expect(question.choices.map(({ label }) => label)).toEqual(["Run them now", "Drop them"]);
    expect(given(codex)).toEqual(["hi", "one"]);
  });

  test("is asked about once the chat has the reason", async () => {
    const { chat, turn, sent, channel } = await withWaiting();
    const free = Promise.withResolvers<void>();
    channel.free = free.promise;
    turn.fail("The model is overloaded.");
    await until(() => holdReason(chat.sessionFile) === "failure");
    await settled();
    expect(openQuestions(chat.sessionFile)).toEqual([]);
    free.resolve();
    await asked(chat.sessionFile, /on hold/);
    expect(sent.entries.at(-1)).toContain("overloaded");
  });

  test("runs in order if the chat says so", async () => {
    const { chat, codex, turn, sent } = await withWaiting();
    turn.fail("No.");
    press(await asked(chat.sessionFile, /on hold/), "Run them now");
    (await codex.turn(3)).reply("Two.");
    (await codex.turn(4)).reply("Three.");
    await sent.waitFor((text) => text === "Three.");
    expect(given(codex)).toEqual(["hi", "one", "two", "three"]);
    expect(holdReason(chat.sessionFile)).toBeUndefined();
  });

  test("is dropped if the chat says so, and the next message runs", async () => {
    const { chat, codex, turn, say } = await withWaiting();
    turn.fail("No.");
    press(await asked(chat.sessionFile, /on hold/), "Drop them");
    await until(() => holdReason(chat.sessionFile) === undefined);
    await say("four");
    (await codex.turn(3)).reply("Four.");
    expect(given(codex)).toEqual(["hi", "one", "four"]);
  });

  test("stays on hold if the chat says so, over a restart, until it is let go", async () => {
    const { chat, turn, restart, sent } = await withWaiting();
    turn.fail("No.");
    press(await asked(chat.sessionFile, /on hold/), "Keep on hold");
    await until(() => openQuestions(chat.sessionFile).length === 0);
    const next = await restart();
    await sent.waitFor((text) => text.startsWith("Messages are still on hold here"));
    // In one process the jobs of the one before stand there still, and end unheard.
    await until(() => waitingConversationTurns(chat.sessionFile).length === 4);
    expect(given(next.codex)).toEqual([]);
    expect(await next.messages.held.go(chat.sessionFile)).toBe(true);
    (await next.codex.turn(1)).reply("Two.");
    (await next.codex.turn(2)).reply("Three.");
    await sent.waitFor((text) => text === "Three.");
    expect(given(next.codex)).toEqual(["two", "three"]);
  });

  test("goes on where nobody is asked in chats", async () => {
    const { codex, say } = await boundChat({ approvals: "decline" });
    await say("one");
    const turn = await codex.turn(2);
    await say("two");
    turn.fail("No.");
    (await codex.turn(3)).reply("Two.");
    expect(given(codex)).toEqual(["hi", "one", "two"]);
  });

  test("is not asked about where nothing waits", async () => {
    const { chat, codex, say, sent } = await boundChat();
    await say("one");
    (await codex.turn(2)).fail("No.");
    await sent.waitFor((text) => text.includes("No."));
    await until(() => queuedConversationTurns(chat.sessionFile) === 0);
    expect(openQuestions(chat.sessionFile)).toEqual([]);
    expect(holdReason(chat.sessionFile)).toBeUndefined();
  });
});

describe("a line that a person holds", () => {
  test("begins nothing until it is let go, also nothing new", async () => {
    const { chat, codex, messages, say } = await boundChat();
    await messages.held.hold(chat.sessionFile);
    await say("one");
    await say("two");
    await until(() => waitingConversationTurns(chat.sessionFile).length === 2);
    expect(given(codex)).toEqual(["hi"]);
    await messages.held.go(chat.sessionFile);
    (await codex.turn(2)).reply("One.");
    (await codex.turn(3)).reply("Two.");
    expect(given(codex)).toEqual(["hi", "one", "two"]);
    expect(await messages.held.go(chat.sessionFile)).toBe(false);
  });
});

describe("a message that waits", () => {
  test("is given to Codex as it was edited, and stored so", async () => {
    const { chat, codex, turn } = await withWaiting();
    const [two, three] = waitingConversationTurns(chat.sessionFile);
    const edited = editConversationTurn(chat.sessionFile, two?.number ?? 0, "zwei\nzeilen");
    expect(edited).toEqual({ number: two?.number, label: "zwei\nzeilen" });
    turn.reply("One.");
    await codex.turn(3);
    expect(given(codex)).toEqual(["hi", "one", "zwei\nzeilen"]);
    editConversationTurn(chat.sessionFile, three?.number ?? 0, "drei");
    const inbox = new ConversationInbox(() => {});
    const stored = async (): Promise<string[]> =>
      (await inbox.list(chat.sessionFile)).map(({ message }) => labelOfInput(message.input));
    await until(async () => (await stored()).join() === "zwei\nzeilen,drei");
  });

  test("that has begun cannot be edited", async () => {
    const { chat, codex, turn } = await withWaiting();
    const [two] = waitingConversationTurns(chat.sessionFile);
    turn.reply("One.");
    await codex.turn(3);
    expect(editConversationTurn(chat.sessionFile, two?.number ?? 0, "late")).toBeUndefined();
  });
});

/** The turn fails since the limit is used up for another hour or so, by a clock that is the test's. */
async function limited({ waiting = false, forMs = HOUR_MS } = {}) {
  const all = await (waiting ? withWaiting() : boundChat());
  const { chat, codex, say } = all;
  if (!waiting) await say("one");
  const turn = await codex.turn(2);
  const resetsAt = Math.ceil(Date.now() / 1000) * 1000 + forMs;
  limits(codex, 100, resetsAt);
  turn.fail("You've hit your usage limit.", LIMIT);
  const question = await asked(chat.sessionFile, waiting ? /on hold/ : /when the limit resets/);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: Date.now() });
  onTestFinished(() => void vi.useRealTimers());
  const goOn = question.question.choices[0]?.label ?? "";
  return { ...all, question, resetsAt, goOn };
}

describe("a limit that is used up", () => {
  test("offers to go on when it resets, and does so once Codex says that it has", async () => {
    const { chat, codex, question, goOn, resetsAt, sent } = await limited();
    expect(goOn).toBe(`Go on at ${new Date(resetsAt).toISOString().slice(11, 16)} UTC`);
    press(question, goOn);
    await asked(chat.sessionFile, /^Codex continues at/);
    expect(given(codex)).toEqual(["hi", "one"]);
    limits(codex, 0, resetsAt + 5 * HOUR_MS);
    vi.advanceTimersByTime(HOUR_MS + 60_000);
    (await codex.turn(3)).reply("Done.");
    await sent.waitFor((text) => text === "Done.");
    expect(given(codex)).toEqual([
      "hi",
      "one",
      "The usage limit that stopped you has been reset. Continue where you left off.",
    ]);
    expect(openQuestions(chat.sessionFile)).toEqual([]);
  });

  test("is looked at first, and waited for again if it has not reset", async () => {
    const { chat, codex, question, goOn, resetsAt, sent } = await limited();
    press(question, goOn);
    await asked(chat.sessionFile, /^Codex continues at/);
    limits(codex, 100, resetsAt + 2 * HOUR_MS);
    vi.advanceTimersByTime(HOUR_MS + 60_000);
    await sent.waitFor((text) => text.startsWith("The limit has not reset yet."));
    expect(given(codex)).toEqual(["hi", "one"]);
    limits(codex, 0, resetsAt + 5 * HOUR_MS);
    await asked(chat.sessionFile, /^Codex continues at/);
    vi.advanceTimersByTime(2 * HOUR_MS + 60_000);
    await codex.turn(3);
  });

  test("is not looked at at once if its reset is further off than a timer can be", async () => {
    const days = 40 * 24 * HOUR_MS;
    const { chat, question, goOn } = await limited({ forMs: days });
    press(question, goOn);
    await asked(chat.sessionFile, /^Codex continues at/);
    const timers = vi.getTimerCount();
    vi.advanceTimersByTime(HOUR_MS);
    expect(vi.getTimerCount()).toBe(timers);
  });

  test("lets what waits begin after the thread has continued", async () => {
    const { chat, codex, question, goOn } = await limited({ waiting: true });
    press(question, goOn);
    await asked(chat.sessionFile, /^Codex continues at/);
    limits(codex, 0, Date.now() + 9 * HOUR_MS);
    vi.advanceTimersByTime(HOUR_MS + 60_000);
    const continued = await codex.turn(3);
    expect(given(codex)).toHaveLength(3);
    continued.reply("Went on.");
    (await codex.turn(4)).reply("Two.");
    await codex.turn(5);
    expect(given(codex).slice(3)).toEqual(["two", "three"]);
    expect(holdReason(chat.sessionFile)).toBeUndefined();
  });

  test("is not waited for once that was cancelled", async () => {
    const { chat, codex, question, goOn } = await limited();
    press(question, goOn);
    press(await asked(chat.sessionFile, /^Codex continues at/), "Cancel");
    await until(() => openQuestions(chat.sessionFile).length === 0);
    vi.advanceTimersByTime(2 * HOUR_MS);
    expect(vi.getTimerCount()).toBe(0);
    expect(given(codex)).toEqual(["hi", "one"]);
  });

  test("is not waited for once a turn of the chat's has begun", async () => {
    const { chat, codex, question, goOn, say } = await limited();
    press(question, goOn);
    await asked(chat.sessionFile, /^Codex continues at/);
    await say("by myself");
    await codex.turn(3);
    await until(() => openQuestions(chat.sessionFile).length === 0);
    expect(given(codex)).toEqual(["hi", "one", "by myself"]);
  });

  test("is waited for by the next process, too", async () => {
    const { chat, restart } = await boundChat();
    const { sessionFile } = chat;
    const address = { channel: "test", to: "test:7" };
    const at = Date.now() - 1;
    const resume = { at, threadId: "thread-1", workspaceDir: "/repo", address };
    await storeHold(sessionFile, { resume });
    const next = await restart((codex) => limits(codex, 0, at + HOUR_MS));
    await next.codex.turn(1);
    expect(given(next.codex)).toEqual([expect.stringContaining("Continue where you left off.")]);
  });

  test("continues nothing in another thread", async () => {
    const { chat, codex, question, goOn, resetsAt, sent } = await limited();
    press(question, goOn);
    await asked(chat.sessionFile, /^Codex continues at/);
    await chat.bind({ threadId: "thread-2" });
    limits(codex, 0, resetsAt + 5 * HOUR_MS);
    vi.advanceTimersByTime(HOUR_MS + 60_000);
    await sent.waitFor((text) => text.startsWith("This chat has moved to another thread since"));
    expect(given(codex)).toEqual(["hi", "one"]);
  });
});
