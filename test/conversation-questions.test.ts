/** The open questions: who may answer, what ends them, and that nothing stays behind. */
import { getEventListeners } from "node:events";
import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  answerQuestion,
  findQuestion,
  openQuestion,
  openQuestions,
} from "../src/conversation-questions.js";
import { commandQuestion, opened, optionsQuestion } from "./support/conversation/questions.js";

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
    expect(answerQuestion(id, choice)).toMatchObject({
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
    answerQuestion(id, "deny");
    expect(answerQuestion(id, "once")).toEqual({ kind: "settled before", outcome: "Denied." });
    expect(answerQuestion(id, "deny")).toEqual({ kind: "settled before", outcome: "Denied." });
    expect(await ended).toMatchObject({ choice: { result: { decision: "decline" } } });
  });

  test.each(["", "maybe", "option-0", "ONCE", "all"])(
    "that is not among the choices leaves the question open: %o",
    (choice) => {
      const { id } = opened("a");
      expect(answerQuestion(id, choice)).toEqual({
        kind: "no such choice",
        choices: ["Allow once", "Always for this thread", "Deny"],
      });
      expect(findQuestion(id)).toMatchObject({ id });
    },
  );

  test("chooses one of the options that Codex gave", async () => {
    const { id, ended } = opened("a", optionsQuestion("Postgres", "SQLite"));
    answerQuestion(id, "option-1");
    expect(await ended).toMatchObject({
      choice: { result: { answers: { q1: { answers: ["SQLite"] } } } },
    });
  });

  test("to a question that never was finds nothing open", () => {
    expect(answerQuestion("00000000", "once")).toEqual({ kind: "not open" });
  });
});

describe("a session", () => {
  test("answers its own questions only, and learns nothing of another's", async () => {
    const mine = opened("a");
    expect(answerQuestion(mine.id, "once", "b")).toEqual({ kind: "not open" });
    expect(findQuestion(mine.id)).toMatchObject({ id: mine.id });
    expect(answerQuestion(mine.id, "deny", "a")).toMatchObject({ kind: "taken" });
    expect(answerQuestion(mine.id, "once", "b")).toEqual({ kind: "not open" });
    expect(answerQuestion(mine.id, "once", "a")).toEqual({
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
    expect(answerQuestion(id, "once")).toEqual({
      kind: "settled before",
      outcome: "Denied, since nobody answered in time.",
    });
  });

  test("when its turn is over", async () => {
    const { id, ended, endTurn } = opened("a");
    endTurn();
    expect(await ended).toEqual({ by: "turn" });
    expect(answerQuestion(id, "once")).toEqual({ kind: "not open" });
  });

  test("at once where its turn was over before", async () => {
    const { ended } = openQuestion("a", commandQuestion(), {
      timeoutMs: 1000,
      turn: AbortSignal.abort(),
    });
    expect(await ended).toEqual({ by: "turn" });
    expect(openQuestions("a")).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test.each([
  { end: "an answer", by: ({ id }: { id: string }) => void answerQuestion(id, "once") },
  { end: "the time", by: () => void vi.advanceTimersByTime(1000) },
  { end: "the turn", by: (_: unknown, turn: AbortController) => turn.abort() },
])("after $end neither a timer nor a listener is left", async ({ by }) => {
  const turn = new AbortController();
  const question = openQuestion("a", commandQuestion(), { timeoutMs: 1000, turn: turn.signal });
  expect(vi.getTimerCount()).toBe(1);
  expect(getEventListeners(turn.signal, "abort")).toHaveLength(1);
  by(question.opened, turn);
  await question.ended;
  expect(vi.getTimerCount()).toBe(0);
  expect(getEventListeners(turn.signal, "abort")).toEqual([]);
});

test("ids are hard to guess, and no two are the same", () => {
  const ids = Array.from({ length: 50 }, () => opened("a").id);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}$/);
  expect(new Set(ids).size).toBe(50);
});

test("of the settled questions the last 200 are remembered", () => {
  const ids = Array.from({ length: 201 }, () => opened("a").id);
  for (const id of ids) answerQuestion(id, "once");
  const [oldest = "", next = ""] = ids;
  expect(answerQuestion(oldest, "once")).toEqual({ kind: "not open" });
  expect(answerQuestion(next, "once")).toMatchObject({ kind: "settled before" });
});

test("a fresh copy of the module, as a reload makes it, takes the answers to questions of the old one", async () => {
  const { id, ended } = opened("a");
  vi.resetModules();
  const fresh = await import("../src/conversation-questions.js");
  expect(fresh.answerQuestion).not.toBe(answerQuestion);
  expect(fresh.answerQuestion(id, "once")).toMatchObject({ kind: "taken" });
  expect(await ended).toMatchObject({ by: "choice" });
});
