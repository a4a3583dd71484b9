/**
 * A host of the internet on loopback, for channels that fetch from their service's own hosts and over TLS only. A gateway
 * finds it by what is loaded into its process, and trusts its certificate since it is told to.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answering, type LoopbackHandler } from "./loopback-server.js";
import { selfSigned } from "./self-signed.js";

const DIVERTED = new URL("diverted-host.mjs", import.meta.url).href;

export class TlsHost {
  readonly #host: string;
  readonly #folder: string;
  readonly #server: Server;

  /** `handler` answers in the place of the host. */
  static async start(host: string, handler: LoopbackHandler): Promise<TlsHost> {
    const { key, cert } = selfSigned(host);
    const folder = await mkdtemp(join(tmpdir(), "tls-host-"));
    await writeFile(join(folder, "ca.pem"), cert);
    const server = createServer({ key, cert }, answering(handler));
    const listening = Promise.withResolvers<void>();
    server.once("error", listening.reject);
    server.listen(0, "127.0.0.1", listening.resolve);
    await listening.promise;
    return new TlsHost(host, folder, server);
  }

  private constructor(host: string, folder: string, server: Server) {
    this.#host = host;
    this.#folder = folder;
    this.#server = server;
  }

  /** What lets a process of Node's find it. */
  get environment(): NodeJS.ProcessEnv {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("it does not listen");
    return {
      NODE_OPTIONS: `--import=${DIVERTED}`,
      DIVERTED_HOST: this.#host,
      DIVERTED_PORT: String(address.port),
      NODE_EXTRA_CA_CERTS: join(this.#folder, "ca.pem"),
    };
  }

  async stop(): Promise<void> {
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => closed.resolve());
    this.#server.closeAllConnections();
    await closed.promise;
    await rm(this.#folder, { recursive: true, force: true });
  }
}
