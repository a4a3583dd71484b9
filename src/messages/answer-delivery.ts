/** Hands a message's answer over to the outbox, and ends the message's stay in the inbox once all of it is safe there. */
import type { MessageAnswer } from "./answer-outcome.js";
import type { NewPost } from "./outbox.js";
import { turnPostId, type Chats } from "./chats.js";
import type { ConversationInbox, InboxEntry, InboxMessage, InboxStage } from "./inbox.js";

const NOTES_AGAIN_MS = 1000;

export type DeliveryHost = {
  /** Aborted when this process says and stores nothing more. */
  ends: AbortSignal;
  warn: (text: string) => void;
};

export class AnswerDelivery {
  readonly #inbox: ConversationInbox;
  readonly #chats: Chats;
  readonly #host: DeliveryHost;
  /** How far these have come could not be stored. */
  readonly #unnoted = new Set<InboxEntry>();
  #notesAgain: NodeJS.Timeout | undefined;
  /** Messages that have begun their turns in this process: nobody else has told yet what these came to. */
  readonly #begun = new WeakSet<InboxEntry>();

  constructor(inbox: ConversationInbox, chats: Chats, host: DeliveryHost) {
    this.#inbox = inbox;
    this.#chats = chats;
    this.#host = host;
    host.ends.addEventListener("abort", () => clearTimeout(this.#notesAgain), { once: true });
  }

  /** Undefined: the message shares another's answer, or was dropped. `sent`: nothing of it is to be sent any more. Never rejects. */
  async deliver(
    entry: InboxEntry,
    answer: MessageAnswer | undefined,
  ): Promise<{ sent: Promise<void> }> {
    if (!answer) {
      await this.finish(entry);
      return { sent: Promise.resolve() };
    }
    const { stage } = entry.message;
    // A crash between the words and the pictures, or a plan, would leave the message looking answered. Nothing is waited for before
    // the words are posted: those of the next message are not to come first.
    const noted =
      (answer.pictures.length > 0 || answer.apart) && stage.name === "running"
        ? this.note(entry, { ...stage, pictures: true })
        : undefined;
    const delivered = await this.deliverText(entry, answer, 0);
    await noted;
    return delivered;
  }

  /** `sentBy010`: so many of its messages were sent by version 0.1.0. Never rejects. */
  async deliverText(
    entry: InboxEntry,
    { text, pictures, apart, endsTurn, givesUp }: MessageAnswer,
    sentBy010: number,
  ): Promise<{ sent: Promise<void> }> {
    const { sessionFile, message } = entry;
    const { id, address, stage } = message;
    const turnId = stage.name === "waiting" ? undefined : stage.turnId;
    const told = turnId === undefined ? undefined : toldOf(turnId, { endsTurn, givesUp });
    const plan = apart && (await this.#chats.planOffer(sessionFile, address, apart.plan));
    const first = await this.#chats.outbox.post(sessionFile, address, {
      id: answerId(id),
      ...told,
      ...(this.#begun.has(entry) && { orElse: undefined }),
      kind: "answer",
      ...(!plan ? { text } : apart.beside === "" ? plan.plan : { text: apart.beside }),
      ...(sentBy010 === 0 ? {} : { sentBy010 }),
    });
    const posts = [first];
    const hasTold = first.isToldElsewhere;
    if (plan && apart.beside !== "" && !hasTold) {
      const after = { id: `plan:${id}`, kind: "answer", ...plan.plan } as const;
      posts.push(await this.#chats.outbox.post(sessionFile, address, after));
    }
    if (plan?.below && !hasTold) {
      const below = { id: `plan-offer:${id}`, kind: "answer", ...plan.below } as const;
      posts.push(await this.#chats.outbox.post(sessionFile, address, below));
    }
    if (!hasTold) await this.#chats.postPictures(sessionFile, address, id, pictures);
    await this.#chats.tellLimits(sessionFile, address);
    const done = Promise.all(posts.map((post) => post.done)).then(() => undefined);
    if (posts.every(({ durable }) => durable)) {
      await this.finish(entry);
      return { sent: done };
    }
    // The inbox may have room for it where no file more can be made.
    await this.note(entry, {
      name: "answered",
      text,
      sent: sentBy010,
      ...(turnId === undefined ? {} : { turnId, endsTurn }),
    });
    void done.then(() => this.finish(entry));
    return { sent: done };
  }

  /** Whether an earlier process handed all of its answer over. */
  async isDelivered({ sessionFile, message }: InboxEntry): Promise<boolean> {
    const { stage, id } = message;
    const mayLackPictures = stage.name === "running" && stage.pictures === true;
    return !mayLackPictures && this.#chats.outbox.has(sessionFile, answerId(id));
  }

  /** Its answer is the chat's already: that of the turn, which no message began. */
  isToldWithTurn(sessionFile: string, turnId: string): Promise<boolean> {
    return this.#chats.outbox.has(sessionFile, turnPostId(turnId));
  }

  /** A message has begun this turn, here and now. Never rejects. */
  async noteBegun(entry: InboxEntry, turnId: string): Promise<void> {
    this.#begun.add(entry);
    await this.note(entry, { name: "running", turnId });
  }

  /** A message was found in this turn, which it may share with others. Never rejects. */
  async noteFound(entry: InboxEntry, turnId: string): Promise<void> {
    this.#begun.delete(entry);
    const { stage } = entry.message;
    if (stage.name === "running") await this.note(entry, { ...stage, turnId });
  }

  async finish(entry: InboxEntry): Promise<void> {
    try {
      await this.#inbox.finish(entry);
    } catch (error) {
      this.#host.warn(`an answered message's file could not be removed: ${String(error)}`);
    }
  }

  async note(entry: InboxEntry, stage: InboxStage): Promise<void> {
    if (this.#host.ends.aborted) return;
    try {
      await this.#inbox.setStage(entry, stage);
      this.#unnoted.delete(entry);
    } catch (error) {
      this.#host.warn(`how far a message has come could not be stored: ${String(error)}`);
      this.#noteLater(entry);
    }
  }

  /**
   * Tries again until the disk takes it or the message is over: a message that is not known to have been given to Codex
   * would be given to it again by the next process.
   */
  #noteLater(entry: InboxEntry): void {
    this.#unnoted.add(entry);
    this.#notesAgain ??= setTimeout(() => void this.#noteAgain(), NOTES_AGAIN_MS);
    this.#notesAgain.unref();
  }

  /** Never rejects. */
  async #noteAgain(): Promise<void> {
    const noting = [...this.#unnoted].map(async (entry) => {
      await this.#inbox.setStage(entry, entry.message.stage);
      this.#unnoted.delete(entry);
    });
    await Promise.allSettled(noting);
    this.#notesAgain = undefined;
    const [left] = this.#unnoted;
    if (left && !this.#host.ends.aborted) this.#noteLater(left);
  }

  /** The message is another one from now on. Never rejects. */
  async noteInput(entry: InboxEntry, input: InboxMessage["input"]): Promise<void> {
    try {
      await this.#inbox.setInput(entry, input);
    } catch (error) {
      this.#host.warn(`a change of a message could not be stored: ${String(error)}`);
    }
  }
}

/**
 * What else went into the turn has the same answer, be it found by the next process only. A turn that was given up can
 * have an answer after all.
 */
function toldOf(
  turnId: string,
  { endsTurn, givesUp }: Pick<MessageAnswer, "endsTurn" | "givesUp">,
): Pick<NewPost, "orElse" | "also"> {
  const turn = turnPostId(turnId);
  const givenUp = `given-up:${turnId}`;
  if (givesUp) return { orElse: [turn, givenUp], also: givenUp };
  return { orElse: [turn], also: endsTurn === true ? turn : undefined };
}

function answerId(messageId: string): string {
  return `answer:${messageId}`;
}
