/** The host's word that somebody has allowed or denied a bind. */
import type { PluginConversationBindingResolvedEvent } from "openclaw/plugin-sdk/plugin-entry";
import { noteChange } from "./common/changes.js";
import { handleCodexConversationBindingResolved } from "./conversation-binding.js";
import { readCodexConversationBindingDataRecord } from "./host/binding-data.js";
import { takeAskedChat } from "./host/asked-chats.js";
import { noteBoundConversation } from "./host/bound-conversation.js";
import { audit } from "./host/audit.js";
import { noteDecision } from "./host/bind-decisions.js";
import { takeBackDetach } from "./host/detach.js";
import { keepBound } from "./host/keep-bound.js";
import type { PluginHost } from "./host/plugin-host.js";

/** @throws file-system errors */
export async function bindingResolved(
  host: PluginHost,
  event: PluginConversationBindingResolvedEvent,
): Promise<void> {
  const data = readCodexConversationBindingDataRecord(event.request.data);
  if (!data) return;
  const { sessionFile } = data;
  await noteDecision(sessionFile, async () => {
    await handleCodexConversationBindingResolved(event);
    if (event.status === "approved") await noteApproved(host, sessionFile, event);
  });
  noteChange(sessionFile);
  const { conversation: asked } = event.request;
  await audit(host, {
    event: "bind",
    by: "click",
    channel: asked.channel,
    accountId: asked.accountId,
    session: sessionFile,
    chat: asked.conversationId,
    outcome: event.status,
    text: data.workspaceDir,
  });
}

/** First of all: the chat's next message can be on its way. */
async function noteApproved(
  host: PluginHost,
  sessionFile: string,
  event: PluginConversationBindingResolvedEvent,
): Promise<void> {
  const conversation = event.binding ?? event.request.conversation;
  await takeBackDetach(host, sessionFile);
  const chat = { conversation, ...takeAskedChat(sessionFile) };
  await keepBound(host, chat);
  // What happens on the thread before the chat's first message is told there as well.
  await noteBoundConversation(sessionFile, chat);
}
