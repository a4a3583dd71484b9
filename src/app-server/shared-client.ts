import type { CodexAppServerClient } from "./client.js";
import { type CodexClientRequest, codexClientPool } from "./client-pool.js";

/**
 * The client for these start options, started if there is none; rejects with a CodexLocalError when it is
 * not ready within `timeoutMs`.
 *
 * Tests from outside replace this module by one that has this export only: take the rest from client-pool.
 */
export function getSharedCodexAppServerClient(
  request: CodexClientRequest,
): Promise<CodexAppServerClient> {
  return codexClientPool().get(request);
}
