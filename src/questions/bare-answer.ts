/** An answer that is typed as a plain message: `yes`, `no`, an option's number or its words. */
import {
  answerQuestion,
  meantQuestion,
  openQuestions,
  shownAtOf,
  type AnswerResult,
  type Answerer,
} from "./board.js";
import type { CodexQuestion } from "./question.js";

const YES = /^(?:yes|y|ok|okay|allow|allow once|approve)$/;
const NO = /^(?:no|n|deny|decline|reject)$/;

/**
 * Answers the question that the chat has before its eyes, if the message is one of its answers and nothing else.
 * Undefined if it is not, or if it is not sure which question is meant: then it is a message like any other.
 */
export async function answerBarely(
  sessionFile: string,
  said: string,
  answerer: Answerer,
): Promise<AnswerResult | undefined> {
  // To know which question is meant can take a second, for which other messages need not wait.
  const canAnswer = openQuestions(sessionFile).some(
    ({ question }) => choiceOf(question, said) !== undefined,
  );
  if (!canAnswer) return undefined;
  const meant = await meantQuestion(sessionFile, answerer);
  const choiceId = meant && choiceOf(meant.question, said);
  if (!meant || choiceId === undefined) return undefined;
  return answerQuestion(meant.id, choiceId, answerer, { sessionFile });
}

/**
 * When the chat was shown the newest question that a message would answer, by the forward clock: `coming` if it is on its
 * way, undefined if there is none.
 */
export function bareAnswerShownAt(
  sessionFile: string,
  said: string,
): number | "coming" | undefined {
  const times = openQuestions(sessionFile)
    .filter(({ question }) => choiceOf(question, said) !== undefined)
    .map((open) => shownAtOf(open) ?? "coming");
  if (times.includes("coming")) return "coming";
  const known = times.filter((time) => time !== "coming");
  return known.length === 0 ? undefined : Math.max(...known);
}

function choiceOf({ kind, choices, refusal }: CodexQuestion, message: string): string | undefined {
  const said = message.trim().replace(/[.!]$/, "").toLowerCase();
  const byLabel = [...choices, refusal].find(({ label }) => label.toLowerCase() === said);
  if (byLabel) return byLabel.id;
  let wanted: string | undefined;
  if (/^\d{1,2}$/.test(said)) wanted = `option-${Number(said) - 1}`;
  else if (YES.test(said)) wanted = "once";
  // Of a question that takes words, "no" may be the answer itself, and not a refusal to give one.
  else if (NO.test(said) && kind === "approval") wanted = "deny";
  return [...choices, refusal].find(({ id }) => id === wanted)?.id;
}
