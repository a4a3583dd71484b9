/** One turn of a conversation on its Codex thread, from the binding to its answers. */
import { readCodexLimits, resetOfLimits } from "../app-server/account-facts.js";
import {
  resolveCodexAppServerRuntimeOptions,
  type CodexAppServerRuntimeOptions,
} from "../app-server/config.js";
import { isConnectionClosed, isThreadNotFound } from "../app-server/errors.js";
import type { CodexPermissions } from "../app-server/permissions.js";
import type { CodexClient, CodexUserInput } from "../app-server/protocol.js";
import { turnFailureCause } from "../app-server/turn-failure.js";
import { monotonicMs } from "../common/clock.js";
import type { CodexConversationBindingData } from "../host/binding-data.js";
import type { Answer } from "./answers.js";
import { bindingOf, signedInClientOfSession } from "./bound-codex.js";
import { CodexTurnLostError, CodexTurnNotBegunError, ThreadGoneError } from "./errors.js";
import { leaveUnfenced } from "./reload-unfenced.js";
import type { ThreadSession } from "./session.js";
import type { Reservation } from "./turn-view.js";
import { openThreadSession, restThreadSession } from "./sessions.js";
import type { ConversationTask } from "./task.js";
import {
  inspectCodexAppServerBinding,
  updateCodexAppServerBinding,
  type CodexAppServerBinding,
  type CodexAppServerBindingState,
} from "./thread-binding.js";
import {
  forgetLoaded,
  readyThread,
  replaceThread,
  restThread,
  settingsOfBinding,
} from "./thread.js";
import { CodexTurnFailedError, CodexTurnInterruptedError } from "./turn-collector.js";
import { followTurn, type TurnLimits, type TurnSlot, type TurnToFollow } from "./turn-follow.js";
import { findLostTurn } from "./turn-lost.js";
import { answersOfRecord, findTurn, hasEnded, itemsOf, type TurnRecord } from "./turn-record.js";
import { startTurn } from "./turn-request.js";
import type { TakeTurnRequests } from "./turn-requests.js";
import type { TurnWork } from "./turn-work.js";
import { requireWorkspace } from "./workspace-folder.js";

export type ConversationTurn = {
  data: CodexConversationBindingData;
  /** The thread binding as it stood when the turn's time had come. */
  binding: CodexAppServerBindingState;
  input: CodexUserInput[];
  pluginConfig: unknown;
  limits: TurnLimits;
  /** Held beyond the answers if a turn that was given up has yet to end in Codex. */
  slot: TurnSlot;
  /** Done instead of giving the input to Codex. */
  task?: ConversationTask | undefined;
  /** An id of the caller's that Codex stores with the turn, by which `recoverConversationTurn` finds it again. */
  clientId?: string;
  /** Puts what Codex asks before the person in the chat; without it that is refused. */
  takeRequests?: TakeTurnRequests | undefined;
  /** Aborted when a person stops the turn, which may be long before it begins. */
  stopped: AbortSignal;
  /** Gathers what the turn does. */
  work: TurnWork;
  /** Sees the thread's notifications and its sub-agents' while the turn runs. */
  observe?: TurnToFollow["observe"];
  /** Awaited just before the turn is given to Codex; a rejection calls that off. */
  onStarting?: () => Promise<void>;
  /** Called once the turn has an id; runs beside it. Must not reject. */
  onStarted?: (turnId: string) => Promise<void>;
};

export type TurnOutcome =
  /** `replacedThread`: on a new thread, since the one with the conversation's history is gone. */
  | { kind: "answered"; threadId: string; answers: Answer[]; replacedThread: boolean }
  /** The chat left its thread while the turn was made ready. */
  | { kind: "not sent"; because: "detached" | "rebound" };

/** The person waits for word of the failure meanwhile. */
const LIMITS_WITHIN_MS = 5000;

type TurnContext = {
  client: CodexClient;
  runtime: CodexAppServerRuntimeOptions;
  turn: ConversationTurn;
  /** When the turn may last no longer, by the monotonic clock, however often its connection is lost. */
  endsAt: number;
};

/**
 * Runs a turn.
 * @throws CodexTurnFailedError, CodexTurnInterruptedError, CodexTurnTimeoutError, or why no turn could start
 */
export async function runConversationTurn(turn: ConversationTurn): Promise<TurnOutcome> {
  const { context, binding } = await prepare(turn);
  return runOnThread(context, binding);
}

