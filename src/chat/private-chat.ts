/** Whether a chat is between one person and the bot: only what is known to be counts. */
import type { ReplyAddress } from "./delivery.js";

export function isPrivateChat({ channel, to }: ReplyAddress): boolean {
  // Telegram numbers people above zero and groups below.
  if (channel === "telegram") return /^(?:telegram:)?[1-9]\d*$/.test(to);
  return /^(?:\w+:)?(?:user|dm|direct):/.test(to);
}
