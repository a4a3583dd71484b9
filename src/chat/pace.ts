/** How fast a chat may be written to, so that its channel does not have to say that it is too fast. */
import { monotonicMs } from "../common/clock.js";
import type { ReplyAddress } from "./delivery.js";

type Limit = { messages: number; withinMs: number };

/** One a second, with a few at once; Discord's own is five in five seconds for a channel. */
const EVERY_CHAT: Limit = { messages: 5, withinMs: 5000 };
/** Telegram's for a group, all of its topics together. */
const TELEGRAM_GROUP: Limit = { messages: 20, withinMs: 60_000 };

export class ChatPace {
  /** When the last messages of each chat were sent, on the monotonic clock; the chat written to last stands last. */
  readonly #sent = new Map<string, number[]>();

  /** Milliseconds until the chat may get its next message. */
  waitMs(address: ReplyAddress, now = monotonicMs()): number {
    const sent = this.#recent(address, now);
    const waits = limitsOf(address).map(({ messages, withinMs }) => {
      const oldest = sent.at(-messages);
      return oldest === undefined ? 0 : oldest + withinMs - now;
    });
    return Math.max(0, ...waits);
  }

  /** The chat gets a message now. */
  note(address: ReplyAddress, now = monotonicMs()): void {
    const key = keyOf(address);
    const sent = [...this.#recent(address, now), now];
    this.#sent.delete(key);
    this.#sent.set(key, sent);
    for (const [other, times] of this.#sent) {
      if (now - (times.at(-1) ?? now) <= TELEGRAM_GROUP.withinMs) break;
      this.#sent.delete(other);
    }
  }

  #recent(address: ReplyAddress, now: number): number[] {
    const longest = Math.max(...limitsOf(address).map(({ withinMs }) => withinMs));
    return (this.#sent.get(keyOf(address)) ?? []).filter((at) => now - at < longest);
  }
}

function limitsOf({ channel, to }: ReplyAddress): Limit[] {
  return channel === "telegram" && isTelegramGroup(to)
    ? [EVERY_CHAT, TELEGRAM_GROUP]
    : [EVERY_CHAT];
}

function keyOf({ channel, accountId, to }: ReplyAddress): string {
  return JSON.stringify([channel, accountId ?? "", to]);
}

/** Telegram numbers its groups below zero. */
export function isTelegramGroup(to: string): boolean {
  return /^(?:telegram:)?(?:group:)?-/.test(to);
}
