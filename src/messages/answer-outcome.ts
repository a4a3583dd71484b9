/** What a message's turn came to, in words. */
import { isUnanswered } from "../app-server/errors.js";
import type { Answer } from "../thread/answers.js";
import { contextUsageOf } from "../thread/context-usage.js";
import type { TurnOutcome } from "../thread/conversation-turn.js";
import { CodexSteerUnansweredError, CodexTurnNotBegunError } from "../thread/errors.js";
import { namesOfAgents } from "../thread/family.js";
import type { ThreadSession } from "../thread/session.js";
import { sessionsOfConversation } from "../thread/sessions.js";
import { isEndOfCodexs } from "../thread/turn-collector.js";
import { answerText, planApart } from "../words/answer-words.js";
import { noticeWords } from "../words/notice-words.js";
import { threadWords } from "../words/thread-words.js";
import { THREAD_REPLACED, turnWords } from "../words/turn-words.js";
import type { MessageToAnswer } from "./answer.js";
import { unfinished, type PendingTurn } from "./pending-turn.js";

export type MessageAnswer = {
  /** Never empty. */
  text: string;
  pictures: PictureAnswer[];
  /** If there is a plan, `text` in two: what was said beside it, which can be empty, and the plan. */
  apart?: { beside: string; plan: string };
  /** It tells what its turn came to, as nothing else need: not another message that went into the turn, for one. */
  endsTurn?: boolean | undefined;
  /** It tells that its turn did not come to its end, for all that is known. */
  givesUp?: boolean | undefined;
};

export type PictureAnswer = Extract<Answer, { kind: "picture" }>;

/** `error`: what ended the turn, if it is known that it has ended. */
export function inWords(text: string, error?: unknown): MessageAnswer {
  const endsTurn = isEndOfCodexs(error);
  return { text, pictures: [], endsTurn, givesUp: error !== undefined && !endsTurn };
}

export async function outcomeInWords(
  outcome: TurnOutcome,
  { task, data }: MessageToAnswer,
  { work }: PendingTurn,
): Promise<MessageAnswer> {
  if (outcome.kind === "not sent") {
    const { because } = outcome;
    return inWords(
      because === "detached" ? turnWords.detachedMeanwhile : turnWords.reboundMeanwhile,
    );
  }
  const { answers, threadId, replacedThread } = outcome;
  const pictures = answers.filter((answer) => answer.kind === "picture");
  const said = answerText(answers);
  const text =
    said ||
    (task?.kind === "compact"
      ? threadWords.compacted(contextUsageOf(threadId))
      : turnWords.nothingSaid(work.done(), pictures.length));
  const session = sessionsOfConversation(data.sessionFile).find(
    (open) => open.threadId === threadId,
  );
  const agents = session ? await agentsAtWork(session) : [];
  const around = (middle: string): string =>
    [replacedThread ? THREAD_REPLACED : "", middle, ...agents]
      .filter((part) => part !== "")
      .join("\n\n");
  const plan = planApart(answers);
  const apart = plan && { beside: around(plan.beside), plan: plan.plan };
  return { text: around(text), pictures, endsTurn: true, ...(apart && { apart }) };
}

/** A line about the sub-agents that work on, none if none does. */
export async function agentsAtWork({ family }: Pick<ThreadSession, "family">): Promise<string[]> {
  const names = await namesOfAgents(family.running());
  return names.length === 0 ? [] : [noticeWords.agentsAtWork(names)];
}

export function failureInWords(pending: PendingTurn, error: unknown): string {
  const { work, stopped } = pending;
  if (error instanceof CodexTurnNotBegunError) return turnWords.stoppedBeforeItBegan;
  // Whoever has stopped it need not hear that Codex kept silent meanwhile.
  const isSilence = isUnanswered(error) || error instanceof CodexSteerUnansweredError;
  if (stopped.aborted && isSilence) return turnWords.interrupted(unfinished(pending, error));
  return turnWords.turnFailed(error, work.done());
}
