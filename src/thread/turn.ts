/** One turn of a conversation on its Codex thread, from the binding to the reply. */
import { readCodexLimits, resetOfLimits } from "../app-server/account-facts.js";
import { CODEX_CONTROL_METHODS } from "../app-server/capabilities.js";
import {
  codexSandboxPolicyForTurn,
  resolveCodexAppServerRuntimeOptions,
  type CodexAppServerRuntimeOptions,
} from "../app-server/config.js";
import { CodexLocalError, isConnectionClosed, isThreadNotFound } from "../app-server/errors.js";
import { asRecord, asString } from "../app-server/json.js";
import type { CodexPermissions } from "../app-server/permissions.js";
import type { CodexClient, CodexNotification } from "../app-server/protocol.js";
import { turnFailureCause } from "../app-server/turn-failure.js";
import {
  inspectCodexAppServerBinding,
  updateCodexAppServerBinding,
  type CodexAppServerBinding,
  type CodexAppServerBindingState,
} from "./thread-binding.js";
import { bindingOf, signedInClientOfSession } from "./bound-codex.js";
import type { CodexConversationBindingData } from "../host/binding-data.js";
import { contextUsageOf } from "./context-usage.js";
import { monotonicMs } from "../common/clock.js";
import type { QueueSlot } from "../messages/queue.js";
import { holdRequests, type HeldRequests } from "./held-requests.js";
import { startTask, type ConversationTask } from "./task.js";
import { setTaskSettings } from "./task-settings.js";
import {
  forgetLoaded,
  readyThread,
  replaceThread,
  restThread,
  settingsOfBinding,
} from "./thread.js";
import { CodexTurnFailedError, CodexTurnInterruptedError } from "./turn-collector.js";
import { followTurn, type TurnLimits, type TurnToFollow } from "./turn-follow.js";
import type { CodexUserInput } from "../chat/turn-input.js";
import { findLostTurn } from "./turn-lost.js";
import type { TakeTurnRequests } from "./turn-requests.js";
import { findTurn, hasEnded, itemsOf, replyOfRecord, type TurnRecord } from "./turn-record.js";
import type { TurnWork } from "./turn-work.js";
import { EMPTY_REPLY, THREAD_REPLACED, words } from "../words/words.js";
import { threadWords } from "../words/thread-words.js";

export type ConversationTurn = {
  data: CodexConversationBindingData;
  /** The thread binding as it stood when the turn's time had come. */
  binding: CodexAppServerBindingState;
  input: CodexUserInput[];
  pluginConfig: unknown;
  limits: TurnLimits;
  /** Held beyond the reply where a turn that was given up has yet to end in Codex. */
  slot: QueueSlot;
  /** Done instead of giving the input to Codex. */
  task?: ConversationTask | undefined;
  /** An id of the caller's that Codex stores with the turn, by which `recoverConversationTurn` finds it again. */
  clientId?: string;
  /** Takes what Codex asks; without it that is refused. */
  takeRequests?: TakeTurnRequests | undefined;
  /** Aborted when a person stops the turn, which may be long before it begins. */
  stopped: AbortSignal;
  /** Gathers what the turn does. */
  work: TurnWork;
  /** Sees the thread's notifications while the turn runs. */
  observe?: ((notification: CodexNotification) => void) | undefined;
  /** Awaited just before the turn is given to Codex; a rejection calls that off. */
  onStarting?: () => Promise<void>;
  /** Called once the turn has an id; runs beside it. Must not reject. */
  onStarted?: (turnId: string) => Promise<void>;
};

/** The process died during a turn, and what became of it cannot be found out. */
export class CodexTurnLostError extends Error {
  override readonly name = "CodexTurnLostError";
}

/** A person stopped the turn before it was given to Codex. */
export class CodexTurnNotBegunError extends Error {
  override readonly name = "CodexTurnNotBegunError";
}

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
 * Runs a turn and returns its reply.
 * @throws CodexTurnFailedError, CodexTurnInterruptedError, CodexTurnTimeoutError, or why no turn could start
 */
export async function runConversationTurn(turn: ConversationTurn): Promise<string> {
  const { context, binding } = await prepare(turn);
  return runOnThread(context, binding);
}

/**
 * Takes up a turn that an earlier process may have started: returns the reply that it came to meanwhile, follows it
 * where it still runs, and runs it where it never started.
 * @throws as `runConversationTurn`, and CodexTurnLostError
 */
