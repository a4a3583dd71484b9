/**
 * Delivers a session's answers in order, again and again while the channel is down. An answer that cannot be delivered
 * for all its attempts lets those behind it pass: it may be at fault itself.
 */
import type { ConversationInbox, InboxEntry } from "./inbox.js";
import type { DeliveryProgress, ReplyAddress } from "../chat/delivery.js";

/** Seconds between an answer's attempts: about ten minutes in all. Then it waits for the session's next one. */
const BACKOFF_S = [1, 2, 4, 8, 15, 30, 60, 60, 60, 60, 60, 60, 60, 60, 60] as const;

/**
 * How long a stop waits for what is being sent. OpenClaw 2026.9.6 gives a plugin 5 s to end before it ends without it
 * (`gateway_stop` in its table of hook time-outs).
 */
const STOP_WITHIN_MS = 4000;

/** Sends `text` to a chat, leaving out its first `skip` messages; tells how many have been sent. */
export type SendReply = (
  address: ReplyAddress,
  text: string,
  progress: DeliveryProgress,
) => Promise<void>;

export type OutboxHost = { send: SendReply; warn: (text: string) => void };

/** `failures` are those of its own attempts, and not of those that an answer after it has caused. */
type Answer = { entry: InboxEntry; text: string; failures: number };

type Session = {
  answers: Answer[];
  timer: NodeJS.Timeout | undefined;
  sending: boolean;
};

export class ConversationOutbox {
  readonly #inbox: Pick<ConversationInbox, "setStage" | "finish">;
  readonly #host: () => OutboxHost;
  readonly #sessions = new Map<string, Session>();
  readonly #underWay = new Set<Promise<void>>();
  #stopped = false;

  /** `host` is asked anew each time: it changes when the gateway reloads the plugin. */
  constructor(inbox: Pick<ConversationInbox, "setStage" | "finish">, host: () => OutboxHost) {
    this.#inbox = inbox;
    this.#host = host;
  }

  /** Takes an answer, after the session's earlier ones; its entry is finished once it has been delivered. */
  add(entry: InboxEntry, text: string): void {
    const session = this.#sessions.get(entry.sessionFile) ?? {
      answers: [],
      timer: undefined,
      sending: false,
    };
    this.#sessions.set(entry.sessionFile, session);
    session.answers.push({ entry, text, failures: 0 });
    // A new answer is a new reason to try: the channel may be back.
    clearTimeout(session.timer);
    if (!session.sending && !this.#stopped) this.#begin(entry.sessionFile, session, 0);
  }

  /**
   * Begins nothing more; what was not delivered stays in the inbox. Settles once the messages that are being sent have
   * been, and are noted, so that the next process does not send them again, or after 4 s. Never rejects.
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

  #sendSoon(sessionFile: string, session: Session, delayMs: number): void {
    clearTimeout(session.timer);
    if (session.sending || this.#stopped) return;
    session.timer = setTimeout(() => this.#begin(sessionFile, session, 1), delayMs);
    session.timer.unref();
  }

  /** `counts`: what a failure adds to an answer's. */
  #begin(sessionFile: string, session: Session, counts: 0 | 1): void {
    const sending = this.#sendAll(sessionFile, session, counts).finally(() =>
      this.#underWay.delete(sending),
    );
    this.#underWay.add(sending);
  }

  /** Never rejects. */
  async #sendAll(sessionFile: string, session: Session, counts: 0 | 1): Promise<void> {
    session.sending = true;
    let at = 0;
    let againInS: number | undefined;
    for (let answer = session.answers[0]; answer; answer = session.answers[at]) {
      if (this.#stopped) return;
      // oxlint-disable-next-line no-await-in-loop
      if (await this.#delivered(answer, counts)) {
        session.answers.splice(at, 1);
        continue;
      }
      againInS = BACKOFF_S[answer.failures];
      if (againInS !== undefined) break;
      at += 1;
    }
    session.sending = false;
    if (session.answers.length === 0) this.#sessions.delete(sessionFile);
    else if (againInS !== undefined) this.#sendSoon(sessionFile, session, againInS * 1000);
  }

  /** Never rejects. */
  async #delivered(answer: Answer, counts: 0 | 1): Promise<boolean> {
    try {
      await this.#send(answer);
    } catch (error) {
      answer.failures += counts;
      if (!this.#stopped && counts === 1 && answer.failures === BACKOFF_S.length) {
        this.#host().warn(
          `an answer could not be delivered and waits for the chat's next message or the next start: ${String(error)}`,
        );
      }
      return false;
    }
    await this.#finish(answer.entry);
    return true;
  }

  async #send({ entry, text }: Answer): Promise<void> {
    const { stage, address } = entry.message;
    const skip = stage.name === "answered" ? stage.sent : 0;
    await this.#host().send(address, text, {
      skip,
      onSent: async (sent) => {
        await this.#inbox.setStage(entry, { name: "answered", text, sent }).catch(() => undefined);
        if (this.#stopped) throw new Error("The gateway is ending; the next one sends the rest.");
      },
    });
  }

  async #finish(entry: InboxEntry): Promise<void> {
    try {
      await this.#inbox.finish(entry);
    } catch (error) {
      this.#host().warn(`a delivered message's file could not be removed: ${String(error)}`);
    }
  }
}
