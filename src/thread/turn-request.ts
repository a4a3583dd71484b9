/** Has Codex begin a turn: a message's, or a task's in its place. */
import {
  codexSandboxPolicyForTurn,
  type CodexAppServerRuntimeOptions,
} from "../app-server/config.js";
import { CodexLocalError } from "../app-server/errors.js";
import { callCodex, METHODS } from "../app-server/methods.js";
import type { CodexPermissions } from "../app-server/permissions.js";
import type { CodexClient, JsonValue } from "../app-server/protocol.js";
import { restoreFence } from "./fence.js";
import { startTask, type ConversationTask } from "./task.js";
import { setTaskSettings, setThreadSettings } from "./task-settings.js";
import type { CodexAppServerBinding } from "./thread-binding.js";
import { settingsOfBinding } from "./thread-settings.js";
import { findTurn } from "./turn-record.js";
import { requireTurnFolder } from "./workspace-folder.js";

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

/** `ended`: the turn's end, if it was over by then. */
export type StartedTurn = { turnId: string; ended: Record<string, unknown> | undefined };

/** Has Codex begin the turn. @throws what Codex refuses */
export async function startTurn(request: TurnRequest): Promise<StartedTurn> {
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
    // If it is over by now, its end was told as well.
    return { turnId: taken.id, ended: undefined };
  }
}

async function requestTurn(request: TurnRequest): Promise<StartedTurn> {
  const { client, runtime, binding, task, clientId, input } = request;
  const cwd = binding.cwd || request.workspaceDir;
  const { threadId } = binding;
  const { sandbox, overrides } = turnSettings(binding, runtime, cwd);
  const { requestTimeoutMs: timeoutMs } = runtime;
  await restoreFence(client, threadId, sandbox, timeoutMs);
  if (task) {
    await setTaskSettings({ client, threadId, task, settings: overrides, timeoutMs });
    return { turnId: await startTask({ client, threadId, task, timeoutMs }), ended: undefined };
  }
  const { turnId, ended } = await callCodex(
    client,
    METHODS.startTurn,
    {
      threadId,
      input,
      ...(clientId === undefined ? {} : { clientUserMessageId: clientId }),
      cwd,
      ...overrides,
      ...modeOf(binding),
    },
    { timeoutMs },
  );
  if (!turnId) throw new Error("Codex started the turn without naming it. Update Codex.");
  return { turnId, ended };
}

/** What a turn runs under, as it stands now. */
function turnSettings(
  binding: CodexAppServerBinding,
  runtime: CodexAppServerRuntimeOptions,
  cwd: string,
): { sandbox: CodexPermissions["sandbox"]; overrides: Readonly<Record<string, JsonValue>> } {
  const { permissions, model, serviceTier, effort, personality } = settingsOfBinding(
    binding,
    runtime,
  );
  const { sandbox, approvalPolicy, approvalsReviewer } = permissions;
  const overrides = {
    approvalPolicy,
    approvalsReviewer,
    sandboxPolicy: codexSandboxPolicyForTurn(sandbox, cwd),
    ...(model === undefined ? {} : { model }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...(effort === undefined ? {} : { effort }),
    ...(personality === undefined ? {} : { personality }),
  };
  return { sandbox, overrides };
}

/**
 * Gives a loaded thread what its turns run under now, for turns that Codex begins by itself.
 * @throws WorkspaceFolderError where the chat may not work in its folder any more, and what Codex refuses
 */
export async function settleThread({
  client,
  runtime,
  binding,
  workspaceDir,
  sessionFile,
}: Pick<TurnRequest, "client" | "runtime" | "binding" | "workspaceDir"> & {
  sessionFile: string;
}): Promise<void> {
  const cwd = binding.cwd || workspaceDir;
  await requireTurnFolder(cwd, runtime, sessionFile);
  const { threadId } = binding;
  const { sandbox, overrides: settings } = turnSettings(binding, runtime, cwd);
  const { requestTimeoutMs: timeoutMs } = runtime;
  await restoreFence(client, threadId, sandbox, timeoutMs);
  await setThreadSettings({ client, threadId, settings, timeoutMs });
}

/** The mode that the chat chose; Codex takes it together with a model only, which then counts. */
function modeOf({ plan, model, effort }: CodexAppServerBinding) {
  if (plan === undefined || model === undefined) return {};
  const settings = { model, reasoning_effort: effort ?? null, developer_instructions: null };
  return { collaborationMode: { mode: plan ? ("plan" as const) : ("default" as const), settings } };
}
