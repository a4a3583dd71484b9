/** Ends a conversation's binding so that it stays ended, whatever the host throws. */
import {
  readPrivateFile,
  removePrivateFile,
  writePrivateFile,
} from "./app-server/private-files.js";
import type { CommandContext, PluginHost } from "./plugin-host.js";

/** Notes that a chat was detached, until it is bound again: the host may believe otherwise after a restart. */
export async function markDetached(sessionFile: string): Promise<void> {
  await writePrivateFile(detachedFile(sessionFile), `${new Date().toISOString()}\n`);
}

export async function forgetDetached(sessionFile: string): Promise<void> {
  await removePrivateFile(detachedFile(sessionFile));
}

export async function wasDetached(sessionFile: string): Promise<boolean> {
  return (await readPrivateFile(detachedFile(sessionFile))) !== undefined;
}

/** Takes the conversation back from the host. Never rejects. */
export async function releaseConversation(host: PluginHost, ctx: CommandContext): Promise<void> {
  try {
    await ctx.detachConversationBinding();
  } catch (error) {
    host.logger.warn(`codex-conversation: the host did not store a detach: ${String(error)}`);
  }
}

function detachedFile(sessionFile: string): string {
  return `${sessionFile}.detached`;
}
