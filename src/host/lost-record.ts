/**
 * Chats whose record OpenClaw has lost with a restart. On Discord OpenClaw 2026.9.6 stores no record any more, until its
 * process ends, once it has failed to store one; nothing says so, and after the restart its own agent answers the chats.
 * So the record of a chat that is bound without limit is kept here too, and stored once more after such a restart.
 */
import { processWide } from "../common/process-wide.js";
import { readBoundConversation, type BoundConversation } from "./bound-conversation.js";
import { inTurnOfChat, wasDetached } from "./detach.js";
import { replaceHostBinding, type HostBinding } from "./host-bindings.js";
import type { PluginHost } from "./plugin-host.js";

const CAN_LOSE: ReadonlySet<string> = new Set(["discord"]);
const UNLIMITED = 0;

/** The chats that OpenClaw has held in this process, by session file: what it holds no more was let go on purpose. */
const heldHere = processWide("chats-held-by-host", () => new Set<string>());

export function noteHeld(sessionFile: string): void {
  heldHere.add(sessionFile);
}

/** What is noted of a record, so that it can be stored once more; undefined where its channel loses none. */
export function recordToKeep(binding: HostBinding): BoundConversation["record"] {
  if (!CAN_LOSE.has(binding.conversation.channel)) return undefined;
  const { targetSessionKey, targetKind, metadata } = binding;
  return { targetSessionKey, targetKind, metadata };
}

/** Whether the chat is bound again. A record that ran out, or was let go while OpenClaw ran, stays away. @throws what OpenClaw throws */
export async function restoreLost(host: PluginHost, sessionFile: string): Promise<boolean> {
  return inTurnOfChat(sessionFile, async () => {
    const noted = await readBoundConversation(sessionFile);
    if (!noted?.record || noted.idleTimeoutMs !== UNLIMITED) return false;
    if (heldHere.has(sessionFile) || (await wasDetached(sessionFile))) return false;
    const { conversation, record } = noted;
    await replaceHostBinding({ ...record, conversation }, record.metadata);
    host.logger.info(
      `OpenClaw had lost its record of a bound chat (${conversation.channel} ${conversation.conversationId}); it has it again`,
    );
    return true;
  });
}
