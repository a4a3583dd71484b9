/** The conversation binding: a thread for a chat, a turn for each of its messages, and the end of both. */
import type {
  PluginConversationBindingResolvedEvent,
  PluginHookInboundClaimContext,
  PluginHookInboundClaimEvent,
} from "openclaw/plugin-sdk/plugin-entry";
import { resolveCodexAppServerRuntimeOptions } from "./app-server/config.js";
import {
  clearCodexAppServerBinding,
  readCodexAppServerBinding,
  restoreCodexAppServerBinding,
  updateCodexAppServerBinding,
  writeCodexAppServerBinding,
  type CodexAppServerBinding,
  type CodexAppServerBindingInput,
} from "./thread/thread-binding.js";
import { takeDecidedBind } from "./thread/asked-binds.js";
import { signedInClientOfSession } from "./thread/bound-codex.js";
import { answerMessage } from "./messages/answer.js";
import {
  createCodexConversationBindingData,
  readCodexConversationBindingData,
  readCodexConversationBindingDataRecord,
  type CodexConversationBindingData,
} from "./host/binding-data.js";
import { readBoundConversation } from "./host/bound-conversation.js";
import { leaveThread, resumeThread, settingsOfBinding, startThread } from "./thread/thread.js";
import { keepThreadSession } from "./thread/sessions.js";
import {
  buildCodexConversationTurnInput,
  promptOf,
  whyNothingForCodex,
  type CodexUserInput,
} from "./chat/turn-input.js";
import { words } from "./words/words.js";
import { requireWorkspace, workspaceRules } from "./thread/workspace-folder.js";
import { threadRefused } from "./words/folder-words.js";

export {
  readCodexConversationBindingData,
  resolveCodexDefaultWorkspaceDir,
} from "./host/binding-data.js";

export type CodexConversationReply = { text: string };

export type CodexConversationClaimResult = { handled: true; reply?: CodexConversationReply };

export type CodexConversationClaimOptions = {
  pluginConfig?: unknown;
  /** Asked when the turn begins, in place of `pluginConfig`. */
  currentPluginConfig?: () => unknown;
  /** Milliseconds that a turn may take; default: the setting `turn.maxDurationMs`. */
  timeoutMs?: number;
  /** Takes the reply once it is there; without it the claim is held and returns the reply. Must not reject. */
  deliver?: (reply: CodexConversationReply) => Promise<void> | void;
};

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
  model?: string;
  modelProvider?: string;
}): Promise<CodexConversationBindingData> {
  const runtime = resolveCodexAppServerRuntimeOptions({ pluginConfig: params.pluginConfig });
  const workspaceDir =
    params.workspaceDir?.trim() || (runtime.defaultWorkspaceDir ?? process.cwd());
  const threadId = params.threadId?.trim() || undefined;
  if (threadId === undefined) await requireWorkspace(workspaceDir, runtime);
  const earlier = await readCodexAppServerBinding(params.sessionFile);
  // A new thread is nobody's yet, so it is started with the settings as they are.
  const authProfileId = earlier?.authProfileId;
  const client = await signedInClientOfSession(runtime, { threadId, authProfileId });

  // Permissions that the chat chose for itself outlive a new thread; model and provider are chosen anew.
  const kept = {
    authProfileId: earlier?.authProfileId,
    approvalPolicy: earlier?.approvalPolicy,
    approvalsReviewer: earlier?.approvalsReviewer,
    sandbox: earlier?.sandbox,
    serviceTier: earlier?.serviceTier,
  };
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
    threadId: facts.threadId,
    cwd: facts.cwd || workspaceDir,
    model: facts.model ?? settings.model,
    modelProvider: facts.modelProvider ?? settings.modelProvider,
    hasRun: threadId !== undefined,
  };
  // What the person changed while Codex was asked stays changed.
  const isChanged = await updateCodexAppServerBinding(params.sessionFile, (current) => ({
    ...bound,
    ...chosenSince(earlier, current, bound.modelProvider),
    // Bound once more to the thread that it has: what was accepted for it still is.
    ...(current.threadId === bound.threadId ? {} : { createdAt: "" }),
  }));
  if (!isChanged && earlier) {
    await leaveThread(client, facts.threadId, runtime.requestTimeoutMs);
    throw new Error(words.detachedWhileBinding);
  }
  if (!isChanged) await writeCodexAppServerBinding(params.sessionFile, { ...kept, ...bound });
  keepThreadSession(client, facts.threadId, params.sessionFile);
  return createCodexConversationBindingData({ sessionFile: params.sessionFile, workspaceDir });
}

