/** Where the chat is that a command came from, for what is sent there later. */
import { randomUUID } from "node:crypto";
import { canDeliver, type ReplyAddress } from "../chat/delivery.js";
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import type { ConversationMessages } from "../messages/messages.js";
import { runningConversationMessages } from "../messages/process-messages.js";

export function addressOf(ctx: CommandContext): ReplyAddress | undefined {
  // Some channels name their own command's address, which nothing can be sent to.
  const to = [ctx.to, ctx.from].find((name) => name && !name.startsWith("slash:"));
  if (to === undefined) return undefined;
  return {
    channel: ctx.channel,
    to,
    ...(ctx.accountId === undefined ? {} : { accountId: ctx.accountId }),
    ...(ctx.messageThreadId === undefined ? {} : { threadId: ctx.messageThreadId }),
  };
}

/** For a command whose outcome comes into the chat later; undefined if nothing can be sent there by then. */
export async function wayToTellLater(
  host: PluginHost,
  ctx: CommandContext,
): Promise<{ messages: ConversationMessages; address: ReplyAddress } | undefined> {
  const messages = runningConversationMessages();
  const address = addressOf(ctx);
  if (!messages || !address || !(await canDeliver(host, address.channel))) return undefined;
  return { messages, address };
}

/** Says in the chat how something ended that a command has begun, by whichever version of the plugin runs by then. */
export async function tellLater(
  sessionFile: string,
  address: ReplyAddress,
  { about, text }: { about: string; text: string },
): Promise<void> {
  const notice = { id: `${about}:${randomUUID()}`, kind: "notice", text } as const;
  await runningConversationMessages()?.outbox.post(sessionFile, address, notice);
}
