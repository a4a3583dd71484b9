/** `/codexchat detach`: the chat is OpenClaw's again; the thread is kept. */
import { readCodexAppServerBinding } from "../thread/thread-binding.js";
import { detachSession, giveBackThread } from "../messages/detach-session.js";
import { auditCommand } from "../host/audit.js";
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import { turnWords } from "../words/turn-words.js";
import { sessionFileOfChat, sessionOf, type Subcommand } from "./subcommand.js";

export const detach: Subcommand = async (host, ctx, args) => {
  if (args.length > 0) return undefined;
  const session = await sessionOf(host, ctx);
  if (!session) return letGoUnbound(host, ctx);
  const { sessionFile, pluginConfig, binding } = session;
  const detached = await detachSession(
    host,
    { sessionFile, pluginConfig, conversation: binding },
    {
      detachConversationBinding: () => ctx.detachConversationBinding(),
      onFreed: (thread) => auditDetach(host, ctx, sessionFile, thread),
    },
  );
  return turnWords.detached(detached);
};

/**
 * A bind that the host asked about and nobody decided leaves the thread with the chat: the host forgets its question
 * in time and does not say so. Here it can be given back, so that another chat can have it.
 */
async function letGoUnbound(host: PluginHost, ctx: CommandContext): Promise<string> {
  const sessionFile = await sessionFileOfChat(host, ctx);
  const binding = await readCodexAppServerBinding(sessionFile);
  if (!binding) return turnWords.notBound;
  const detached = await giveBackThread(sessionFile, binding);
  await auditDetach(host, ctx, sessionFile, binding.threadId);
  return turnWords.detached(detached);
}

function auditDetach(
  host: PluginHost,
  ctx: CommandContext,
  session: string,
  threadId: string | undefined,
): Promise<void> {
  return auditCommand(host, ctx, { event: "detach", session, outcome: threadId ?? "" });
}
