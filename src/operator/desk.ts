/**
 * What the operator does in a chat from the page in the browser. It goes the very way of the chat's own commands and
 * messages, as of a sender who may command there: what such a sender may not do is refused here, too.
 */
import { randomUUID } from "node:crypto";
import { textInput } from "../chat/turn-input.js";
import { shownNow } from "../cards/draw.js";
import { staleness } from "../cards/press.js";
import { splitArguments } from "../commands/arguments.js";
import { giveMessage } from "../commands/own-message.js";
import { sessionOf } from "../commands/subcommand.js";
import { runSubcommand } from "../commands/subcommands.js";
import { audit, type AuditedBy } from "../host/audit.js";
import type { BoundConversation } from "../host/bound-conversation.js";
import { findHostBinding, freeConversation, pluginBindingOf } from "../host/host-bindings.js";
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import {
  readCodexConversationActiveTurn,
  steerCodexConversationTurn,
  stopCodexConversationTurn,
} from "../messages/control.js";
import { holdReason } from "../messages/line-hold.js";
import { runningConversationMessages } from "../messages/process-messages.js";
import { cardWords } from "../words/card-words.js";
import { deskWords } from "../words/desk-words.js";
import { turnWords } from "../words/turn-words.js";
import { chatNamed, type Look, type StoredChat } from "./bound-chats.js";
import { isDeskCommand, shownForSchema, type ActAnswer, type ShownFor } from "./desk-facts.js";
import { detachStored } from "./detach-chat.js";

/** What a person types into a page; what is pasted may be longer than a chat takes at once. */
const MOST_CHARACTERS = 20_000;

type Chat = StoredChat & { noted: BoundConversation };
type Outcome = { isDone: boolean; said: string };

/** Runs one of the chat's commands. @throws file-system errors */
export async function actAt(
  look: Look,
  name: string,
  { command, text, shown }: { command: string; text: string; shown: unknown },
  by: AuditedBy,
): Promise<ActAnswer> {
  if (!isDeskCommand(command) || text.length > MOST_CHARACTERS) throw new Error("no such command");
  return inChat(
    look,
    name,
    shown,
    async (chat, ctx, { turnId }) => {
      const isOnTurn = command === "steer" || (command === "stop" && text.trim() === "");
      const changed = isOnTurn ? turnStaleness(chat.sessionFile, turnId) : undefined;
      if (changed !== undefined) return { isDone: false, said: changed };
      await note(look.host, chat, by, { outcome: command, text });
      if (isOnTurn) return actOnTurn(look.host, ctx, command, { text, turnId });
      const args = splitArguments(text);
      const { text: said = "" } = await runSubcommand(look.host, ctx, command, { args, text });
      return { isDone: true, said };
    },
    by,
  );
}

/** Stops the running turn or adds to it, if it is still the one that was shown. Never rejects. */
async function actOnTurn(
  host: PluginHost,
  ctx: CommandContext,
  command: "stop" | "steer",
  { text, turnId }: { text: string; turnId: string | undefined },
): Promise<Outcome> {
  try {
    const session = await sessionOf(host, ctx);
    if (!session) return { isDone: false, said: turnWords.notBound };
    // No await between this check and the act: a turn can begin in any.
    const changed = turnStaleness(session.sessionFile, turnId);
    if (changed !== undefined) return { isDone: false, said: changed };
    if (command === "steer") {
      const { steered, message } = await steerCodexConversationTurn({ ...session, message: text });
      return { isDone: steered, said: message };
    }
    const { stopped, message } = await stopCodexConversationTurn(session);
    return { isDone: stopped, said: message };
  } catch (error) {
    return { isDone: false, said: turnWords.commandFailed(command, error) };
  }
}

/** Why what was pressed would hit another turn than the one that was shown, or one where none was. */
function turnStaleness(sessionFile: string, shownTurn: string | undefined): string | undefined {
  const turnId = readCodexConversationActiveTurn(sessionFile)?.turnId;
  if (turnId === shownTurn) return undefined;
  return shownTurn === undefined ? deskWords.turnBegan : cardWords.staleTurn;
}

