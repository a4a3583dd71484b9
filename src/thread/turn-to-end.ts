/** Follows a conversation's turn to its end, also over a connection that is lost meanwhile. */
import { readCodexLimits, resetOfLimits } from "../app-server/account-facts.js";
import { isConnectionClosed } from "../app-server/errors.js";
import { turnFailureCause } from "../app-server/turn-failure.js";
import { monotonicMs } from "../common/clock.js";
import type { Answer } from "./answers.js";
import {
  answered,
  asksPerson,
  giveUp,
  type TurnContext,
  type TurnOutcome,
} from "./conversation-turn.js";
import { isPlanning } from "./plan-mode.js";
import type { ThreadSession } from "./session.js";
import { restThreadSession } from "./sessions.js";
import type { CodexAppServerBinding } from "./thread-binding.js";
import { restThread } from "./thread.js";
import { settingsOfBinding } from "./thread-settings.js";
import {
  CodexTurnFailedError,
  CodexTurnInterruptedError,
  isEndOfCodexs,
} from "./turn-collector.js";
import { followTurn, type TurnToFollow } from "./turn-follow.js";
import { findLostTurn } from "./turn-lost.js";
import { answersOfRecord, hasEnded, itemsOf, type TurnRecord } from "./turn-record.js";
import type { Reservation } from "./turn-view.js";

/** The person waits for word of the failure meanwhile. */
const LIMITS_WITHIN_MS = 5000;

/** Follows a turn of a loaded thread that runs already. */
export async function followRunning(
  context: TurnContext,
  binding: CodexAppServerBinding,
  found: { session: ThreadSession; reservation: Reservation; record: TurnRecord },
): Promise<TurnOutcome> {
  const { session, reservation, record } = found;
  const { onStarted, onFound } = context.turn;
  const answers = await follow(context, binding, session, {
    begin: async (view) => ({ turnId: record.id, leave: reservation.claim(record.id, view) }),
    itemsSoFar: itemsOf(record),
    onStarted: async (turnId) => {
      await onStarted?.(turnId);
      await onFound?.(turnId);
    },
  });
  return answered(binding, answers);
}

export async function follow(
  context: TurnContext,
  binding: CodexAppServerBinding,
  session: ThreadSession,
  { begin, ...how }: Pick<TurnToFollow, "begin" | "onStarted" | "itemsSoFar">,
): Promise<Answer[]> {
  const { client, runtime, turn } = context;
  let turnId: string | undefined;
  try {
    return await followTurn({
      session,
      requestTimeoutMs: runtime.requestTimeoutMs,
      limits: { ...turn.limits, maxDurationMs: Math.max(1, context.endsAt - monotonicMs()) },
      slot: turn.slot,
      begin: async (view) => {
        const followed = await begin(view);
        ({ turnId } = followed);
        return followed;
      },
      stopped: turn.stopped,
      work: turn.work,
      observe: turn.observe,
      takeRequests:
        // A plan is made of its questions, whoever decides about what is done.
        asksPerson(settingsOfBinding(binding, runtime).permissions) || isPlanning(binding)
          ? turn.takeRequests
          : turn.takeCalls,
      ...how,
    });
  } catch (error) {
    // An interrupted review's text mentions a CLI command that a chat does not have.
    if (turn.task && error instanceof CodexTurnInterruptedError) {
      throw new CodexTurnInterruptedError("", error);
    }
    if (error instanceof CodexTurnFailedError) throw await withReset(error, context);
    if (isEndOfCodexs(error)) throw error;
    if (!isConnectionClosed(error)) {
      if (turnId !== undefined) await giveUp(turn, turnId, session.threadId);
      throw error;
    }
    // The process is gone, so the stop that the person asked for has happened.
    const endsWithConnection = runtime.start.transport === "stdio";
    if (turn.stopped.aborted && endsWithConnection) {
      await giveUp(turn, turnId, session.threadId);
      throw new CodexTurnInterruptedError("", { isSaid: false });
    }
    try {
      return await endOfLostTurn(context, binding, turnId, error);
    } catch (loss) {
      // Codex may have begun it without having said so.
      if (!(loss instanceof CodexTurnFailedError)) await giveUp(turn, turnId, session.threadId);
      throw loss;
    }
  } finally {
    restThread(client, session.threadId);
    restThreadSession(session);
  }
}

/** The same failure; that of a used-up limit with the time of its reset, if Codex tells in time. */
async function withReset(
  failure: CodexTurnFailedError,
  { client, runtime }: TurnContext,
): Promise<CodexTurnFailedError> {
  if (turnFailureCause(failure) !== "usageLimit") return failure;
  const timeoutMs = Math.min(runtime.requestTimeoutMs, LIMITS_WITHIN_MS);
  const limits = await readCodexLimits(client, timeoutMs).catch(() => []);
  return new CodexTurnFailedError(failure.message, failure.codexErrorInfo, resetOfLimits(limits));
}

/**
 * What became of a turn whose connection ended: Codex can have completed it without having said so, and behind a
 * WebSocket it runs on. It is read or followed, never run again.
 * @throws `loss` if it did not come to its end, and as `runConversationTurn`
 */
async function endOfLostTurn(
  context: TurnContext,
  binding: CodexAppServerBinding,
  turnId: string | undefined,
  loss: unknown,
): Promise<Answer[]> {
  const { turn, runtime, endsAt } = context;
  const known = { turnId, clientId: turn.clientId };
  const { sessionFile } = turn.data;
  const lost = await findLostTurn(binding, known, {
    runtime,
    sessionFile,
    endsAt,
  });
  if (lost) {
    const { client, record, reservation } = lost;
    try {
      if (!hasEnded(record)) {
        const outcome = await followRunning({ ...context, client }, binding, lost);
        return outcome.kind === "answered" ? outcome.answers : [];
      }
    } finally {
      reservation.release(record.id);
      restThreadSession(lost.session);
    }
    restThread(client, binding.threadId);
    await turn.onFound?.(record.id);
    try {
      return await answersOfRecord(binding.threadId, record, turn.work);
    } catch (error) {
      // By the loss.
      if (!(error instanceof CodexTurnInterruptedError)) throw error;
    }
  }
  throw turn.stopped.aborted ? new CodexTurnInterruptedError("", { isSaid: false }) : loss;
}

/** What a turn came to that ended while nobody listened. @throws CodexTurnFailedError, CodexTurnInterruptedError */
export async function readOutcome(
  { turn }: TurnContext,
  binding: CodexAppServerBinding,
  record: TurnRecord,
): Promise<TurnOutcome> {
  await turn.onFound?.(record.id);
  return answered(binding, await answersOfRecord(binding.threadId, record, turn.work));
}
