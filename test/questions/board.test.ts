/** The open questions: who may answer, what ends them, and that nothing stays behind. */
import { getEventListeners } from "node:events";
import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  answerQuestion,
  findQuestion,
  openQuestion,
  openQuestions,
} from "../../src/questions/board.js";
import { commandQuestion, opened, optionsQuestion } from "../support/conversation/questions.js";

const ASKING = { timeoutMs: 1000, showAll: async () => {} };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  return () => void vi.useRealTimers();
});

describe("an answer", () => {
  test.each([
    { choice: "once", outcome: "Allowed once.", result: { decision: "accept" } },
    {
      choice: "always",
      outcome: "Allowed for this thread.",
      result: { decision: "acceptForSession" },
    },
    { choice: "deny", outcome: "Denied.", result: { decision: "decline" } },
  ])("decides the question: $choice", async ({ choice, outcome, result }) => {
    const { id, ended } = opened("a");
    expect(answerQuestion(id, choice, { by: "click" })).toMatchObject({
      kind: "taken",
      question: { id, sessionFile: "a" },
      choice: { outcome },
    });
    expect(await ended).toMatchObject({ by: "choice", choice: { result } });
    expect(openQuestions("a")).toEqual([]);
    expect(findQuestion(id)).toBeUndefined();
  });

  test("that comes later hears of the first one, and changes nothing", async () => {
    const { id, ended } = opened("a");
    answerQuestion(id, "deny", { by: "click" });
    expect(answerQuestion(id, "once", { by: "click" })).toEqual({
      kind: "settled before",
      outcome: "Denied.",
    });
    expect(answerQuestion(id, "deny", { by: "click" })).toEqual({
      kind: "settled before",
      outcome: "Denied.",
    });
    expect(await ended).toMatchObject({ choice: { result: { decision: "decline" } } });
  });

  test("whose reason is still on its way when the time is up is no silence", async () => {
    const { opened: question, ended } = openQuestion("a", commandQuestion(), {
      ...ASKING,
      turn: new AbortController().signal,
    });
    const reason = Promise.withResolvers<void>();
    answerQuestion(question.id, "deny", { by: "command" }, {}, reason.promise);
    vi.advanceTimersByTime(ASKING.timeoutMs + 1);
    reason.resolve();
    expect(await ended).toMatchObject({ by: "choice", choice: { outcome: "Denied." } });
    expect(answerQuestion(question.id, "once", { by: "click" })).toEqual({
      kind: "settled before",
      outcome: "Denied.",
    });
  });

  test.each(["", "maybe", "option-0", "ONCE", "all"])(
    "that is not among the choices leaves the question open: %o",
    (choice) => {
      const { id } = opened("a");
      expect(answerQuestion(id, choice, { by: "click" })).toEqual({
        kind: "no such choice",
        choices: ["Allow once", "Always for this thread", "Deny"],
      });
      expect(findQuestion(id)).toMatchObject({ id });
    },
  );

  test("chooses one of the options that Codex gave", async () => {
    const { id, ended } = opened("a", optionsQuestion("Postgres", "SQLite"));
    answerQuestion(id, "option-1", { by: "click" });
    expect(await ended).toMatchObject({
      choice: { result: "SQLite" },
    });
  });

  test("to a question that never was finds nothing open", () => {
    expect(answerQuestion("00000000", "once", { by: "click" })).toEqual({ kind: "not open" });
  });
});

describe("a session", () => {
  test("answers its own questions only, and learns nothing of another's", async () => {
    const mine = opened("a");
    expect(answerQuestion(mine.id, "once", { by: "command" }, { sessionFile: "b" })).toEqual({
      kind: "not open",
    });
    expect(findQuestion(mine.id)).toMatchObject({ id: mine.id });
    expect(answerQuestion(mine.id, "deny", { by: "command" }, { sessionFile: "a" })).toMatchObject({
      kind: "taken",
    });
    expect(answerQuestion(mine.id, "once", { by: "command" }, { sessionFile: "b" })).toEqual({
      kind: "not open",
    });
    expect(answerQuestion(mine.id, "once", { by: "command" }, { sessionFile: "a" })).toEqual({
      kind: "settled before",
      outcome: "Denied.",
    });
  });

  test("has its questions listed, oldest first", () => {
    const [first, , third] = [opened("a"), opened("b"), opened("a")];
    expect(openQuestions("a").map(({ id }) => id)).toEqual([first.id, third.id]);
    expect(openQuestions("c")).toEqual([]);
  });
});

