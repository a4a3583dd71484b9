import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";

export interface LoopbackServer {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** For what is more than a request and its answer, such as a web socket. */
  readonly http: Server;
  /** Ends every connection, open responses included, then resolves. */
  stop(): Promise<void>;
}

export type LoopbackHandler = (
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<void> | void;

/** A handler that throws answers 500. */
export function answering(handler: LoopbackHandler): RequestListener {
  return (request, response) => {
    void (async () => {
      try {
        await handler(request, response);
      } catch (error) {
        if (response.destroyed) return;
        if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain" });
        response.end(String(error));
      }
    })();
  };
}

/** Listens on a free port of the loopback interface. A handler that throws answers 500. */
export async function serveOnLoopback(handler: LoopbackHandler): Promise<LoopbackServer> {
  const server = createServer(answering(handler));
  // Node ends idle connections after five seconds, and a client that writes in just that moment loses its request.
  server.keepAliveTimeout = 0;
  const listening = Promise.withResolvers<void>();
  server.once("error", listening.reject);
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port was assigned");
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    http: server,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) {
    if (chunk instanceof Uint8Array) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Below the ports that the system gives to whoever asks for any one, so that nobody is given it meanwhile. */
const CHOSEN_PORTS = { first: 20_000, last: 32_000 };
/** A gateway can take the ports right after its own, too. */
const PORTS_OF_ONE = 10;

/** A port that was free a moment ago, for a server that cannot be told to choose one. */
export async function findFreePort(): Promise<number> {
  const { first, last } = CHOSEN_PORTS;
  for (;;) {
    const port = first + PORTS_OF_ONE * Math.floor((Math.random() * (last - first)) / PORTS_OF_ONE);
    // oxlint-disable-next-line no-await-in-loop
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  server.once("error", () => resolve(false));
  server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  return promise;
}
