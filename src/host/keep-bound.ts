/**
 * Keeps bound chats bound: across updates of the plugin, a state folder that was moved, and days without a message.
 *
 * OpenClaw compares the folder that the plugin is installed in with the one in its record of the chat. Where they differ
 * its commands take the chat for one that is not bound, while its messages still come here. So the record is stored anew.
 */
import { readCodexConversationBindingDataRecord } from "./binding-data.js";
import {
  forgetBoundConversation,
  listBoundConversations,
  noteBoundConversation,
  readBoundConversation,
  type BoundConversation,
} from "./bound-conversation.js";
import { inTurnOfChat, wasDetached } from "./detach.js";
import {
  findHostBinding,
  replaceHostBinding,
  setIdleTimeout,
  type Conversation,
  type HostBinding,
} from "./host-bindings.js";
import { wantedIdleTimeout } from "./idle-limit.js";
import { noteHeld, recordToKeep, restoreLost } from "./lost-record.js";
import type { PluginHost } from "./plugin-host.js";
import { findFirstBinding, keepSecondName } from "./second-name.js";
import { inUsedFolder } from "./session-place.js";
import { telegramChats } from "./telegram-records.js";

/** What a chat's record was last seen to it with, by session file; it need not be looked at with each message. */
const seen = new Map<string, string>();

/** Does `keepBound` once for each chat and each change of where it is. Never rejects. */
export async function keepBoundOnce(
  host: PluginHost,
  sessionFile: string,
  chat: BoundConversation,
  recordedRoot: string,
): Promise<void> {
  const facts = JSON.stringify([host.rootDir, recordedRoot, chat.conversation, chat.address]);
  if (seen.get(sessionFile) === facts) return;
  if ((await keepBound(host, chat)) === "kept") seen.set(sessionFile, facts);
}

/**
 * Sees to it that OpenClaw's record of a chat is right, if there is one of ours, and notes which chat it is.
 * `none` where OpenClaw certainly holds none. Never rejects.
 */
export async function keepBound(
  host: PluginHost,
  chat: BoundConversation,
): Promise<"kept" | "none" | "unknown"> {
  try {
    const look = await findFirstBinding(chat.conversation);
    if (look.kind === "unknown") return "unknown";
    if (look.kind !== "ours") return "none";
    const data = readCodexConversationBindingDataRecord(look.binding.metadata.data);
    if (!data) return "none";
    const { sessionFile } = await inUsedFolder(host, data);
    await inTurnOfChat(sessionFile, async () => {
      // A detach that has just begun must not be undone.
      if (await wasDetached(sessionFile)) return;
      await setRight(host, sessionFile, look.binding, chat);
      noteHeld(sessionFile);
    });
    return "kept";
  } catch (error) {
    host.logger.warn(`OpenClaw's record of a bound chat could not be kept up: ${String(error)}`);
    return "unknown";
  }
}

/**
 * The same for every chat that is known to be bound; `early` where some record is not there, which says that it is gone
 * only where OpenClaw `isSettled`. Version 0.1.0 has noted no chats; on Telegram OpenClaw's own records tell them,
 * elsewhere the chat's next command or message does. Never rejects.
 */
export async function keepAllBound(
  host: PluginHost,
  folder: string,
  isSettled = false,
): Promise<"done" | "early"> {
  let isEarly = false;
  try {
    for (const conversation of telegramChats()) {
      // oxlint-disable-next-line no-await-in-loop
      await keepBound(host, { conversation });
    }
    for (const sessionFile of await listBoundConversations(folder)) {
      // oxlint-disable-next-line no-await-in-loop
      const kept = await keepNotedBound(host, sessionFile);
      if (kept === "none" && isSettled) await forgetBound(host, sessionFile);
      else if (kept !== "kept") isEarly = true;
    }
  } catch (error) {
    host.logger.warn(`the bound chats could not be looked through: ${String(error)}`);
  }
  return isEarly ? "early" : "done";
}

/** The same for a session whose chat is noted, whose record OpenClaw can have lost with a restart. Never rejects. */
export async function keepNotedBound(
  host: PluginHost,
  sessionFile: string,
): Promise<"kept" | "none" | "unknown"> {
  const chat = await readBoundConversation(sessionFile);
  if (!chat) return "unknown";
  const kept = await keepBound(host, chat);
  if (kept !== "none") return kept;
  try {
    if (!(await restoreLost(host, sessionFile))) return kept;
  } catch (error) {
    host.logger.warn(`OpenClaw's record of a bound chat could not be restored: ${String(error)}`);
    return kept;
  }
  return keepBound(host, chat);
}

/** The chat is not bound any more, or not known to be. Never rejects. */
export async function forgetBound(host: PluginHost, sessionFile: string): Promise<void> {
  seen.delete(sessionFile);
  await forgetBoundConversation(sessionFile).catch((error: unknown) => {
    host.logger.warn(`which chat a session belongs to could not be forgotten: ${String(error)}`);
  });
}

/** @throws file-system errors, and what OpenClaw throws */
async function setRight(
  host: PluginHost,
  sessionFile: string,
  binding: HostBinding,
  { address, heardAs }: BoundConversation,
): Promise<void> {
  const renewed = await renew(host, sessionFile, binding);
  const noted = await readBoundConversation(sessionFile);
  const messagesAs = heardAs ?? noted?.heardAs;
  const isChanged = (await keepSecondName(renewed ?? binding, messagesAs)) || renewed !== undefined;
  const idleTimeoutMs = wantedIdleTimeout(host, binding, noted?.idleTimeoutMs);
  // On Telegram OpenClaw 2026.9.6 fails to store a record that it has changed, but stores it with its limit.
  if (isChanged || (idleTimeoutMs !== undefined && idleTimeoutMs !== currentLimit(binding))) {
    await setIdleTimeout(host, binding, idleTimeoutMs ?? currentLimit(binding));
  }
  await noteBoundConversation(sessionFile, {
    conversation: binding.conversation,
    heardAs: messagesAs,
    address,
    idleTimeoutMs,
    record: recordToKeep(renewed ?? binding),
  });
}

function currentLimit({ metadata }: HostBinding): number {
  return metadata.idleTimeoutMs ?? 0;
}

/** Stores the record with the folders in use, and returns it; undefined where it has them. */
async function renew(
  host: PluginHost,
  sessionFile: string,
  binding: HostBinding,
): Promise<HostBinding | undefined> {
  const { pluginRoot, data } = binding.metadata;
  const root = host.rootDir ?? pluginRoot;
  if (pluginRoot === root && data?.sessionFile === sessionFile) return undefined;
  const metadata = { ...binding.metadata, pluginRoot: root, data: { ...data, sessionFile } };
  try {
    await replaceHostBinding(binding, metadata);
  } catch (error) {
    // On Telegram OpenClaw 2026.9.6 changes the record, then throws since it cannot store it.
    if (!(await hasRoot(binding.conversation, root))) throw error;
  }
  return { ...binding, metadata };
}

async function hasRoot(conversation: Conversation, root: string | undefined): Promise<boolean> {
  const look = await findHostBinding(conversation);
  return look.kind === "ours" && look.binding.metadata.pluginRoot === root;
}
