import { createHash } from "node:crypto";
import type { CodexAppServerStartOptions } from "./start-options.js";

/**
 * Equal for options that reach the same app-server for the same profile. A hash, since the options hold
 * a token and headers that must not be readable from a key.
 */
export function clientKey(
  options: CodexAppServerStartOptions,
  authProfileId: string | undefined,
): string {
  const { transport, command, args, url, authToken, caFile, headers, passEnv, clearEnv } = options;
  const identity =
    transport === "stdio"
      ? [transport, command, args, passEnv ?? [], clearEnv]
      : [transport, url, authToken, caFile, headers];
  return createHash("sha256")
    .update(JSON.stringify([identity, authProfileId]))
    .digest("hex");
}

/** For whom a client is asked: a server, under the account of one profile. */
export function clientOwner(request: {
  startOptions: Pick<CodexAppServerStartOptions, "server">;
  authProfileId?: string | undefined;
}): string {
  return JSON.stringify([request.startOptions.server, request.authProfileId]);
}
