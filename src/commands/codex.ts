/** The Codex that a command asks something. */
import {
  resolveCodexAppServerRuntimeOptions,
  type CodexAppServerRuntimeOptions,
} from "../app-server/config.js";
import {
  inspectCodexAppServerBinding,
  readCodexAppServerBinding,
  type CodexAppServerBinding,
} from "../app-server/session-binding.js";
import { getSharedCodexAppServerClient } from "../app-server/shared-client.js";
import type { CodexAppServerClient } from "../app-server/client.js";
import { NO_THREAD_BINDING, words } from "../conversation-words.js";

/** A slow command keeps the later ones of its chat waiting (OpenClaw 2026.9.6), so it gives up early. */
export const COMMAND_TIMEOUT_MS = 10_000;

export type CommandCodex = {
  client: CodexAppServerClient;
  runtime: CodexAppServerRuntimeOptions;
  /** Milliseconds for each request. */
  timeoutMs: number;
};

/** @throws CodexConfigError, CodexLocalError */
export async function codexOf(
  { sessionFile, pluginConfig }: { sessionFile: string; pluginConfig: unknown },
  limitMs = COMMAND_TIMEOUT_MS,
): Promise<CommandCodex> {
  const runtime = resolveCodexAppServerRuntimeOptions({ pluginConfig });
  const binding = await readCodexAppServerBinding(sessionFile);
  const timeoutMs = Math.min(runtime.requestTimeoutMs, limitMs);
  const client = await getSharedCodexAppServerClient({
    startOptions: runtime.start,
    timeoutMs,
    ...(binding?.authProfileId === undefined ? {} : { authProfileId: binding.authProfileId }),
  });
  return { client, runtime, timeoutMs };
}

/** The chat's thread. @throws where there is none, or its file is damaged */
export async function requireBinding(sessionFile: string): Promise<CodexAppServerBinding> {
  const state = await inspectCodexAppServerBinding(sessionFile);
  switch (state.kind) {
    case "bound":
      return state.binding;
    case "none":
      throw new Error(NO_THREAD_BINDING);
    case "unreadable":
      throw new Error(words.bindingUnreadable(state.reason));
  }
}
