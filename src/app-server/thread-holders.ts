import { processWide } from "../common/process-wide.js";
import type { CodexClientPool, CodexClientRequest } from "./client-pool.js";
import type { CodexClient } from "./protocol.js";

/**
 * Where the pool of this process lies, once there is one. Not "app-servers" nor "codex-clients": there lie those of versions
 * that know one server only, which would close the others'.
 */
export function poolOfProcess(): { pool?: CodexClientPool } {
  return processWide("codex-clients-by-server", (): { pool?: CodexClientPool } => ({}));
}

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
  return poolOfProcess().pool?.holderOf(threadId, request);
}
