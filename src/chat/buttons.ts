/** Buttons below our messages: which chats have any whose clicks come back to us. */
import { asRecord, asString } from "../app-server/json.js";
import { CHANNELS } from "./abilities.js";
import type { ReplyAddress } from "./delivery.js";

export type ChatButton = { label: string; value: string };

/**
 * Whether a chat has buttons: on Telegram, unless the operator keeps the channel from them. OpenClaw 2026.9.6 sends
 * buttons all the same then, and drops their clicks.
 */
export function hasButtons(hostConfig: unknown, { channel, accountId, to }: ReplyAddress): boolean {
  if (CHANNELS[channel]?.buttons !== true) return false;
  if (channel !== "telegram") return true;
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
