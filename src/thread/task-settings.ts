/** What a review, a compaction or a goal's turn runs under: it takes no settings of its own, only its thread's. */
import { requireCodexFor } from "../app-server/codex-version.js";
import { isUnknownMethod } from "../app-server/errors.js";
import { callCodex, METHODS } from "../app-server/methods.js";
import type { CodexClient, JsonValue } from "../app-server/protocol.js";
import type { ConversationTask } from "./task.js";

/**
 * 0.125 and 0.140 review under what the thread was loaded with, whatever was set since: a chat that has tightened
 * its permissions would be reviewed under the wide ones. Measured to be right from here on.
 */
const REVIEWS_UNDER_SETTINGS_SINCE = "0.154.0";

/**
 * Gives a loaded thread the settings that its chat has now: those that it was loaded with may be wider.
 * @throws CodexLocalError TOO_OLD where Codex would not keep to them, and what Codex refuses
 */
export async function setTaskSettings(params: {
  client: CodexClient;
  threadId: string;
  task: ConversationTask;
  settings: Readonly<Record<string, JsonValue>>;
  timeoutMs: number;
}): Promise<void> {
  const { client, threadId, task, settings, timeoutMs } = params;
  if (task.kind === "review") {
    requireCodexFor("a review", client.serverVersion, REVIEWS_UNDER_SETTINGS_SINCE);
  }
  try {
    await setThreadSettings({ client, threadId, settings, timeoutMs });
  } catch (error) {
    // 0.125 has no such method. A compaction runs no commands, so that permissions are nothing to it.
    if (task.kind !== "compact" || !isUnknownMethod(error)) throw error;
  }
}

/** @throws what Codex refuses; 0.125 has no such method */
export async function setThreadSettings(params: {
  client: CodexClient;
  threadId: string;
  settings: Readonly<Record<string, JsonValue>>;
  timeoutMs: number;
}): Promise<void> {
  const { client, threadId, settings, timeoutMs } = params;
  await callCodex(client, METHODS.updateThreadSettings, { threadId, ...settings }, { timeoutMs });
}
