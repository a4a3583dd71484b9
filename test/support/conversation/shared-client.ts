/** Stands in for src/app-server/shared-client: one export, as those who test from outside replace it. */
import type { CodexClientRequest } from "../../../src/app-server/client-pool.js";
import type { CodexClient } from "../../../src/app-server/protocol.js";
import { clientSource } from "./client-source.js";

export function getSharedCodexAppServerClient(request: CodexClientRequest): Promise<CodexClient> {
  return clientSource.get(request);
}
