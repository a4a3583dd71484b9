/** A turn as its thread remembers it. */
import { asRecord, asString, isRecord } from "../app-server/json.js";
import { CodexLocalError, isBeforeFirstTurn } from "../app-server/errors.js";
import { CODEX_CONTROL_METHODS } from "../app-server/capabilities.js";
import type { CodexClient } from "../app-server/protocol.js";
import type { Answer } from "./answers.js";
import { createCodexConversationTurnCollector } from "./turn-collector.js";

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
  known: { turnId?: string | undefined; clientId?: string | undefined },
  timeoutMs: number,
): Promise<TurnRecord | undefined> {
  const turns = await recentTurns(client, threadId, timeoutMs);
  return turns.find(
    (turn) =>
      (known.turnId !== undefined && turn.id === known.turnId) ||
      (known.clientId !== undefined &&
        itemsOf(turn).some((item) => item.clientId === known.clientId)),
  );
}

/** The answers of a turn that has ended. @throws CodexTurnFailedError, CodexTurnInterruptedError */
export async function answersOfRecord(threadId: string, turn: TurnRecord): Promise<Answer[]> {
  const collector = createCodexConversationTurnCollector(threadId);
  collector.setTurnId(turn.id);
  collector.handleNotification({ method: "turn/completed", params: { threadId, turn } });
  await collector.wait({ timeoutMs: 0 });
  return collector.answers();
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
    const answer = await client.request(
      CODEX_CONTROL_METHODS.listTurns,
      { threadId, limit: RECENT_TURNS, sortDirection: "desc", itemsView: "full" },
      { timeoutMs },
    );
    return turnsOf(asRecord(answer)?.data);
  } catch (error) {
    if (error instanceof CodexLocalError || isBeforeFirstTurn(error)) throw error;
    // Older versions only know the whole thread.
    const answer = await client.request(
      CODEX_CONTROL_METHODS.readThread,
      { threadId, includeTurns: true },
      { timeoutMs },
    );
    return turnsOf(asRecord(asRecord(answer)?.thread)?.turns).toReversed();
  }
}

export function itemsOf(turn: Record<string, unknown>): Record<string, unknown>[] {
  return recordsOf(turn.items);
}

function turnsOf(value: unknown): TurnRecord[] {
  return recordsOf(value).flatMap((turn) => {
    const id = asString(turn.id);
    return id === undefined ? [] : [{ ...turn, id }];
  });
}

function recordsOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((entry) => isRecord(entry)) : [];
}
