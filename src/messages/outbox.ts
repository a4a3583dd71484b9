/**
 * All that must reach a chat leaves through here: answers, outcomes, notices, files. Each chat's go out in order, and are
 * tried for a week: what was not sent again and again, what may have been sent once more, and what a channel will never
 * take not at all.
 */
import { monotonicMs } from "../common/clock.js";
import type { ChatButton } from "../chat/buttons.js";
import type { ReplyAddress } from "../chat/delivery.js";
import { isSameAddress } from "./chat-addresses.js";
import { ChatTrouble } from "./chat-trouble.js";
import { OutboxSender, type Entry, type OutboxHost } from "./outbox-sender.js";
import type { OutboxItem, OutboxKind } from "./outbox-item.js";
import type { OutboxStorage } from "./outbox-store.js";

export type { OutboxHost } from "./outbox-sender.js";

/**
 * How long a stop waits for what is being sent. OpenClaw 2026.9.6 gives a plugin 5 s to end before it ends without it
 * (`gateway_stop` in its table of hook time-outs).
 */
const STOP_WITHIN_MS = 4000;

export type NewPost = {
  /** Whoever posts an id again, be it after a restart, posts nothing. */
  id: string;
  kind: OutboxKind;
  /** What was posted under one of these ids is the same, and not posted again either. */
  orElse?: readonly string[] | undefined;
  /** From now on this is known under this id as well: whoever posts that posts nothing. */
  also?: string | undefined;
} & (
  | { text: string; sentBy010?: number; buttons?: ChatButton[] }
  | {
      file: { name: string; path: string };
      /** The channel does not take it: true where whoever posted it tells the chat. */
      refused?: (reason: string) => boolean;
    }
);

export type Posted = {
  /** Whether a crash would leave it to the next process. */
  durable: boolean;
  /** Fulfilled when nothing more is to be sent of it. */
  done: Promise<void>;
  /** It was not posted, since something else was under the id that does as well. */
  isToldElsewhere: boolean;
};

type Session = {
  entries: Entry[];
  trouble: ChatTrouble;
  timer: NodeJS.Timeout | undefined;
  sending: boolean;
};

export class ConversationOutbox {
  readonly #store: OutboxStorage;
  readonly #host: () => OutboxHost;
  readonly #sender: OutboxSender;
  readonly #sessions = new Map<string, Session>();
  readonly #underWay = new Set<Promise<void>>();
  #stopped = false;

