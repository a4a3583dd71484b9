/** Sends one post as far as its channel takes it, and decides what a failure means for it. */
import { monotonicMs } from "../common/clock.js";
import type { ReplyAddress } from "../chat/delivery.js";
import type { OutgoingMessage } from "../chat/outgoing-message.js";
import { ChatPace } from "../chat/pace.js";
import { sendFailureOf, type SendFailure } from "../chat/send-failure.js";
import { hasCode, isShortage } from "../host/private-files.js";
import { fileWords } from "../words/file-words.js";
import { outboxWords } from "../words/outbox-words.js";
import { ChatAddresses } from "./chat-addresses.js";
import { MAY_BE_AT_FAULT, type ChatTrouble } from "./chat-trouble.js";
import type { OutboxItem, OutboxPart } from "./outbox-item.js";
import type { OutboxStorage } from "./outbox-store.js";

/** After this time it is no longer worth sending. */
const GIVE_UP_MS = 7 * 24 * 3_600_000;

/**
 * When that something may be missing is said again, if nobody knows whether that has arrived; the pause is four times as long
 * each time. A channel that never says what became of a message is sent it nine times in a week.
 */
const SAY_AGAIN_MS = 60_000;

/** Why nobody knows what became of a message, if its channel did not say. */
const GATEWAY_ENDED = "the gateway ended while it was sent again";

export type OutboxHost = {
  /** What a text becomes in its chat. @throws where the channel cannot be written to */
  partsOf: (
    address: ReplyAddress,
    text: string,
    options: { filesToo: boolean },
  ) => Promise<OutboxPart[]>;
  /** The same of a text of which version 0.1.0 has sent so many messages. */
  partsSince010: (address: ReplyAddress, text: string, sent: number) => Promise<OutboxPart[]>;
  /** @throws the channel's error */
  sendMessage: (address: ReplyAddress, message: OutgoingMessage) => Promise<void>;
  warn: (text: string) => void;
};

/** A post on its way. */
export type Entry = {
  item: OutboxItem;
  /** Failures for no known reason. */
  unknown: number;
  /** Tells whoever posted a file that it was refused; true where that tells the chat. */
  refused: ((reason: string) => boolean) | undefined;
  end: () => void;
};

/** What stands in the way of a post: `passable` lets those behind it go first. */
export type Obstacle = { againInMs: number; passable: boolean };

export type SenderSurroundings = {
  isStopped: () => boolean;
  /** All that waits for a chat goes to its new address from now on. `isNew`: the chat itself has moved. */
  onReaddress: (item: OutboxItem, now: ReplyAddress, isNew: boolean) => Promise<void>;
};

export class OutboxSender {
  readonly addresses = new ChatAddresses();
  readonly #store: OutboxStorage;
  readonly #host: () => OutboxHost;
  readonly #around: SenderSurroundings;
  readonly #pace = new ChatPace();
  /** Words that something may be missing are not sent again before that, on the monotonic clock. */
  readonly #sayAgainAt = new WeakMap<OutboxPart, number>();

  constructor(store: OutboxStorage, host: () => OutboxHost, around: SenderSurroundings) {
    this.#store = store;
    this.#host = host;
    this.#around = around;
  }

  waitMs(address: ReplyAddress): number {
    return this.#pace.waitMs(address);
  }

  /** Sends what is left of a post; undefined when nothing is. Never rejects. */
  async send(trouble: ChatTrouble, entry: Entry): Promise<Obstacle | undefined> {
    const { item } = entry;
    try {
      if (!item.parts) await this.#prepare(item);
    } catch (error) {
      return this.#wait(trouble, entry, "unknown", error);
    }
    for (let part = nextOf(item); part; part = nextOf(item)) {
      if (this.#around.isStopped()) return { againInMs: Infinity, passable: false };
      const waitMs = this.#pace.waitMs(item.address);
      if (waitMs > 0) return { againInMs: waitMs, passable: false };
      // oxlint-disable-next-line no-await-in-loop
      const obstacle = await this.#sendPart(trouble, entry, part);
      if (obstacle) return obstacle;
    }
    await this.#store.finish(item);
    entry.end();
    return undefined;
  }

  async #prepare(item: OutboxItem): Promise<void> {
    const { text = "", file, sentBy010, kind } = item.post;
    const host = this.#host();
    let parts: OutboxPart[];
    if (file) parts = [{ attachment: file }];
    else if (sentBy010 !== undefined) {
      parts = await host.partsSince010(item.address, text, sentBy010);
    } else parts = await host.partsOf(item.address, text, { filesToo: kind === "answer" });
    // Split in another way after an update, what was sent of several would count for nothing.
    if (parts.length > 1 || sentBy010 !== undefined) await this.#store.note(item, { parts });
    else item.parts = parts;
  }

