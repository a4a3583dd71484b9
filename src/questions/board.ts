/**
 * The questions of Codex that are open in the chats: asked once, answered by the first who may, closed with their turn.
 *
 * The board hangs on globalThis: after a config reload the fresh copy of this module takes the clicks for questions that
 * turns of the old copy asked.
 */
import { processWide } from "../common/process-wide.js";
import { randomBytes } from "node:crypto";
import { questionWords } from "../words/question-words.js";
import type { CodexQuestion, QuestionChoice } from "./question.js";

/** So many settled questions are remembered, for clicks that come late. */
const REMEMBERED = 200;

export type OpenQuestion = {
  /** Hard to guess: it is what a button carries. */
  id: string;
  sessionFile: string;
  question: CodexQuestion;
};

/** `operator`: by OpenClaw's own approval message. */
export type AnswerSource = "click" | "command" | "operator";

export type AnswerResult =
  | { kind: "taken"; question: OpenQuestion; choice: QuestionChoice }
  | { kind: "settled before"; outcome: string }
  | { kind: "no such choice"; choices: string[] }
  | { kind: "not understood"; reason: string }
  /** OpenClaw asks its owners: a sender who merely may command must not say yes in their place. */
  | { kind: "operator decides" }
  | { kind: "not open" };

/** How a question ended: by a choice, by nobody's answer in time, with its turn, or since its chat cannot be reached. */
export type QuestionEnd =
  | { by: "choice"; choice: QuestionChoice; source: AnswerSource }
  | { by: "timeout" | "turn" | "unreachable" };

type Entry = OpenQuestion & {
  settle: (end: QuestionEnd) => void;
  showAll: () => Promise<void>;
  operatorDecides: boolean;
};
type Settled = { sessionFile: string; outcome: string };
type Board = { open: Map<string, Entry>; settled: Map<string, Settled> };

const board = processWide("questions", (): Board => ({ open: new Map(), settled: new Map() }));

/** A question that stands on the board, in the hand of whoever asks it. */
export type AskedQuestion = {
  opened: OpenQuestion;
  /** Never rejects. */
  ended: Promise<QuestionEnd>;
  /** Ends it, since its chat cannot be reached. */
  giveUp(this: void): void;
  /** Who may say yes: the gateway's owners only, while OpenClaw asks them, or whoever may command. */
  leaveToOperator(this: void, decides: boolean): void;
};

/**
 * Opens a question until it is answered, `timeoutMs` have passed or `turn` is aborted, whichever is first.
 * `showAll` sends the whole of it to its chat.
 */
export function openQuestion(
  sessionFile: string,
  question: CodexQuestion,
  options: { timeoutMs: number; turn: AbortSignal; showAll: () => Promise<void> },
): AskedQuestion {
  const id = newId();
  const { promise, resolve } = Promise.withResolvers<QuestionEnd>();
  const onTurnEnd = (): void => settle({ by: "turn" });
  const timer = setTimeout(() => {
    remember(id, { sessionFile, outcome: questionWords.unanswered(question.kind) });
    settle({ by: "timeout" });
  }, options.timeoutMs);
  function settle(end: QuestionEnd): void {
    clearTimeout(timer);
    options.turn.removeEventListener("abort", onTurnEnd);
    board.open.delete(id);
    resolve(end);
  }
  const { showAll } = options;
  const entry: Entry = { id, sessionFile, question, settle, showAll, operatorDecides: false };
  board.open.set(id, entry);
  options.turn.addEventListener("abort", onTurnEnd);
  if (options.turn.aborted) onTurnEnd();
  return {
    opened: { id, sessionFile, question },
    ended: promise,
    giveUp: () => settle({ by: "unreachable" }),
    leaveToOperator: (decides) => {
      entry.operatorDecides = decides;
    },
  };
}

/**
 * Answers a question by one of its choices. The first answer decides; later ones change nothing. With a `sessionFile`
 * only that session's questions can be answered. What is decided is told to whoever asks once `before` is settled.
 */
export function answerQuestion(
  id: string,
  choiceId: string,
  source: AnswerSource,
  sessionFile?: string,
  before?: Promise<unknown>,
): AnswerResult {
  const choose = ({ choices, refusal }: CodexQuestion): QuestionChoice | AnswerResult => {
    const all = [...choices, refusal];
    const choice = all.find((candidate) => candidate.id === choiceId);
    return choice ?? { kind: "no such choice", choices: all.map(({ label }) => label) };
  };
  return answer(id, source, sessionFile, choose, before);
}

/** Answers a question in the person's own words, where it takes them. */
export function answerInWords(id: string, text: string, sessionFile: string): AnswerResult {
  return answer(id, "command", sessionFile, ({ readTyped, choices, refusal }) => {
    if (!readTyped) {
      return { kind: "no such choice", choices: [...choices, refusal].map(({ label }) => label) };
    }
    const read = readTyped(text);
    return typeof read === "string" ? { kind: "not understood", reason: read } : read;
  });
}

/** Sends the whole of a question to its chat; false where it is not open. @throws where the chat cannot be reached */
export async function showWholeQuestion(id: string): Promise<boolean> {
  const entry = board.open.get(id);
  await entry?.showAll();
  return entry !== undefined;
}

/** A question by its id, while it is open; with a `sessionFile` only that session's. */
export function findQuestion(id: string, sessionFile?: string): OpenQuestion | undefined {
  const entry = board.open.get(id);
  return entry && isOf(entry, sessionFile) ? entry : undefined;
}

/** Whether a word has the form of a question's id, be it of one that nobody remembers; no number and no day has it. */
export function isQuestionId(word: string): boolean {
  return /^(?=.*[a-f])[0-9a-f]{8}$/.test(word);
}

/** The open questions of a session, oldest first. */
export function openQuestions(sessionFile: string): OpenQuestion[] {
  return [...board.open.values()].filter((entry) => entry.sessionFile === sessionFile);
}

function answer(
  id: string,
  source: AnswerSource,
  sessionFile: string | undefined,
  choose: (question: CodexQuestion) => QuestionChoice | AnswerResult,
  before?: Promise<unknown>,
): AnswerResult {
  const settled = board.settled.get(id);
  if (settled && isOf(settled, sessionFile)) {
    return { kind: "settled before", outcome: settled.outcome };
  }
  const entry = board.open.get(id);
  if (!entry || !isOf(entry, sessionFile)) return { kind: "not open" };
  const choice = choose(entry.question);
  if ("kind" in choice) return choice;
  if (entry.operatorDecides && source !== "operator" && choice.id !== "deny") {
    return { kind: "operator decides" };
  }
  remember(id, { sessionFile: entry.sessionFile, outcome: choice.outcome });
  const settle = (): void => entry.settle({ by: "choice", choice, source });
  if (before) {
    board.open.delete(id);
    void before.then(settle, settle);
  } else settle();
  return { kind: "taken", question: entry, choice };
}

function newId(): string {
  for (;;) {
    const id = randomBytes(4).toString("hex");
    if (isQuestionId(id)) return id;
  }
}

function isOf(question: { sessionFile: string }, sessionFile: string | undefined): boolean {
  return sessionFile === undefined || question.sessionFile === sessionFile;
}

function remember(id: string, settled: Settled): void {
  board.settled.set(id, settled);
  const [oldest] = board.settled.keys();
  if (board.settled.size > REMEMBERED && oldest !== undefined) board.settled.delete(oldest);
}
