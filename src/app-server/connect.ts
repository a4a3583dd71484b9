import { CodexAppServerClient, type CodexClientListener } from "./client.js";
import type { CodexAppServerStartOptions } from "./start-options.js";
import type { Transport } from "./transport.js";
import { StdioTransport } from "./transport-stdio.js";
import { WebSocketTransport } from "./transport-websocket.js";

/**
 * A client that is on its way to the app-server; `initialize` says how that went. Throws a CodexLocalError
 * when there is nothing to wait for, such as a process that the system does not give.
 */
export function connectCodexAppServer(
  options: CodexAppServerStartOptions,
  listener: CodexClientListener,
): CodexAppServerClient {
  return new CodexAppServerClient(transportTo(options), listener);
}

/** @throws as `connectCodexAppServer` */
export function transportTo(options: CodexAppServerStartOptions): Transport {
  return options.transport === "stdio"
    ? new StdioTransport(options)
    : new WebSocketTransport(options);
}
