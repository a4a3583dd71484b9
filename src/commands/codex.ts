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

/** That of the chat's thread, or of the server that is named. @throws CodexConfigError, CodexServerGoneError, CodexLocalError */
export async function codexOf(
  {
    sessionFile,
    pluginConfig,
    server: named,
  }: { sessionFile: string; pluginConfig: unknown; server?: string | undefined },
  limitMs = COMMAND_TIMEOUT_MS,
): Promise<CommandCodex> {
  const binding = await readCodexAppServerBinding(sessionFile);
  const runtime = resolveCodexAppServerRuntimeOptions({
    pluginConfig,
    server: named ?? binding?.server,
  });
  const timeoutMs = Math.min(runtime.requestTimeoutMs, limitMs);
  const isItsOwn = binding?.server === runtime.start.server;
  const client = await clientOfSession(runtime, isItsOwn ? binding : undefined, timeoutMs);
  return { client, runtime, timeoutMs };
}
