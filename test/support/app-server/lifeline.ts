import { createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { CodexAppServerStartOptions } from "../../../src/app-server/start-options.js";
import { Journal } from "../journal.js";

type LifeEvent = { readonly pid: number; readonly event: string };

/**
 * A port to which processes under test hold a connection, so that a test learns of their life and death by
 * event, of those too that are not its children.
 */
export class Lifeline {
  readonly #events = new Journal<LifeEvent>(
    "lifeline",
    ({ pid, event }) => `process ${pid} ${event}`,
  );
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  static async open(): Promise<Lifeline> {
    const server = createServer();
    const listening = Promise.withResolvers<void>();
    server.once("error", listening.reject);
    server.listen(0, "127.0.0.1", listening.resolve);
    await listening.promise;
    return new Lifeline(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => this.#onConnection(socket));
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the lifeline is closed");
    return address.port;
  }

  /** Start options of a bad child with these traits, on this lifeline. */
  badChild(...traits: string[]): CodexAppServerStartOptions {
    const script = fileURLToPath(new URL("bad-child.mjs", import.meta.url));
    return {
      transport: "stdio",
      command: process.execPath,
      commandSource: "config",
      args: [script, String(this.port), ...traits],
      headers: {},
      clearEnv: [],
    };
  }

  /** The first process that came to life after the given ones; or the first of all. */
  async born(...after: readonly number[]): Promise<number> {
    const { pid } = await this.#events.waitFor(
      (entry) => entry.event === "born" && !after.includes(entry.pid),
    );
    return pid;
  }

  async saw(pid: number, what: "EOF" | "SIGTERM"): Promise<void> {
    await this.#events.waitFor((entry) => entry.pid === pid && entry.event === `saw ${what}`);
  }

  async died(pid: number): Promise<void> {
    await this.#events.waitFor((entry) => entry.pid === pid && entry.event === "died");
  }

  events(pid: number): string[] {
    return this.#events.entries.filter((entry) => entry.pid === pid).map(({ event }) => event);
  }

  /** Ends the lifeline and, with SIGKILL, the processes that still hold on to it. */
  async close(): Promise<void> {
    const dead = new Set(
      this.#events.entries.filter(({ event }) => event === "died").map(({ pid }) => pid),
    );
    for (const { pid, event } of this.#events.entries) {
      if (event === "born" && !dead.has(pid)) killIfAlive(pid);
    }
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => void this.#server.close(resolve));
  }

  #onConnection(socket: Socket): void {
    let pid = 0;
    this.#sockets.add(socket);
    createInterface(socket).on("line", (line) => {
      const [first = "", ...event] = line.split(" ");
      pid = Number(first);
      this.#events.append({ pid, event: event.join(" ") });
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#events.append({ pid, event: "died" });
    });
  }
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has died just now; that news is still on its way.
  }
}
