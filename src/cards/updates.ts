/**
 * Keeps the card that a chat used last up to date. Changes that come together are one edit, and a chat gets its edits no
 * faster than its messages.
 */
import { isTelegramGroup } from "../chat/pace.js";
import { onChange } from "../common/changes.js";
import { monotonicMs } from "../common/clock.js";
import { readBoundConversation } from "../host/bound-conversation.js";
import { wasDetached } from "../host/detach.js";
import type { PluginHost } from "../host/plugin-host.js";
import { runningConversationMessages } from "../messages/process-messages.js";
import { changesByItself, redrawCard } from "./cards.js";
import { latestCard, type LiveCard } from "./registry.js";

/** Turns that begin and end at once are one change. */
const TOGETHER_MS = 1000;
/** Between two edits of a card. In a Telegram group messages and edits share 20 a minute. */
const APART_MS = 3000;
const APART_IN_GROUP_MS = 15_000;
/** Nobody looks at a card any more that was last used so long ago. */
const FOLLOWED_MS = 6 * 60 * 60_000;

export class CardUpdates {
  readonly #host: PluginHost;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #isStopped = false;

  constructor(host: PluginHost) {
    this.#host = host;
  }

  start(): void {
    this.#isStopped = false;
    onChange("cards", (sessionFile) => this.#plan(sessionFile));
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #plan(sessionFile: string): void {
    if (this.#isStopped || this.#timers.has(sessionFile)) return;
    const card = followed(sessionFile);
    if (!card) return;
    const timer = setTimeout(() => {
      this.#timers.delete(sessionFile);
      void this.#redraw(sessionFile);
    }, waitMs(card));
    timer.unref();
    this.#timers.set(sessionFile, timer);
  }

  async #redraw(sessionFile: string): Promise<void> {
    const card = followed(sessionFile);
    if (!card) return;
    try {
      const isBound =
        (await readBoundConversation(sessionFile)) !== undefined &&
        !(await wasDetached(sessionFile));
      await redrawCard(this.#host, card, isBound);
    } catch (error) {
      this.#host.logger.warn(`a card could not be redrawn: ${String(error)}`);
    }
  }
}

/** Only views that tell what happens: somebody may be choosing from the others. */
function followed(sessionFile: string): LiveCard | undefined {
  const card = latestCard(sessionFile);
  if (!card || monotonicMs() - card.usedAt > FOLLOWED_MS || !changesByItself(card))
    return undefined;
  return ["home", "queue", "goal", "steer"].includes(card.view.name) ? card : undefined;
}

function waitMs({ address, changedAt }: LiveCard): number {
  const isGroup = address.channel === "telegram" && isTelegramGroup(address.to);
  const sinceLast = monotonicMs() - changedAt;
  const pace = runningConversationMessages()?.outbox.waitMs(address) ?? 0;
  return Math.max(TOGETHER_MS, (isGroup ? APART_IN_GROUP_MS : APART_MS) - sinceLast, pace);
}
