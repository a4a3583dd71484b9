/** The Codex thread of a conversation: started, resumed, or replaced where it is gone. */
import { CODEX_CONTROL_METHODS } from "./app-server/capabilities.js";
import type { CodexAppServerRuntimeOptions } from "./app-server/config.js";
import { isLocalError, isNoRollout, isThreadNotFound } from "./app-server/errors.js";
import { asRecord, asString } from "./app-server/json.js";
import { limitPermissions, type CodexPermissions } from "./app-server/permissions.js";
import type { CodexClient } from "./app-server/protocol.js";
import {
  updateCodexAppServerBinding,
  type CodexAppServerBinding,
} from "./app-server/session-binding.js";
import { DEVELOPER_INSTRUCTIONS } from "./conversation-words.js";

/** What thread/start and thread/resume answer, as far as it is used here. */
export type CodexThreadFacts = {
  threadId: string;
  cwd: string;
  model: string | undefined;
  modelProvider: string | undefined;
};

export type CodexThreadSettings = {
  permissions: CodexPermissions;
  model?: string | undefined;
  modelProvider?: string | undefined;
  serviceTier?: string | undefined;
};

/**
 * Threads that a connection has loaded and listens to. Asked per connection, not per process: after a
 * reconnection a loaded thread's events come only once it was resumed.
 */
const loaded = new WeakMap<CodexClient, Set<string>>();

/** Starts a thread that works in `cwd`. */
export async function startThread(
  client: CodexClient,
  cwd: string,
  settings: CodexThreadSettings,
  timeoutMs: number,
): Promise<CodexThreadFacts> {
  const answer = await client.request(
    CODEX_CONTROL_METHODS.startThread,
    { cwd, developerInstructions: DEVELOPER_INSTRUCTIONS, ...threadOverrides(settings) },
    { timeoutMs },
  );
  return rememberLoaded(client, readThreadFacts(answer, { cwd }));
}

/**
 * Loads a thread and subscribes to it. Permissions go with it, since a bare resume restores different ones in
 * different versions of Codex; the turns stay where they are.
 */
export async function resumeThread(
  client: CodexClient,
  threadId: string,
  settings: CodexThreadSettings,
  timeoutMs: number,
): Promise<CodexThreadFacts> {
  const answer = await client.request(
    CODEX_CONTROL_METHODS.resumeThread,
    { threadId, excludeTurns: true, ...threadOverrides(settings) },
    { timeoutMs },
  );
  return rememberLoaded(client, readThreadFacts(answer, { threadId, cwd: "" }));
}

/** Ends this connection's interest in a thread, so that an idle one can be unloaded. Failures do no harm. */
export async function leaveThread(
  client: CodexClient,
  threadId: string,
  timeoutMs: number,
): Promise<void> {
  forgetLoaded(client, threadId);
  await client
    .request(CODEX_CONTROL_METHODS.unsubscribeThread, { threadId }, { timeoutMs })
    .catch(() => undefined);
}

export function forgetLoaded(client: CodexClient, threadId: string): void {
  loaded.get(client)?.delete(threadId);
}

/** Where a thread stands for the next turn on this connection. */
export type ReadyThread =
  | { kind: "loaded" | "resumed" }
  /** There is no such thread any more. */
  | { kind: "gone" }
  /** Codex would not resume it for a reason that does not say that it is gone. */
  | { kind: "refused"; error: unknown };

/** Makes a bound thread ready for a turn on this connection. @throws CodexLocalError */
export async function readyThread(
  client: CodexClient,
  binding: CodexAppServerBinding,
  runtime: CodexAppServerRuntimeOptions,
): Promise<ReadyThread> {
  if (loaded.get(client)?.has(binding.threadId)) return { kind: "loaded" };
  try {
    const settings = settingsOfBinding(binding, runtime);
    await resumeThread(client, binding.threadId, settings, runtime.requestTimeoutMs);
    return { kind: "resumed" };
  } catch (error) {
    if (isLocalError(error)) throw error;
    return isNoRollout(error) || isThreadNotFound(error)
      ? { kind: "gone" }
      : { kind: "refused", error };
  }
}

/** Starts a new thread in the folder of one that is gone, and binds the session to it. */
export async function replaceThread(
  client: CodexClient,
  sessionFile: string,
  binding: CodexAppServerBinding,
  runtime: CodexAppServerRuntimeOptions,
): Promise<CodexAppServerBinding> {
  const cwd = binding.cwd || (runtime.defaultWorkspaceDir ?? process.cwd());
  const settings = settingsOfBinding(binding, runtime);
  const facts = await startThread(client, cwd, settings, runtime.requestTimeoutMs);
  const change = { threadId: facts.threadId, cwd: facts.cwd, hasRun: false };
  return (await updateCodexAppServerBinding(sessionFile, change)) ?? { ...binding, ...change };
}

/** What a conversation chose for itself, held below what the operator configured. */
export function settingsOfBinding(
  binding: Partial<CodexAppServerBinding>,
  runtime: CodexAppServerRuntimeOptions,
): CodexThreadSettings {
  return {
    permissions: limitPermissions(binding, runtime),
    model: binding.model,
    modelProvider: binding.modelProvider,
    serviceTier: binding.serviceTier ?? runtime.serviceTier,
  };
}

function threadOverrides(settings: CodexThreadSettings): Record<string, string> {
  return {
    ...settings.permissions,
    ...(settings.model ? { model: settings.model } : {}),
    ...(settings.modelProvider ? { modelProvider: settings.modelProvider } : {}),
    ...(settings.serviceTier ? { serviceTier: settings.serviceTier } : {}),
  };
}

/** @throws Error where neither the answer nor `known` names the thread */
function readThreadFacts(
  answer: unknown,
  known: { threadId?: string; cwd: string },
): CodexThreadFacts {
  const response = asRecord(answer);
  const thread = asRecord(response?.thread);
  const threadId = asString(thread?.id) ?? known.threadId;
  if (!threadId) throw new Error("Codex answered without a thread id. Update Codex and try again.");
  return {
    threadId,
    cwd: asString(response?.cwd) ?? asString(thread?.cwd) ?? known.cwd,
    model: asString(response?.model),
    modelProvider: asString(response?.modelProvider) ?? asString(thread?.modelProvider),
  };
}

function rememberLoaded(client: CodexClient, facts: CodexThreadFacts): CodexThreadFacts {
  const threads = loaded.get(client) ?? new Set();
  loaded.set(client, threads.add(facts.threadId));
  return facts;
}
