/** Loads a thread again that a turn with full access has left without its fence, if its Codex knows no other way. */
import { isAtLeast } from "../app-server/codex-version.js";
import type { CodexAppServerRuntimeOptions } from "../app-server/config.js";
import type { CodexClient } from "../app-server/protocol.js";
import { FENCES_RESTORED_SINCE, isUnfenced, noteFenced } from "./fence.js";
import type { CodexAppServerBinding } from "./thread-binding.js";
import { isLoaded, leaveThread } from "./thread.js";
import { settingsOfBinding } from "./thread-settings.js";

/** 0.125 keeps a thread as it is for half an hour after everybody has left it. */
const RELOADS_SINCE = "0.140.0";

/** Called before a turn's thread is made ready, which then loads it. */
export async function leaveUnfenced(
  client: CodexClient,
  binding: CodexAppServerBinding,
  runtime: CodexAppServerRuntimeOptions,
): Promise<void> {
  const { threadId } = binding;
  const { serverVersion } = client;
  const { sandbox } = settingsOfBinding(binding, runtime).permissions;
  if (sandbox === "danger-full-access" || !isUnfenced(client, threadId)) return;
  if (serverVersion === undefined || isAtLeast(serverVersion, FENCES_RESTORED_SINCE)) return;
  if (!isAtLeast(serverVersion, RELOADS_SINCE)) return;
  await leaveThread(client, threadId, runtime.requestTimeoutMs);
  if (!isLoaded(client, threadId)) noteFenced(client, threadId);
}
