/** `/codexchat detach`: the chat is OpenClaw's again; the thread is kept. */
import {
  clearCodexAppServerBinding,
  inspectCodexAppServerBinding,
  readCodexAppServerBinding,
} from "../thread/thread-binding.js";
import { runningConversationMessages } from "../messages/process-messages.js";
import { stopCodexConversationTurn } from "../messages/control.js";
import { auditCommand } from "../host/audit.js";
import { releaseConversation } from "../host/detach.js";
import { forgetBound } from "../host/keep-bound.js";
import { leaveOnAllClients } from "../thread/leave-everywhere.js";
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import { turnWords } from "../words/turn-words.js";
import { sessionFileOfChat, sessionOf, type Subcommand } from "./subcommand.js";

export const detach: Subcommand = async (host, ctx, args) => {
  if (args.length > 0) return undefined;
  const session = await sessionOf(host, ctx);
  if (!session) return letGoUnbound(host, ctx);
  const { sessionFile, pluginConfig, binding } = session;
  const state = await inspectCodexAppServerBinding(sessionFile);
  await releaseConversation(host, ctx, sessionFile, binding);
  await forgetBound(host, sessionFile);
  // Before Codex is asked, which can take its time: whoever binds the chat again meanwhile keeps that bind.
  await clearCodexAppServerBinding(sessionFile);
  const { stopped } = await stopCodexConversationTurn({
    sessionFile,
    pluginConfig,
    sparesOthers: true,
  });
  const messages = runningConversationMessages();
  await messages?.goals.forget(sessionFile);
  // What waits is told that the chat was detached.
  await messages?.held.go(sessionFile);
  const threadId = state.kind === "bound" ? state.binding.threadId : undefined;
  // A turn that is being stopped is listened to until it ends; its thread is left when it has been idle.
  if (threadId !== undefined && !stopped) leaveOnAllClients(threadId);
  await auditDetach(host, ctx, sessionFile, threadId);
  return turnWords.detached({ threadId, stopped });
};

/**
 * A bind that the host asked about and nobody decided leaves the thread with the chat: the host forgets its question
 * in time and does not say so. Here it can be given back, so that another chat can have it.
 */
async function letGoUnbound(host: PluginHost, ctx: CommandContext): Promise<string> {
  const sessionFile = await sessionFileOfChat(host, ctx);
  const binding = await readCodexAppServerBinding(sessionFile);
  if (!binding) return turnWords.notBound;
  await clearCodexAppServerBinding(sessionFile);
  leaveOnAllClients(binding.threadId);
  await auditDetach(host, ctx, sessionFile, binding.threadId);
  return turnWords.detached({ threadId: binding.threadId, stopped: false });
}

function auditDetach(
  host: PluginHost,
  ctx: CommandContext,
  session: string,
  threadId: string | undefined,
): Promise<void> {
  return auditCommand(host, ctx, { event: "detach", session, outcome: threadId ?? "" });
}
