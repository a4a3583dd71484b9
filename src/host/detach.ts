/**
 * Ends a conversation's binding so that it stays ended, whatever the host says or throws.
 *
 * OpenClaw 2026.9.6 frees a Telegram chat in memory, fails to store that and throws; on Discord it does not store it
 * and says nothing. After a restart it believes the chat bound again. So a detach leaves a mark beside the session
 * file until the chat is bound again with somebody's approval, or the host does not know it at a start. With the mark
 * a message is not passed on, and the host's leftover is given an age at which its own sweeper, which runs once a
 * minute, drops it for good.
 */
import { randomUUID } from "node:crypto";
import path from "node:path";
import * as z from "zod/mini";
import { processWide } from "../common/process-wide.js";
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

/** A mark says which process it is of: what that one's host has freed can still come back with the next. */
const thisProcess = processWide("process-of-marks", () => ({ id: randomUUID() }));

const markSchema = z.extend(conversationSchema, { process: z.optional(z.string()) });

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
 * The same for every detached chat in a folder of session files; the mark goes where the host `isSettled` and holds
 * nothing of the chat. `early` where a record may still come. Never rejects.
 */
export async function expireLeftovers(
  host: PluginHost,
  folder: string,
  isSettled = false,
): Promise<"done" | "early"> {
  let isEarly = false;
  try {
    for (const name of await listPrivateFolder(folder)) {
      if (!name.endsWith(MARK)) continue;
      const sessionFile = path.join(folder, name.slice(0, -MARK.length));
      // oxlint-disable-next-line no-await-in-loop
      const held = await setLeftoverAge(host, sessionFile, EXPIRED);
      if (held === "nothing" && isSettled) await forgetDetached(sessionFile);
      else if (held === "nothing" || held === "unknown") isEarly = true;
    }
  } catch (error) {
    host.logger.warn(`the detached chats could not be looked through: ${String(error)}`);
  }
  return isEarly ? "early" : "done";
}

async function markDetached(sessionFile: string, conversation: Conversation): Promise<void> {
  const mark = { ...conversationSchema.parse(conversation), process: thisProcess.id };
  await writePrivateFile(sessionFile + MARK, `${JSON.stringify(mark)}\n`);
}

async function forgetDetached(sessionFile: string): Promise<void> {
  await removePrivateFile(sessionFile + MARK);
}

/** Tells what the host holds of the chat; `freed`: nothing until its next start. Never rejects. */
async function setLeftoverAge(
  host: PluginHost,
  sessionFile: string,
  maxAgeMs: number,
): Promise<"leftover" | "freed" | "nothing" | "unknown"> {
  try {
    const mark = await readPrivateFile(sessionFile + MARK);
    const read = markSchema.safeParse(mark === undefined ? {} : JSON.parse(mark));
    if (!read.success) return "leftover";
    const look = await findHostBinding(read.data);
    if (look.kind === "unknown") return "unknown";
    // Since bound by somebody else: not ours to end.
    if (look.kind !== "ours") return read.data.process === thisProcess.id ? "freed" : "nothing";
    await setMaxAge(host, look.binding, maxAgeMs);
    return "leftover";
  } catch (error) {
    host.logger.warn(`the host's record of a detached chat could not be changed: ${String(error)}`);
    return "leftover";
  }
}
