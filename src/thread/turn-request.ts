/** Has Codex begin a turn: a message's, or a task's in its place. */
import {
  codexSandboxPolicyForTurn,
  type CodexAppServerRuntimeOptions,
} from "../app-server/config.js";
import { CodexLocalError } from "../app-server/errors.js";
import { callCodex, METHODS } from "../app-server/methods.js";
import type { CodexClient } from "../app-server/protocol.js";
import { restoreFence } from "./fence.js";
import { startTask, type ConversationTask } from "./task.js";
import { setTaskSettings } from "./task-settings.js";
import type { CodexAppServerBinding } from "./thread-binding.js";
import { settingsOfBinding } from "./thread.js";
import { findTurn } from "./turn-record.js";

export type TurnRequest = {
  client: CodexClient;
  runtime: CodexAppServerRuntimeOptions;
  binding: CodexAppServerBinding;
  /** The folder if the binding names none. */
  workspaceDir: string;
  input: readonly unknown[];
  /** Done instead of giving the input to Codex. */
  task?: ConversationTask | undefined;
  /** Codex stores it with the turn, by which that is found again. */
  clientId?: string | undefined;
};

/** Has Codex begin the turn and returns the turn's id. @throws what Codex refuses */
export async function startTurn(request: TurnRequest): Promise<string> {
  try {
    return await requestTurn(request);
  } catch (error) {
    if (!(error instanceof CodexLocalError) || error.code !== "REQUEST_TIMEOUT") throw error;
    // An answer can get lost: the turn would run unseen, and the next message would be steered into it.
    const { client, runtime, clientId, binding } = request;
    if (clientId === undefined) throw error;
    const taken = await findTurn(
      client,
      binding.threadId,
      { clientId },
      runtime.requestTimeoutMs,
    ).catch(() => undefined);
    if (!taken) throw error;
    return taken.id;
  }
}

async function requestTurn(request: TurnRequest): Promise<string> {
  const { client, runtime, binding, task, clientId, input } = request;
  const cwd = binding.cwd || request.workspaceDir;
  const { threadId } = binding;
  const { permissions, model, serviceTier, effort } = settingsOfBinding(binding, runtime);
  const overrides = {
    approvalPolicy: permissions.approvalPolicy,
    approvalsReviewer: permissions.approvalsReviewer,
    sandboxPolicy: codexSandboxPolicyForTurn(permissions.sandbox, cwd),
    ...(model === undefined ? {} : { model }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...(effort === undefined ? {} : { effort }),
  };
  const { requestTimeoutMs: timeoutMs } = runtime;
  await restoreFence(client, threadId, permissions.sandbox, timeoutMs);
  if (task) {
    await setTaskSettings({ client, threadId, task, settings: overrides, timeoutMs });
    return startTask({ client, threadId, task, timeoutMs });
  }
  const turnId = await callCodex(
    client,
    METHODS.startTurn,
    {
      threadId,
      input,
      ...(clientId === undefined ? {} : { clientUserMessageId: clientId }),
      cwd,
      ...overrides,
    },
    { timeoutMs },
  );
  if (!turnId) throw new Error("Codex started the turn without naming it. Update Codex.");
  return turnId;
}
