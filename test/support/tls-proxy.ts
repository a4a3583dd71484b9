/**
 * Hosts of the internet on loopback, for channels that fetch from their service's own hosts and over TLS only. A gateway comes
 * here the way an operator has it go: by a proxy that stands in its settings, and a certificate that it is told to trust. The
 * proxy lets nobody through to anywhere but loopback.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import {
  answering,
  type LoopbackHandler,
  type LoopbackServer,
  serveOnLoopback,
} from "./loopback-server.js";
import { selfSigned } from "./self-signed.js";

export class TlsProxy {
  readonly #host: string;
  readonly #folder: string;
  readonly #proxy: LoopbackServer;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();

  /** `handler` answers in the place of the host. */
  static async start(host: string, handler: LoopbackHandler): Promise<TlsProxy> {
    const { key, cert } = selfSigned(host);
    const folder = await mkdtemp(join(tmpdir(), "tls-proxy-"));
    await writeFile(join(folder, "ca.pem"), cert);
    const server = createServer({ key, cert }, answering(handler));
    const listening = Promise.withResolvers<void>();
    server.once("error", listening.reject);
    server.listen(0, "127.0.0.1", listening.resolve);
    await listening.promise;
    const proxy = await serveOnLoopback(passOn);
    return new TlsProxy({ host, folder, proxy, server });
  }

  private constructor(parts: {
    host: string;
    folder: string;
    proxy: LoopbackServer;
    server: Server;
  }) {
    this.#host = parts.host;
    this.#folder = parts.folder;
    this.#proxy = parts.proxy;
    this.#server = parts.server;
    this.#proxy.http.on("connect", ({ url = "" }: IncomingMessage, socket: Duplex) =>
      this.#tunnel(url, socket),
    );
  }

  /** What lets a gateway find it. https://docs.openclaw.ai/security/network-proxy */
  get environment(): NodeJS.ProcessEnv {
    return {
      OPENCLAW_PROXY_URL: this.#proxy.url,
      NODE_EXTRA_CA_CERTS: join(this.#folder, "ca.pem"),
    };
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await this.#proxy.stop();
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => closed.resolve());
    this.#server.closeAllConnections();
    await closed.promise;
    await rm(this.#folder, { recursive: true, force: true });
  }

  #tunnel(target: string, socket: Duplex): void {
    this.#keep(socket);
    const port = this.#portOf(target);
    if (port === undefined) {
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    const there = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      there.pipe(socket).pipe(there);
    });
    this.#keep(there);
  }

  /** A client that has a proxy can take it to loopback as well, as Slack's web socket does. */
  #portOf(target: string): number | undefined {
    if (target === `${this.#host}:443`) return addressOf(this.#server).port;
    const port = /^(?:127\.0\.0\.1|localhost):(\d+)$/.exec(target)?.[1];
    return port === undefined ? undefined : Number(port);
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }
}

/** What is asked for without a tunnel: older OpenClaws take their own stand-ins through the proxy as well. */
function passOn(asked: IncomingMessage, response: ServerResponse): void {
  const { method, headers, url = "" } = asked;
  if (!/^http:\/\/(?:127\.0\.0\.1|localhost):/.test(url)) {
    response.writeHead(403).end();
    return;
  }
  const there = request(url, { ...(method !== undefined && { method }), headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  there.on("error", () => response.destroy());
  response.on("close", () => there.destroy());
  asked.pipe(there);
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it does not listen");
  return address;
}
