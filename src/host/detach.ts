/**
 * Ends a conversation's binding so that it stays ended, whatever the host throws.
 *
 * OpenClaw 2026.9.6 frees a Telegram chat in memory, fails to store that and throws; after a restart it believes
 * the chat bound again. So a detach that the host could not store leaves a mark beside the session file. With the
 * mark a message is not passed on, and the host's leftover is given an age at which its own sweeper, which runs
 * once a minute, drops it for good.
 */
import type { PluginConversationBinding } from "openclaw/plugin-sdk/plugin-entry";
import path from "node:path";
import * as z from "zod/mini";
import {
  listPrivateFolder,
  readPrivateFile,
  removePrivateFile,
  writePrivateFile,
} from "./private-files.js";
import { PLUGIN_ID, type CommandContext, type PluginHost } from "./plugin-host.js";

const MARK = ".detached";

/** Milliseconds that the host's record of a chat may live: 0 sets no limit. */
const NO_MAX_AGE = 0;
const EXPIRED = 1;

const conversationSchema = z.object({
  channel: z.string(),
  accountId: z.string(),
  conversationId: z.string(),
  parentConversationId: z.optional(z.string()),
});

type DetachedConversation = z.infer<typeof conversationSchema>;

/** Takes the conversation back from the host. Rejects only where the mark cannot be written. */
export async function releaseConversation(
  host: PluginHost,
  ctx: CommandContext,
  sessionFile: string,
  binding: PluginConversationBinding,
): Promise<void> {
  // Marked first: a crash in between must not leave the chat bound.
  await markDetached(sessionFile, binding);
  try {
    await ctx.detachConversationBinding();
    await forgetDetached(sessionFile);
  } catch (error) {
    host.logger.warn(
      `the host freed a conversation but did not store it (${String(error)}); its leftover will be dropped after the next start`,
    );
  }
}

/** Whether the chat was detached and the host does not know it. */
export async function wasDetached(sessionFile: string): Promise<boolean> {
  return (await readPrivateFile(sessionFile + MARK)) !== undefined;
}

/** The chat is bound again: what the host holds of it may stay. Never rejects. */
export async function takeBackDetach(host: PluginHost, sessionFile: string): Promise<void> {
  // The host keeps a record's age when it binds the chat anew, so the one that was to expire would go after all.
  await setLeftoverAge(host, sessionFile, NO_MAX_AGE);
  await forgetDetached(sessionFile).catch((error: unknown) => {
    host.logger.warn(`the mark of an earlier detach could not be removed: ${String(error)}`);
  });
}

/** Lets the host drop what it still holds of a detached chat. Never rejects. */
export async function expireLeftover(host: PluginHost, sessionFile: string): Promise<void> {
  await setLeftoverAge(host, sessionFile, EXPIRED);
}

/** The same for every detached chat in a folder of session files, once the channels run. Never rejects. */
export async function expireLeftovers(host: PluginHost, folder: string): Promise<void> {
  for (const name of await listPrivateFolder(folder)) {
    if (!name.endsWith(MARK)) continue;
    await expireLeftover(host, path.join(folder, name.slice(0, -MARK.length)));
  }
}

async function markDetached(
  sessionFile: string,
  conversation: DetachedConversation,
): Promise<void> {
  const mark = conversationSchema.parse(conversation);
  await writePrivateFile(sessionFile + MARK, `${JSON.stringify(mark)}\n`);
}

async function forgetDetached(sessionFile: string): Promise<void> {
  await removePrivateFile(sessionFile + MARK);
}

async function setLeftoverAge(
  host: PluginHost,
  sessionFile: string,
  maxAgeMs: number,
): Promise<void> {
  try {
    const mark = await readPrivateFile(sessionFile + MARK);
    const conversation = conversationSchema.safeParse(mark === undefined ? {} : JSON.parse(mark));
    if (conversation.success) await setMaxAge(host, conversation.data, maxAgeMs);
  } catch (error) {
    host.logger.warn(`the host's record of a detached chat could not be changed: ${String(error)}`);
  }
}

async function setMaxAge(
  host: PluginHost,
  conversation: DetachedConversation,
  maxAgeMs: number,
): Promise<void> {
  const { getSessionBindingService } = await import("openclaw/plugin-sdk/conversation-runtime");
  const { parentConversationId, ...place } = conversation;
  const record = await getSessionBindingService().resolveByConversationAsync({
    ...place,
    ...(parentConversationId === undefined ? {} : { parentConversationId }),
  });
  // Since bound by somebody else: not ours to end.
  if (record?.metadata?.pluginId !== PLUGIN_ID) return;
  await host.runtime.channel.threadBindings.setMaxAgeBySessionKeyAsync({
    channelId: conversation.channel,
    accountId: conversation.accountId,
    targetSessionKey: record.targetSessionKey,
    maxAgeMs,
  });
}
