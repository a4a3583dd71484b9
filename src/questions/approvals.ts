/** Leave that Codex asks for: to run a command, to change files, to have more permissions. */
import { asRecord, asString } from "../app-server/json.js";
import type { JsonValue } from "../app-server/protocol.js";
import { questionWords } from "../words/question-words.js";
import { permissionsInWords } from "./permissions-wanted.js";
import { choice, labelled, lines, type CodexQuestion } from "./question.js";

export function commandQuestion(params: Record<string, unknown>): CodexQuestion {
  const network = asRecord(params.networkApprovalContext);
  const host = asString(network?.host);
  const typesInto = params.kind === "writeStdin";
  return {
    kind: "approval",
    title:
      host !== undefined
        ? questionWords.network(host)
        : typesInto
          ? questionWords.typing
          : questionWords.command,
    details: lines(
      asString(params.command),
      labelled(questionWords.folder, asString(params.cwd)),
      ...permissionsInWords(params.additionalPermissions).map((line) =>
        labelled(questionWords.more, line),
      ),
      labelled(questionWords.reason, asString(params.reason)),
    ),
    ...decisions(params.availableDecisions),
  };
}

export function fileQuestion(params: Record<string, unknown>, files: string[]): CodexQuestion {
  return {
    kind: "approval",
    title: questionWords.files,
    details: lines(
      ...files,
      labelled(questionWords.root, asString(params.grantRoot)),
      labelled(questionWords.reason, asString(params.reason)),
    ),
    ...decisions(params.availableDecisions),
  };
}

/** Undefined where it names no permissions. */
export function permissionsQuestion(params: Record<string, unknown>): CodexQuestion | undefined {
  const permissions = asRecord(params.permissions);
  if (!permissions) return undefined;
  const wanted = toJson(withoutNulls(permissions));
  return {
    kind: "approval",
    title: questionWords.permissions,
    details: lines(
      ...permissionsInWords(permissions),
      labelled(questionWords.folder, asString(params.cwd)),
      labelled(questionWords.reason, asString(params.reason)),
    ),
    choices: [
      choice("once", { permissions: wanted, scope: "turn" }),
      choice("always", { permissions: wanted, scope: "session" }),
    ],
    refusal: choice("deny", { permissions: {}, scope: "turn" }),
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

/** Codex asks with null for what it does not ask; a grant leaves that out. */
function withoutNulls(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}

/** What came over the wire as JSON goes back as JSON. */
function toJson(value: Record<string, unknown>): { [key: string]: JsonValue } {
  return JSON.parse(JSON.stringify(value));
}
