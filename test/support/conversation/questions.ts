/** Questions of Codex's, as its requests make them, and open ones for the running test. */
import { onTestFinished } from "vitest";
import {
  openQuestion,
  type AskedQuestion,
  type OpenQuestion,
} from "../../../src/questions/board.js";
import { readCodexInquiry } from "../../../src/questions/inquiry.js";
import {
  isAskable,
  type CodexInquiry,
  type CodexQuestion,
} from "../../../src/questions/question.js";

const IDS = { threadId: "thread-1", turnId: "turn-1", itemId: "item-1" };

export function commandInquiry(command = "npm publish"): CodexInquiry {
  return inquiry("item/commandExecution/requestApproval", { ...IDS, command, cwd: "/repo" });
}

export function commandQuestion(command?: string): CodexQuestion {
  return only(commandInquiry(command));
}

/** The same where Codex would keep a rule, for commands that begin with these words; `more`: what else it takes. */
export function ruleInquiry(words: readonly string[], more: readonly string[] = []): CodexInquiry {
  const rule = { acceptWithExecpolicyAmendment: { execpolicy_amendment: words } };
  return inquiry("item/commandExecution/requestApproval", {
    ...IDS,
    command: "npm publish",
    cwd: "/repo",
    availableDecisions: ["accept", ...more, rule, "cancel"],
  });
}

export function ruleQuestion(...asked: Parameters<typeof ruleInquiry>): CodexQuestion {
  return only(ruleInquiry(...asked));
}

/** Codex wants to know one of these. */
export function optionsInquiry(...labels: string[]): CodexInquiry {
  return inputInquiry({
    id: "q1",
    question: "Which one?",
    isOther: true,
    options: optionsOf(labels),
  });
}

export function optionsQuestion(...labels: string[]): CodexQuestion {
  return only(optionsInquiry(...labels));
}

/** Codex asks these, in its own terms. */
export function inputInquiry(...questions: Record<string, unknown>[]): CodexInquiry {
  return inquiry("item/tool/requestUserInput", { ...IDS, questions });
}

export function optionsOf(labels: string[]): { label: string; description: string }[] {
  return labels.map((label) => ({ label, description: "" }));
}

function inquiry(method: string, params: Record<string, unknown>): CodexInquiry {
  const read = readCodexInquiry({ method, params }, null, () => undefined);
  if (!read || !isAskable(read)) throw new Error(`${method} is no question`);
  return read;
}

function only({ questions }: CodexInquiry): CodexQuestion {
  const [question] = questions;
  if (!question || questions.length > 1) throw new Error("it asks one question");
  return question;
}

export type Opened = AskedQuestion &
  OpenQuestion & {
    /** Ends the turn that asks. */
    endTurn: () => void;
  };

/** Where open questions are asked, and clicks come from. */
export const CHAT = { channel: "telegram", to: "telegram:7", accountId: "default" };

/** Opens a question and shows it; its turn ends with the test at the latest. */
export function opened(
  sessionFile: string,
  question: CodexQuestion = commandQuestion(),
  timeoutMs = 60_000,
): Opened {
  const turn = new AbortController();
  onTestFinished(() => turn.abort());
  const asked = openQuestion(sessionFile, question, {
    timeoutMs,
    turn: turn.signal,
    showAll: async () => {},
    chat: CHAT,
  });
  asked.noteShown();
  return { ...asked, ...asked.opened, endTurn: () => turn.abort() };
}
