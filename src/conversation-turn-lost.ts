/** A turn whose connection ended before its end was told: what its thread has of it. */
import type { CodexAppServerRuntimeOptions } from "./app-server/config.js";
import type { CodexClient } from "./app-server/protocol.js";
import type { CodexAppServerBinding } from "./app-server/session-binding.js";
import { clientOfSession } from "./conversation-session.js";
import { readyThread, restThread } from "./conversation-thread.js";
import { findTurn, turnIdOf, type TurnRecord } from "./conversation-turn-record.js";

/** Each step of the look may take so long: the person waits for word of a failure meanwhile. */
const STEP_MS = 20_000;

export type LostTurn = { client: CodexClient; turnId: string; record: TurnRecord };

/**
 * Looks once, with the next process. The thread is loaded on its client if the turn is found. Undefined where it is
 * not, or cannot be looked for; never rejects.
 */
export async function findLostTurn(
  binding: CodexAppServerBinding,
  known: { turnId: string | undefined; clientId: string | undefined },
  settings: CodexAppServerRuntimeOptions,
): Promise<LostTurn | undefined> {
  const requestTimeoutMs = Math.min(settings.requestTimeoutMs, STEP_MS);
  const runtime = { ...settings, requestTimeoutMs };
  try {
    const client = await clientOfSession(runtime, binding);
    const ready = await readyThread(client, binding, runtime);
    if (ready.kind === "gone" || ready.kind === "refused") return undefined;
    const record = await findTurn(client, binding.threadId, known, requestTimeoutMs);
    const turnId = record && turnIdOf(record);
    if (record && turnId !== undefined) return { client, turnId, record };
    restThread(client, binding.threadId);
  } catch {
    // The loss itself is what is told.
  }
  return undefined;
}
