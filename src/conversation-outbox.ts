/** Delivers a session's answers in order, again and again while the channel is down. */
import type { ConversationInbox, InboxEntry } from "./conversation-inbox.js";
import type { DeliveryProgress, ReplyAddress } from "./conversation-delivery.js";

/** Seconds between attempts: about ten minutes in all. Then the answer waits for the session's next one. */
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

type Answer = { entry: InboxEntry; text: string };

type Session = {
  answers: Answer[];
  /** Attempts since the last success or the last new answer. */
  failures: number;
  timer: NodeJS.Timeout | undefined;
  sending: boolean;
};

export class ConversationOutbox {
  readonly #inbox: ConversationInbox;
  readonly #host: () => OutboxHost;
  readonly #sessions = new Map<string, Session>();
  readonly #underWay = new Set<Promise<void>>();
  #stopped = false;

  /** `host` is asked anew each time: it changes when the gateway reloads the plugin. */
  constructor(inbox: ConversationInbox, host: () => OutboxHost) {
    this.#inbox = inbox;
    this.#host = host;
  }

  /** Takes an answer, after the session's earlier ones; its entry is finished once it has been delivered. */
  add(entry: InboxEntry, text: string): void {
    const session = this.#sessions.get(entry.sessionFile) ?? {
      answers: [],
      failures: 0,
      timer: undefined,
      sending: false,
    };
    this.#sessions.set(entry.sessionFile, session);
    session.answers.push({ entry, text });
    // A new answer is a new reason to try: the channel may be back.
    session.failures = 0;
    clearTimeout(session.timer);
    if (!session.sending && !this.#stopped) this.#begin(entry.sessionFile, session);
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
    session.timer = setTimeout(() => this.#begin(sessionFile, session), delayMs);
    session.timer.unref();
  }

  #begin(sessionFile: string, session: Session): void {
    const sending = this.#sendAll(sessionFile, session).finally(() =>
      this.#underWay.delete(sending),
    );
    this.#underWay.add(sending);
  }

  /** Never rejects. */

  async #sendAll(sessionFile: string, session: Session): Promise<void> {
    session.sending = true;
    try {
      for (let answer = session.answers[0]; answer; answer = session.answers[0]) {
        if (this.#stopped) return;
        await this.#send(answer);
        session.answers.shift();
        session.failures = 0;
        await this.#finish(answer.entry);
      }
      this.#sessions.delete(sessionFile);
    } catch (error) {
      this.#retry(sessionFile, session, error);
    } finally {
      session.sending = false;
    }
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

  #retry(sessionFile: string, session: Session, error: unknown): void {
    if (this.#stopped) return;
    session.sending = false;
    const seconds = BACKOFF_S[session.failures];
    session.failures += 1;
    if (seconds !== undefined) {
      this.#sendSoon(sessionFile, session, seconds * 1000);
      return;
    }
    this.#host().warn(
      `an answer could not be delivered and waits for the chat's next message or the next start: ${String(error)}`,
    );
  }
}
