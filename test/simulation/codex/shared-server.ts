/** An app-server behind a WebSocket that nobody's child is: it outlives gateways, and a service manager looks after it. */
import { Seeded } from "../../support/seeded.js";
import { Pipe } from "../child.js";
import type { Life } from "../time.js";
import type { SocketFarEnd } from "../sim-socket.js";
import { AppServer, type CodexWorld } from "./app-server.js";
import type { Connection } from "./connection.js";
import { Wire } from "./wire.js";

/** A server that does not answer is killed after so long. */
const HUNG_FOR_MS = 45_000;
const LOOK_MS = 15_000;

export class SharedServer {
  readonly #world: CodexWorld;
  readonly #newPid: () => number;
  readonly #life: Life = { alive: true };
  readonly #random: Seeded;
  #server: AppServer | undefined;
  #hungAt: number | undefined;
  #connections = 0;
  /** What ends with the server: its sockets. */
  readonly #ends = new Set<() => void>();
  #restarts = true;

  constructor(world: CodexWorld, newPid: () => number) {
    this.#world = world;
    this.#newPid = newPid;
    this.#random = new Seeded(world.seed, "shared server");
    this.#start();
    this.#look();
  }

  get server(): AppServer | undefined {
    return this.#server?.life.alive ? this.#server : undefined;
  }

  /** Connects a client; undefined if nobody listens. */
  accept(far: SocketFarEnd, clientLife: Life): SocketLink | undefined {
    const { server } = this;
    if (!server) return undefined;
    const { scheduler, seed } = this.#world;
    const { life } = server;
    const toClient = new Pipe(scheduler, clientLife);
    const toServer = new Pipe(scheduler, life);
    const random = new Seeded(seed, "socket", (this.#connections += 1));
    const wire = new Wire(
      { write: (frame) => toClient.carry(() => far.onFrame(frame)) },
      { random, scheduler, life, isFramed: true },
    );
    const connection: Connection = { wire, isTerminal: false, subscribed: new Set() };
    server.connections.add(connection);
    const onEnd = (): void => toClient.carry(() => far.onEnd(1006));
    this.#ends.add(onEnd);
    return {
      send: (text) => toServer.carry(() => server.take(text, connection)),
      ping: () => {
        toServer.carry(() => {
          if (!server.isHung) toClient.carry(() => far.onPong());
        });
      },
      end: () => {
        this.#ends.delete(onEnd);
        toServer.carry(() => {
          server.leave(connection);
          toClient.carry(() => far.onEnd(1005));
        });
      },
    };
  }

  kill(): void {
    this.server?.onSignal("SIGKILL");
  }

  /** The machine is off, and starts it again with itself. */
  losePower(): void {
    this.#server?.die();
    this.#ends.clear();
    this.#startSoon();
  }

  /** No more of it. */
  shutDown(): void {
    this.#restarts = false;
    this.#life.alive = false;
    this.kill();
  }

  #start(): void {
    const { ledger, scheduler } = this.#world;
    ledger.fault("shared app-server started");
    const pid = this.#newPid();
    scheduler.note(`shared app-server ${pid} starts`);
    this.#hungAt = undefined;
    const server: AppServer = new AppServer(this.#world, pid, {
      exit: () => {
        if (!server.life.alive) return;
        // Its sockets end with it.
        for (const end of this.#ends) end();
        this.#ends.clear();
        server.life.alive = false;
        this.#startSoon();
      },
    });
    this.#server = server;
  }

  #startSoon(): void {
    if (!this.#restarts) return;
    const ms = this.#random.int(200, 4000);
    this.#world.scheduler.after(ms, this.#life, () => {
      if (!this.server) this.#start();
    });
  }

  #look(): void {
    const { scheduler } = this.#world;
    scheduler.after(LOOK_MS, this.#life, () => {
      if (this.server?.isHung !== true) this.#hungAt = undefined;
      else if (this.#hungAt === undefined) this.#hungAt = scheduler.now;
      else if (scheduler.now - this.#hungAt >= HUNG_FOR_MS) this.kill();
      this.#look();
    });
  }
}

/** The client's way to the server. */
export type SocketLink = {
  send(text: string): void;
  ping(): void;
  end(): void;
};
