/** What a tool server asks through Codex: leave to use one of its tools, or a form with a few simple fields. */
import { asRecord, asString, isRecord } from "../app-server/json.js";
import type { JsonValue } from "../app-server/protocol.js";
import { questionWords } from "../words/question-words.js";
import {
  choice,
  inquiryOf,
  labelled,
  lines,
  type CodexInquiry,
  type CodexQuestion,
  type QuestionChoice,
  type UnaskableInquiry,
} from "./question.js";

const DECLINED = { action: "decline", content: null };

/** A longer form is no matter for a chat. */
const MOST_FIELDS = 5;

/** Undefined where it says nothing. */
export function elicitationInquiry(
  params: Record<string, unknown>,
): CodexInquiry | UnaskableInquiry | undefined {
  const title = asString(params.message) ?? asString(params.title);
  if (title === undefined) return undefined;
  const server = labelled(questionWords.server, asString(params.serverName));
  const unaskable = (reason: string): UnaskableInquiry => ({ title, reason, answer: DECLINED });
  if (params.mode !== "form") {
    return unaskable(params.mode === "url" ? questionWords.needsPage : questionWords.needsForm);
  }
  const meta = asRecord(params._meta);
  const kind = asString(meta?.codex_approval_kind);
  if (kind === "mcp_tool_call") return inquiryOf(toolQuestion(title, server, meta ?? {}));
  // As an offer to install a plugin, to which a mere yes says nothing that can be foreseen.
  if (kind !== undefined) return unaskable(questionWords.needsForm);
  return formInquiry(title, server, params.requestedSchema) ?? unaskable(questionWords.needsForm);
}

/** Leave to use a tool; for the session too, where Codex offers that (0.169). */
function toolQuestion(
  title: string,
  server: string | undefined,
  meta: Record<string, unknown>,
): CodexQuestion {
  const { persist, tool_params: toolParams } = meta;
  const forSession =
    persist === "session" || (Array.isArray(persist) && persist.includes("session"));
  return {
    kind: "approval",
    title,
    details: lines(
      toolParams === undefined || toolParams === null
        ? undefined
        : labelled(questionWords.toolInput, JSON.stringify(toolParams)),
      asString(meta.tool_description),
      server,
    ),
    choices: [
      choice("once", { action: "accept", content: {} }),
      ...(forSession
        ? [choice("always", { action: "accept", content: {}, _meta: { persist: "session" } })]
        : []),
    ],
    refusal: choice("deny", DECLINED),
  };
}

/** Undefined where it has fields of a kind that cannot be asked one by one. */
function formInquiry(
  title: string,
  server: string | undefined,
  schema: unknown,
): CodexInquiry | undefined {
  const fields = Object.entries(asRecord(asRecord(schema)?.properties) ?? {});
  const needed = asRecord(schema)?.required;
  const isNeeded = (name: string): boolean => Array.isArray(needed) && needed.includes(name);
  if (fields.length === 0) {
    return inquiryOf({
      kind: "approval",
      title,
      details: lines(server),
      choices: [choice("once", { action: "accept", content: {} })],
      refusal: choice("deny", DECLINED),
    });
  }
  if (fields.length > MOST_FIELDS) return undefined;
  const questions = fields.map(([name, field]) =>
    fieldQuestion({ title, server, name, field: asRecord(field) ?? {}, needed: isNeeded(name) }),
  );
  if (!questions.every((question) => question !== undefined)) return undefined;
  return {
    questions,
    answer: (results) => {
      const given = fields.map(([name], index) => [name, results[index] ?? null] as const);
      if (given.some(([name, value]) => value === null && isNeeded(name))) return DECLINED;
      return {
        action: "accept",
        content: Object.fromEntries(given.filter(([, value]) => value !== null)),
      };
    },
  };
}

/** Its result is the field's value, or null. */
function fieldQuestion(asked: {
  title: string;
  server: string | undefined;
  name: string;
  field: Record<string, unknown>;
  needed: boolean;
}): CodexQuestion | undefined {
  const { title, server, name, field, needed } = asked;
  const answers = answersOf(field);
  if (!answers) return undefined;
  return {
    kind: "input",
    title,
    details: lines(
      `${asString(field.title) ?? name}${needed ? "" : ` (${questionWords.optional})`}`,
      asString(field.description),
      server,
    ),
    refusal: { ...choice("deny", null), ...questionWords.noAnswer },
    ...answers,
  };
}

function answersOf(
  field: Record<string, unknown>,
): Pick<CodexQuestion, "choices" | "readTyped"> | undefined {
  switch (field.type) {
    case "boolean":
      return { choices: [option(0, questionWords.yes, true), option(1, questionWords.no, false)] };
    case "number":
    case "integer":
      return { choices: [], readTyped: (text) => readNumber(field, text) };
    case "string": {
      const options = optionsOf(field);
      if (options) return { choices: options };
      return { choices: [], readTyped: (text) => readText(field, text) };
    }
    default:
      return undefined;
  }
}

/** The values of a field that has a list of them: bare, with titles, or with titles in a second list. */
function optionsOf(field: Record<string, unknown>): QuestionChoice[] | undefined {
  const { enum: values, enumNames, oneOf } = field;
  const titled = Array.isArray(oneOf)
    ? oneOf.filter(isRecord).map(({ const: value, title }) => ({ value, title }))
    : Array.isArray(values)
      ? values.map((value: unknown, index) => ({
          value,
          title: Array.isArray(enumNames) ? enumNames[index] : undefined,
        }))
      : undefined;
  return titled
    ?.filter(({ value }) => typeof value === "string")
    .map(({ value, title }, index) =>
      option(index, asString(title) ?? String(value), String(value)),
    );
}

function option(index: number, label: string, result: JsonValue): QuestionChoice {
  return { id: `option-${index}`, label, outcome: label, result };
}

function readNumber(field: Record<string, unknown>, text: string): QuestionChoice | string {
  const value = Number(text);
  const { minimum, maximum } = field;
  const fits =
    text.trim() !== "" &&
    Number.isFinite(value) &&
    (field.type === "number" || Number.isInteger(value)) &&
    (typeof minimum !== "number" || value >= minimum) &&
    (typeof maximum !== "number" || value <= maximum);
  if (!fits) return questionWords.notThatNumber(numberOf(minimum), numberOf(maximum));
  return { id: "typed", label: text, outcome: text, result: value };
}

function readText(field: Record<string, unknown>, text: string): QuestionChoice | string {
  const { minLength, maxLength } = field;
  const fits =
    (typeof minLength !== "number" || text.length >= minLength) &&
    (typeof maxLength !== "number" || text.length <= maxLength);
  if (!fits) return questionWords.notThatLong(numberOf(minLength), numberOf(maxLength));
  return { id: "typed", label: text, outcome: text, result: text };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
