import { CodexAppServerClient, type CodexClientListener } from "./client.js";
import type { CodexAppServerStartOptions } from "./start-options.js";
import { StdioTransport } from "./transport-stdio.js";

/**
 * A client that is about to be connected: `initialize` says how that went. Throws a CodexLocalError when
 * there is nothing to wait for, such as a process that cannot even be attempted.
 */
export function connectCodexAppServer(
  options: CodexAppServerStartOptions,
  listener: CodexClientListener,
): CodexAppServerClient {
  return new CodexAppServerClient(new StdioTransport(options), listener);
}
