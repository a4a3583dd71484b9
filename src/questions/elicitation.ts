/** What a tool server asks through Codex: leave to use one of its tools, or a form with a few simple fields. */
import { asRecord, asString, isRecord } from "../app-server/json.js";
import { continued } from "../words/foreign-text.js";
import { questionWords } from "../words/question-words.js";
import {
  choice,
  facts,
  inquiryOf,
  option,
  ownersFirst,
  parts,
  type CodexInquiry,
  type CodexQuestion,
  type QuestionChoice,
  type UnaskableInquiry,
} from "./question.js";
import type { Elicitation } from "./requests-read.js";

const DECLINED = { action: "decline", content: null };

/** A longer form is no matter for a chat. */
const MOST_FIELDS = 5;
const MOST_OPTIONS = 20;

/** What a server says with its request. */
type Said = { message: string; server: string | null | undefined };

/** Undefined where it says nothing. */
export function elicitationInquiry(
  asked: Elicitation,
): CodexInquiry | UnaskableInquiry | undefined {
  const message = asked.message ?? asked.title;
  if (message === undefined || message === null || message.trim() === "") return undefined;
  const said = { message, server: asked.serverName };
  const unaskable = (reason: string): UnaskableInquiry => ({
    title: message,
    reason,
    answer: DECLINED,
  });
  if (asked.mode !== "form") {
    return unaskable(asked.mode === "url" ? questionWords.needsPage : questionWords.needsForm);
  }
  const meta = asRecord(asked._meta);
  const kind = asString(meta?.codex_approval_kind);
  if (kind === "mcp_tool_call") return inquiryOf(toolQuestion(said, meta ?? {}));
  // As an offer to install a plugin, to which a mere yes says nothing that can be foreseen.
  if (kind !== undefined) return unaskable(questionWords.needsForm);
  return formInquiry(said, asked.requestedSchema) ?? unaskable(questionWords.needsForm);
}

/** Leave to use a tool; for the session too, where Codex offers that (0.169). */
function toolQuestion({ message, server }: Said, meta: Record<string, unknown>): CodexQuestion {
  const { persist, tool_params: input } = meta;
  const forSession =
    persist === "session" || (Array.isArray(persist) && persist.includes("session"));
  const hasInput = input !== undefined && input !== null;
  return {
    kind: "approval",
    title: questionWords.tool,
    grant: parts(
      continued(message),
      hasInput ? continued(`${questionWords.toolInput}: ${JSON.stringify(input)}`) : "",
    ),
    facts: facts(
      { label: questionWords.server, text: server, weight: "place" },
      { label: questionWords.aboutTool, text: asString(meta.tool_description), weight: "reason" },
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
function formInquiry(said: Said, schema: unknown): CodexInquiry | undefined {
  const fields = Object.entries(asRecord(asRecord(schema)?.properties) ?? {});
  const needed = asRecord(schema)?.required;
  const isNeeded = (name: string): boolean => Array.isArray(needed) && needed.includes(name);
  if (fields.length === 0) {
    return inquiryOf({
      ...serverApproval(said, questionWords.serverApproval),
      choices: [choice("once", { action: "accept", content: {} })],
      refusal: choice("deny", DECLINED),
    });
  }
  if (fields.length > MOST_FIELDS) return undefined;
  const questions = fields.map(([name, field]) =>
    fieldQuestion(said, { name, field: asRecord(field) ?? {}, needed: isNeeded(name) }),
  );
  if (!questions.every((question) => question !== undefined)) return undefined;
  // A server acts on the answers by itself, and nobody can tell a harmless form from one that lets it do something.
  const first = ownersFirst(
    serverApproval(said, questionWords.serverForm),
    said.message,
    questions,
  );
  return {
    questions: [first, ...questions],
    answer: ([allowed, ...results]) => {
      const given = fields.map(([name], index) => [name, results[index] ?? null] as const);
      const isMissing = given.some(([name, value]) => value === null && isNeeded(name));
      if (allowed !== true || isMissing) return DECLINED;
      return {
        action: "accept",
        content: Object.fromEntries(given.filter(([, value]) => value !== null)),
      };
    },
  };
}

function serverApproval(
  { message, server }: Said,
  title: string,
): Pick<CodexQuestion, "kind" | "title" | "grant" | "facts"> {
  return {
    kind: "approval",
    title,
    grant: parts(continued(message)),
    facts: facts({ label: questionWords.server, text: server, weight: "place" }),
  };
}

/** Its result is the field's value, or null. */
function fieldQuestion(
  { message, server }: Said,
  { name, field, needed }: { name: string; field: Record<string, unknown>; needed: boolean },
): CodexQuestion | undefined {
  const answers = answersOf(field);
  if (!answers || answers.choices.length > MOST_OPTIONS) return undefined;
  return {
    kind: "input",
    title: message,
    grant: [],
    facts: facts(
      {
        text: `${asString(field.title) ?? name}${needed ? "" : ` (${questionWords.optional})`}`,
        weight: "place",
      },
      { text: asString(field.description), weight: "reason" },
      { label: questionWords.server, text: server, weight: "place" },
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
