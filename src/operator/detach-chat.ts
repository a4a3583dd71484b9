/** Detaches a chat for the operator: what the chat's own `/codexchat detach` does, and the chat is told. */
import { randomUUID } from "node:crypto";
import path from "node:path";
import { detachSession, giveBackThread, type Detached } from "../messages/detach-session.js";
import { audit, type AuditedBy } from "../host/audit.js";
import type { BoundConversation } from "../host/bound-conversation.js";
import { freeConversation } from "../host/host-bindings.js";
import { currentPluginConfig, type PluginHost } from "../host/plugin-host.js";
import { runningConversationMessages } from "../messages/process-messages.js";
import { turnWords } from "../words/turn-words.js";
import { chatNamed, type Look, type StoredChat } from "./bound-chats.js";
import type { DetachAnswer } from "./facts.js";

/** Detaches whatever the name means: in a terminal nobody was shown a thread. @throws where the chat's mark cannot be written, and what Codex refuses */
export async function detachNamed(look: Look, name: string, by: AuditedBy): Promise<DetachAnswer> {
  const named = await chatNamed(look, name);
  if (named.found !== "one") return named;
  const { threadId, stopped } = await detachStored(look.host, named.chat, by);
  const session = path.basename(named.chat.sessionFile);
  return { found: "one", detached: { session, thread: threadId, stopped } };
}

/** @throws where the chat's mark cannot be written, and what Codex refuses */
export async function detachStored(
  host: PluginHost,
  { sessionFile, noted, state }: StoredChat,
  by: AuditedBy,
): Promise<Detached> {
  const { threadId: kept, server } = state.kind === "bound" ? state.binding : {};
  const chat = noted?.conversation.conversationId;
  const note = (threadId: string | undefined): Promise<void> =>
    audit(host, { ...by, event: "detach", session: sessionFile, chat, outcome: threadId ?? "" });
  if (!noted) {
    const detached = await giveBackThread(sessionFile, {
      server,
      ...(kept === undefined ? {} : { threadId: kept }),
    });
    await note(kept);
    return detached;
  }
  const { conversation, address } = noted;
  const pluginConfig = currentPluginConfig(host);
  return detachSession(
    host,
    { sessionFile, pluginConfig, conversation },
    {
      detachConversationBinding: async () => ({ removed: await freeConversation(conversation) }),
      onFreed: async (threadId) => {
        await note(threadId);
        if (address) await tell(host, sessionFile, address, { threadId, server });
      },
    },
  );
}

type Address = NonNullable<BoundConversation["address"]>;

/** Nobody in the chat has asked for it. Never rejects. */
async function tell(
  host: PluginHost,
  sessionFile: string,
  address: Address,
  { threadId, server }: Pick<Detached, "threadId" | "server">,
): Promise<void> {
  const text = turnWords.detachedByOperator(threadId, server);
  const post = { id: `detached:${randomUUID()}`, kind: "notice", text } as const;
  try {
    await runningConversationMessages()?.outbox.post(sessionFile, address, post);
  } catch (error) {
    host.logger.warn(`a chat could not be told that it was detached: ${String(error)}`);
  }
}
