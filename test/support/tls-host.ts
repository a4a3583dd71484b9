/**
 * A host of the internet on loopback, for channels that speak to their service's own hosts and over TLS only. A gateway
 * finds it by what is loaded into its process, and trusts its certificate since it is told to.
 */
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import { join } from "node:path";
import { answering, type LoopbackHandler } from "./loopback-server.js";
import { selfSigned } from "./self-signed.js";

const DIVERTED = new URL("diverted-host.mjs", import.meta.url).href;

/** A host that a gateway is to find on loopback. */
export interface DivertedHost {
  readonly host: string;
  readonly port: number;
  /** What it shows to be that host. */
  readonly cert: string;
}

export class TlsHost {
  readonly diverted: DivertedHost;
  readonly #server: Server;

  /** `handler` answers in the place of the host. */
  static async start(host: string, handler: LoopbackHandler): Promise<TlsHost> {
    const { key, cert } = selfSigned(host);
    const server = createServer({ key, cert }, answering(handler));
    // Node ends idle connections after five seconds, and a client that writes in just that moment loses its request.
    server.keepAliveTimeout = 0;
    const listening = Promise.withResolvers<void>();
    server.once("error", listening.reject);
    server.listen(0, "127.0.0.1", listening.resolve);
    await listening.promise;
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port was assigned");
    return new TlsHost({ host, port: address.port, cert }, server);
  }

  private constructor(diverted: DivertedHost, server: Server) {
    this.diverted = diverted;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => closed.resolve());
    this.#server.closeAllConnections();
    await closed.promise;
  }
}

/** What lets a process of Node's find the hosts; `folder` keeps their certificates for as long as it runs. */
export async function divertedTo(
  hosts: readonly DivertedHost[],
  folder: string,
): Promise<NodeJS.ProcessEnv> {
  if (hosts.length === 0) return {};
  const certificates = join(folder, "diverted-hosts.pem");
  await writeFile(certificates, hosts.map(({ cert }) => cert).join("\n"));
  return {
    NODE_OPTIONS: `--import=${DIVERTED}`,
    DIVERTED_HOSTS: JSON.stringify(Object.fromEntries(hosts.map(({ host, port }) => [host, port]))),
    NODE_EXTRA_CA_CERTS: certificates,
  };
}
