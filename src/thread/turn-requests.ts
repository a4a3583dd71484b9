/** What Codex is told when it asks for something during a turn. There is no server timeout: always answer. */
import { asRecord } from "../app-server/json.js";
import type { CodexServerRequest, JsonValue } from "../app-server/protocol.js";
import { TOOLS_NOT_OFFERED } from "../words/words.js";

/**
 * Answers a request of this thread with the safe refusal that its method has; undefined for other threads'
 * requests and for unknown methods, which the connection answers with an error.
 */
export function answerTurnRequest(
  request: Pick<CodexServerRequest, "method" | "params">,
  threadId: string,
): JsonValue | undefined {
  const params = asRecord(request.params);
  // The legacy approvals name their thread `conversationId`.
  if ((params?.threadId ?? params?.conversationId) !== threadId) return undefined;
  switch (request.method) {
    case "item/tool/call":
      return {
        contentItems: [{ type: "inputText", text: TOOLS_NOT_OFFERED }],
        success: false,
      };
    case "item/commandExecution/requestApproval":
    case "item/fileChange/requestApproval":
      return { decision: "decline" };
    case "item/permissions/requestApproval":
      return { permissions: {}, scope: "turn" };
    case "item/tool/requestUserInput":
      return { answers: {} };
    case "mcpServer/elicitation/request":
      return { action: "decline", content: null };
    case "execCommandApproval":
    case "applyPatchApproval":
      return { decision: "denied" };
    case "currentTime/read":
      return { currentTimeAt: Math.floor(Date.now() / 1000) };
    default:
      return undefined;
  }
}
