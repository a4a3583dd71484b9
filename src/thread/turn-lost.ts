/** A turn whose connection ended before its end was told: what its thread has of it. */
import { CodexLocalError } from "../app-server/errors.js";
import type { CodexAppServerRuntimeOptions } from "../app-server/config.js";
import type { CodexClient } from "../app-server/protocol.js";
import type { CodexAppServerBinding } from "./thread-binding.js";
import { clientOfSession } from "./bound-codex.js";
import { readyThread, restThread } from "./thread.js";
import { holdRequests, type HeldRequests } from "./held-requests.js";
import { findTurn, type TurnRecord } from "./turn-record.js";
import { pause } from "../common/pause.js";

/** Each step of the look may take so long: the person waits for word of a failure meanwhile. */
const STEP_MS = 20_000;

/** Milliseconds between the attempts to reach an app-server behind a WebSocket, where the turn goes on. */
const RECONNECT_AFTER_MS = [1000, 5000, 15_000, 30_000] as const;

type KnownTurn = { turnId: string | undefined; clientId: string | undefined };

/** What Codex asks on the thread is held until the receiver hands it over or releases it. */
export type LostTurn = { client: CodexClient; record: TurnRecord; held: HeldRequests };

/**
 * Looks with the next process, or once a distant app-server can be reached again. The thread is loaded on its client if
 * the turn is found. Undefined where it is not, or cannot be looked for; never rejects.
 */
export async function findLostTurn(
  binding: CodexAppServerBinding,
  known: KnownTurn,
  settings: CodexAppServerRuntimeOptions,
): Promise<LostTurn | undefined> {
  const pauses = settings.start.transport === "websocket" ? RECONNECT_AFTER_MS : [];
  for (const pauseMs of [...pauses, undefined]) {
    // oxlint-disable-next-line no-await-in-loop
    const look = await lookForTurn(binding, known, settings);
    if (look !== "unreachable") return look;
    // oxlint-disable-next-line no-await-in-loop
    if (pauseMs !== undefined) await pause(pauseMs);
  }
  return undefined;
}

/** Never rejects. */
async function lookForTurn(
  binding: CodexAppServerBinding,
  known: KnownTurn,
  settings: CodexAppServerRuntimeOptions,
): Promise<LostTurn | "unreachable" | undefined> {
  const requestTimeoutMs = Math.min(settings.requestTimeoutMs, STEP_MS);
  const runtime = { ...settings, requestTimeoutMs };
  const { threadId } = binding;
  let client: CodexClient | undefined;
  let held: HeldRequests | undefined;
  let look: "unreachable" | undefined;
  try {
    client = await clientOfSession(runtime, binding);
    held = holdRequests(client, threadId);
    const ready = await readyThread(client, binding, runtime);
    if (ready.kind !== "gone" && ready.kind !== "refused") {
      const record = await findTurn(client, threadId, known, requestTimeoutMs);
      if (record) return { client, record, held };
    }
  } catch (error) {
    // The loss itself is what is told in the end.
    if (isOutOfReach(error)) look = "unreachable";
  }
  held?.release();
  if (client) restThread(client, threadId);
  return look;
}

function isOutOfReach(error: unknown): boolean {
  return (
    error instanceof CodexLocalError &&
    (error.code === "START_FAILED" ||
      error.code === "CONNECTION_CLOSED" ||
      error.code === "REQUEST_TIMEOUT")
  );
}
