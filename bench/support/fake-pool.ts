/** Has the plugin find an app-server in memory where it would start a process. */
import { CodexAppServerClient } from "../../src/app-server/client.js";
import { CodexClientPool } from "../../src/app-server/client-pool.js";
import { poolOfProcess } from "../../src/app-server/thread-holders.js";
import { FakeAppServer } from "./fake-app-server.js";
import { FramedTransport } from "./framed-transport.js";

/** The app-server that all clients of this process are connected to from now on. */
export function serveFromMemory(): FakeAppServer {
  let transport: FramedTransport | undefined;
  const server = new FakeAppServer((chunk) => transport?.push(chunk));
  poolOfProcess().pool = new CodexClientPool((_options, listener) => {
    transport = new FramedTransport((line) => server.receive(line));
    return new CodexAppServerClient(transport, listener);
  });
  return server;
}
