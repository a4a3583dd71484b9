/** Questions of Codex's, as its requests make them, and open ones for the running test. */
import { onTestFinished } from "vitest";
import { readCodexQuestion, type CodexQuestion } from "../../../src/codex-question.js";
import {
  openQuestion,
  type OpenQuestion,
  type QuestionEnd,
} from "../../../src/conversation-questions.js";

const IDS = { threadId: "thread-1", turnId: "turn-1", itemId: "item-1" };

export function commandQuestion(command = "npm publish"): CodexQuestion {
  return asked("item/commandExecution/requestApproval", { ...IDS, command, cwd: "/repo" });
}

export function optionsQuestion(...labels: string[]): CodexQuestion {
  const options = labels.map((label) => ({ label, description: "" }));
  const questions = [{ id: "q1", question: "Which one?", options }];
  return asked("item/tool/requestUserInput", { ...IDS, questions });
}

function asked(method: string, params: Record<string, unknown>): CodexQuestion {
  const question = readCodexQuestion({ method, params }, () => []);
  if (!question) throw new Error(`${method} is no question`);
  return question;
}

export type Opened = OpenQuestion & {
  ended: Promise<QuestionEnd>;
  /** Ends the turn that asks. */
  endTurn: () => void;
};

/** Opens a question; its turn ends with the test at the latest. */
export function opened(
  sessionFile: string,
  question: CodexQuestion = commandQuestion(),
  timeoutMs = 60_000,
): Opened {
  const turn = new AbortController();
  onTestFinished(() => turn.abort());
  const { opened: open, ended } = openQuestion(sessionFile, question, {
    timeoutMs,
    turn: turn.signal,
  });
  return { ...open, ended, endTurn: () => turn.abort() };
}