/**
 * Takes up a turn that an earlier process may have started: returns the answers that it came to meanwhile, follows it
 * if it still runs, and runs it if it never started.
 * @throws as `runConversationTurn`, and CodexTurnLostError
 */
export async function recoverConversationTurn(
  turn: ConversationTurn,
  turnId: string | undefined,
): Promise<TurnOutcome> {
  const { context, binding } = await prepare(turn);
  const { client, runtime } = context;
  const { threadId } = binding;
  const session = openThreadSession(client, threadId, turn.data.sessionFile);
  // Before the resume: with it comes what the turn waits for an answer to.
  const reservation = session.reserve();
  let earlier: TurnRecord | undefined;
  try {
    const { sessionFile } = turn.data;
    const ready = await readyThread(client, binding, { runtime, sessionFile });
    if (ready.kind === "refused") throw ready.error;
    const known = { turnId, clientId: turn.clientId };
    if (ready.kind !== "gone") {
      earlier = await findTurn(client, threadId, known, runtime.requestTimeoutMs);
    }
    if (earlier && !hasEnded(earlier)) {
      return await takeUp(context, binding, { session, reservation, record: earlier });
    }
  } catch (error) {
    restThread(client, threadId);
    throw error;
  } finally {
    reservation.release();
    restThreadSession(session);
  }
  if (!earlier && turnId === undefined) return runOnThread(context, binding);
  restThread(client, threadId);
  if (!earlier) throw new CodexTurnLostError("the turn is not in the thread");
  return readOutcome(context, binding, earlier);
}

async function prepare(
  turn: ConversationTurn,
): Promise<{ context: TurnContext; binding: CodexAppServerBinding }> {
  const runtime = resolveCodexAppServerRuntimeOptions({ pluginConfig: turn.pluginConfig });
  const binding = bindingOf(turn.binding);
  const client = await signedInClientOfSession(runtime, binding);
  const endsAt = monotonicMs() + turn.limits.maxDurationMs;
  return { context: { client, runtime, turn, endsAt }, binding };
}

/** Runs the turn on the bound thread, or on its replacement if the thread is gone. */
async function runOnThread(
  context: TurnContext,
  binding: CodexAppServerBinding,
): Promise<TurnOutcome> {
  const { client, runtime, turn } = context;
  await requireWorkspace(binding.cwd || turn.data.workspaceDir, runtime);
  // Codex can unload a thread behind our back, also one that has just been resumed.
  for (let resumesLeft = 1; ;) {
    throwIfStopped(turn);
    // oxlint-disable-next-line no-await-in-loop
    await leaveUnfenced(client, binding, runtime);
    const ready = await readyThread(client, binding, {
      runtime,
      sessionFile: turn.data.sessionFile,
    });
    if (ready.kind === "gone") {
      forgetLoaded(client, binding.threadId);
      break;
    }
    try {
      return answered(binding, await runOnce(context, binding));
    } catch (error) {
      if (!isThreadNotFound(error)) throw error;
      if (ready.kind === "refused") throw ready.error;
      forgetLoaded(client, binding.threadId);
      if (ready.kind === "loaded") continue;
      if (resumesLeft === 0) break;
      resumesLeft -= 1;
    }
  }
  throwIfStopped(turn);
  if (turn.task?.kind === "compact") throw new ThreadGoneError();
  const replacement = await replaceThread(client, turn.data.sessionFile, binding, runtime);
  // The message was meant for the thread that is gone, so what the person chose instead does not get it unasked.
  if (!replacement) return notSent(turn);
  const answers = await runOnce(context, replacement);
  return { ...answered(replacement, answers), replacedThread: binding.hasRun !== false };
}

function answered({ threadId }: CodexAppServerBinding, answers: Answer[]) {
  return { kind: "answered" as const, threadId, answers, replacedThread: false };
}

/** The chat was bound anew, or detached, while its turn was being prepared. */
async function notSent({ data }: ConversationTurn): Promise<TurnOutcome> {
  const { kind } = await inspectCodexAppServerBinding(data.sessionFile);
  return { kind: "not sent", because: kind === "none" ? "detached" : "rebound" };
}

