/** What stands before an app-server that listens without TLS, as an operator's nginx would. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createServer, type Server } from "node:tls";
import type { Certificate } from "../support/self-signed.js";

export class TlsFront {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  static async before(port: number, { key, cert }: Certificate): Promise<TlsFront> {
    const front = new TlsFront(port, { key, cert });
    front.#server.listen(0, "127.0.0.1");
    await once(front.#server, "listening");
    return front;
  }

  private constructor(port: number, certificate: Certificate) {
    this.#server = createServer(certificate, (near) => {
      const far = connect(port, "127.0.0.1");
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one);
        one.on("error", () => other.destroy());
        one.on("close", () => {
          this.#sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("it does not listen");
    return address.port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
