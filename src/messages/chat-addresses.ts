/** Where chats are to be written to that are not where they were: known for as long as the process lives. */
import type { ReplyAddress } from "../chat/delivery.js";
import { isTelegramGroup } from "../chat/pace.js";

export class ChatAddresses {
  readonly #elsewhere = new Map<string, ReplyAddress>();

  /** Where a chat is that was at this address. */
  now(address: ReplyAddress): ReplyAddress {
    return this.#elsewhere.get(keyOf(address)) ?? address;
  }

  /** A group has another number now; it had no topics before. Returns its new address. */
  moved({ threadId, ...chat }: ReplyAddress, number: string): ReplyAddress {
    const now = { ...chat, to: chat.to.replace(/-?\d+/, number) };
    this.#elsewhere.set(keyOf({ ...chat, threadId }), now);
    return now;
  }

  /**
   * A chat has no such topic. Returns its address without one for a private chat, which is the same chat then; undefined for
   * others, where it would be another place.
   */
  withoutTopic({ threadId, ...chat }: ReplyAddress): ReplyAddress | undefined {
    if (threadId === undefined || chat.channel !== "telegram" || isTelegramGroup(chat.to)) {
      return undefined;
    }
    this.#elsewhere.set(keyOf({ ...chat, threadId }), chat);
    return chat;
  }
}

export function isSameAddress(one: ReplyAddress, other: ReplyAddress): boolean {
  return keyOf(one) === keyOf(other);
}

function keyOf({ channel, accountId, to, threadId }: ReplyAddress): string {
  return JSON.stringify([channel, accountId ?? "", to, threadId ?? ""]);
}
