/** A turn's end that Codex does not tell: if a thread falls idle and no completion comes, its record is read. */
import { asRecord } from "../app-server/json.js";
import type { CodexClient, CodexNotification } from "../app-server/protocol.js";
import type { CodexConversationTurnCollector } from "./turn-collector.js";
import { findTurn, hasEnded, itemsOf } from "./turn-record.js";

/** Codex can say that a thread is idle just before it says that the turn is complete. */
const COMPLETION_AFTER_IDLE_MS = 1000;

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

  async function readEnd(): Promise<void> {
    if (turnId === undefined) return;
    try {
      const record = await findTurn(client, threadId, { turnId }, timeoutMs);
      if (record && hasEnded(record)) {
        collector.readRecord(itemsOf(record));
        const params = { threadId, turn: { ...record, items: [] } };
        collector.handleNotification({ method: "turn/completed", params });
      }
    } catch {
      // The turn's own bounds end it.
    }
  }

  return {
    handleNotification({ method, params }) {
      if (method !== "thread/status/changed") return;
      clearTimeout(timer);
      if (asRecord(asRecord(params)?.status)?.type !== "idle") return;
      timer = setTimeout(() => void readEnd(), COMPLETION_AFTER_IDLE_MS);
    },
    setTurnId(id) {
      turnId = id;
    },
    readEnd,
    dispose() {
      clearTimeout(timer);
    },
  };
}
