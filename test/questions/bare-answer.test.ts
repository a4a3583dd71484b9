/** Answers that are typed as plain messages. */
import { randomUUID } from "node:crypto";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { answerBarely } from "../../src/questions/bare-answer.js";
import { openQuestion } from "../../src/questions/board.js";
import type { CodexQuestion } from "../../src/questions/question.js";
import { commandQuestion, opened, optionsQuestion } from "../support/conversation/questions.js";

/** What a message comes to while this question is open and shown. */
async function typed(said: string, question: CodexQuestion): Promise<unknown> {
  const sessionFile = randomUUID();
  opened(sessionFile, question);
  const result = await answerBarely(sessionFile, said, { by: "command" });
  return result && (result.kind === "taken" ? result.choice.id : result.kind);
}

describe("while Codex asks for an approval", () => {
  test.each([
    ["yes", "once"],
    ["Yes!", "once"],
    [" ok ", "once"],
    ["allow", "once"],
    ["Allow once", "once"],
    ["approve", "once"],
    ["no", "deny"],
    ["No.", "deny"],
    ["deny", "deny"],
    ["yes, and then run the tests", undefined],
    ["no idea", undefined],
    ["1", undefined],
    ["always", undefined],
    ["", undefined],
  ])("%o comes to %s", async (said, choice) => {
    expect(await typed(said, commandQuestion())).toBe(choice);
  });
});

describe("while Codex lets the person choose", () => {
  test.each([
    ["1", "option-0"],
    ["2", "option-1"],
    ["sqlite", "option-1"],
    ["0", undefined],
    ["3", undefined],
    ["99", undefined],
    ["no", undefined],
    ["yes", undefined],
    ["2 of them", undefined],
  ])("%o comes to %s", async (said, choice) => {
    expect(await typed(said, optionsQuestion("Postgres", "SQLite"))).toBe(choice);
  });

  test("their no is the option that says no", async () => {
    expect(await typed("no", optionsQuestion("Yes", "No"))).toBe("option-1");
  });
});

test("a question that the chat has not been shown is not answered", async () => {
  const turn = new AbortController();
  onTestFinished(() => turn.abort());
  openQuestion("a", commandQuestion(), {
    timeoutMs: 60_000,
    showAll: async () => {},
    turn: turn.signal,
  });
  expect(await answerBarely("a", "yes", { by: "command" })).toBeUndefined();
});

test("a message that is no answer does not wait for the question to be shown", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const turn = new AbortController();
  onTestFinished(() => turn.abort());
  const options = { timeoutMs: 60_000, showAll: async () => {}, turn: turn.signal };
  const sessionFile = randomUUID();
  openQuestion(sessionFile, commandQuestion(), options);
  expect(await answerBarely(sessionFile, "and the tests", { by: "command" })).toBeUndefined();
});

test("nothing is answered while two questions are open", async () => {
  opened("a");
  opened("a");
  expect(await answerBarely("a", "yes", { by: "command" })).toBeUndefined();
});

test("without a question every word is a message", async () => {
  expect(await answerBarely("a", "yes", { by: "command" })).toBeUndefined();
});
