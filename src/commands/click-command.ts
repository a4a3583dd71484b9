/** A click as a command: what stands in its button is done in the chat that it came from. */
import * as z from "zod/mini";
import type { ChatClick } from "../chat/clicks.js";
import type { CommandContext } from "../host/plugin-host.js";

const callable = <T extends (...args: never[]) => unknown>() =>
  z.custom<T>((value) => typeof value === "function");

/** What a click tells of its chat, as far as a command needs it. */
const contextSchema = z.object({
  accountId: z.optional(z.string()),
  conversationId: z.optional(z.string()),
  threadId: z.optional(z.union([z.string(), z.number()])),
  requestConversationBinding: callable<CommandContext["requestConversationBinding"]>(),
  detachConversationBinding: callable<CommandContext["detachConversationBinding"]>(),
  getCurrentConversationBinding: callable<CommandContext["getCurrentConversationBinding"]>(),
});

/** Undefined where the host tells too little. Whoever may not command has no clicks. */
export function commandOfClick({ chat, senderId, context }: ChatClick): CommandContext | undefined {
  const { data } = contextSchema.safeParse(context);
  if (!data) return undefined;
  const { threadId: messageThreadId, ...rest } = data;
  const { channel, to } = chat;
  return {
    ...rest,
    channel,
    to,
    senderId,
    messageThreadId,
    isClick: true,
    isAuthorizedSender: true,
  };
}
