/** Takes a thread back before its last turn: Codex forgets the turn, and files stay as they are. */
import { requireCodexFor } from "../app-server/codex-version.js";
import type { CodexAppServerRuntimeOptions } from "../app-server/config.js";
import { isUnpaginatedThread } from "../app-server/errors.js";
import { callCodex, METHODS } from "../app-server/methods.js";
import type { CodexClient } from "../app-server/protocol.js";
import { forgetContextUsage } from "./context-usage.js";
import { exchangeOf, type Exchange } from "./exchange.js";
import { getGoal } from "./goal.js";
import { findThreadSession } from "./sessions.js";
import { readyThread, restThread } from "./thread.js";
import type { CodexAppServerBinding } from "./thread-binding.js";
import { hasEnded, recentTurns } from "./turn-record.js";

const FORGETS_TURNS_SINCE = "0.154.0";

export type UndoRefusal =
  | "no turn"
  /** A turn runs, or a sub-agent works. Codex would end it. */
  | "runs"
  /** It would begin its next turn by itself. */
  | "goal"
  /** Another turn than the one that was meant is the last now. */
  | "other turn"
  /** Codex cannot take back turns of threads that an older version has made. */
  | "old thread";

export type Undone = Exchange | UndoRefusal;

/**
 * Forgets the last turn, if it is `meant` or none is meant, and tells what it was. Whoever calls sees to it that no turn of
 * the chat begins meanwhile. @throws what Codex refuses, CodexLocalError: too old among them
 */
export async function undoLastTurn(
  client: CodexClient,
  binding: CodexAppServerBinding,
  options: {
    runtime: CodexAppServerRuntimeOptions;
    sessionFile: string;
    timeoutMs: number;
    meant?: string | undefined;
  },
): Promise<Undone> {
  const { threadId } = binding;
  const { meant, timeoutMs } = options;
  requireCodexFor("undo", client.serverVersion, FORGETS_TURNS_SINCE);
  // Before the thread is loaded, which would start an active goal.
  if ((await getGoal(client, threadId, timeoutMs))?.status === "active") return "goal";
  const ready = await readyThread(client, binding, options);
  if (ready.kind === "gone") return "no turn";
  if (ready.kind === "refused") throw ready.error;
  try {
    const [last] = await recentTurns(client, threadId, timeoutMs);
    if (!last) return "no turn";
    if (!hasEnded(last) || findThreadSession(client, threadId)?.isBusy === true) return "runs";
    if (meant !== undefined && meant !== last.id) return "other turn";
    await callCodex(
      client,
      METHODS.revertThread,
      { threadId, beforeTurnId: last.id },
      { timeoutMs },
    );
    forgetContextUsage(threadId);
    return exchangeOf(threadId, last);
  } catch (error) {
    if (isUnpaginatedThread(error)) return "old thread";
    throw error;
  } finally {
    restThread(client, threadId);
  }
}