  /**
   * `host` is asked anew each time: it changes when the gateway reloads the plugin. `onMoved` hears of a chat that has
   * another address now, and must not reject.
   */
  constructor(
    store: OutboxStorage,
    host: () => OutboxHost,
    onMoved: (sessionFile: string, address: ReplyAddress) => Promise<void> = async () => {},
  ) {
    this.#store = store;
    this.#host = host;
    this.#sender = new OutboxSender(store, host, {
      isStopped: () => this.#stopped,
      onReaddress: async ({ sessionFile, address }, now, isNew) => {
        await this.#readdress(sessionFile, address, now);
        if (isNew) await onMoved(sessionFile, now);
      },
    });
  }

  /** Milliseconds until the chat may get another message, and whatever counts as one. */
  waitMs(address: ReplyAddress): number {
    return this.#sender.waitMs(address);
  }

  /**
   * Takes what must reach a chat; on disk when this resolves, unless the disk takes nothing. An id that was posted in this
   * session before is not posted again.
   * @throws where a file cannot be copied
   */
  async post(sessionFile: string, address: ReplyAddress, post: NewPost): Promise<Posted> {
    const { id, kind, orElse, also } = post;
    const stored =
      "file" in post
        ? { file: { name: post.file.name } }
        : {
            text: post.text,
            ...(post.sentBy010 === undefined ? {} : { sentBy010: post.sentBy010 }),
            ...(post.buttons === undefined ? {} : { buttons: post.buttons }),
          };
    const item = await this.#store.add(
      sessionFile,
      { id, kind, address: this.addressNow(address), ...stored },
      { attachment: "file" in post ? post.file.path : undefined, orElse, also },
    );
    if (!item) {
      const isToldElsewhere = !(await this.#store.has(sessionFile, id));
      return { durable: true, done: Promise.resolve(), isToldElsewhere };
    }
    const refused = "file" in post ? post.refused : undefined;
    const done = this.#take(item, refused);
    return { durable: item.file !== undefined, done, isToldElsewhere: false };
  }

  /** Whether this id was posted in this session before, be it sent since. */
  has(sessionFile: string, id: string): Promise<boolean> {
    return this.#store.has(sessionFile, id);
  }

  /** Takes up what an earlier process left below a folder. */
  async recover(folder: string): Promise<void> {
    for (const sessionFile of await this.#store.sessions(folder)) {
      try {
        // oxlint-disable-next-line no-await-in-loop
        for (const item of await this.#store.recover(sessionFile)) void this.#take(item);
      } catch (error) {
        this.#host().warn(`what waits for a chat cannot be looked through: ${String(error)}`);
      }
    }
  }

  /** The chat has shown that it is there, so what waits for it is tried at once. */
  wake(sessionFile: string): void {
    const session = this.#sessions.get(sessionFile);
    if (!session) return;
    session.trouble.hope();
    this.#sendSoon(sessionFile, session, 0);
  }

  /** Where a chat is now that was at this address. */
  addressNow(address: ReplyAddress): ReplyAddress {
    return this.#sender.addresses.now(address);
  }

  /**
   * Begins nothing more; what was not sent stays stored. Settles once the messages that are being sent have been, and are
   * noted, so that the next process does not send them again, or after 4 s. Never rejects.
   */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { timer } of this.#sessions.values()) clearTimeout(timer);
    this.#sessions.clear();
    const outOfTime = Promise.withResolvers<void>();
    const timer = setTimeout(outOfTime.resolve, STOP_WITHIN_MS);
    await Promise.race([Promise.all(this.#underWay), outOfTime.promise]);
    clearTimeout(timer);
  }

  #take(item: OutboxItem, refused?: Entry["refused"]): Promise<void> {
    const done = Promise.withResolvers<void>();
    const session = this.#sessionOf(item.sessionFile);
    session.entries.push({ item, unknown: 0, refused, end: done.resolve });
    // Something new is a reason to try: the channel may be back.
    this.#sendSoon(item.sessionFile, session, 0);
    return done.promise;
  }

  #sessionOf(sessionFile: string): Session {
    const session = this.#sessions.get(sessionFile) ?? {
      entries: [],
      trouble: new ChatTrouble(),
      timer: undefined,
      sending: false,
    };
    this.#sessions.set(sessionFile, session);
    return session;
  }

  #sendSoon(sessionFile: string, session: Session, delayMs: number): void {
    if (session.sending || this.#stopped) return;
    clearTimeout(session.timer);
    const delay = Math.max(delayMs, session.trouble.notBefore - monotonicMs());
    if (delay <= 0) {
      this.#begin(sessionFile, session);
      return;
    }
    session.timer = setTimeout(() => this.#begin(sessionFile, session), delay);
    session.timer.unref();
  }

  #begin(sessionFile: string, session: Session): void {
    session.sending = true;
    const sending = this.#sendAll(sessionFile, session).finally(() =>
      this.#underWay.delete(sending),
    );
    this.#underWay.add(sending);
  }

  /** Never rejects. */
  async #sendAll(sessionFile: string, session: Session): Promise<void> {
    let at = 0;
    let againInMs = Infinity;
    for (let entry = session.entries[0]; entry; entry = session.entries[at]) {
      // oxlint-disable-next-line no-await-in-loop
      const obstacle = await this.#sender.send(session.trouble, entry);
      if (this.#stopped) return;
      if (!obstacle) {
        session.entries.splice(at, 1);
        continue;
      }
      againInMs = Math.min(againInMs, obstacle.againInMs);
      if (!obstacle.passable) break;
      at += 1;
    }
    session.sending = false;
    if (session.entries.length === 0) this.#sessions.delete(sessionFile);
    else this.#sendSoon(sessionFile, session, againInMs);
  }

  async #readdress(sessionFile: string, before: ReplyAddress, now: ReplyAddress): Promise<void> {
    for (const { item } of this.#sessions.get(sessionFile)?.entries ?? []) {
      if (!isSameAddress(item.address, before)) continue;
      // oxlint-disable-next-line no-await-in-loop
      await this.#store.note(item, { address: now });
    }
  }
}
