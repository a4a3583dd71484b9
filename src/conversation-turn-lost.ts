/** A turn whose connection ended before its end was told: what its thread has of it. */
import type { CodexAppServerRuntimeOptions } from "./app-server/config.js";
import type { CodexClient } from "./app-server/protocol.js";
import type { CodexAppServerBinding } from "./app-server/session-binding.js";
import { clientOfSession } from "./conversation-session.js";
import { readyThread, restThread } from "./conversation-thread.js";
import { holdRequests, type HeldRequests } from "./conversation-held-requests.js";
import { findTurn, type TurnRecord } from "./conversation-turn-record.js";

/** Each step of the look may take so long: the person waits for word of a failure meanwhile. */
const STEP_MS = 20_000;

/** What Codex asks on the thread is held until the receiver hands it over or releases it. */
export type LostTurn = { client: CodexClient; record: TurnRecord; held: HeldRequests };

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
  const { threadId } = binding;
  let client: CodexClient | undefined;
  let held: HeldRequests | undefined;
  try {
    client = await clientOfSession(runtime, binding);
    held = holdRequests(client, threadId);
    const ready = await readyThread(client, binding, runtime);
    if (ready.kind !== "gone" && ready.kind !== "refused") {
      const record = await findTurn(client, threadId, known, requestTimeoutMs);
      if (record) return { client, record, held };
    }
  } catch {
    // The loss itself is what is told.
  }
  held?.release();
  if (client) restThread(client, threadId);
  return undefined;
}
