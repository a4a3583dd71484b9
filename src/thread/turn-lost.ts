/** A turn whose connection ended before its end was told: what its thread has of it. */
import { CodexLocalError } from "../app-server/errors.js";
import type { CodexAppServerRuntimeOptions } from "../app-server/config.js";
import type { CodexClient } from "../app-server/protocol.js";
import { monotonicMs } from "../common/clock.js";
import { pause } from "../common/pause.js";
import { clientOfSession } from "./bound-codex.js";
import type { ThreadSession } from "./session.js";
import type { Reservation } from "./turn-view.js";
import { openThreadSession, restThreadSession } from "./sessions.js";
import type { CodexAppServerBinding, KnownTurn } from "./thread-binding.js";
import { readyThread, restThread } from "./thread.js";
import { findTurn, type TurnRecord } from "./turn-record.js";

/** Each step of the look may take so long: the person waits for word of a failure meanwhile. */
const STEP_MS = 20_000;

/**
 * Milliseconds between the attempts to reach an app-server behind a WebSocket, on which the turn continues; the last
 * one repeats until the turn's own bound.
 */
const RECONNECT_AFTER_MS = [1000, 5000, 15_000, 30_000, 60_000] as const;

/** The receiver claims or releases the reservation. */
export type LostTurn = {
  client: CodexClient;
  record: TurnRecord;
  session: ThreadSession;
  reservation: Reservation;
};

type Look = {
  runtime: CodexAppServerRuntimeOptions;
  sessionFile: string;
  /** When the turn may last no longer, by the monotonic clock. */
  endsAt: number;
};

/**
 * Looks with the next process, or again and again until a distant app-server can be reached. The thread is loaded on
 * its client if the turn is found. Undefined if it is not, or cannot be looked for; never rejects.
 */
export async function findLostTurn(
  binding: CodexAppServerBinding,
  known: KnownTurn,
  look: Look,
): Promise<LostTurn | undefined> {
  const isFar = look.runtime.start.transport === "websocket";
  for (let attempt = 0; ; attempt += 1) {
    // oxlint-disable-next-line no-await-in-loop
    const found = await lookForTurn(binding, known, look);
    if (found !== "unreachable") return found;
    const pauseMs = RECONNECT_AFTER_MS[Math.min(attempt, RECONNECT_AFTER_MS.length - 1)] ?? 0;
    if (!isFar || monotonicMs() + pauseMs >= look.endsAt) return undefined;
    // oxlint-disable-next-line no-await-in-loop
    await pause(pauseMs);
  }
}

/** Never rejects. */
async function lookForTurn(
  binding: CodexAppServerBinding,
  known: KnownTurn,
  { runtime: settings, sessionFile }: Look,
): Promise<LostTurn | "unreachable" | undefined> {
  const requestTimeoutMs = Math.min(settings.requestTimeoutMs, STEP_MS);
  const runtime = { ...settings, requestTimeoutMs };
  const { threadId } = binding;
  let client: CodexClient | undefined;
  let session: ThreadSession | undefined;
  let reservation: Reservation | undefined;
  let look: "unreachable" | undefined;
  try {
    client = await clientOfSession(runtime, binding);
    session = openThreadSession(client, threadId, sessionFile);
    session.own.add(known.clientId);
    reservation = session.reserve();
    const ready = await readyThread(client, binding, { runtime, sessionFile });
    if (ready.kind !== "gone" && ready.kind !== "refused") {
      const record = await findTurn(client, threadId, known, requestTimeoutMs);
      if (record) return { client, record, session, reservation };
    }
  } catch (error) {
    // The loss itself is what is told in the end.
    if (isOutOfReach(error)) look = "unreachable";
  }
  reservation?.release();
  if (client) restThread(client, threadId);
  if (session) restThreadSession(session);
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
