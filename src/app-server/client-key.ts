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
  const { transport, command, args, url, authToken, headers, passEnv, clearEnv } = options;
  const identity =
    transport === "stdio"
      ? [transport, command, args, passEnv ?? [], clearEnv]
      : [transport, url, authToken, headers];
  return createHash("sha256")
    .update(JSON.stringify([identity, authProfileId]))
    .digest("hex");
}