/** The model and the effort that a chat gave itself since `earlier`; without that both are the new thread's own. */
function chosenSince(
  earlier: CodexAppServerBinding | undefined,
  current: CodexAppServerBinding,
  modelProvider: string | undefined,
): Pick<CodexAppServerBindingInput, "model" | "effort"> {
  const isOther = current.threadId !== earlier?.threadId || current.modelProvider !== modelProvider;
  return {
    ...(isOther || current.model === earlier.model ? {} : { model: current.model }),
    effort: isOther || current.effort === earlier.effort ? undefined : current.effort,
  };
}

/**
 * Takes a message of a bound conversation: its turn runs after the conversation's earlier ones.
 * @returns undefined where the conversation is not ours; else `handled`, with the reply unless `deliver` takes it
 */
export async function handleCodexConversationInboundClaim(
  event: PluginHookInboundClaimEvent,
  ctx: Pick<PluginHookInboundClaimContext, "pluginBinding">,
  options: CodexConversationClaimOptions = {},
): Promise<CodexConversationClaimResult | undefined> {
  const claim = readInboundClaim(event, ctx);
  if (claim === "foreign") return undefined;
  if (claim === "ignored") return { handled: true };
  const reply =
    "answer" in claim
      ? Promise.resolve(claim.answer)
      : answerMessage({
          ...claim,
          pluginConfig: options.currentPluginConfig ?? (() => options.pluginConfig),
          timeoutMs: options.timeoutMs,
        }).then((answer) => answer?.text);
  if (!options.deliver) {
    const text = await reply;
    return text === undefined ? { handled: true } : { handled: true, reply: { text } };
  }
  const { deliver } = options;
  void reply.then((text) => (text === undefined ? undefined : deliver({ text })));
  return { handled: true };
}

/**
 * What a message asks for: `foreign` where the conversation is not ours, `ignored` where it is but the sender is not
 * authorised or the message is empty, an `answer` where nothing in it can be given to Codex.
 */
export function readInboundClaim(
  event: PluginHookInboundClaimEvent,
  ctx: Pick<PluginHookInboundClaimContext, "pluginBinding">,
):
  | "foreign"
  | "ignored"
  | { data: CodexConversationBindingData; answer: string }
  | { data: CodexConversationBindingData; input: CodexUserInput[] } {
  const data = readCodexConversationBindingData(ctx.pluginBinding);
  if (!data) return "foreign";
  if (event.commandAuthorized !== true) return "ignored";
  const input = buildCodexConversationTurnInput({ prompt: promptOf(event), event });
  if (input.length > 0) return { data, input };
  const answer = whyNothingForCodex(event);
  return answer === undefined ? "ignored" : { data, answer };
}

/**
 * What a decision about a bind does to the session's thread binding. A denied bind loses its own, unless the chat is
 * known to be bound by another that was approved; an approved one gets its own back where another was asked after it.
 */
export async function handleCodexConversationBindingResolved(
  event: PluginConversationBindingResolvedEvent,
): Promise<void> {
  const data = readCodexConversationBindingDataRecord(event.request.data);
  if (!data) return;
  const { sessionFile } = data;
  const { decided, left } = takeDecidedBind(sessionFile, event.request.summary, event.status);
  if (event.status === "approved") {
    const current = await readCodexAppServerBinding(sessionFile);
    if (decided && current?.threadId !== decided.threadId) {
      await writeCodexAppServerBinding(sessionFile, decided);
    }
    return;
  }
  if (await readBoundConversation(sessionFile)) return;
  if (decided) await restoreCodexAppServerBinding(sessionFile, decided.threadId, left);
  else await clearCodexAppServerBinding(sessionFile);
}
