/** What Codex can ask of a client, and the answer by which each is refused: there is no server time-out. */
import type { JsonValue } from "./protocol.js";

/** For the model, which called the tool. */
const TOOLS_NOT_OFFERED =
  "OpenClaw's tools are not offered in this conversation. Go on without this tool.";

/** The requests that name a thread, each with an answer that grants nothing and lets Codex go on. */
const REFUSALS = {
  "item/tool/call": () => ({
    contentItems: [{ type: "inputText", text: TOOLS_NOT_OFFERED }],
    success: false,
  }),
  "item/commandExecution/requestApproval": () => ({ decision: "decline" }),
  "item/fileChange/requestApproval": () => ({ decision: "decline" }),
  "item/permissions/requestApproval": () => ({ permissions: {}, scope: "turn" }),
  "item/tool/requestUserInput": () => ({ answers: {} }),
  "mcpServer/elicitation/request": () => ({ action: "decline", content: null }),
  // Of versions before threads had items.
  execCommandApproval: () => ({ decision: "denied" }),
  applyPatchApproval: () => ({ decision: "denied" }),
  // Up to 0.169. No refusal: it asks for nothing that could be refused, and an error would fail the turn.
  "currentTime/read": () => ({ currentTimeAt: Math.floor(Date.now() / 1000) }),
} satisfies Record<string, () => JsonValue>;

/** Whoever puts requests before a person says for each of these what it asks. */
export type TurnRequestMethod = keyof typeof REFUSALS;

export function isTurnRequest(method: string): method is TurnRequestMethod {
  return Object.hasOwn(REFUSALS, method);
}

/** Undefined for a method that can be refused with an error only. */
export function refusalOfMethod(method: string): JsonValue | undefined {
  return isTurnRequest(method) ? REFUSALS[method]() : undefined;
}
