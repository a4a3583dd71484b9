/** Gathers one turn's notifications into the turn's end: its reply, its failure or its interruption. */
import { asRecord, asString } from "../app-server/json.js";
import { TurnAnswers, textOfAnswers, type Answer } from "./answers.js";
import type { CodexNotification } from "../app-server/protocol.js";
import { durationInWords } from "../common/duration.js";

/** Codex ended the turn as failed; the message is Codex's own. */
export class CodexTurnFailedError extends Error {
  override readonly name = "CodexTurnFailedError";
  /** Codex's name for the cause, such as `usageLimitExceeded`, where it gave one. */
  readonly codexErrorInfo: string | undefined;
  /** When a used-up limit begins anew, in milliseconds since 1970, where that was found out. */
  readonly resetsAt: number | undefined;

  constructor(message: string, codexErrorInfo?: string, resetsAt?: number) {
    super(message);
    this.codexErrorInfo = codexErrorInfo;
    this.resetsAt = resetsAt;
  }
}

/** The turn was interrupted before it finished; `partialText` is what it had said until then. */
export class CodexTurnInterruptedError extends Error {
  override readonly name = "CodexTurnInterruptedError";
  readonly partialText: string;
  /** Whether the Codex that ran it has said so; else another process can have finished it, or finish it yet. */
  readonly isSaid: boolean;

  constructor(partialText: string, { isSaid }: { isSaid: boolean }) {
    super("The Codex turn was interrupted before it finished.");
    this.partialText = partialText;
    this.isSaid = isSaid;
  }
}

/** The turn did not end within the time that it was given. */
export class CodexTurnTimeoutError extends Error {
  override readonly name = "CodexTurnTimeoutError";
}

/** Whether Codex itself has said that the turn is over; else it can have finished it, or finish it yet. */
export function isEndOfCodexs(error: unknown): boolean {
  if (error instanceof CodexTurnInterruptedError) return error.isSaid;
  return error instanceof CodexTurnFailedError;
}

type CodexTurnReply = {
  /** All final answers in order, a blank line between them; empty if the turn completed without a word. */
  replyText: string;
};

export type CodexConversationTurnCollector = {
  /** Names the turn. What came before counts if it was of this turn. */
  setTurnId(turnId: string): void;
  handleNotification(notification: CodexNotification): void;
  /** Takes what the turn has said so far, as its thread remembers it, in place of what was heard of it. */
  readRecord(items: readonly Record<string, unknown>[]): void;
  /**
   * Takes a delta of the message that streams, and returns whether it was one: a short way for what comes by the
   * thousand. Anything else is `handleNotification`'s.
   */
  takeDelta(notification: CodexNotification): boolean;
  /** Ends the wait for a reason of our own (a closed connection, say), unless the turn has ended already. */
  fail(error: Error): void;
  /** What the turn has answered so far, pictures and plans included. */
  answers(): Answer[];
  /** The id to interrupt: a review (0.169) does its work in a turn of another id, named when that starts. */
  readonly activeTurnId: string | undefined;
  /** Resolves once Codex has shown that the turn runs: from then on it can be interrupted. */
  readonly started: Promise<void>;
  /** Resolves once Codex has said that the turn is over, also after `fail` or a time-out. */
  readonly ended: Promise<void>;
  /**
   * The turn's end. `timeoutMs` counts from this call.
   * @throws CodexTurnFailedError, CodexTurnInterruptedError, CodexTurnTimeoutError, or what `fail` was given
   */
  wait(options: { timeoutMs: number }): Promise<CodexTurnReply>;
};

const DELTA = "item/agentMessage/delta";

type Outcome = { reply: CodexTurnReply } | { error: Error };

/** Collects the turn of one thread; other threads' and other turns' notifications change nothing. */
export function createCodexConversationTurnCollector(
  threadId: string,
): CodexConversationTurnCollector {
  return new TurnCollector(threadId);
}

class TurnCollector implements CodexConversationTurnCollector {
  readonly #threadId: string;
  #turnId: string | undefined;
  readonly #answers = new TurnAnswers();
  readonly #early: CodexNotification[] = [];
  readonly #outcome = Promise.withResolvers<Outcome>();
  readonly #started = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #hasStarted = false;
  #innerTurnId: string | undefined;
  #lastError: { message: string; cause: string | undefined } | undefined;

