/** A turn's end that Codex does not tell: if a thread falls idle or is gone and no completion comes, its record is read. */
import { asRecord } from "../app-server/json.js";
import type { CodexClient, CodexNotification } from "../app-server/protocol.js";
import type { CodexConversationTurnCollector } from "./turn-collector.js";
import { findTurn, hasEnded, itemsOf } from "./turn-record.js";

/** Codex can say that a thread is idle, or in an error, just before it says that the turn is complete. */
const COMPLETION_AFTER_MS = 1000;

export type LostEndWatch = {
  handleNotification(notification: CodexNotification): void;
  setTurnId(turnId: string): void;
  /** Reads the record now. Never rejects. */
  readEnd(): Promise<void>;
  dispose(): void;
};

/** Tells the collector of an end that it finds. Whoever makes one disposes of it. */
export function watchForLostEnd(
  client: CodexClient,
  threadId: string,
  timeoutMs: number,
  collector: CodexConversationTurnCollector,
): LostEndWatch {
  let turnId: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function readEnd(isGone = false): Promise<void> {
    if (turnId === undefined) return;
    try {
      const record = await findTurn(client, threadId, { turnId }, timeoutMs);
      if (record && hasEnded(record)) {
        collector.readRecord(itemsOf(record));
        end(record);
      } else if (isGone) end({ id: turnId, status: "failed" });
    } catch {
      // Otherwise the turn's own bounds end it.
      if (isGone) end({ id: turnId, status: "failed" });
    }
  }

  function end(turn: Record<string, unknown>): void {
    const params = { threadId, turn: { ...turn, items: [] } };
    collector.handleNotification({ method: "turn/completed", params });
  }

  return {
    handleNotification(notification) {
      const state = stateIn(notification);
      if (state === undefined) return;
      clearTimeout(timer);
      if (state === "active") return;
      timer = setTimeout(() => void readEnd(state === "gone"), COMPLETION_AFTER_MS);
    },
    setTurnId(id) {
      turnId = id;
    },
    readEnd: () => readEnd(),
    dispose() {
      clearTimeout(timer);
    },
  };
}

/** Whether no turn runs on the thread any more: Codex says so between two turns, also if it has not told the first's end. */
export function isAtRest(notification: CodexNotification): boolean {
  const state = stateIn(notification);
  return state !== undefined && state !== "active";
}

/** What has become of the thread: on one that is gone, no turn ends any more. Undefined if it does not say. */
function stateIn({ method, params }: CodexNotification): "active" | "idle" | "gone" | undefined {
  if (method === "thread/closed") return "gone";
  if (method !== "thread/status/changed") return undefined;
  const type = asRecord(asRecord(params)?.status)?.type;
  if (type === "systemError" || type === "notLoaded") return "gone";
  return type === "idle" ? "idle" : "active";
}
