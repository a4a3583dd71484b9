/** Reads what a request of Codex's asks of a person: for each request that has a refusal, its form and its reading. */
import * as z from "zod/mini";
import type { CodexServerRequest, JsonValue } from "../app-server/protocol.js";
import { isTurnRequest, type TurnRequestMethod } from "../app-server/refusals.js";
import { questionWords } from "../words/question-words.js";
import { commandQuestion, fileQuestion, permissionsQuestion } from "./approvals.js";
import type { FileChanges } from "./changed-files.js";
import { elicitationInquiry } from "./elicitation.js";
import {
  inquiryOf,
  type CodexInquiry,
  type CodexQuestion,
  type UnaskableInquiry,
} from "./question.js";
import {
  commandApproval,
  elicitation,
  fileApproval,
  permissionsApproval,
  userInput,
} from "./requests-read.js";
import { userInputInquiry } from "./user-input.js";

/** What a person is asked; undefined where the request says nothing. */
type Read = CodexInquiry | UnaskableInquiry | undefined;
type Reader = (params: unknown, changesOf: FileChanges["of"]) => Read | "not readable";

/** One for each request that Codex can make during a turn: the compiler asks for the missing one. */
const READERS: Record<TurnRequestMethod, Reader | "asks nobody"> = {
  "item/commandExecution/requestApproval": reads(commandApproval, (asked) =>
    one(commandQuestion(asked)),
  ),
  "item/fileChange/requestApproval": reads(fileApproval, (asked, changesOf) =>
    one(fileQuestion(asked, changesOf(asked.itemId))),
  ),
  "item/permissions/requestApproval": reads(permissionsApproval, (asked) =>
    one(permissionsQuestion(asked)),
  ),
  "item/tool/requestUserInput": reads(userInput, userInputInquiry),
  "mcpServer/elicitation/request": reads(elicitation, elicitationInquiry),
  "item/tool/call": "asks nobody",
  "currentTime/read": "asks nobody",
  // Sent by versions that are no longer supported; refused.
  execCommandApproval: "asks nobody",
  applyPatchApproval: "asks nobody",
};

/**
 * Undefined where it asks nothing of a person. What it asks without saying what, or in a form that is not known, is
 * declined with `refusal` and told. `changesOf` knows the changes of file-change items.
 */
export function readCodexInquiry(
  { method, params }: Pick<CodexServerRequest, "method" | "params">,
  refusal: JsonValue,
  changesOf: FileChanges["of"],
): CodexInquiry | UnaskableInquiry | undefined {
  const reader = isTurnRequest(method) ? READERS[method] : "asks nobody";
  if (reader === "asks nobody") return undefined;
  const read = reader(params, changesOf);
  const declined = (reason: string): UnaskableInquiry => ({
    title: questionWords.unknownRequest,
    reason,
    answer: refusal,
  });
  if (read === "not readable") return declined(questionWords.notReadable);
  return read ?? declined(questionWords.saysNothing);
}

function reads<T extends z.core.$ZodType>(
  schema: T,
  read: (asked: z.infer<T>, changesOf: FileChanges["of"]) => Read,
): Reader {
  return (params, changesOf) => {
    const parsed = z.safeParse(schema, params);
    return parsed.success ? read(parsed.data, changesOf) : "not readable";
  };
}

function one(question: CodexQuestion | undefined): CodexInquiry | undefined {
  return question && inquiryOf(question);
}
