/** Gathers one turn's notifications into the turn's end: its reply, its failure or its interruption. */
import { asRecord, asString } from "./app-server/json.js";
import type { CodexNotification } from "./app-server/protocol.js";
import { durationInWords } from "./duration.js";

/** Codex ended the turn as failed; the message is Codex's own. */
export class CodexTurnFailedError extends Error {
  override readonly name = "CodexTurnFailedError";
  /** Codex's name for the cause, such as `usageLimitExceeded`, where it gave one. */
  readonly codexErrorInfo: string | undefined;

  constructor(message: string, codexErrorInfo?: string) {
    super(message);
    this.codexErrorInfo = codexErrorInfo;
  }
}

/** The turn was interrupted before it finished; `partialText` is what it had said until then. */
export class CodexTurnInterruptedError extends Error {
  override readonly name = "CodexTurnInterruptedError";
  readonly partialText: string;

  constructor(partialText: string) {
    super("The Codex turn was interrupted before it finished.");
    this.partialText = partialText;
  }
}

/** The turn did not end within the time that it was given. */
export class CodexTurnTimeoutError extends Error {
  override readonly name = "CodexTurnTimeoutError";
}

type CodexTurnReply = {
  /** Empty where the turn completed without a word. */
  replyText: string;
};

export type CodexConversationTurnCollector = {
  /** Names the turn. What came before counts if it was of this turn. */
  setTurnId(turnId: string): void;
  handleNotification(notification: CodexNotification): void;
  /** Ends the wait for a reason of our own (a closed connection, say), unless the turn has ended already. */
  fail(error: Error): void;
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

type AgentMessage = {
  itemId: string;
  phase: string | undefined;
  /** Text that was streamed, in order, but for the latest deltas. */
  pieces: string[];
  deltas: string[];
  text: string | undefined;
};
/** Deltas are joined by so many: as tiny strings that live as long as the turn they keep the garbage collector busy. */
const DELTAS_OF_PIECE = 16;

type Outcome = { reply: CodexTurnReply } | { error: Error };

/** Collects the turn of one thread; other threads' and other turns' notifications change nothing. */
export function createCodexConversationTurnCollector(
  threadId: string,
): CodexConversationTurnCollector {
  const messages = new Map<string, AgentMessage>();
  let latest: AgentMessage | undefined;
  const early: CodexNotification[] = [];
  const outcome = Promise.withResolvers<Outcome>();
  const started = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let hasStarted = false;
  let turnId: string | undefined;
  let innerTurnId: string | undefined;
  let lastError: { message: string; cause: string | undefined } | undefined;

  function handleNotification(notification: CodexNotification): void {
    const params = asRecord(notification.params);
    if (params?.threadId !== threadId) return;
    if (turnId === undefined) {
      early.push(notification);
      return;
    }
    const turn = asRecord(params.turn);
    if (notification.method === "turn/started" && turn?.rootTurnId === turnId) {
      innerTurnId = asString(turn.id);
    }
    if ((params.turnId ?? turn?.id) !== turnId) return;
    if (!hasStarted) {
      hasStarted = true;
      started.resolve();
    }
    switch (notification.method) {
      case "item/agentMessage/delta":
        readDelta(params);
        break;
      case "item/started":
      case "item/completed":
        readItem(asRecord(params.item), notification.method === "item/completed");
        break;
      case "error":
        lastError = readTurnError(params.error) ?? lastError;
        break;
      case "turn/completed":
        if (turn) readCompletedTurn(turn);
        ended.resolve();
        break;
    }
  }

  /** Deltas come in long runs for one item, so the latest is not looked up again. */
  function messageOf(itemId: string): AgentMessage {
    if (latest?.itemId === itemId) return latest;
    latest = messages.get(itemId) ?? {
      itemId,
      phase: undefined,
      pieces: [],
      deltas: [],
      text: undefined,
    };
    messages.set(itemId, latest);
    return latest;
  }

  function readItem(item: Record<string, unknown> | undefined, completed: boolean): void {
    const itemId = asString(item?.id);
    if (item?.type !== "agentMessage" || itemId === undefined) return;
    const known = messageOf(itemId);
    known.phase = asString(item.phase) ?? known.phase;
    if (completed) known.text = asString(item.text) ?? known.text;
  }

  function readDelta(params: Record<string, unknown>): void {
    const itemId = asString(params.itemId);
    const delta = asString(params.delta);
    if (itemId === undefined || delta === undefined) return;
    const { deltas, pieces } = messageOf(itemId);
    deltas.push(delta);
    if (deltas.length < DELTAS_OF_PIECE) return;
    pieces.push(deltas.join(""));
    deltas.length = 0;
  }

  function readCompletedTurn(turn: Record<string, unknown>): void {
    for (const item of Array.isArray(turn.items) ? turn.items : []) readItem(asRecord(item), true);
    switch (turn.status) {
      case "failed": {
        const error = readTurnError(turn.error) ?? lastError;
        outcome.resolve({
          error: new CodexTurnFailedError(error?.message ?? "Codex gave no reason.", error?.cause),
        });
        break;
      }
      case "interrupted":
        outcome.resolve({ error: new CodexTurnInterruptedError(chooseReply(messages)) });
        break;
      default:
        outcome.resolve({ reply: { replyText: chooseReply(messages) } });
    }
  }

  return {
    setTurnId(id) {
      turnId = id;
      for (const notification of early.splice(0)) handleNotification(notification);
    },
    handleNotification,
    get activeTurnId() {
      return innerTurnId ?? turnId;
    },
    started: started.promise,
    ended: ended.promise,
    fail(error) {
      outcome.resolve({ error });
    },
    async wait({ timeoutMs }) {
      const timeout = Promise.withResolvers<Outcome>();
      const timer = setTimeout(() => {
        const error = new CodexTurnTimeoutError(
          `timed out: Codex did not finish the turn within ${durationInWords(timeoutMs)}, so it was stopped`,
        );
        timeout.resolve({ error });
      }, timeoutMs);
      const end = await Promise.race([outcome.promise, timeout.promise]);
      clearTimeout(timer);
      if ("error" in end) throw end.error;
      return end.reply;
    },
  };
}

/**
 * The message that answers: the last one, taken from the first of these that holds any. Deltas can be stale
 * after a cut stream, so they count only where no message of their rank was completed.
 */
function chooseReply(messages: ReadonlyMap<string, AgentMessage>): string {
  const all = [...messages.values()];
  const completed = (entry: AgentMessage): string => entry.text ?? "";
  const streamed = (entry: AgentMessage): string =>
    entry.text === undefined ? [...entry.pieces, ...entry.deltas].join("") : "";
  const isFinal = (entry: AgentMessage): boolean => entry.phase === "final_answer";
  const isCommentary = (entry: AgentMessage): boolean => entry.phase === "commentary";
  const isPlain = (entry: AgentMessage): boolean => !isFinal(entry) && !isCommentary(entry);
  const preference: [(entry: AgentMessage) => boolean, (entry: AgentMessage) => string][] = [
    [isFinal, completed],
    [isPlain, completed],
    [isFinal, streamed],
    [isPlain, streamed],
    [isCommentary, completed],
    [isCommentary, streamed],
  ];
  for (const [fits, textOf] of preference) {
    const text = all.findLast((entry) => fits(entry) && textOf(entry).trim() !== "");
    if (text) return textOf(text).trim();
  }
  return "";
}

function readTurnError(value: unknown): { message: string; cause: string | undefined } | undefined {
  const error = asRecord(value);
  const text = asString(error?.message);
  if (error === undefined || text === undefined || text.trim() === "") return undefined;
  const info = error.codexErrorInfo;
  const cause = typeof info === "string" ? info : Object.keys(asRecord(info) ?? {})[0];
  return { message: text, cause };
}
