/** What a turn said: gathered from its items, and at its end sorted into what answers and what was said on the way. */
import { asRecord, asString } from "../app-server/json.js";

/** Something of a turn that a person is to get, in the order in which Codex gave it. */
export type Answer =
  | { kind: "text"; text: string }
  /** Cut out of a message in plan mode. */
  | { kind: "plan"; text: string }
  /** `path` is on Codex's machine, if Codex saved it; `data` is the file itself in base64, if it came along. */
  | { kind: "picture"; path: string | undefined; data: string | undefined };

type Message = {
  itemId: string;
  phase: string | undefined;
  /** What was streamed of it. */
  streamed: string;
  text: string | undefined;
  /** A question that Codex does not wait for, or a text that the provider withholds. */
  isNoAnswer: boolean;
  /** The person said something after it, so it was the answer to what came before. */
  answeredEarlier: boolean;
};

/** A class for the deltas' sake: with a thousand turns at once each object that one touches is out of the cache. */
export class TurnAnswers {
  /** The message that was told of last: deltas come in long runs for one. */
  #latest: Message | undefined;
  readonly #messages = new Map<string, Message>();
  readonly #others = new Map<string, Exclude<Answer, { kind: "text" }>>();
  /** The ids of messages and of other answers, in the order in which they were first told of. */
  readonly #order = new Set<string>();

  /** Adds to the message that streams, and returns whether the delta was one of its. */
  addToLatest(itemId: unknown, delta: string): boolean {
    if (this.#latest === undefined || itemId !== this.#latest.itemId) return false;
    this.#latest.streamed += delta;
    return true;
  }

  addDelta(itemId: string, delta: string): void {
    this.#messageOf(itemId).streamed += delta;
  }

  /**
   * Takes the turn as its thread remembers it in place of the messages that were told whole: Codex before 0.154 has them
   * under other ids there.
   */
  readRecord(items: readonly Record<string, unknown>[]): void {
    this.#latest = undefined;
    for (const [id, { text }] of this.#messages) {
      if (text === undefined) continue;
      this.#messages.delete(id);
      this.#order.delete(id);
    }
    for (const item of items) this.readItem(item, true);
  }

  readItem(item: Record<string, unknown>, completed: boolean): void {
    const id = asString(item.id);
    if (id === undefined) return;
    switch (item.type) {
      case "agentMessage":
        this.#readMessage(id, item, completed);
        break;
      case "userMessage":
        if (this.#latest) this.#latest.answeredEarlier = true;
        break;
      case "plan":
        if (completed) this.#readPlan(id, item);
        break;
      case "imageGeneration":
        if (completed) this.#readPicture(id, item);
        break;
    }
  }

  /**
   * The final answers, each once, in order. A model that names no phases answers with its last message, and with the
   * one before each message of the person's. If there is neither, the rest counts in the order of its worth: what was
   * only streamed, of the same messages, then the last commentary. Deltas can be stale after a cut stream, so they count only
   * if no message of their rank was completed.
   */
  answers(): Answer[] {
    const texts = this.#finalTexts();
    return [...this.#order].flatMap((id): Answer[] => {
      const text = texts.get(id);
      const other = this.#others.get(id);
      if (text !== undefined) return [{ kind: "text", text }];
      return other === undefined ? [] : [other];
    });
  }

  #finalTexts(): Map<string, string> {
    const all = [...this.#messages.values()].filter(({ isNoAnswer }) => !isNoAnswer);
    const finals = all.filter((message) => isFinal(message) && completedText(message) !== "");
    if (finals.length > 0) return textsOf(finals, completedText);
    const plain = all.filter((message) => isPlain(message) && completedText(message) !== "");
    if (plain.length > 0) return textsOf(answeringOnes(plain), completedText);
    for (const fits of [isFinal, isPlain]) {
      const streamed = all.filter((message) => fits(message) && streamedText(message) !== "");
      if (streamed.length > 0) return textsOf(answeringOnes(streamed), streamedText);
    }
    for (const textOf of [completedText, streamedText]) {
      const comment = all.findLast((message) => isCommentary(message) && textOf(message) !== "");
      if (comment) return textsOf([comment], textOf);
    }
    return new Map();
  }

  #readMessage(id: string, item: Record<string, unknown>, completed: boolean): void {
    const message = this.#messageOf(id);
    message.phase = asString(item.phase) ?? message.phase;
    if (completed) message.text = asString(item.text) ?? message.text;
    if (item.delivery === "async") message.isNoAnswer = true;
    // The model's provider asks clients not to show it.
    const display = asRecord(asRecord(item.moderation)?.display);
    if (display?.mode === "hide" || display?.mode === "block") message.isNoAnswer = true;
  }

  #readPlan(id: string, item: Record<string, unknown>): void {
    const text = asString(item.text)?.trim();
    if (text) this.#addOther(id, { kind: "plan", text });
  }

  #readPicture(id: string, item: Record<string, unknown>): void {
    const path = asString(item.savedPath);
    const data = asString(item.result);
    if (path || data) this.#addOther(id, { kind: "picture", path, data });
  }

  #addOther(id: string, answer: Exclude<Answer, { kind: "text" }>): void {
    this.#order.add(id);
    this.#others.set(id, answer);
  }

  #messageOf(itemId: string): Message {
    if (this.#latest?.itemId === itemId) return this.#latest;
    const message = this.#messages.get(itemId) ?? {
      itemId,
      phase: undefined,
      streamed: "",
      text: undefined,
      isNoAnswer: false,
      answeredEarlier: false,
    };
    this.#order.add(itemId);
    this.#messages.set(itemId, message);
    return (this.#latest = message);
  }
}

/** The words of the answers, as one text. */
export function textOfAnswers(answers: readonly Answer[]): string {
  return answers.flatMap((answer) => (answer.kind === "picture" ? [] : [answer.text])).join("\n\n");
}

function textsOf(
  messages: readonly Message[],
  textOf: (message: Message) => string,
): Map<string, string> {
  return new Map(messages.map((message) => [message.itemId, textOf(message)]));
}

function completedText({ text }: Message): string {
  return (text ?? "").trim();
}

function streamedText({ text, streamed }: Message): string {
  return text === undefined ? streamed.trim() : "";
}

/** The last one, and those to which the person replied. */
function answeringOnes(messages: readonly Message[]): Message[] {
  const last = messages.at(-1);
  return messages.filter((message) => message === last || message.answeredEarlier);
}

/** `partial_answer`: a part of the answer that the model gives early. */
function isFinal({ phase }: Message): boolean {
  return phase === "final_answer" || phase === "partial_answer";
}

function isCommentary({ phase }: Message): boolean {
  return phase === "commentary";
}

function isPlain(message: Message): boolean {
  return !isFinal(message) && !isCommentary(message);
}
