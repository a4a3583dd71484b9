/**
 * Questions of version 0.1.0. After an update while the gateway runs its turns go on, and so does what they ask: it stands
 * on a board of its own, and is answered there until those turns have ended.
 */
import * as z from "zod/mini";
import { continued } from "../words/foreign-text.js";
import type { AnswerResult } from "./board.js";
import type { CodexQuestion, QuestionChoice } from "./question.js";

const BOARD = Symbol.for("openclaw-codex-conversation.questions");

const callable = <T extends (...args: never[]) => unknown>() =>
  z.custom<T>((value) => typeof value === "function");

const choiceSchema = z.object({
  id: z.custom<QuestionChoice["id"]>((value) => typeof value === "string"),
  label: z.string(),
  outcome: z.string(),
  result: z.json(),
});

const questionSchema = z.object({
  kind: z.enum(["approval", "input"]),
  title: z.string(),
  details: z.array(z.string()),
  choices: z.array(choiceSchema),
  refusal: choiceSchema,
  readTyped: z.optional(callable<(text: string) => QuestionChoice | string>()),
});

type End = { by: "choice"; choice: QuestionChoice; source: "click" | "command" };

const entrySchema = z.object({
  id: z.string(),
  sessionFile: z.string(),
  question: questionSchema,
  settle: callable<(end: End) => void>(),
  showAll: callable<() => Promise<void>>(),
  operatorDecides: z.boolean(),
});

const boardSchema = z.object({ open: z.instanceof(Map), settled: z.instanceof(Map) });

type FirstVersionQuestion = z.infer<typeof entrySchema>;

export type FirstVersionResult =
  | Exclude<AnswerResult, { kind: "taken" }>
  | { kind: "taken"; choice: QuestionChoice };

/** Answers one by a button's choice. */
export function clickFirstVersion(id: string, choiceId: string): FirstVersionResult {
  const entry = openOnes().find((open) => open.id === id);
  return entry ? choose(entry, choiceId, "click") : { kind: "not open" };
}

/** Sends the whole of one to its chat; false where it is not open. @throws where the chat cannot be reached */
export async function showFirstVersion(id: string): Promise<boolean> {
  const entry = openOnes().find((open) => open.id === id);
  await entry?.showAll();
  return entry !== undefined;
}

/** The one of a session that is named, or its only one; what to do with it is typed. */
export function firstVersionQuestion(
  sessionFile: string,
  name: string,
): FirstVersionQuestion | undefined {
  const own = openOnes().filter((open) => open.sessionFile === sessionFile);
  return own.find(({ id }) => id === name) ?? (own.length === 1 ? own[0] : undefined);
}

/** Answers one as it was typed: by a choice's id, or in words where `text` is given. */
export function typeFirstVersion(
  entry: FirstVersionQuestion,
  typed: { choiceId: string } | { text: string },
): FirstVersionResult {
  if ("choiceId" in typed) return choose(entry, typed.choiceId, "command");
  const read = entry.question.readTyped?.(typed.text);
  if (read === undefined) return { kind: "no such choice", choices: labelsOf(entry) };
  if (typeof read === "string") return { kind: "not understood", reason: read };
  return settle(entry, read, "command");
}

/** A question of version 0.1.0 as this version has OpenClaw ask it. @throws where it is none */
export function asQuestion(value: unknown): CodexQuestion {
  const { kind, title, details, choices, refusal } = questionSchema.parse(value);
  return { kind, title, grant: details.map(continued), facts: [], choices, refusal };
}

function choose(
  entry: FirstVersionQuestion,
  choiceId: string,
  source: End["source"],
): FirstVersionResult {
  const { choices, refusal } = entry.question;
  const choice = [...choices, refusal].find(({ id }) => id === choiceId);
  if (!choice) return { kind: "no such choice", choices: labelsOf(entry) };
  if (entry.operatorDecides && choice.id !== "deny") return { kind: "operator decides" };
  return settle(entry, choice, source);
}

function settle(
  { id, sessionFile, settle: end }: FirstVersionQuestion,
  choice: QuestionChoice,
  source: End["source"],
): FirstVersionResult {
  board()?.settled.set(id, { sessionFile, outcome: choice.outcome });
  end({ by: "choice", choice, source });
  return { kind: "taken", choice };
}

function labelsOf({ question }: FirstVersionQuestion): string[] {
  return [...question.choices, question.refusal].map(({ label }) => label);
}

function openOnes(): FirstVersionQuestion[] {
  return [...(board()?.open.values() ?? [])].flatMap((value: unknown) => {
    const { data } = entrySchema.safeParse(value);
    return data ? [data] : [];
  });
}

function board(): z.infer<typeof boardSchema> | undefined {
  return boardSchema.safeParse(Reflect.get(globalThis, BOARD)).data;
}
