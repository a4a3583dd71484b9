import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** Makes a server that gives each of its connections away. */
type Listen = (take: (near: Socket) => void) => Server;

/** A line on loopback to another port, which can be cut and mended: what both ends meet when a network fails. */
export class CuttableLine {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;
  #refused = 0;
  readonly #waits = new Set<() => void>();

  /** @param listen makes the near end, which is a plain one by default */
  static async to(port: number, listen: Listen = createServer): Promise<CuttableLine> {
    const line = new CuttableLine(port, listen);
    line.#server.listen(0, "127.0.0.1");
    await once(line.#server, "listening");
    return line;
  }

  private constructor(port: number, listen: Listen) {
    this.#server = listen((near) => {
      if (this.#isCut) {
        near.destroy();
        this.#refused += 1;
        for (const wake of this.#waits) wake();
        return;
      }
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
    if (address === null || typeof address === "string") throw new Error("the line is closed");
    return address.port;
  }

  /** Ends what goes over it and takes nothing more. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
    this.#refused = 0;
  }

  /** Resolves once so many connections were refused since it was cut. */
  async refused(count: number): Promise<void> {
    while (this.#refused < count) {
      const next = Promise.withResolvers<void>();
      this.#waits.add(next.resolve);
      // oxlint-disable-next-line no-await-in-loop
      await next.promise;
      this.#waits.delete(next.resolve);
    }
  }

  async stop(): Promise<void> {
    this.cut();
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }
}
