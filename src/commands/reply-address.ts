/** Where the chat is that a command came from, for what is sent there later. */
import type { ReplyAddress } from "../chat/delivery.js";
import type { CommandContext } from "../host/plugin-host.js";

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
