/** The Codex that a command asks something. */
import {
  resolveCodexAppServerRuntimeOptions,
  type CodexAppServerRuntimeOptions,
} from "../app-server/config.js";
import { readCodexAppServerBinding } from "../thread/thread-binding.js";
import type { CodexClient } from "../app-server/protocol.js";
import { clientOfSession } from "../thread/bound-codex.js";

/** A slow command keeps the later ones of its chat waiting (OpenClaw 2026.9.6), so it gives up early. */
const COMMAND_TIMEOUT_MS = 10_000;

export type CommandCodex = {
  client: CodexClient;
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
  const client = await clientOfSession(runtime, binding, timeoutMs);
  return { client, runtime, timeoutMs };
}