export async function recoverConversationTurn(
  turn: ConversationTurn,
  turnId: string | undefined,
): Promise<string> {
  const { context, binding } = await prepare(turn);
  const { client, runtime } = context;
  const { threadId } = binding;
  const held = holdRequests(client, threadId);
  let earlier: TurnRecord | undefined;
  try {
    const ready = await readyThread(client, binding, runtime);
    if (ready.kind === "refused") throw ready.error;
    const known = { turnId, clientId: turn.clientId };
    if (ready.kind !== "gone") {
      earlier = await findTurn(client, threadId, known, runtime.requestTimeoutMs);
    }
    if (earlier && !hasEnded(earlier)) return await takeUp(context, binding, earlier, held);
  } catch (error) {
    restThread(client, threadId);
    throw error;
  } finally {
    held.release();
  }
  if (earlier) {
    turn.work.readRecord(itemsOf(earlier));
    restThread(client, threadId);
    return (await replyOfRecord(threadId, earlier)) || emptyReply(turn, binding);
  }
  if (turnId === undefined) return runOnThread(context, binding);
  restThread(client, threadId);
  throw new CodexTurnLostError("the turn is not in the thread");
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

/** Runs the turn on the bound thread, or on its replacement where the thread is gone. */
async function runOnThread(
  context: TurnContext,
  binding: CodexAppServerBinding,
  resumesLeft = 1,
): Promise<string> {
  const { client, runtime, turn } = context;
  throwIfStopped(turn);
  const ready = await readyThread(client, binding, runtime);
  if (ready.kind !== "gone") {
    try {
      return await runOnce(context, binding);
    } catch (error) {
      if (!isThreadNotFound(error)) throw error;
      if (ready.kind === "refused") throw ready.error;
      forgetLoaded(client, binding.threadId);
      // Unloaded behind our back: it can be resumed, once more even where it has just been.
      if (ready.kind === "loaded") return runOnThread(context, binding, resumesLeft);
      if (resumesLeft > 0) return runOnThread(context, binding, resumesLeft - 1);
    }
  }
  throwIfStopped(turn);
  if (turn.task?.kind === "compact") throw new Error(threadWords.goneBeforeCompaction);
  const replacement = await replaceThread(client, turn.data.sessionFile, binding, runtime);
  // The message was meant for the thread that is gone, so what the person chose instead does not get it unasked.
  if (!replacement) return notSent(turn);
  const reply = await runOnce(context, replacement);
  return binding.hasRun === false ? reply : `${THREAD_REPLACED}\n\n${reply}`;
}

/** What to say where the chat was bound anew, or detached, while its turn was being prepared. */
async function notSent({ data }: ConversationTurn): Promise<string> {
  const { kind } = await inspectCodexAppServerBinding(data.sessionFile);
  return kind === "none" ? words.detachedMeanwhile : words.reboundMeanwhile;
}

function runOnce(context: TurnContext, binding: CodexAppServerBinding): Promise<string> {
  const { turn } = context;
  const { onStarting, onStarted, data } = turn;
  return follow(context, binding, {
    begin: async () => {
      throwIfStopped(turn);
      await onStarting?.();
      throwIfStopped(turn);
      return startTurn(context, binding);
    },
    onStarted: async (turnId) => {
      if (binding.hasRun !== true) await markAsRun(data.sessionFile, binding.threadId);
      await onStarted?.(turnId);
    },
  });
}

/** Follows a turn of a loaded thread that runs already. */
function takeUp(
  context: TurnContext,
  binding: CodexAppServerBinding,
  record: TurnRecord,
  held: HeldRequests,
): Promise<string> {
  return follow(context, binding, {
    begin: async () => record.id,
    takenUp: { items: itemsOf(record), held },
    onStarted: async (turnId) => context.turn.onStarted?.(turnId),
  });
}

async function follow(
  context: TurnContext,
  binding: CodexAppServerBinding,
  { begin, ...how }: Pick<TurnToFollow, "begin" | "onStarted" | "takenUp">,
): Promise<string> {
  const { client, runtime, turn } = context;
  const { threadId } = binding;
  const { requestTimeoutMs } = runtime;
  let turnId: string | undefined;
  try {
    const reply = await followTurn({
      client,
      threadId,
      sessionFile: turn.data.sessionFile,
      requestTimeoutMs,
      limits: { ...turn.limits, maxDurationMs: Math.max(1, context.endsAt - monotonicMs()) },
      slot: turn.slot,
      begin: async () => (turnId = await begin()),
      stopped: turn.stopped,
      work: turn.work,
      observe: turn.observe,
      takeRequests: asksPerson(settingsOfBinding(binding, runtime).permissions)
        ? turn.takeRequests
        : undefined,
      ...how,
    });
    return reply || emptyReply(turn, binding);
  } catch (error) {
    // What an interrupted review says is about a command that there is not here.
    if (turn.task && error instanceof CodexTurnInterruptedError) {
      throw new CodexTurnInterruptedError("");
    }
    if (error instanceof CodexTurnFailedError) throw await withReset(error, context);
    if (!isConnectionClosed(error)) throw error;
    // Its process had to be replaced, or ended by itself: what was asked for has come about.
    const endsWithConnection = runtime.start.transport === "stdio";
    if (turn.stopped.aborted && endsWithConnection) throw new CodexTurnInterruptedError("");
    return await endOfLostTurn(context, binding, turnId, error);
  } finally {
    restThread(client, threadId);
  }
}

/** The same failure; that of a used-up limit with the time at which it begins anew, where Codex tells in time. */
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
 * @throws `loss` where it did not come to its end, and as `runConversationTurn`
 */
async function endOfLostTurn(
  context: TurnContext,
  binding: CodexAppServerBinding,
  turnId: string | undefined,
  loss: unknown,
): Promise<string> {
  const { turn, runtime } = context;
  const { threadId } = binding;
  const lost = await findLostTurn(binding, { turnId, clientId: turn.clientId }, runtime);
  if (lost) {
    try {
      if (!hasEnded(lost.record)) {
        const again = { ...context, client: lost.client };
        return await takeUp(again, binding, lost.record, lost.held);
      }
    } finally {
      lost.held.release();
    }
    turn.work.readRecord(itemsOf(lost.record));
    restThread(lost.client, threadId);
    // Interrupted by the loss.
    if (lost.record.status !== "interrupted") {
      return (await replyOfRecord(threadId, lost.record)) || emptyReply(turn, binding);
    }
  }
  throw turn.stopped.aborted ? new CodexTurnInterruptedError("") : loss;
}

/** Once the turn is given to Codex it is no more called off but interrupted. */
function throwIfStopped({ stopped }: ConversationTurn): void {
  if (stopped.aborted) throw new CodexTurnNotBegunError("The turn was stopped before it began.");
}

/** Whether a person decides: not where Codex's own reviewer does, nor where nothing is asked at all. */
function asksPerson({ approvalPolicy, approvalsReviewer }: CodexPermissions): boolean {
  return approvalPolicy !== "never" && approvalsReviewer === "user";
}

/** Has the message taken as a turn and returns the turn's id. */
async function startTurn(context: TurnContext, binding: CodexAppServerBinding): Promise<string> {
  try {
    return await requestTurn(context, binding);
  } catch (error) {
    if (!(error instanceof CodexLocalError) || error.code !== "REQUEST_TIMEOUT") throw error;
    // An answer can get lost: the turn would run unseen, and the next message would be steered into it.
    const { client, runtime, turn } = context;
    const { threadId } = binding;
    const taken =
      turn.clientId === undefined
        ? undefined
        : await findTurn(
            client,
            threadId,
            { clientId: turn.clientId },
            runtime.requestTimeoutMs,
          ).catch(() => undefined);
    if (!taken) throw error;
    return taken.id;
  }
}

/** What to say where Codex said nothing. */
function emptyReply({ task }: ConversationTurn, { threadId }: CodexAppServerBinding): string {
  return task?.kind === "compact" ? threadWords.compacted(contextUsageOf(threadId)) : EMPTY_REPLY;
}

/** Sends turn/start, or what starts the turn's task, and returns the turn's id. */
async function requestTurn(
  { client, runtime, turn }: TurnContext,
  binding: CodexAppServerBinding,
): Promise<string> {
  const cwd = binding.cwd || turn.data.workspaceDir;
  const { threadId } = binding;
  const { permissions, model, serviceTier, effort } = settingsOfBinding(binding, runtime);
  const overrides = {
    approvalPolicy: permissions.approvalPolicy,
    approvalsReviewer: permissions.approvalsReviewer,
    sandboxPolicy: codexSandboxPolicyForTurn(permissions.sandbox, cwd),
    ...(model === undefined ? {} : { model }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...(effort === undefined ? {} : { effort }),
  };
  const { requestTimeoutMs: timeoutMs } = runtime;
  if (turn.task) {
    const { task } = turn;
    await setTaskSettings({ client, threadId, task, settings: overrides, timeoutMs });
    return startTask({ client, threadId, task, timeoutMs });
  }
  const answer = await client.request(
    CODEX_CONTROL_METHODS.startTurn,
    {
      threadId,
      input: turn.input,
      ...(turn.clientId === undefined ? {} : { clientUserMessageId: turn.clientId }),
      cwd,
      ...overrides,
    },
    { timeoutMs },
  );
  const turnId = asString(asRecord(asRecord(answer)?.turn)?.id);
  if (!turnId) throw new Error("Codex started the turn without naming it. Update Codex.");
  return turnId;
}

/** From now on the thread has a history, if it is still the session's. Where that cannot be noted the turn matters more. */
async function markAsRun(sessionFile: string, ranOn: string): Promise<void> {
  await updateCodexAppServerBinding(sessionFile, ({ threadId }) =>
    threadId === ranOn ? { hasRun: true } : undefined,
  ).catch(() => undefined);
}