function runOnce(context: TurnContext, binding: CodexAppServerBinding): Promise<Answer[]> {
  const { client, runtime, turn } = context;
  const { onStarting, onStarted, data, input, task, clientId } = turn;
  const session = openThreadSession(client, binding.threadId, data.sessionFile);
  return follow(context, binding, session, {
    begin: async (view) => {
      throwIfStopped(turn);
      await onStarting?.();
      throwIfStopped(turn);
      return session.begin(view, () =>
        startTurn({
          client,
          runtime,
          binding,
          workspaceDir: data.workspaceDir,
          input,
          task,
          clientId,
        }),
      );
    },
    onStarted: async (turnId) => {
      // First, since a message whose turn is not known cannot be looked for as well.
      await onStarted?.(turnId);
      const isSeen = binding.seen?.threadId === binding.threadId;
      if (binding.hasRun !== true || !isSeen) {
        await markAsRun(data.sessionFile, binding.threadId, turnId);
      }
    },
  });
}

/** Follows a turn of a loaded thread that runs already. */
async function takeUp(
  context: TurnContext,
  binding: CodexAppServerBinding,
  found: { session: ThreadSession; reservation: Reservation; record: TurnRecord },
): Promise<TurnOutcome> {
  const { session, reservation, record } = found;
  const answers = await follow(context, binding, session, {
    begin: async (view) => ({ turnId: record.id, leave: reservation.claim(record.id, view) }),
    itemsSoFar: itemsOf(record),
    onStarted: async (turnId) => context.turn.onStarted?.(turnId),
  });
  return answered(binding, answers);
}

async function follow(
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
      takeRequests: asksPerson(settingsOfBinding(binding, runtime).permissions)
        ? turn.takeRequests
        : undefined,
      ...how,
    });
  } catch (error) {
    // An interrupted review's text mentions a CLI command that a chat does not have.
    if (turn.task && error instanceof CodexTurnInterruptedError) {
      throw new CodexTurnInterruptedError("");
    }
    if (error instanceof CodexTurnFailedError) throw await withReset(error, context);
    if (!isConnectionClosed(error)) throw error;
    // The process is gone, so the stop that the person asked for has happened.
    const endsWithConnection = runtime.start.transport === "stdio";
    if (turn.stopped.aborted && endsWithConnection) throw new CodexTurnInterruptedError("");
    try {
      return await endOfLostTurn(context, binding, turnId, error);
    } catch (loss) {
      if (turnId !== undefined && isConnectionClosed(loss)) {
        await markAsLost(turn, session.threadId, turnId);
      }
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
        const outcome = await takeUp({ ...context, client }, binding, lost);
        return outcome.kind === "answered" ? outcome.answers : [];
      }
    } finally {
      reservation.release();
      restThreadSession(lost.session);
    }
    restThread(client, binding.threadId);
    // Interrupted by the loss.
    if (record.status !== "interrupted") {
      turn.work.readRecord(itemsOf(record));
      return answersOfRecord(binding.threadId, record);
    }
    turn.work.readRecord(itemsOf(record));
  }
  throw turn.stopped.aborted ? new CodexTurnInterruptedError("") : loss;
}

/** What a turn came to that ended while nobody listened. @throws CodexTurnFailedError, CodexTurnInterruptedError */
async function readOutcome(
  { turn }: TurnContext,
  binding: CodexAppServerBinding,
  record: TurnRecord,
): Promise<TurnOutcome> {
  turn.work.readRecord(itemsOf(record));
  return answered(binding, await answersOfRecord(binding.threadId, record));
}

/** Once the turn is given to Codex it is no more called off but interrupted. */
function throwIfStopped({ stopped }: ConversationTurn): void {
  if (stopped.aborted) throw new CodexTurnNotBegunError("The turn was stopped before it began.");
}

/** Whether a person decides: not if Codex's own reviewer does, nor if nothing is asked at all. */
export function asksPerson({ approvalPolicy, approvalsReviewer }: CodexPermissions): boolean {
  return approvalPolicy !== "never" && approvalsReviewer === "user";
}

/**
 * From now on the thread has a history, if it is still the session's, and what comes after this turn is the chat's to hear.
 * Failing to note it must not fail the turn.
 */
async function markAsRun(sessionFile: string, ranOn: string, turnId: string): Promise<void> {
  await updateCodexAppServerBinding(sessionFile, ({ threadId, seen }) =>
    threadId === ranOn
      ? { hasRun: true, seen: seen?.threadId === ranOn ? seen : { threadId, turnId } }
      : undefined,
  ).catch(() => undefined);
}

/** Codex may finish it all the same: then its answer comes when the thread is loaded the next time. Never rejects. */
async function markAsLost(
  { data }: ConversationTurn,
  ranOn: string,
  turnId: string,
): Promise<void> {
  await updateCodexAppServerBinding(data.sessionFile, ({ threadId }) =>
    threadId === ranOn ? { lost: { threadId, turnId } } : undefined,
  ).catch(() => undefined);
}
