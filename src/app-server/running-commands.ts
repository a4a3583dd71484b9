/** Commands that Codex runs beyond their turns: they end with its process, and when it unloads their thread. */
import { isThreadNotFound, isUnknownMethod } from "./errors.js";
import { callCodex, METHODS } from "./methods.js";
import type { CodexClient } from "./protocol.js";

/** Whether any runs on the thread; undefined if Codex cannot tell, as before 0.140. @throws what else Codex refuses */
export async function runsCommands(
  client: Pick<CodexClient, "request">,
  threadId: string,
  timeoutMs: number,
): Promise<boolean | undefined> {
  try {
    const params = { threadId, limit: 1 };
    const commands = await callCodex(client, METHODS.listCommands, params, { timeoutMs });
    return commands.length > 0;
  } catch (error) {
    // Nothing runs on a thread that is not loaded.
    if (isThreadNotFound(error)) return false;
    if (isUnknownMethod(error)) return undefined;
    throw error;
  }
}
