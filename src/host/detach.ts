/**
 * Ends a conversation's binding so that it stays ended, whatever the host says or throws.
 *
 * OpenClaw 2026.9.6 frees a Telegram chat in memory, fails to store that and throws; on Discord it does not store it
 * and says nothing. After a restart it believes the chat bound again. So a detach leaves a mark beside the session
 * file until the chat is bound again with somebody's approval, or the host does not know it at a start. With the mark
 * a message is not passed on, and the host's leftover is given an age at which its own sweeper, which runs once a
 * minute, drops it for good. On Discord nothing sweeps: there it is freed once more.
 */
import path from "node:path";
import * as z from "zod/mini";
import { processWide } from "../common/process-wide.js";
import { thisProcess } from "../common/this-process.js";
import { oneAtATime } from "../common/one-at-a-time.js";
import { monotonicMs } from "../common/clock.js";
import { readBoundConversation } from "./bound-conversation.js";
import { channelPluginFacts } from "./channel-plugins.js";
import {
  conversationSchema,
  findHostBinding,
  freeHostBinding,
  setMaxAge,
  type Conversation,
  type HostBindingLookup,
} from "./host-bindings.js";
import {
  listPrivateFolder,
  readPrivateFile,
  removePrivateFile,
  writePrivateFile,
} from "./private-files.js";
import type { CommandContext, PluginHost } from "./plugin-host.js";
import { findFirstBinding, secondNameOf } from "./second-name.js";

const MARK = ".detached";

/** Milliseconds that the host's record of a chat may live: 0 sets no limit. */
const NO_MAX_AGE = 0;
const EXPIRED = 1;
/** A host that sweeps its records once a minute has done so by then. */
const SWEPT_WITHIN_MS = 90_000;

/** When this process first asked the host to drop what it holds of a chat, by session file. */
const expiredAt = processWide("leftovers-expired-at", () => new Map<string, number>());

/** A mark says which process it is of: what that one's host has freed can still come back with the next. */
const markSchema = z.extend(conversationSchema, {
  process: z.optional(z.string()),
  heardAs: z.optional(z.string()),
});

type Mark = z.infer<typeof markSchema>;

/** One change of what the host holds of a chat at a time: a detach and a record that is stored anew must not cross. */
export const inTurnOfChat = oneAtATime();

/** Takes the conversation back from the host. Rejects only where the mark cannot be written. */
export async function releaseConversation(
  host: PluginHost,
  ctx: Pick<CommandContext, "detachConversationBinding">,
  sessionFile: string,
  conversation: Conversation,
): Promise<void> {
  await inTurnOfChat(sessionFile, async () => {
    const first = await firstNameOf(host, conversation);
    const heardAs = (await readBoundConversation(sessionFile))?.heardAs;
    // Marked first: a crash in between must not leave the chat bound.
    await markDetached(sessionFile, { ...first, heardAs });
    try {
      const { removed } = await ctx.detachConversationBinding();
      if (!removed) await dropUnnamed(conversation);
    } catch (error) {
      host.logger.warn(
        `the host freed a conversation but did not store it (${String(error)}); its leftover will be dropped after the next start`,
      );
    }
    await freeBothNames(host, first, secondNameOf(first, heardAs));
  });
}

/** What the chat is bound as, where it is known by the name that its messages have. Never rejects. */
async function firstNameOf(host: PluginHost, conversation: Conversation): Promise<Conversation> {
  try {
    const look = await findFirstBinding(conversation);
    return look.kind === "ours" ? look.binding.conversation : conversation;
  } catch (error) {
    host.logger.warn(`a chat that is to be detached could not be looked up: ${String(error)}`);
    return conversation;
  }
}

/** The host itself frees a chat under one of its names only. Never rejects. */
async function freeBothNames(
  host: PluginHost,
  first: Conversation,
  second: Conversation | undefined,
): Promise<void> {
  if (!second) return;
  for (const name of [first, second]) {
    try {
      // oxlint-disable-next-line no-await-in-loop
      const look = await findHostBinding(name);
      // oxlint-disable-next-line no-await-in-loop
      if (look.kind === "ours") await freeHostBinding(look.binding);
    } catch (error) {
      host.logger.warn(
        `a detached chat could not be freed under each of its names: ${String(error)}`,
      );
    }
  }
}

/** A command frees no chat on a channel that does not tell OpenClaw which one it was typed in. @throws what OpenClaw throws */
async function dropUnnamed(conversation: Conversation): Promise<void> {
  if (channelPluginFacts(conversation.channel)?.namesChatOfCommand !== false) return;
  const look = await findHostBinding(conversation);
  if (look.kind === "ours") await freeHostBinding(look.binding);
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
      else if (held !== "freed" && !isSettled) isEarly = true;
    }
  } catch (error) {
    host.logger.warn(`the detached chats could not be looked through: ${String(error)}`);
  }
  return isEarly ? "early" : "done";
}

async function markDetached(
  sessionFile: string,
  { heardAs, ...conversation }: Mark,
): Promise<void> {
  const mark = { ...conversationSchema.parse(conversation), heardAs, process: thisProcess.id };
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
    const look = await findHeld(read.data);
    if (look.kind === "unknown") return "unknown";
    // Since bound by somebody else: not ours to end.
    if (look.kind !== "ours") return read.data.process === thisProcess.id ? "freed" : "nothing";
    if (maxAgeMs === EXPIRED && isUnswept(sessionFile)) {
      await freeHostBinding(look.binding);
      // It can stand on the host's disk as before, and come back with its next start.
      await markDetached(sessionFile, read.data);
      return "freed";
    }
    await setMaxAge(host, look.binding, maxAgeMs);
    if (maxAgeMs !== EXPIRED) expiredAt.delete(sessionFile);
    return "leftover";
  } catch (error) {
    host.logger.warn(`the host's record of a detached chat could not be changed: ${String(error)}`);
    return "leftover";
  }
}

/** What the host holds of a chat under either of its names. @throws what the host throws */
async function findHeld({ heardAs, ...conversation }: Mark): Promise<HostBindingLookup> {
  const look = await findHostBinding(conversation);
  const second = look.kind === "none" ? secondNameOf(conversation, heardAs) : undefined;
  return second ? findHostBinding(second) : look;
}

/** Whether the host has had its time to drop a record that was given the age for it. */
function isUnswept(sessionFile: string, now = monotonicMs()): boolean {
  const since = expiredAt.get(sessionFile);
  if (since === undefined) expiredAt.set(sessionFile, now);
  return since !== undefined && now - since >= SWEPT_WITHIN_MS;
}
