/** What Codex asks of a person: its words, the answers to choose from, and what each comes to. */
import type { JsonValue } from "../app-server/protocol.js";
import { questionWords } from "../words/question-words.js";

/** An answer that a person can give. */
export type QuestionChoice = {
  /** Short and stable: it travels in a button. */
  id: "once" | "always" | "deny" | "typed" | `option-${number}`;
  label: string;
  /** What the question shows once this was chosen. */
  outcome: string;
  result: JsonValue;
};

export type CodexQuestion = {
  /** `approval`: leave to do something. `input`: Codex wants to know something. */
  kind: "approval" | "input";
  /** One line. */
  title: string;
  /** All that is known about it, in lines; shown whole only on request where it is long. */
  details: string[];
  /** What can be agreed to. */
  choices: QuestionChoice[];
  /** What refusal and silence mean. */
  refusal: QuestionChoice;
  /** Reads an answer in the person's own words, where one is taken; a string says what is wrong with it. */
  readTyped?: (text: string) => QuestionChoice | string;
};

/** What one request asks: some questions, one after another, and the answer to the request from theirs. */
export type CodexInquiry = {
  questions: CodexQuestion[];
  /** `results` are those of the questions, in order; a question that nobody answered has its refusal's. */
  answer: (results: JsonValue[]) => JsonValue;
  /** Milliseconds after which Codex goes on without an answer, where it says so. */
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

export function choice(id: "once" | "always" | "deny", result: JsonValue): QuestionChoice {
  return { id, ...questionWords.choices[id], result };
}

export function labelled(label: string, value: string | undefined): string | undefined {
  return value === undefined || value.trim() === "" ? undefined : `${label}: ${value}`;
}

/** The parts that say something. */
export function lines(...parts: (string | undefined)[]): string[] {
  return parts.filter((part) => part !== undefined && part.trim() !== "").map(String);
}
