/** Questions that the gateway's owners decide, where it has any: OpenClaw asks them in a message of its own. */
import { monotonicMs } from "../common/clock.js";
import { pause } from "../common/pause.js";
import { questionWords } from "../words/question-words.js";
import { answerQuestion, findQuestion, type AskedQuestion } from "./board.js";
import { OPERATOR_WAITS_MS, type OperatorQuestion } from "./operator.js";
import type { CodexQuestion } from "./question.js";

/** Seconds between the attempts to reach a chat; then the question counts as refused. */
const BACKOFF_S = [2, 10, 30] as const;

export type AskOperator = (
  question: CodexQuestion,
  options: { timeoutMs: number; handle: string },
) => Promise<OperatorQuestion | undefined>;

/**
 * Whether the question is OpenClaw's owners' own, and has ended. Where there are any nobody else may say yes, however
 * long they take and whatever becomes of OpenClaw's message. Never rejects.
 */
export async function decidedByOwners(
  asked: AskedQuestion,
  options: {
    timeoutMs: number;
    askOperator: AskOperator;
    /** Never rejects. */
    tell: (text: string) => Promise<void>;
    warn: (text: string) => void;
  },
): Promise<boolean> {
  const { question, handle } = asked.opened;
  if (question.kind !== "approval" || question.choices.length === 0) return false;
  const endsAt = monotonicMs() + options.timeoutMs;
  // OpenClaw waits ten minutes at most, so it is asked until our own time-out, with one more for the remainder.
  let asksLeft = Math.ceil(options.timeoutMs / OPERATOR_WAITS_MS) + 1;
  // Before OpenClaw has said whether it has owners nobody may say yes in their place.
  asked.leaveToOperator(true);
  for (; asksLeft > 0 && isOpen(asked); asksLeft -= 1) {
    // oxlint-disable-next-line no-await-in-loop
    const reached = await persistently(asked, options.warn, async () => ({
      operator: await options.askOperator(question, { timeoutMs: endsAt - monotonicMs(), handle }),
    }));
    if (!reached) {
      if (isOpen(asked)) void options.tell(questionWords.ownersUnreachable(question));
      asked.giveUp("unreachable");
      return true;
    }
    if (!reached.operator) {
      asked.leaveToOperator(false);
      return false;
    }
    asked.noteShown();
    // oxlint-disable-next-line no-await-in-loop
    await decisionOf(asked, reached.operator, options.warn);
  }
  await asked.ended;
  return true;
}

/**
 * Sends something about an open question, again where the chat cannot be reached; undefined where that lasts, or the
 * question ends first. Never rejects.
 */
export async function persistently<T>(
  asked: AskedQuestion,
  warn: (text: string) => void,
  send: () => Promise<T>,
): Promise<T | undefined> {
  for (const seconds of [...BACKOFF_S, undefined]) {
    if (!isOpen(asked)) return undefined;
    try {
      // oxlint-disable-next-line no-await-in-loop
      return await send();
    } catch (error) {
      warn(`a question of Codex did not reach its chat: ${String(error)}`);
      // oxlint-disable-next-line no-await-in-loop
      if (seconds !== undefined) await pause(seconds * 1000, asked.ended);
    }
  }
  return undefined;
}

/** Takes what the owners decide, or ends their message where the question ends otherwise. Never rejects. */
async function decisionOf(
  { opened, ended }: AskedQuestion,
  operator: OperatorQuestion,
  warn: (text: string) => void,
): Promise<void> {
  let decision;
  try {
    decision = await Promise.race([operator.decided, ended]);
  } catch (error) {
    warn(`what OpenClaw's owners decided could not be learnt: ${String(error)}`);
    await pause(BACKOFF_S[0] * 1000, ended);
    return;
  }
  if (typeof decision === "string") {
    const result = answerQuestion(opened.id, decision, { by: "operator" });
    // They were shown more than Codex offers, and meant yes.
    if (result.kind === "no such choice") answerQuestion(opened.id, "once", { by: "operator" });
  } else if (decision !== undefined) {
    await operator.withdraw(decision.by === "choice" ? decision.choice.id : "deny");
  }
}

function isOpen({ opened }: AskedQuestion): boolean {
  return findQuestion(opened.id) !== undefined;
}
