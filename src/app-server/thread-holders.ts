import { processWideIfMade } from "../common/process-wide.js";
import type { CodexClientPool, CodexClientRequest } from "./client-pool.js";
import type { CodexClient } from "./protocol.js";

/** Of the pool of this process. Not "app-servers": that is the pool of 0.1.0, which may live in the same process. */
export const POOL_KEY = "codex-clients";

/**
 * The client that has loaded a thread, where it is another than the request would give, from before the settings or the
 * plugin's version changed, and still in use: no other process can load the thread while that one lives. Where it is
 * about to be closed, that is waited for. Undefined where the thread is free. No pool is made for the question.
 * @throws CodexLocalError where `timeoutMs` is over
 */
export async function clientThatHolds(
  threadId: string,
  request: CodexClientRequest,
): Promise<CodexClient | undefined> {
  return processWideIfMade<CodexClientPool>(POOL_KEY)?.holderOf(threadId, request);
}
