import { CodexAppServerClient, type CodexClientListener } from "../../../src/app-server/client.js";
import { FarEnd } from "./far-end.js";
import { linkedTransports, type MemoryTransport } from "./memory-transport.js";

/** A client on one end of a linked pair, with the test at the other end as its app-server. */
export function connectedClient(listener?: CodexClientListener): {
  client: CodexAppServerClient;
  far: FarEnd;
  transport: MemoryTransport;
} {
  const [transport, farTransport] = linkedTransports();
  const far = new FarEnd(farTransport);
  return { client: new CodexAppServerClient(transport, listener), far, transport };
}
