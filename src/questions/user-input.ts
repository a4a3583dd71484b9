/**
 * What `item/tool/requestUserInput` asks: what the model wants to know, each question with options or to be answered in
 * words; or, by some settings, leave to use a tool, in the shape of such a question.
 */
import type * as z from "zod/mini";
import type { JsonValue } from "../app-server/protocol.js";
import { continued } from "../words/foreign-text.js";
import { questionWords } from "../words/question-words.js";
import {
  choice,
  facts,
  option,
  ownersFirst,
  parts,
  type CodexInquiry,
  type CodexQuestion,
  type QuestionChoice,
  type UnaskableInquiry,
} from "./question.js";
import type { InputQuestion, userInput } from "./requests-read.js";

/** How Codex begins the ids of such questions. */
const TOOL_APPROVAL = "mcp_tool_call_approval";

/** More are no matter for a chat. */
const MOST_QUESTIONS = 10;
const MOST_OPTIONS = 20;

/** Undefined where nothing is asked. A secret must not pass through a chat. */
export function userInputInquiry({
  questions: asked,
  autoResolutionMs: patienceMs,
}: z.infer<typeof userInput>): CodexInquiry | UnaskableInquiry | undefined {
  const [any] = asked;
  if (!any) return undefined;
  const secret = asked.find(({ isSecret }) => isSecret === true);
  if (secret) return unaskable(secret, questionWords.secret);
  const tooWide = asked.some(({ options }) => (options?.length ?? 0) > MOST_OPTIONS);
  if (tooWide || asked.length > MOST_QUESTIONS) {
    return unaskable(any, questionWords.tooManyQuestions);
  }
  const doubtful = asked.filter((question) => !isModelsOwn(question) && !asksForYes(question));
  const first = doubtful.length === 0 ? [] : [mayAnswer(doubtful)];
  return {
    questions: [
      ...first,
      ...asked.map((question) =>
        !isModelsOwn(question) && asksForYes(question)
          ? approvalQuestion(question)
          : inputQuestion(question),
      ),
    ],
    answer: (all) => {
      const results = all.slice(first.length);
      if (first.length > 0 && all[0] !== true) return { answers: {} };
      return {
        answers: Object.fromEntries(
          asked.flatMap(({ id }, index) => {
            const answer = results[index];
            return typeof answer === "string" ? [[id, { answers: [answer] }]] : [];
          }),
        ),
      };
    },
    ...(typeof patienceMs === "number" && patienceMs > 0 ? { patienceMs } : {}),
  };
}

function unaskable(about: InputQuestion, reason: string): UnaskableInquiry {
  return { title: titleOf(about), reason, answer: { answers: {} } };
}

/**
 * Whether the answer is words for the model. Codex lets those always be the person's own; where it offers a list and
 * nothing else it acts on the answer by itself, as it does to let a tool be used.
 */
function isModelsOwn({ id, isOther, options }: InputQuestion): boolean {
  if (id.startsWith(TOOL_APPROVAL)) return false;
  return isOther === true || (options ?? []).length === 0;
}

/** Whether one of the answers is a yes. */
function asksForYes({ id, options }: InputQuestion): boolean {
  return id.startsWith(TOOL_APPROVAL) || (options ?? []).some(({ label }) => GRANTS.test(label));
}

function mayAnswer(asked: readonly InputQuestion[]): CodexQuestion {
  const [question] = asked;
  const form = { title: questionWords.codexForm, facts: [] };
  return ownersFirst(form, question ? titleOf(question) : "", asked.map(inputQuestion));
}

/** Its result is the answer's text, or null. */
function inputQuestion(question: InputQuestion): CodexQuestion {
  const options = offeredBy(question);
  const takesWords = options.length === 0 || question.isOther === true;
  return {
    kind: "input",
    title: titleOf(question),
    grant: [],
    // The labels stand in the list of answers.
    facts: facts(
      ...options.map(
        ({ label, description }) => ({ label, text: description, weight: "reason" }) as const,
      ),
    ),
    choices: options.map(({ label }, index) => option(index, label, label)),
    refusal: { ...choice("deny", null), ...questionWords.noAnswer },
    ...(takesWords ? { readTyped: typed } : {}),
  };
}

/** The same, where a yes grants something. Owners can say yes, for this thread too, or no; the chat can pick as well. */
function approvalQuestion(question: InputQuestion): CodexQuestion {
  const options = offeredBy(question);
  return {
    kind: "approval",
    title: questionWords.codexApproval,
    grant: parts(continued(parts(question.header, question.question).join("\n"))),
    facts: facts(
      ...options.map(
        ({ label, description }) => ({ label, text: description, weight: "reason" }) as const,
      ),
    ),
    choices: approvalChoices(options.map(({ label }) => label)),
    refusal: choice("deny", null),
  };
}

const GRANTS =
  /\b(?:allow|approve|accept|agree|grant|permit|authori[sz]e|trust|yes|ok|okay|continue|proceed|run)\b/i;
const REFUSES =
  /^(?:no|not|den(?:y|ied)|decline|cancel|reject|refuse|abort|stop|skip|never|don.?t)\b/i;
/** It would hold for threads to come as well, which no chat should decide. */
const FOR_EVER = /\b(?:always|again|forever|permanently|remember)\b/i;
const FOR_SESSION = /\bsession\b/i;

/** Codex's own labels are `Allow`, `Allow for this session`, `Allow and don't ask me again` and `Cancel`. */
function approvalChoices(labels: readonly string[]): QuestionChoice[] {
  const granting = labels.filter((label) => !REFUSES.test(label.trim()) && !FOR_EVER.test(label));
  const forSession = granting.filter((label) => FOR_SESSION.test(label));
  const once = granting.filter((label) => !FOR_SESSION.test(label));
  const [first, ...others] = once;
  const [session] = forSession;
  return [
    ...(first === undefined ? [] : [{ ...choice("once", first), ...named(first) }]),
    ...(session === undefined ? [] : [{ ...choice("always", session), ...named(session) }]),
    // Of several answers owners are offered the first only: OpenClaw knows no more than yes and no.
    ...others.map((label, index) => option(index + 1, label, label)),
  ];
}

function named(label: string): { label: string; outcome: string } {
  return { label, outcome: label };
}

function offeredBy({ options }: InputQuestion): { label: string; description: string }[] {
  return (options ?? [])
    .filter(({ label }) => label.trim() !== "")
    .map(({ label, description }) => ({ label, description: description ?? "" }));
}

function typed(text: string): { id: "typed"; label: string; outcome: string; result: JsonValue } {
  return { id: "typed", label: text, outcome: text, result: text };
}

function titleOf({ question }: InputQuestion): string {
  return question ?? questionWords.input;
}