describe("a question ends without an answer", () => {
  test("when its time is up, not a moment sooner", async () => {
    const { id, ended } = opened("a", commandQuestion(), 1000);
    vi.advanceTimersByTime(999);
    expect(findQuestion(id)).toBeDefined();
    vi.advanceTimersByTime(1);
    expect(await ended).toEqual({ by: "timeout" });
    expect(openQuestions("a")).toEqual([]);
  });

  test("and a click that comes after that time hears why", () => {
    const { id } = opened("a", commandQuestion(), 1000);
    vi.advanceTimersByTime(1000);
    expect(answerQuestion(id, "once", { by: "click" })).toEqual({
      kind: "settled before",
      outcome: "Denied, since nobody answered in time.",
    });
  });

  test("when its turn is over", async () => {
    const { id, ended, endTurn } = opened("a");
    endTurn();
    expect(await ended).toEqual({ by: "turn" });
    expect(answerQuestion(id, "once", { by: "click" })).toEqual({ kind: "not open" });
  });

  test("at once where its turn was over before", async () => {
    const { ended } = openQuestion("a", commandQuestion(), {
      ...ASKING,
      turn: AbortSignal.abort(),
    });
    expect(await ended).toEqual({ by: "turn" });
    expect(openQuestions("a")).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test.each([
  {
    end: "an answer",
    by: ({ id }: { id: string }) => void answerQuestion(id, "once", { by: "click" }),
  },
  { end: "the time", by: () => void vi.advanceTimersByTime(1000) },
  { end: "the turn", by: (_: unknown, turn: AbortController) => turn.abort() },
])("after $end neither a timer nor a listener is left", async ({ by }) => {
  const turn = new AbortController();
  const question = openQuestion("a", commandQuestion(), { ...ASKING, turn: turn.signal });
  expect(vi.getTimerCount()).toBe(1);
  expect(getEventListeners(turn.signal, "abort")).toHaveLength(1);
  by(question.opened, turn);
  await question.ended;
  expect(vi.getTimerCount()).toBe(0);
  expect(getEventListeners(turn.signal, "abort")).toEqual([]);
});

test("ids are hard to guess, and no two are the same", () => {
  const ids = Array.from({ length: 50 }, () => opened("a").id);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(ids).size).toBe(50);
});

test("of the settled questions the last 200 are remembered", () => {
  const ids = Array.from({ length: 201 }, () => opened("a").id);
  for (const id of ids) answerQuestion(id, "once", { by: "click" });
  const [oldest = "", next = ""] = ids;
  expect(answerQuestion(oldest, "once", { by: "click" })).toEqual({ kind: "not open" });
  expect(answerQuestion(next, "once", { by: "click" })).toMatchObject({ kind: "settled before" });
});

test("a fresh copy of the module, as a reload makes it, takes the answers to questions of the old one", async () => {
  const { id, ended } = opened("a");
  vi.resetModules();
  const fresh = await import("../../src/questions/board.js");
  expect(fresh.answerQuestion).not.toBe(answerQuestion);
  expect(fresh.answerQuestion(id, "once", { by: "click" })).toMatchObject({ kind: "taken" });
  expect(await ended).toMatchObject({ by: "choice" });
});

describe("while OpenClaw asks the gateway's owners", () => {
  test("nobody else says yes, and anybody who may command says no", async () => {
    const { id, ended, leaveToOperator } = opened("a");
    leaveToOperator(true);
    for (const source of ["click", "command"] as const) {
      expect(answerQuestion(id, "once", { by: source })).toEqual({ kind: "operator decides" });
    }
    expect(answerQuestion(id, "deny", { by: "command" })).toMatchObject({ kind: "taken" });
    expect(await ended).toMatchObject({ choice: { result: { decision: "decline" } } });
  });

  test("their word counts, and once they are not asked any more everybody's", async () => {
    const asked = opened("a");
    asked.leaveToOperator(true);
    expect(answerQuestion(asked.id, "once", { by: "operator" })).toMatchObject({ kind: "taken" });
    const given = opened("a");
    given.leaveToOperator(true);
    given.leaveToOperator(false);
    expect(answerQuestion(given.id, "once", { by: "click" })).toMatchObject({ kind: "taken" });
    expect(await asked.ended).toMatchObject({ answerer: { by: "operator" } });
  });
});

test("a question whose chat cannot be reached ends by that", async () => {
  const { ended, giveUp } = opened("a");
  giveUp("unreachable");
  expect(await ended).toEqual({ by: "unreachable" });
});
