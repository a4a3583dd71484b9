/** Reads what a request of Codex's asks of a person. */
import { asRecord, asString } from "../app-server/json.js";
import type { CodexServerRequest } from "../app-server/protocol.js";
import { commandQuestion, fileQuestion, permissionsQuestion } from "./approvals.js";
import { elicitationInquiry } from "./elicitation.js";
import { inquiryOf, type CodexInquiry, type UnaskableInquiry } from "./question.js";
import { userInputInquiry } from "./user-input.js";

/** Undefined where it asks nothing of a person. `filesOf` tells which files a file-change item is about. */
export function readCodexInquiry(
  request: Pick<CodexServerRequest, "method" | "params">,
  filesOf: (itemId: string) => string[],
): CodexInquiry | UnaskableInquiry | undefined {
  const params = asRecord(request.params);
  if (!params) return undefined;
  switch (request.method) {
    case "item/commandExecution/requestApproval":
      return inquiryOf(commandQuestion(params));
    case "item/fileChange/requestApproval":
      return inquiryOf(fileQuestion(params, filesOf(asString(params.itemId) ?? "")));
    case "item/permissions/requestApproval": {
      const question = permissionsQuestion(params);
      return question && inquiryOf(question);
    }
    case "item/tool/requestUserInput":
      return userInputInquiry(params);
    case "mcpServer/elicitation/request":
      return elicitationInquiry(params);
    default:
      return undefined;
  }
}
