/** Asking the person on behalf of a turn, and what Codex is told then. */
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { CodexQuestion } from "../src/codex-question.js";
import { askPerson } from "../src/conversation-asking.js";
import { answerQuestion, openQuestions, type OpenQuestion } from "../src/conversation-questions.js";
import { commandQuestion, optionsQuestion } from "./support/conversation/questions.js";

const TIMEOUT_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  return () => void vi.useRealTimers();
});

type Sending = Parameters<typeof askPerson>[2]["sendQuestion"];

/** A person who is asked this, with what reached the chat. */
function asking(question: CodexQuestion = commandQuestion(), send: Sending = async () => {}) {
  const turn = new AbortController();
  onTestFinished(() => turn.abort());
  const questions: { question: OpenQuestion; text: string }[] = [];
  const notes: string[] = [];
  const warnings: string[] = [];
  const told = askPerson("a", question, {
    turn: turn.signal,
    timeoutMs: TIMEOUT_MS,
    sendQuestion: async (opened, text) => {
      questions.push({ question: opened, text });
      await send(opened, text);
    },
    sendNote: async (text) => void notes.push(text),
    warn: (text) => void warnings.push(text),
  });
  const [open] = openQuestions("a");
  return { told, id: open?.id ?? "", questions, notes, warnings, turn };
}

test("the question is sent with its id, and the answer is what Codex is told", async () => {
  const { told, id, questions, notes, warnings } = asking();
  expect(questions).toMatchObject([{ question: { id, sessionFile: "a" } }]);
  expect(questions[0]?.text).toBe(
    [
      "❓ Codex wants to run a command:",
      "```",
      "npm publish",
      "Folder: /repo",
      "```",
      `Or type: /codexchat approve ${id}, /codexchat deny ${id}`,
    ].join("\n"),
  );
  answerQuestion(id, "always");
  expect(await told).toEqual({ decision: "acceptForSession" });
  expect([notes, warnings]).toEqual([[], []]);
});

test("a question with options lists them by number", async () => {
  const { id, questions } = asking(optionsQuestion("Postgres", "SQLite"));
  expect(questions[0]?.text).toBe(
    [
      "❓ Which one?",
      "1. Postgres",
      "2. SQLite",
      `Or type: /codexchat approve ${id} NUMBER, /codexchat deny ${id}`,
    ].join("\n"),
  );
});

test("an answer counts while the question is still on its way", async () => {
  const { told, id } = asking(commandQuestion(), () => new Promise(() => {}));
  answerQuestion(id, "once");
  expect(await told).toEqual({ decision: "accept" });
});

describe("nobody's answer", () => {
  test("is a refusal once the time is up, and the chat is told so", async () => {
    const { told, notes } = asking();
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(await told).toEqual({ decision: "decline" });
    expect(notes).toEqual([
      "Codex wants to run a command: nobody answered for 1 minute, so it was denied.",
    ]);
  });

  test("is told after the question, however late that arrives", async () => {
    const arrival = Promise.withResolvers<void>();
    const { told, notes } = asking(commandQuestion(), () => arrival.promise);
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(notes).toEqual([]);
    arrival.resolve();
    await told;
    expect(notes).toHaveLength(1);
  });
});

describe("a chat that cannot be reached", () => {
  test("is warned of, and the question can be answered all the same", async () => {
    const { told, id, warnings } = asking(commandQuestion(), async () => {
      throw new Error("chat not found");
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(warnings).toEqual([expect.stringContaining("chat not found")]);
    answerQuestion(id, "once");
    expect(await told).toEqual({ decision: "accept" });
  });

  test("does not keep Codex from its refusal when the time is up", async () => {
    const warnings: string[] = [];
    const told = askPerson("a", commandQuestion(), {
      turn: new AbortController().signal,
      timeoutMs: TIMEOUT_MS,
      sendQuestion: () => Promise.reject(new Error("down")),
      sendNote: () => Promise.reject(new Error("still down")),
      warn: (text) => void warnings.push(text),
    });
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(await told).toEqual({ decision: "decline" });
    expect(warnings).toEqual([
      expect.stringContaining("down"),
      expect.stringContaining("still down"),
    ]);
  });
});

describe("a turn that is over", () => {
  test("takes its question along, without a word", async () => {
    const { told, turn, notes } = asking();
    turn.abort();
    expect(await told).toEqual({ decision: "decline" });
    expect(notes).toEqual([]);
    expect(openQuestions("a")).toEqual([]);
  });

  test("asks nothing any more", async () => {
    const sent: string[] = [];
    const told = await askPerson("a", commandQuestion(), {
      turn: AbortSignal.abort(),
      timeoutMs: TIMEOUT_MS,
      sendQuestion: async (_question, text) => void sent.push(text),
      sendNote: async (text) => void sent.push(text),
      warn: (text) => void sent.push(text),
    });
    expect(told).toEqual({ decision: "decline" });
    expect(sent).toEqual([]);
  });
});
