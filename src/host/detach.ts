/**
 * Ends a conversation's binding so that it stays ended, whatever the host says or throws.
 *
 * OpenClaw 2026.9.6 frees a Telegram chat in memory, fails to store that and throws; on Discord it does not store it
 * and says nothing. After a restart it believes the chat bound again. So a detach leaves a mark beside the session
 * file until the chat is bound again with somebody's approval, or the host does not know it at a start. With the mark
 * a message is not passed on, and the host's leftover is given an age at which its own sweeper, which runs once a
 * minute, drops it for good.
 */
import path from "node:path";
import { oneAtATime } from "../common/one-at-a-time.js";
import {
  conversationSchema,
  findHostBinding,
  setMaxAge,
  type Conversation,
} from "./host-bindings.js";
import {
  listPrivateFolder,
  readPrivateFile,
  removePrivateFile,
  writePrivateFile,
} from "./private-files.js";
import type { CommandContext, PluginHost } from "./plugin-host.js";

const MARK = ".detached";

/** Milliseconds that the host's record of a chat may live: 0 sets no limit. */
const NO_MAX_AGE = 0;
const EXPIRED = 1;

/** One change of what the host holds of a chat at a time: a detach and a record that is stored anew must not cross. */
export const inTurnOfChat = oneAtATime();

/** Takes the conversation back from the host. Rejects only where the mark cannot be written. */
export async function releaseConversation(
  host: PluginHost,
  ctx: CommandContext,
  sessionFile: string,
  conversation: Conversation,
): Promise<void> {
  await inTurnOfChat(sessionFile, async () => {
    // Marked first: a crash in between must not leave the chat bound.
    await markDetached(sessionFile, conversation);
    try {
      await ctx.detachConversationBinding();
    } catch (error) {
      host.logger.warn(
        `the host freed a conversation but did not store it (${String(error)}); its leftover will be dropped after the next start`,
      );
    }
  });
}

/** Whether the chat was detached and has not been bound since. */
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

/**
 * The same for every detached chat in a folder of session files, once the channels run; the mark goes where the host
 * holds nothing of the chat any more. Never rejects.
 */
export async function expireLeftovers(host: PluginHost, folder: string): Promise<void> {
  for (const name of await listPrivateFolder(folder)) {
    if (!name.endsWith(MARK)) continue;
    const sessionFile = path.join(folder, name.slice(0, -MARK.length));
    // oxlint-disable-next-line no-await-in-loop
    if (!(await setLeftoverAge(host, sessionFile, EXPIRED))) {
      // oxlint-disable-next-line no-await-in-loop
      await forgetDetached(sessionFile).catch(() => undefined);
    }
  }
}

async function markDetached(sessionFile: string, conversation: Conversation): Promise<void> {
  const mark = conversationSchema.parse(conversation);
  await writePrivateFile(sessionFile + MARK, `${JSON.stringify(mark)}\n`);
}

async function forgetDetached(sessionFile: string): Promise<void> {
  await removePrivateFile(sessionFile + MARK);
}

/** `false` where the host certainly holds nothing of ours for the chat. Never rejects. */
async function setLeftoverAge(
  host: PluginHost,
  sessionFile: string,
  maxAgeMs: number,
): Promise<boolean> {
  try {
    const mark = await readPrivateFile(sessionFile + MARK);
    const conversation = conversationSchema.safeParse(mark === undefined ? {} : JSON.parse(mark));
    if (!conversation.success) return true;
    const look = await findHostBinding(conversation.data);
    // Since bound by somebody else: not ours to end.
    if (look.kind === "ours") await setMaxAge(host, look.binding, maxAgeMs);
    return look.kind === "ours" || look.kind === "unknown";
  } catch (error) {
    host.logger.warn(`the host's record of a detached chat could not be changed: ${String(error)}`);
    return true;
  }
}
