/** Buttons below our messages: which chats have any whose clicks come back to us. */
import { asRecord, asString } from "../app-server/json.js";
import type { ReplyAddress } from "./delivery.js";

/** Its clicks are the only ones that this plugin takes: see the interactive handlers. */
export const CLICK_CHANNEL = "telegram";

export type ChatButton = { label: string; value: string };

/**
 * Whether a chat has buttons: on Telegram, unless the operator keeps the channel from them. OpenClaw 2026.9.6 sends
 * buttons all the same then, and drops their clicks.
 */
export function hasButtons(hostConfig: unknown, { channel, accountId, to }: ReplyAddress): boolean {
  if (channel !== CLICK_CHANNEL) return false;
  const telegram = asRecord(asRecord(asRecord(hostConfig)?.channels)?.telegram);
  const account = asRecord(asRecord(telegram?.accounts)?.[accountId ?? "default"]);
  switch (scopeOf(account?.capabilities ?? telegram?.capabilities)) {
    case "off":
      return false;
    case "dm":
      return !isGroup(to);
    case "group":
      return isGroup(to);
    default:
      return true;
  }
}

function scopeOf(capabilities: unknown): string | undefined {
  if (!Array.isArray(capabilities)) return asString(asRecord(capabilities)?.inlineButtons);
  // A list without it means that it is not wanted; an empty one says nothing.
  return capabilities.length === 0 || capabilities.includes("inlineButtons") ? undefined : "off";
}

/** Telegram numbers its groups below zero. */
function isGroup(to: string): boolean {
  return /^(?:telegram:)?(?:group:)?-/.test(to);
}
