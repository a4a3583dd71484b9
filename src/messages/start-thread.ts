/** Puts a conversation on a Codex thread: a new one, or one that there is. */
import {
  resolveCodexAppServerRuntimeOptions,
  type CodexAppServerRuntimeOptions,
} from "../app-server/config.js";
import { permits, type CodexPermissions } from "../app-server/permissions.js";
import {
  createCodexConversationBindingData,
  type CodexConversationBindingData,
} from "../host/binding-data.js";
import { signedInClientOfSession } from "../thread/bound-codex.js";
import { keepThreadSession, loadWithSession } from "../thread/sessions.js";
import {
  readCodexAppServerBinding,
  updateCodexAppServerBinding,
  writeCodexAppServerBinding,
  type CodexAppServerBinding,
  type CodexAppServerBindingInput,
} from "../thread/thread-binding.js";
import { leaveThread, resumeThread, startThread } from "../thread/thread.js";
import { settingsOfBinding } from "../thread/thread-settings.js";
import { requireWorkspace, workspaceRules } from "../thread/workspace-folder.js";
import { threadRefused } from "../words/folder-words.js";
import { turnWords } from "../words/turn-words.js";

/**
 * Resumes the given Codex thread or starts a new one, and writes the session's thread binding from the answer.
 * A failure leaves an earlier binding as it was.
 * @returns the data that the host is to store with the conversation's binding
 */
export async function startCodexConversationThread(params: {
  pluginConfig?: unknown;
  sessionFile: string;
  workspaceDir?: string;
  threadId?: string;
  /** The name of the server that the thread is on, or begins on; absent: that of `appServer`. */
  server?: string | undefined;
  model?: string;
  modelProvider?: string;
}): Promise<CodexConversationBindingData> {
  const runtime = resolveCodexAppServerRuntimeOptions(params);
  const { server } = runtime.start;
  const workspaceDir =
    params.workspaceDir?.trim() || (runtime.defaultWorkspaceDir ?? process.cwd());
  const threadId = params.threadId?.trim() || undefined;
  if (threadId === undefined) await requireWorkspace(workspaceDir, runtime);
  const earlier = await readCodexAppServerBinding(params.sessionFile);
  // A new thread is nobody's yet, so it is started with the settings as they are.
  const authProfileId = earlier?.server === server ? earlier?.authProfileId : undefined;
  const client = await signedInClientOfSession(runtime, { server, threadId, authProfileId });

  // Permissions that the chat chose for itself outlive a new thread; model and provider are chosen anew.
  const kept = { authProfileId, ...choicesKept(earlier, runtime) };
  const settings = settingsOfBinding(
    { ...kept, model: params.model?.trim(), modelProvider: params.modelProvider?.trim() },
    runtime,
  );
  const facts = threadId
    ? await resumeThread(client, threadId, settings, runtime.requestTimeoutMs)
    : await startThread(client, workspaceDir, settings, runtime.requestTimeoutMs);
  // A thread that a chat names must work where its `--cwd` might.
  const refusal = threadId && (await (await workspaceRules(runtime)).refusal(facts.cwd));
  if (refusal) {
    await leaveThread(client, facts.threadId, runtime.requestTimeoutMs);
    throw new Error(threadRefused(refusal, facts.cwd));
  }
  const bound = {
    server,
    ...(earlier?.server === server ? {} : { authProfileId: undefined }),
    threadId: facts.threadId,
    cwd: facts.cwd || workspaceDir,
    model: facts.model ?? settings.model,
    modelProvider: facts.modelProvider ?? settings.modelProvider,
    hasRun: threadId !== undefined,
    askedIn: undefined,
    // Its history until now is not the chat's to be told.
    ...(earlier?.threadId === facts.threadId
      ? {}
      : { seen: undefined, lost: undefined, plan: undefined }),
  };
  // What the person changed while Codex was asked stays changed.
  const isChanged = await updateCodexAppServerBinding(params.sessionFile, (current) => ({
    ...bound,
    ...choicesKept(current, runtime),
    ...chosenSince(earlier, current, bound.modelProvider),
    // Rebinding to the same thread keeps createdAt, so messages that wait for it stay valid.
    ...(current.threadId === bound.threadId ? {} : { createdAt: "" }),
  }));
  if (!isChanged && earlier) {
    await leaveThread(client, facts.threadId, runtime.requestTimeoutMs);
    throw new Error(turnWords.detachedWhileBinding);
  }
  if (!isChanged) await writeCodexAppServerBinding(params.sessionFile, { ...kept, ...bound });
  const { sessionFile } = params;
  if (threadId === undefined) keepThreadSession(client, facts.threadId, sessionFile);
  // Before the binding was written its host could not have told whose the thread is.
  else await loadWithSession(client, facts.threadId, sessionFile, () => Promise.resolve());
  return createCodexConversationBindingData({
    sessionFile: params.sessionFile,
    workspaceDir,
    server,
  });
}

/**
 * The permissions and the service tier that a chat keeps on its next thread. If that is on another server, permissions
 * that this server's settings do not allow are dropped, and so is the tier, which was chosen for another account.
 */
function choicesKept(
  binding: CodexAppServerBinding | undefined,
  runtime: CodexAppServerRuntimeOptions,
): Partial<Pick<CodexAppServerBindingInput, keyof CodexPermissions | "serviceTier">> {
  const chosen = {
    approvalPolicy: binding?.approvalPolicy,
    approvalsReviewer: binding?.approvalsReviewer,
    sandbox: binding?.sandbox,
  };
  if (binding?.server === runtime.start.server) {
    return { ...chosen, serviceTier: binding?.serviceTier };
  }
  const wanted = {
    approvalPolicy: chosen.approvalPolicy ?? runtime.approvalPolicy,
    approvalsReviewer: chosen.approvalsReviewer ?? runtime.approvalsReviewer,
    sandbox: chosen.sandbox ?? runtime.sandbox,
  };
  const none = { approvalPolicy: undefined, approvalsReviewer: undefined, sandbox: undefined };
  return { ...(permits(runtime, wanted) ? chosen : none), serviceTier: undefined };
}

/** What a chat chose of these since `earlier`; without that they are the new thread's own. */
function chosenSince(
  earlier: CodexAppServerBinding | undefined,
  current: CodexAppServerBinding,
  modelProvider: string | undefined,
): Pick<CodexAppServerBindingInput, "model" | "effort" | "personality"> {
  const isOther = current.threadId !== earlier?.threadId || current.modelProvider !== modelProvider;
  return {
    ...(isOther || current.model === earlier.model ? {} : { model: current.model }),
    effort: isOther || current.effort === earlier.effort ? undefined : current.effort,
    personality:
      isOther || current.personality === earlier.personality ? undefined : current.personality,
  };
}
