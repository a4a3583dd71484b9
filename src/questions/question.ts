/** What Codex asks of a person: its words, the answers to choose from, and what each comes to. */
import type { JsonValue } from "../app-server/protocol.js";
import { continued } from "../words/foreign-text.js";
import { questionWords } from "../words/question-words.js";
import type { QuestionFact } from "../words/question-text.js";

/** An answer that a person can give. */
export type QuestionChoice = {
  /** Short and stable: it travels in a button. */
  id: "once" | "always" | "deny" | "typed" | "rule" | `option-${number}`;
  label: string;
  /** What the question shows once this was chosen. */
  outcome: string;
  result: JsonValue;
};

export type CodexQuestion = {
  /**
   * `approval`: a yes has something done that was not allowed before, so it is the gateway's owners' where there are
   * any. `input`: the answer is words for the model, which anybody who may command could send it anyway.
   */
  kind: "approval" | "input";
  /** One line. */
  title: string;
  /** What a yes grants, the widest first: parts in lines, of which each is ours or is marked as going on. */
  grant: string[];
  /** What else is known about it. */
  facts: QuestionFact[];
  /** What can be agreed to. */
  choices: QuestionChoice[];
  /** What refusal and silence mean. */
  refusal: QuestionChoice;
  /** What only the gateway's owners can agree to, and are shown; it holds in every thread from then on. */
  forOwners?: QuestionChoice & { grants: string };
  /** Reads an answer in the person's own words, where one is taken; a string says what is wrong with it. */
  readTyped?: (text: string) => QuestionChoice | string;
  /** What can be typed are the choices, so buttons say all of it. */
  typesChoices?: true;
  /** What follows if nobody answers an `input` in time, where that is something else than usual. */
  ifUnanswered?: string;
  /** Only the gateway's owners are asked; where there are none it counts as allowed. */
  ownersOnly?: true;
};

/** What one request asks: some questions, one after another, and the answer to the request from theirs. */
export type CodexInquiry = {
  questions: CodexQuestion[];
  /** `results` are those of the questions, in order; a question that nobody answered has its refusal's. */
  answer: (results: JsonValue[]) => JsonValue;
  /** Milliseconds after which Codex continues without an answer, where it says so. */
  patienceMs?: number;
};

/** A request that no chat can show, or must not. */
export type UnaskableInquiry = { title: string; reason: string; answer: JsonValue };

export function isAskable(inquiry: CodexInquiry | UnaskableInquiry): inquiry is CodexInquiry {
  return "questions" in inquiry;
}

/** A request that asks one thing, whose answer is the request's. */
export function inquiryOf(question: CodexQuestion): CodexInquiry {
  return { questions: [question], answer: ([result]) => result ?? question.refusal.result };
}

/**
 * Asks the gateway's owners, where there are any, whether the chat may answer at all; its result is true then. It stands
 * before questions of which nobody can tell that their answers grant nothing.
 */
export function ownersFirst(
  form: Pick<CodexQuestion, "title" | "facts">,
  message: string,
  questions: readonly CodexQuestion[],
): CodexQuestion {
  const asked = questions.map(({ title, facts: about, choices }) =>
    [title, ...about.map(({ text }) => text), ...choices.map(({ label }) => label)]
      .filter((text) => text !== message)
      .join("\n"),
  );
  return {
    ...form,
    kind: "approval",
    grant: parts(...[message, ...asked].map(continued)),
    choices: [choice("once", true)],
    refusal: choice("deny", false),
    ownersOnly: true,
  };
}

/**
 * The same as the gateway's owners are shown it. `handle` names it in the chat, where they choose what OpenClaw's own
 * message has no button for.
 */
export function asOwnersSeeIt(question: CodexQuestion, handle: string): CodexQuestion {
  const { forOwners } = question;
  if (!forOwners) return question;
  const label = standsForAlways(question)
    ? questionWords.alwaysMeans
    : questionWords.ruleByTyping(handle);
  const rule = { label, text: forOwners.grants, weight: "grant" } as const;
  return { ...question, facts: [...question.facts, rule] };
}

/** Whether OpenClaw's "always" is that, since the question offers none for its thread. */
export function standsForAlways({ choices, forOwners }: CodexQuestion): boolean {
  return forOwners !== undefined && !choices.some(({ id }) => id === "always");
}

/** The answer to a request that nobody answers. */
export function refusalOfInquiry(inquiry: CodexInquiry | UnaskableInquiry): JsonValue {
  if (!isAskable(inquiry)) return inquiry.answer;
  return inquiry.answer(inquiry.questions.map(({ refusal }) => refusal.result));
}

/** The same, asked by a sub-agent of the chat's Codex. */
export function askedBy<T extends CodexInquiry | UnaskableInquiry>(agent: string, inquiry: T): T {
  if (!isAskable(inquiry))
    return { ...inquiry, title: questionWords.byAgent(agent, inquiry.title) };
  const questions = inquiry.questions.map((question) => ({
    ...question,
    title: questionWords.byAgent(agent, question.title),
  }));
  return { ...inquiry, questions };
}

export function choice(id: "once" | "always" | "deny", result: JsonValue): QuestionChoice {
  return { id, ...questionWords.choices[id], result };
}

export function option(index: number, label: string, result: JsonValue): QuestionChoice {
  return { id: `option-${index}`, label, outcome: label, result };
}

/** The facts that say something. */
export function facts(
  ...known: { label?: string; text: string | null | undefined; weight: QuestionFact["weight"] }[]
): QuestionFact[] {
  return known.flatMap(({ text, ...fact }) =>
    text === null || text === undefined || text.trim() === "" ? [] : [{ ...fact, text }],
  );
}

/** The parts that say something. */
export function parts(...known: (string | null | undefined)[]): string[] {
  return known.filter((part) => typeof part === "string").filter((part) => part.trim() !== "");
}
