/**
 * The questions of Codex that are open in the chats: asked once, answered by the first who may, closed with their turn.
 *
 * The board hangs on globalThis: after a config reload the fresh copy of this module takes the clicks for questions that
 * turns of the old copy asked.
 */
import { randomBytes } from "node:crypto";
import { approvalWords } from "./approval-words.js";
import type { CodexQuestion, QuestionChoice } from "./codex-question.js";

const BOARD_KEY = Symbol.for("openclaw-codex-conversation.questions");
/** So many settled questions are remembered, for clicks that come late. */
const REMEMBERED = 200;

export type OpenQuestion = {
  /** Hard to guess: it is what a button carries. */
  id: string;
  sessionFile: string;
  question: CodexQuestion;
};

export type AnswerResult =
  | { kind: "taken"; question: OpenQuestion; choice: QuestionChoice }
  | { kind: "settled before"; outcome: string }
  | { kind: "no such choice"; choices: string[] }
  | { kind: "not open" };

/** How a question ended: by a choice, by nobody's answer in time, or with its turn. */
export type QuestionEnd = { by: "choice"; choice: QuestionChoice } | { by: "timeout" | "turn" };

type Entry = OpenQuestion & { settle: (end: QuestionEnd) => void };
type Settled = { sessionFile: string; outcome: string };
type Board = { open: Map<string, Entry>; settled: Map<string, Settled> };

const board = sharedBoard();

/**
 * Opens a question until it is answered, `timeoutMs` have passed or `turn` is aborted, whichever is first.
 * `ended` never rejects.
 */
export function openQuestion(
  sessionFile: string,
  question: CodexQuestion,
  options: { timeoutMs: number; turn: AbortSignal },
): { opened: OpenQuestion; ended: Promise<QuestionEnd> } {
  const id = randomBytes(4).toString("hex");
  const { promise, resolve } = Promise.withResolvers<QuestionEnd>();
  const onTurnEnd = (): void => settle({ by: "turn" });
  const timer = setTimeout(() => {
    remember(id, { sessionFile, outcome: approvalWords.deniedUnanswered });
    settle({ by: "timeout" });
  }, options.timeoutMs);
  function settle(end: QuestionEnd): void {
    clearTimeout(timer);
    options.turn.removeEventListener("abort", onTurnEnd);
    board.open.delete(id);
    resolve(end);
  }
  board.open.set(id, { id, sessionFile, question, settle });
  options.turn.addEventListener("abort", onTurnEnd);
  if (options.turn.aborted) onTurnEnd();
  return { opened: { id, sessionFile, question }, ended: promise };
}

/**
 * Answers a question. The first answer decides; later ones change nothing. With a `sessionFile` only that session's
 * questions can be answered.
 */
export function answerQuestion(id: string, choiceId: string, sessionFile?: string): AnswerResult {
  const mayAnswer = (question: { sessionFile: string } | undefined): boolean =>
    sessionFile === undefined || question?.sessionFile === sessionFile;
  const settled = board.settled.get(id);
  if (settled && mayAnswer(settled)) return { kind: "settled before", outcome: settled.outcome };
  const entry = board.open.get(id);
  if (!entry || !mayAnswer(entry)) return { kind: "not open" };
  const choices = [...entry.question.choices, entry.question.refusal];
  const choice = choices.find((candidate) => candidate.id === choiceId);
  if (!choice) return { kind: "no such choice", choices: choices.map(({ label }) => label) };
  remember(id, { sessionFile: entry.sessionFile, outcome: choice.outcome });
  entry.settle({ by: "choice", choice });
  return { kind: "taken", question: entry, choice };
}

/** The open questions of a session, oldest first. */
export function openQuestions(sessionFile: string): OpenQuestion[] {
  return [...board.open.values()].filter((entry) => entry.sessionFile === sessionFile);
}

/** A question by its id, while it is open. */
export function findQuestion(id: string): OpenQuestion | undefined {
  return board.open.get(id);
}

function remember(id: string, settled: Settled): void {
  board.settled.set(id, settled);
  const [oldest] = board.settled.keys();
  if (board.settled.size > REMEMBERED && oldest !== undefined) board.settled.delete(oldest);
}

function sharedBoard(): Board {
  const store: typeof globalThis & { [BOARD_KEY]?: Board } = globalThis;
  return (store[BOARD_KEY] ??= { open: new Map(), settled: new Map() });
}
