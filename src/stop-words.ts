/**
 * `stop`, `halt`, `/stop` and their like, which OpenClaw takes for itself before it hands a message on: it says that its
 * own agent was aborted, and Codex would continue. The `message_received` hook hears them.
 */
import { randomUUID } from "node:crypto";
import { wasDetached } from "./host/detach.js";
import {
  addressHeardIn,
  sessionFileHeardIn,
  type HeardContext,
  type HeardMessage,
} from "./host/heard-in.js";
import { currentPluginConfig, type PluginHost } from "./host/plugin-host.js";
import { wasTakenToStop, withoutMentions } from "./host/stop-text.js";
import type { ConversationMessages } from "./messages/messages.js";
import { stopCodexConversationTurn } from "./messages/control.js";
import { holdReason } from "./messages/line-hold.js";
import { waitingConversationTurns } from "./messages/queue.js";
import { readCodexAppServerBinding } from "./thread/thread-binding.js";
import { queueWords } from "./words/queue-words.js";
import { turnWords } from "./words/turn-words.js";

/**
 * Stops the turn of the chat that a word to stop was heard in. OpenClaw hands such a word here from those alone who may
 * command: what others write goes to the claim, which ignores it. Never rejects.
 */
export async function stopOnHeardWord(
  host: PluginHost,
  { outbox }: Pick<ConversationMessages, "outbox">,
  message: HeardMessage,
  ctx: HeardContext,
): Promise<void> {
  try {
    if (!(await wasTakenToStop(withoutMentions(message.content)))) return;
    const address = addressHeardIn(message, ctx);
    const sessionFile = await sessionFileHeardIn(host, message, ctx);
    if (sessionFile === undefined || (await wasDetached(sessionFile))) return;
    if (!(await readCodexAppServerBinding(sessionFile))) return;
    const { stopped, text } = await stopSession(host, sessionFile);
    // OpenClaw has said "Agent was aborted", and the turn's own end follows.
    const isSaid = stopped && waitingConversationTurns(sessionFile).length === 0;
    if (!address || isSaid) return;
    const id = `stop-word-${message.messageId ?? randomUUID()}`;
    await outbox.post(sessionFile, address, { id, kind: "notice", text });
  } catch (error) {
    host.logger.warn(`a word to stop could not be followed: ${String(error)}`);
  }
}

/** Stops the session's turn, and says what became of that. Never rejects. */
export async function stopSession(
  host: PluginHost,
  sessionFile: string,
): Promise<{ stopped: boolean; text: string }> {
  try {
    const pluginConfig = currentPluginConfig(host);
    const { stopped, message } = await stopCodexConversationTurn({ sessionFile, pluginConfig });
    const waiting = waitingConversationTurns(sessionFile).length;
    const isHeld = holdReason(sessionFile) !== undefined;
    const text =
      stopped && waiting > 0 ? queueWords.stoppedOne(message, waiting, { isHeld }) : message;
    return { stopped, text };
  } catch (error) {
    return { stopped: false, text: turnWords.commandFailed("stop", error) };
  }
}
