/** The conversation binding: a thread for a chat, a turn for each of its messages, and the end of both. */
import type {
  PluginConversationBindingResolvedEvent,
  PluginHookInboundClaimContext,
  PluginHookInboundClaimEvent,
} from "openclaw/plugin-sdk/plugin-entry";
import {
  clearCodexAppServerBinding,
  readCodexAppServerBinding,
  writeCodexAppServerBinding,
} from "./thread/thread-binding.js";
import { noteAllowedBind, takeBackBind, takeDecidedBind } from "./thread/asked-binds.js";
import { answerMessage } from "./messages/answer.js";
import {
  readCodexConversationBindingData,
  readCodexConversationBindingDataRecord,
  type CodexConversationBindingData,
} from "./host/binding-data.js";
import { readBoundConversation } from "./host/bound-conversation.js";
import {
  buildCodexConversationTurnInput,
  promptOf,
  whyNothingForCodex,
  type CodexUserInput,
} from "./chat/turn-input.js";

export {
  readCodexConversationBindingData,
  resolveCodexDefaultWorkspaceDir,
} from "./host/binding-data.js";
export { startCodexConversationThread } from "./messages/start-thread.js";

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
    await noteAllowedBind(sessionFile);
    return;
  }
  const denied = decided ?? (await readCodexAppServerBinding(sessionFile));
  if (denied) await takeBackBind(sessionFile, denied, left);
  // Not one that can be read; it goes as well.
  else if (!(await readBoundConversation(sessionFile)))
    await clearCodexAppServerBinding(sessionFile);
}
