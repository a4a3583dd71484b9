/** What Codex itself wants to know: some questions, each with options, or to be answered in words. */
import { asString, isRecord } from "../app-server/json.js";
import type { JsonValue } from "../app-server/protocol.js";
import { questionWords } from "../words/question-words.js";
import {
  choice,
  lines,
  type CodexInquiry,
  type CodexQuestion,
  type UnaskableInquiry,
} from "./question.js";

/** Undefined where nothing is asked. A secret must not pass through a chat. */
export function userInputInquiry(
  params: Record<string, unknown>,
): CodexInquiry | UnaskableInquiry | undefined {
  const asked = Array.isArray(params.questions) ? params.questions.filter(isRecord) : [];
  const named = asked.flatMap((question) => {
    const id = asString(question.id);
    return id === undefined ? [] : [{ id, question }];
  });
  const [first] = named;
  if (!first) return undefined;
  const secret = named.find(({ question }) => question.isSecret === true);
  if (secret) {
    return {
      title: titleOf(secret.question),
      reason: questionWords.secret,
      answer: { answers: {} },
    };
  }
  const patienceMs = params.autoResolutionMs;
  return {
    questions: named.map(({ question }) => inputQuestion(question)),
    answer: (results) => ({
      answers: Object.fromEntries(
        named.flatMap(({ id }, index) => {
          const answer = results[index];
          return typeof answer === "string" ? [[id, { answers: [answer] }]] : [];
        }),
      ),
    }),
    ...(typeof patienceMs === "number" && patienceMs > 0 ? { patienceMs } : {}),
  };
}

/** Its result is the answer's text, or null. */
function inputQuestion(question: Record<string, unknown>): CodexQuestion {
  const given = Array.isArray(question.options) ? question.options.filter(isRecord) : [];
  const options = given.flatMap(({ label, description }) => {
    const text = asString(label);
    return text === undefined || text.trim() === ""
      ? []
      : [{ label: text, description: asString(description) ?? "" }];
  });
  const takesWords = options.length === 0 || question.isOther === true;
  return {
    kind: "input",
    title: titleOf(question),
    // The labels stand in the list of answers.
    details: lines(
      ...options.map(({ label, description }) =>
        description.trim() === "" ? undefined : `${label}: ${description}`,
      ),
    ),
    choices: options.map(({ label }, index) => ({
      id: `option-${index}`,
      label,
      outcome: label,
      result: label,
    })),
    refusal: { ...choice("deny", null), ...questionWords.noAnswer },
    ...(takesWords ? { readTyped: typed } : {}),
  };
}

function typed(text: string): { id: "typed"; label: string; outcome: string; result: JsonValue } {
  return { id: "typed", label: text, outcome: text, result: text };
}

function titleOf(question: Record<string, unknown>): string {
  return asString(question.question) ?? questionWords.input;
}
