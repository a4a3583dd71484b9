/** What Codex asks a person during a turn, read from its request: the words to show and the answers to choose from. */
import { asRecord, asString, isRecord } from "./app-server/json.js";
import type { CodexServerRequest, JsonValue } from "./app-server/protocol.js";
import { approvalWords } from "./approval-words.js";

/** An answer that a person can give, and what Codex is told then. */
export type QuestionChoice = {
  /** Short and stable: it travels in a button. */
  id: "once" | "always" | "deny" | `option-${number}`;
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
};

/**
 * Reads a request as a question; undefined where it is none, or one that cannot be shown in a chat.
 * `filesOf` tells which files a file-change item is about.
 */
export function readCodexQuestion(
  request: Pick<CodexServerRequest, "method" | "params">,
  filesOf: (itemId: string) => string[],
): CodexQuestion | undefined {
  const params = asRecord(request.params);
  if (!params) return undefined;
  switch (request.method) {
    case "item/commandExecution/requestApproval":
      return commandQuestion(params);
    case "item/fileChange/requestApproval":
      return fileQuestion(params, filesOf(asString(params.itemId) ?? ""));
    case "item/permissions/requestApproval":
      return permissionsQuestion(params);
    case "item/tool/requestUserInput":
      return inputQuestion(params);
    case "mcpServer/elicitation/request":
      return elicitationQuestion(params);
    default:
      return undefined;
  }
}

function commandQuestion(params: Record<string, unknown>): CodexQuestion {
  const network = asRecord(params.networkApprovalContext);
  const host = asString(network?.host);
  return {
    kind: "approval",
    title: host === undefined ? approvalWords.command : approvalWords.network(host),
    details: lines(
      asString(params.command),
      labelled(approvalWords.folder, asString(params.cwd)),
      labelled(approvalWords.more, permissionsInWords(params.additionalPermissions)),
      labelled(approvalWords.reason, asString(params.reason)),
    ),
    ...decisions(params.availableDecisions),
  };
}

function fileQuestion(params: Record<string, unknown>, files: string[]): CodexQuestion {
  return {
    kind: "approval",
    title: approvalWords.files,
    details: lines(
      ...files,
      labelled(approvalWords.root, asString(params.grantRoot)),
      labelled(approvalWords.reason, asString(params.reason)),
    ),
    ...decisions(params.availableDecisions),
  };
}

function permissionsQuestion(params: Record<string, unknown>): CodexQuestion | undefined {
  const permissions = asRecord(params.permissions);
  if (!permissions) return undefined;
  const wanted = toJson(withoutNulls(permissions));
  return {
    kind: "approval",
    title: approvalWords.permissions,
    details: lines(
      permissionsInWords(permissions),
      labelled(approvalWords.folder, asString(params.cwd)),
      labelled(approvalWords.reason, asString(params.reason)),
    ),
    choices: [
      choice("once", { permissions: wanted, scope: "turn" }),
      choice("always", { permissions: wanted, scope: "session" }),
    ],
    refusal: choice("deny", { permissions: {}, scope: "turn" }),
  };
}

/** One question with answers to choose from; several at once, free text and secrets do not fit into buttons. */
function inputQuestion(params: Record<string, unknown>): CodexQuestion | undefined {
  const questions = Array.isArray(params.questions) ? params.questions.filter(isRecord) : [];
  const [question] = questions;
  const id = asString(question?.id);
  const given = Array.isArray(question?.options) ? question.options.filter(isRecord) : [];
  const options = given.flatMap(({ label, description }) => {
    const text = asString(label);
    return text === undefined || text.trim() === ""
      ? []
      : [{ label: text, description: asString(description) ?? "" }];
  });
  if (questions.length !== 1 || id === undefined || options.length === 0) return undefined;
  if (question?.isSecret === true) return undefined;
  return {
    kind: "input",
    title: asString(question?.question) ?? approvalWords.input,
    // The labels stand in the list of answers.
    details: lines(
      ...options.map(({ label, description }) =>
        description.trim() === "" ? undefined : `${label}: ${description}`,
      ),
    ),
    choices: options.map(({ label }, index): QuestionChoice => ({
      id: `option-${index}`,
      label,
      outcome: label,
      result: { answers: { [id]: { answers: [label] } } },
    })),
    refusal: { ...choice("deny", { answers: {} }), label: approvalWords.noAnswer },
  };
}

/** A tool server's question that a yes or a no answers; forms with fields do not fit into buttons. */
function elicitationQuestion(params: Record<string, unknown>): CodexQuestion | undefined {
  const fields = Object.keys(asRecord(asRecord(params.requestedSchema)?.properties) ?? {});
  const message = asString(params.message);
  if (params.mode !== "form" || fields.length > 0 || message === undefined) return undefined;
  return {
    kind: "approval",
    title: message,
    details: lines(labelled(approvalWords.server, asString(params.serverName))),
    choices: [choice("once", { action: "accept", content: {} })],
    refusal: choice("deny", { action: "decline", content: null }),
  };
}

/** The decisions that Codex offers; it takes those of the first list where it names none. */
function decisions(available: unknown): Pick<CodexQuestion, "choices" | "refusal"> {
  const offered = Array.isArray(available)
    ? available
    : ["accept", "acceptForSession", "decline", "cancel"];
  return {
    choices: [
      ...(offered.includes("accept") ? [choice("once", { decision: "accept" })] : []),
      ...(offered.includes("acceptForSession")
        ? [choice("always", { decision: "acceptForSession" })]
        : []),
    ],
    refusal: choice("deny", { decision: "decline" }),
  };
}

function choice(id: "once" | "always" | "deny", result: JsonValue): QuestionChoice {
  return { id, ...approvalWords.choices[id], result };
}

function labelled(label: string, value: string | undefined): string | undefined {
  return value === undefined || value.trim() === "" ? undefined : `${label}: ${value}`;
}

function lines(...parts: (string | undefined)[]): string[] {
  return parts.filter((part) => part !== undefined && part.trim() !== "").map(String);
}

/** All of it, in the protocol's own terms: a summary could leave out what matters. */
function permissionsInWords(permissions: unknown): string | undefined {
  const asked = asRecord(permissions);
  return asked && JSON.stringify(withoutNulls(asked));
}

/** Codex asks with null for what it does not ask; a grant leaves that out. */
function withoutNulls(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}

/** What came over the wire as JSON goes back as JSON. */
function toJson(value: Record<string, unknown>): { [key: string]: JsonValue } {
  return JSON.parse(JSON.stringify(value));
}