  async #sendPart(
    trouble: ChatTrouble,
    entry: Entry,
    part: OutboxPart,
  ): Promise<Obstacle | undefined> {
    const { item } = entry;
    const { sent, next } = item.progress;
    if (next === "repeating") {
      await this.#doubtRepeat(entry, part, GATEWAY_ENDED);
      return undefined;
    }
    const againInMs = (this.#sayAgainAt.get(part) ?? 0) - monotonicMs();
    if (againInMs > 0) return { againInMs, passable: true };
    const isRepeat = next === "doubtful" || doubtsOf(part) > 0;
    const message = this.#messageOf(item, part, isRepeat);
    await this.#store.note(item, {
      progress: { sent, next: isRepeat ? "repeating" : "sending" },
    });
    let failure: SendFailure = { kind: "sent" };
    let error: unknown;
    try {
      this.#pace.note(item.address);
      await this.#host().sendMessage(item.address, message);
    } catch (thrown) {
      error = thrown;
      failure = sendFailureOf(thrown);
    }
    if (failure.kind === "sent") {
      trouble.over();
      await this.#partDone(item);
      return undefined;
    }
    if (failure.kind === "perhaps sent") {
      if (isRepeat) await this.#doubtRepeat(entry, part, error);
      else await this.#store.note(item, { progress: { sent, next: "doubtful" } });
      return { againInMs: trouble.backoff(), passable: false };
    }
    await this.#store.note(item, { progress: { sent, next: isRepeat ? "doubtful" : "unsent" } });
    return this.#failed(trouble, entry, failure, error);
  }

  #messageOf(item: OutboxItem, part: OutboxPart, isRepeat: boolean): OutgoingMessage {
    const caption = isRepeat ? outboxWords.repeat : "";
    if ("text" in part) {
      const text = isRepeat ? `${part.text}\n\n${caption}` : part.text;
      const { buttons } = item.post;
      const last = item.parts?.findLast((other) => "text" in other && other.instead !== true);
      return buttons && last === part ? { text, buttons } : { text };
    }
    if ("document" in part) return { document: part.document, caption };
    const { name } = part.attachment;
    return { file: { name, path: this.#store.attachmentOf(item) }, caption };
  }

  async #partDone(item: OutboxItem): Promise<void> {
    const progress = { sent: item.progress.sent + 1, next: "unsent" } as const;
    // The end of the last one is the end of its file.
    if (progress.sent < (item.parts?.length ?? 0)) await this.#store.note(item, { progress });
    else item.progress = progress;
  }

  /** It was sent twice and may be in the chat: it is left at telling that it may be missing. */
  async #doubtRepeat(entry: Entry, part: OutboxPart, why: unknown): Promise<void> {
    const { item } = entry;
    const { sent } = item.progress;
    this.#host().warn(
      `a message was sent twice, and nobody knows whether it arrived: ${String(why)}`,
    );
    const { parts = [] } = item;
    const before = parts.slice(0, sent);
    const rest = parts.slice(sent + 1);
    if (isOfMissing(part)) {
      // Said too often it does no harm, so it is said until it has arrived; what else there is to be sent goes first.
      const doubts = doubtsOf(part);
      const pauseMs = SAY_AGAIN_MS * 4 ** doubts;
      const again = { ...part, doubts: doubts + 1 };
      // An end says nothing about the channel, so the next process sends it at once.
      if (why !== GATEWAY_ENDED) this.#sayAgainAt.set(again, monotonicMs() + pauseMs);
      const isInTime = ageOf(item) + pauseMs < GIVE_UP_MS;
      // Whoever waits until all was sent need not wait for this.
      if (rest.every(isOfMissing)) entry.end();
      await this.#store.note(item, {
        parts: [...before, ...rest, ...(isInTime ? [again] : [])],
        progress: { sent, next: "unsent" },
      });
      return;
    }
    const text = outboxWords.mayBeMissing(beginningOf(part));
    const told: OutboxPart[] =
      item.post.kind === "notice" ? [] : [{ text, instead: true, ofMissing: true }];
    // In one line of its own file: whatever ends the process, and whatever the disk takes, it is told or doubted once more.
    await this.#store.note(item, {
      parts: [...before, part, ...told, ...rest],
      progress: { sent: sent + 1, next: "unsent" },
    });
  }

  /** Of what is known not to have been sent. Undefined where the next attempt can be made at once. */
  async #failed(
    trouble: ChatTrouble,
    entry: Entry,
    failure: Exclude<SendFailure, { kind: "sent" | "perhaps sent" }>,
    error: unknown,
  ): Promise<Obstacle | undefined> {
    const { item } = entry;
    if (failure.kind === "refused") return this.#refused(entry, failure.reason);
    if (failure.kind === "moved") {
      if (failure.to === undefined) return this.#wait(trouble, entry, "no chat", error);
      const now = this.addresses.moved(item.address, failure.to);
      this.#host().warn(`a group became a supergroup: ${item.address.to} is ${now.to} now`);
      await this.#around.onReaddress(item, now, true);
      return undefined;
    }
    if (failure.why === "limited") {
      const waitMs = failure.retryAfterMs ?? trouble.backoff();
      trouble.notBefore = monotonicMs() + waitMs;
      return { againInMs: waitMs, passable: false };
    }
    const chat = failure.why === "no topic" ? this.addresses.withoutTopic(item.address) : undefined;
    if (chat) {
      await this.#around.onReaddress(item, chat, false);
      return undefined;
    }
    if (failure.why === "unknown" && item.post.file && !isMachineShort(error)) {
      // Whoever asked for a file is there to ask again.
      return this.#refused(entry, error instanceof Error ? error.message : String(error));
    }
    return this.#wait(trouble, entry, failure.why, error);
  }

  /** Tried again, for a week. */
  async #wait(
    trouble: ChatTrouble,
    entry: Entry,
    why: string,
    error: unknown,
  ): Promise<Obstacle | undefined> {
    const { post } = entry.item;
    if (ageOf(entry.item) > GIVE_UP_MS) return this.#giveUp(entry, error);
    if (why === "unknown") entry.unknown += 1;
    if (trouble.isNews(why === "unknown" ? `${why} ${post.id}` : why)) {
      this.#host().warn(`a chat cannot be written to; its messages wait: ${String(error)}`);
    }
    return { againInMs: trouble.backoff(), passable: entry.unknown >= MAY_BE_AT_FAULT };
  }

  /** Whoever looks for it finds it; nothing more is sent of it. */
  async #giveUp(entry: Entry, error: unknown): Promise<undefined> {
    const { item } = entry;
    const where = await this.#store.giveUp(item).catch(() => undefined);
    this.#host().warn(
      `a message could not be sent for a week and is given up${where === undefined ? "" : `, it lies in ${where}`}: ${String(error)}`,
    );
    item.file = undefined;
    item.parts = [];
    entry.end();
  }

  /** The channel will never take it: something says so in its place, and what comes after it goes on. */
  async #refused({ item, refused }: Entry, reason: string): Promise<undefined> {
    const { sent } = item.progress;
    const parts = item.parts ?? [];
    const [part, ...rest] = parts.slice(sent);
    this.#host().warn(`a channel does not take a message, so it was not shown: ${reason}`);
    const isTold = refused?.(reason) === true;
    const instead = part && !isTold ? await this.#inPlaceOf(item, part, reason) : [];
    await this.#store.note(item, {
      parts: [...parts.slice(0, sent), ...instead, ...rest],
      progress: { sent, next: "unsent" },
    });
  }

  async #inPlaceOf(item: OutboxItem, part: OutboxPart, reason: string): Promise<OutboxPart[]> {
    if ("document" in part) {
      const { text } = part.document;
      const whole = await this.#host()
        .partsOf(item.address, text, { filesToo: false })
        .catch(() => []);
      // Its beginning was sent before it.
      return whole.slice(1);
    }
    if ("attachment" in part) {
      return [{ text: fileWords.failed(part.attachment.name, reason), instead: true }];
    }
    const isWorthAWord = part.instead !== true && item.post.kind === "answer";
    return isWorthAWord ? [{ text: outboxWords.notShown(reason), instead: true }] : [];
  }
}

/** The file could not be made ready here, and can be later. */
function isMachineShort(error: unknown): boolean {
  return isShortage(error) || hasCode(error, "ENOSPC");
}

/** What is to be sent next of a post. */
function nextOf({ parts, progress }: OutboxItem): OutboxPart | undefined {
  return parts?.[progress.sent];
}

function beginningOf(part: OutboxPart): string {
  if ("text" in part) return part.text;
  return "document" in part ? part.document.name : part.attachment.name;
}

function isOfMissing(part: OutboxPart): boolean {
  return "text" in part && part.ofMissing === true;
}

function doubtsOf(part: OutboxPart): number {
  return ("text" in part && part.doubts) || 0;
}

function ageOf({ post }: OutboxItem): number {
  return Date.now() - post.postedAt;
}
