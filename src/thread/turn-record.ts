/** A turn as its thread remembers it. */
import { asString, isRecord } from "../app-server/json.js";
import { CodexLocalError, isBeforeFirstTurn } from "../app-server/errors.js";
import { callCodex, METHODS } from "../app-server/methods.js";
import type { CodexClient } from "../app-server/protocol.js";
import { textOfAnswers, type Answer } from "./answers.js";
import type { KnownTurn } from "./thread-binding.js";
import {
  CodexTurnInterruptedError,
  createCodexConversationTurnCollector,
} from "./turn-collector.js";
import type { TurnWork } from "./turn-work.js";

/** How far back a turn is looked for: a conversation's own turn is its last but for a few. */
const RECENT_TURNS = 20;

export type TurnRecord = Record<string, unknown> & { id: string };

/**
 * Finds a turn of a loaded thread, by its id or by the id that its message was given with.
 * @throws where Codex cannot be asked
 */
export async function findTurn(
  client: CodexClient,
  threadId: string,
  known: KnownTurn,
  timeoutMs: number,
): Promise<TurnRecord | undefined> {
  const turns = await recentTurns(client, threadId, timeoutMs);
  return turns.find((turn) => isTurn(turn, known));
}

export function isTurn(turn: TurnRecord, known: KnownTurn): boolean {
  return (
    (known.turnId !== undefined && turn.id === known.turnId) ||
    (known.clientId !== undefined && itemsOf(turn).some((item) => item.clientId === known.clientId))
  );
}

/** Whether a turn is one of those that are known. */
export function isAmong(known: readonly KnownTurn[] | undefined, turn: TurnRecord): boolean {
  return known?.some((one) => isTurn(turn, one)) === true;
}

/**
 * The answers of a turn that has ended; `work` learns what it did, and what it had said if it ended before its time.
 * @throws CodexTurnFailedError, CodexTurnInterruptedError
 */
export async function answersOfRecord(
  threadId: string,
  turn: TurnRecord,
  work: Pick<TurnWork, "readRecord" | "noteSaid">,
): Promise<Answer[]> {
  work.readRecord(itemsOf(turn));
  const collector = createCodexConversationTurnCollector(threadId);
  collector.setTurnId(turn.id);
  collector.handleNotification({ method: "turn/completed", params: { threadId, turn } });
  try {
    await collector.wait({ timeoutMs: 0 });
  } catch (error) {
    work.noteSaid(textOfAnswers(collector.answers()));
    // So reads a turn, too, that a process works on that has outlived its gateway.
    if (!(error instanceof CodexTurnInterruptedError)) throw error;
    throw new CodexTurnInterruptedError(error.partialText, { isSaid: false });
  }
  return collector.answers();
}

/**
 * The latest turns of a loaded thread, the oldest first.
 * @throws what Codex refuses, as one that is too old to list turns
 */
export async function turnsInOrder(
  client: CodexClient,
  threadId: string,
  timeoutMs: number,
): Promise<TurnRecord[]> {
  return (await latestTurns(client, threadId, timeoutMs)).toReversed();
}

/** Those that came after one of them. Codex names turns by the time of their beginning, so the one itself may be too old to be among them. */
export function turnsAfter(turns: readonly TurnRecord[], turnId: string): TurnRecord[] {
  const index = turns.findIndex(({ id }) => id === turnId);
  return index === -1 ? turns.filter(({ id }) => id > turnId) : turns.slice(index + 1);
}

export function hasEnded(turn: Record<string, unknown>): boolean {
  return turn.status === "completed" || turn.status === "failed" || turn.status === "interrupted";
}

/** A thread's turns, the newest first; of a thread that is not loaded, too. @throws where Codex cannot be asked */
export async function recentTurns(
  client: CodexClient,
  threadId: string,
  timeoutMs: number,
): Promise<TurnRecord[]> {
  try {
    return await latestTurns(client, threadId, timeoutMs);
  } catch (error) {
    if (error instanceof CodexLocalError || isBeforeFirstTurn(error)) throw error;
    // Older versions only know the whole thread.
    const params = { threadId, includeTurns: true };
    const { turns } = await callCodex(client, METHODS.readThread, params, { timeoutMs });
    return turnsOf(turns).toReversed();
  }
}

async function latestTurns(
  client: CodexClient,
  threadId: string,
  timeoutMs: number,
): Promise<TurnRecord[]> {
  const params = {
    threadId,
    limit: RECENT_TURNS,
    sortDirection: "desc",
    itemsView: "full",
  } as const;
  return turnsOf((await callCodex(client, METHODS.listTurns, params, { timeoutMs })).turns);
}

export function itemsOf({ items }: Record<string, unknown>): Record<string, unknown>[] {
  return Array.isArray(items) ? items.filter((item) => isRecord(item)) : [];
}

export function turnsOf(turns: readonly Readonly<Record<string, unknown>>[]): TurnRecord[] {
  return turns.flatMap((turn) => {
    const id = asString(turn.id);
    return id === undefined ? [] : [{ ...turn, id }];
  });
}