  constructor(threadId: string) {
    this.#threadId = threadId;
  }

  get activeTurnId(): string | undefined {
    return this.#innerTurnId ?? this.#turnId;
  }

  get started(): Promise<void> {
    return this.#started.promise;
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  setTurnId(turnId: string): void {
    this.#turnId = turnId;
    for (const notification of this.#early.splice(0)) this.handleNotification(notification);
  }

  readRecord(items: readonly Record<string, unknown>[]): void {
    this.#answers.readRecord(items);
  }

  takeDelta({ method, params }: CodexNotification): boolean {
    const fields = asRecord(params);
    return (
      method === DELTA &&
      fields !== undefined &&
      fields.turnId === this.#turnId &&
      fields.threadId === this.#threadId &&
      typeof fields.delta === "string" &&
      this.#answers.addToLatest(fields.itemId, fields.delta)
    );
  }

  handleNotification(notification: CodexNotification): void {
    const params = asRecord(notification.params);
    if (params?.threadId !== this.#threadId) return;
    if (this.#turnId === undefined) {
      this.#early.push(notification);
      return;
    }
    const turn = asRecord(params.turn);
    if (notification.method === "turn/started" && turn?.rootTurnId === this.#turnId) {
      this.#innerTurnId = asString(turn.id);
    }
    if ((params.turnId ?? turn?.id) !== this.#turnId) return;
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      this.#started.resolve();
    }
    switch (notification.method) {
      case DELTA:
        this.#readDelta(params);
        break;
      case "item/started":
      case "item/completed":
        this.#readItem(params.item, notification.method === "item/completed");
        break;
      case "error":
        this.#lastError = readTurnError(params.error) ?? this.#lastError;
        break;
      case "turn/completed":
        if (turn) this.#readCompletedTurn(turn);
        this.#ended.resolve();
        break;
    }
  }

  fail(error: Error): void {
    this.#outcome.resolve({ error });
  }

  async wait({ timeoutMs }: { timeoutMs: number }): Promise<CodexTurnReply> {
    const timeout = Promise.withResolvers<Outcome>();
    const timer = setTimeout(() => {
      const error = new CodexTurnTimeoutError(
        `timed out: Codex did not finish the turn within ${durationInWords(timeoutMs)}, so it was stopped`,
      );
      timeout.resolve({ error });
    }, timeoutMs);
    const end = await Promise.race([this.#outcome.promise, timeout.promise]);
    clearTimeout(timer);
    if ("error" in end) throw end.error;
    return end.reply;
  }

  answers(): Answer[] {
    return this.#answers.answers();
  }

  #readItem(value: unknown, completed: boolean): void {
    const item = asRecord(value);
    if (item) this.#answers.readItem(item, completed);
  }

  #readDelta(params: Record<string, unknown>): void {
    const itemId = asString(params.itemId);
    const delta = asString(params.delta);
    if (itemId !== undefined && delta !== undefined) this.#answers.addDelta(itemId, delta);
  }

  #readCompletedTurn(turn: Record<string, unknown>): void {
    // From 0.154 on its end brings the last answer along.
    if (Array.isArray(turn.items)) for (const item of turn.items) this.#readItem(item, true);
    switch (turn.status) {
      case "failed": {
        const error = readTurnError(turn.error) ?? this.#lastError;
        this.fail(
          new CodexTurnFailedError(error?.message ?? "Codex gave no reason.", error?.cause),
        );
        break;
      }
      case "interrupted":
        this.fail(new CodexTurnInterruptedError(textOfAnswers(this.answers()), { isSaid: true }));
        break;
      default:
        this.#outcome.resolve({ reply: { replyText: textOfAnswers(this.answers()) } });
    }
  }
}

function readTurnError(value: unknown): { message: string; cause: string | undefined } | undefined {
  const error = asRecord(value);
  const text = asString(error?.message);
  if (error === undefined || text === undefined || text.trim() === "") return undefined;
  const info = error.codexErrorInfo;
  const cause = typeof info === "string" ? info : Object.keys(asRecord(info) ?? {})[0];
  return { message: text, cause };
}
