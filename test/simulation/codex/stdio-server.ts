/** An app-server as the child of the gateway that started it, with one client: that gateway. */
import { Seeded } from "../../support/seeded.js";
import type { ChildIo, Program } from "../child.js";
import type { Life } from "../time.js";
import { AppServer, type CodexWorld } from "./app-server.js";
import type { Connection } from "./connection.js";
import { Wire } from "./wire.js";

export class StdioServer implements Program {
  readonly server: AppServer;
  readonly #connection: Connection;

  constructor(world: CodexWorld, pid: number, io: ChildIo) {
    io.writeError(`app-server ${pid}\n`);
    this.server = new AppServer(world, pid, io);
    const { scheduler, seed } = world;
    const random = new Seeded(seed, "wire", pid);
    const wire = new Wire(io, { random, scheduler, life: this.server.life, isFramed: false });
    this.#connection = { wire, isTerminal: false, subscribed: new Set() };
    this.server.connections.add(this.#connection);
  }

  get life(): Life {
    return this.server.life;
  }

  onLine(line: string): void {
    this.server.take(line, this.#connection);
  }

  onInputEnd(): void {
    this.server.onInputEnd();
  }

  onSignal(signal: string): void {
    this.server.onSignal(signal);
  }
}
