/** One turn of a conversation on its Codex thread, from the binding to its answers. */
import { CodexNotSignedInError } from "../app-server/account.js";
import { CodexRpcError, isThreadNotFound, isUnanswered } from "../app-server/errors.js";
import { keepingClient } from "../app-server/kept-clients.js";
import { pictureRoom } from "../app-server/picture-room.js";
import { monotonicMs } from "../common/clock.js";
import type { Answer } from "./answers.js";
import { bindingOf, runtimeOfBinding, signedInClientOfSession } from "./bound-codex.js";
import {
  answered,
  giveUp,
  type ConversationTurn,
  type TurnContext,
  type TurnOutcome,
} from "./conversation-turn.js";
import { CodexTurnLostError, CodexTurnNotBegunError, ThreadGoneError } from "./errors.js";
import { leaveUnfenced } from "./reload-unfenced.js";
import { openThreadSession, restThreadSession } from "./sessions.js";
import {
  inspectCodexAppServerBinding,
  updateCodexAppServerBinding,
  type CodexAppServerBinding,
} from "./thread-binding.js";
import { forgetLoaded, readyThread, replaceThread, restThread } from "./thread.js";
import { isEndOfCodexs } from "./turn-collector.js";
import { findTurn, hasEnded, type TurnRecord } from "./turn-record.js";
import { startTurn, type StartedTurn } from "./turn-request.js";
import { follow, readOutcome, followRunning } from "./turn-to-end.js";
import { requireTurnFolder } from "./workspace-folder.js";

/** How often a turn is looked for that an earlier process began. */
const LOOKS = 3;

/**
 * Runs a turn.
 * @throws CodexTurnFailedError, CodexTurnInterruptedError, CodexTurnTimeoutError, or why no turn could start
 */
export async function runConversationTurn(turn: ConversationTurn): Promise<TurnOutcome> {
  const { context, binding } = await prepare(turn);
  return keepingClient(context.client, () => runOnThread(context, binding));
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
  const { context, binding } = await lookAgain(() => prepare(turn)).catch(
    async (error: unknown) => {
      if (isUntold(error)) await giveUp(turn, turnId);
      throw error;
    },
  );
  return keepingClient(context.client, () => recoverOnThread(context, binding, turnId));
}

async function recoverOnThread(
  context: TurnContext,
  binding: CodexAppServerBinding,
  turnId: string | undefined,
): Promise<TurnOutcome> {
  const { client, runtime, turn } = context;
  const { sessionFile } = turn.data;
  const known = { turnId, clientId: turn.clientId };
  const { threadId } = binding;
  const session = openThreadSession(client, threadId, sessionFile);
  session.own.add(turn.clientId);
  // Before the resume: with it comes what the turn waits for an answer to.
  const reservation = session.reserve();
  let earlier: TurnRecord | undefined;
  try {
    earlier = await lookAgain(async () => {
      const ready = await readyThread(client, binding, { runtime, sessionFile });
      if (ready.kind === "refused") throw ready.error;
      if (ready.kind === "gone") return undefined;
      return findTurn(client, threadId, known, runtime.requestTimeoutMs);
    });
    if (earlier && !hasEnded(earlier)) {
      return await followRunning(context, binding, { session, reservation, record: earlier });
    }
  } catch (error) {
    restThread(client, threadId);
    // It may run, and the chat is told now that it failed.
    if (!earlier && isUntold(error)) {
      await giveUp(turn, turnId, threadId);
    }
    throw error;
  } finally {
    reservation.release(earlier?.id);
    restThreadSession(session);
  }
  if (!earlier && turnId === undefined) return runOnThread(context, binding);
  restThread(client, threadId);
  if (!earlier) throw new CodexTurnLostError("the turn is not in the thread");
  try {
    return await readOutcome(context, binding, earlier);
  } catch (error) {
    if (!isEndOfCodexs(error)) await giveUp(turn, earlier.id, threadId);
    throw error;
  }
}

/** Codex is there, and has not said what became of the turn. */
function isUntold(error: unknown): boolean {
  return (
    error instanceof CodexRpcError || error instanceof CodexNotSignedInError || isUnanswered(error)
  );
}

/** What the turn came to would be lost with one answer of Codex's, and to look again does no harm. */
async function lookAgain<T>(look: () => Promise<T>): Promise<T> {
  for (let left = LOOKS - 1; ; left -= 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop
      return await look();
    } catch (error) {
      if (!isUnanswered(error) || left === 0) throw error;
    }
  }
}

async function prepare(
  turn: ConversationTurn,
): Promise<{ context: TurnContext; binding: CodexAppServerBinding }> {
  const bound = turn.binding.kind === "bound" ? turn.binding.binding : undefined;
  const runtime = runtimeOfBinding(turn.pluginConfig, bound);
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
  const { sessionFile, workspaceDir } = turn.data;
  await requireTurnFolder(binding.cwd || workspaceDir, runtime, sessionFile);
  // Codex can unload a thread behind our back, also one that has just been resumed.
  for (let resumesLeft = 1; ;) {
    throwIfStopped(turn);
    // oxlint-disable-next-line no-await-in-loop
    await leaveUnfenced(client, binding, runtime);
    const ready = await readyThread(client, binding, { runtime, sessionFile });
    if (ready.kind === "gone") {
      forgetLoaded(client, binding.threadId);
      break;
    }
    if (ready.kind === "resumed") await turn.makeWay?.(turn.stopped);
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
      const leaveRoom = await pictureRoom(client, binding.threadId, input, turn.stopped);
      try {
        throwIfStopped(turn);
        await onStarting?.();
        throwIfStopped(turn);
        const { workspaceDir } = data;
        const request = { client, runtime, binding, workspaceDir, input, task, clientId };
        let ended: StartedTurn["ended"];
        const start = async (): Promise<string> => {
          const started = await startTurn(request);
          ({ ended } = started);
          return started.turnId;
        };
        const followed = await session.begin(view, start, clientId);
        if (ended) {
          const params = { threadId: binding.threadId, turn: ended };
          view.handleNotification({ method: "turn/completed", params });
        }
        return followed;
      } catch (error) {
        if (isUnanswered(error)) {
          await giveUp(turn, undefined, binding.threadId);
        }
        leaveRoom();
        throw error;
      }
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

/** Once the turn is given to Codex it is no more called off but interrupted. */
function throwIfStopped({ stopped }: ConversationTurn): void {
  if (stopped.aborted) throw new CodexTurnNotBegunError("The turn was stopped before it began.");
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
