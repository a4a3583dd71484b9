/** Leaves a thread that no chat has any more, so that Codex unloads it; one that has never run is then gone. */
import { codexClientPool } from "../app-server/client-pool.js";
import { leaveThread } from "./thread.js";

/** Milliseconds that Codex has to answer; nobody waits for it. */
const LEAVE_TIMEOUT_MS = 10_000;

/** On every connection that has it, but for one that runs a turn on it, which leaves it when it has been idle. */
export function leaveOnAllClients(threadId: string): void {
  for (const client of codexClientPool().clients()) {
    void leaveThread(client, threadId, LEAVE_TIMEOUT_MS);
  }
}