/** Detaches the chat if it is still on the thread that was shown. @throws as detaching from a terminal does */
export async function detachAt(
  look: Look,
  name: string,
  shownFor: unknown,
  by: AuditedBy,
): Promise<ActAnswer> {
  const named = await chatNamed(look, name);
  if (named.found !== "one") return named;
  const shown = shownForSchema.parse(shownFor);
  const stale = await chatStaleness(named.chat.sessionFile, shown);
  if (stale !== undefined) return { found: "one", isDone: false, said: stale };
  const { stopped, threadId } = await detachStored(look.host, named.chat, by);
  const isKept = threadId !== undefined;
  return { found: "one", isDone: true, said: deskWords.detached({ stopped, isKept }) };
}

/** Gives Codex a message, which the chat is shown; the answer comes there as to any other. @throws file-system errors */
export async function sayAt(
  look: Look,
  name: string,
  { text, shown }: { text: string; shown: unknown },
  by: AuditedBy,
): Promise<ActAnswer> {
  if (text.trim() === "" || text.length > MOST_CHARACTERS)
    throw new Error(`a message has 1 to ${MOST_CHARACTERS} characters`);
  return inChat(
    look,
    name,
    shown,
    async (chat, ctx) => {
      const session = await sessionOf(look.host, ctx);
      if (!session) return { isDone: false, said: turnWords.notBound };
      const { address } = chat.noted;
      const given = await giveMessage(
        look.host,
        ctx,
        session,
        { input: [textInput(text)] },
        async () => {
          await note(look.host, chat, by, { outcome: "message", text });
          const post = {
            id: `desk:${randomUUID()}`,
            kind: "notice",
            text: deskWords.said(text),
          } as const;
          if (address)
            await runningConversationMessages()?.outbox.post(chat.sessionFile, address, post);
        },
      );
      if (!given) return { isDone: false, said: deskWords.unreachable };
      const waits = given.isWaiting || holdReason(chat.sessionFile) !== undefined;
      return { isDone: true, said: waits ? deskWords.waits : deskWords.given };
    },
    by,
  );
}

/** @param shownFor what the button that was pressed was shown for */
async function inChat(
  look: Look,
  name: string,
  shownFor: unknown,
  carryOut: (chat: Chat, ctx: CommandContext, shown: ShownFor) => Promise<Outcome>,
  by: AuditedBy,
): Promise<ActAnswer> {
  const named = await chatNamed(look, name);
  if (named.found !== "one") return named;
  const { noted } = named.chat;
  if (!noted) return { found: "one", isDone: false, said: turnWords.notBound };
  const chat = { ...named.chat, noted };
  const shown = shownForSchema.parse(shownFor);
  const stale = await chatStaleness(chat.sessionFile, shown);
  if (stale !== undefined) return { found: "one", isDone: false, said: stale };
  return { found: "one", ...(await carryOut(chat, contextOf(noted, by), shown)) };
}

/** Why the chat is not any more what was shown of it. */
async function chatStaleness(
  sessionFile: string,
  { threadId, ...shown }: ShownFor,
): Promise<string | undefined> {
  return staleness({ threadId, ...shown }, await shownNow({ sessionFile, isBound: true }));
}

/** As of a command that was typed in the chat. */
function contextOf({ conversation, address }: BoundConversation, by: AuditedBy): CommandContext {
  return {
    channel: conversation.channel,
    accountId: conversation.accountId,
    from: address?.to,
    to: address?.to,
    messageThreadId: address?.threadId,
    conversationId: conversation.conversationId,
    // No sender of the channel's has this name, so nobody is taken for one of the gateway's owners.
    senderId: `operator:${by.senderId ?? by.channel ?? ""}`,
    isClick: true,
    isAuthorizedSender: true,
    requestConversationBinding: async () => ({ status: "error", message: turnWords.notBound }),
    detachConversationBinding: async () => ({ removed: await freeConversation(conversation) }),
    getCurrentConversationBinding: async () => {
      const found = await findHostBinding(conversation);
      return found.kind === "ours" ? pluginBindingOf(found.binding) : null;
    },
  };
}

function note(
  host: PluginHost,
  { sessionFile, noted }: Chat,
  by: AuditedBy,
  { outcome, text }: { outcome: string; text: string },
): Promise<void> {
  const chat = noted.conversation.conversationId;
  return audit(host, { ...by, event: "desk", session: sessionFile, chat, outcome, text });
}
