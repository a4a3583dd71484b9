/** The app-servers of a world: each a process of its own, whose doings the simulation's Codex decides. */
import { readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { LineDecoder } from "../../src/app-server/line-decoder.js";
import type { CodexWorld } from "../simulation/codex/app-server.js";
import { StdioServer } from "../simulation/codex/stdio-server.js";
import { readRelayNews, type RelayNews, type RelayOrder } from "./relay-wire.js";

/** Of a line. */
const MOST_BYTES = 64 * 1024 * 1024;

export class CodexProcesses {
  readonly #world: CodexWorld;
  readonly #live = new Map<number, CodexProcess>();
  readonly #pids: number[] = [];
  #door: Server | undefined;

  constructor(world: CodexWorld) {
    this.#world = world;
  }

  /** Lets app-servers in by a socket at this path. */
  async open(door: string): Promise<void> {
    const server = createServer((socket) => this.#meet(socket));
    this.#door = server;
    await new Promise<void>((resolve) => void server.listen(door, resolve));
  }

  close(): void {
    this.#door?.close();
  }

  killAll(): void {
    for (const codex of this.#live.values()) codex.onSignal("SIGKILL");
  }

  /** Those that have not ended. */
  alive(): number[] {
    return this.#pids.filter((pid) => isAlive(pid));
  }

  #meet(socket: Socket): void {
    let codex: CodexProcess | undefined;
    const take = (line: string): void => {
      const news = readRelayNews(line);
      if (news.is !== "born") {
        codex?.hear(news);
        return;
      }
      this.#world.ledger.fault("app-server started");
      codex = new CodexProcess(this.#world, news.pid, socket);
      this.#pids.push(news.pid);
      this.#live.set(news.pid, codex);
    };
    const lines = new LineDecoder(MOST_BYTES, take, () => {});
    socket.on("data", (bytes: Buffer) => lines.push(bytes));
    // It was killed.
    socket.on("close", () => {
      if (!codex) return;
      codex.gone();
      this.#live.delete(codex.pid);
    });
    socket.on("error", () => {});
  }
}

class CodexProcess {
  readonly pid: number;
  readonly #program: StdioServer;
  readonly #socket: Socket;
  #rest = "";

  constructor(world: CodexWorld, pid: number, socket: Socket) {
    this.pid = pid;
    this.#socket = socket;
    this.#program = new StdioServer(world, pid, {
      write: (bytes) => this.#tell({ do: "write", bytes: bytes.toString("base64") }),
      writeError: (text) => this.#tell({ do: "write error", text }),
      exit: (how) => this.#exit(how),
    });
  }

  hear(news: Exclude<RelayNews, { is: "born" }>): void {
    if (!this.#program.life.alive) return;
    switch (news.is) {
      case "input":
        return this.#take(news.text);
      case "input end":
        return this.#program.onInputEnd();
      case "signal":
        return this.#program.onSignal(news.signal);
    }
  }

  onSignal(signal: string): void {
    if (this.#program.life.alive) this.#program.onSignal(signal);
  }

  gone(): void {
    if (!this.#program.life.alive) return;
    this.#program.server.trouble("an app-server ended");
    this.#program.life.alive = false;
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) if (this.#program.life.alive) this.#program.onLine(line);
  }

  #exit(how: { code: number } | { signal: string }): void {
    this.#program.life.alive = false;
    if ("code" in how) this.#tell({ do: "exit", code: how.code });
    else if (how.signal === "SIGTERM") this.#tell({ do: "exit", code: 0 });
    else if (isAlive(this.pid)) process.kill(this.pid, "SIGKILL");
  }

  #tell(order: RelayOrder): void {
    if (!this.#socket.destroyed) this.#socket.write(`${JSON.stringify(order)}\n`);
  }
}

/** Whether a process runs; one that has ended and waits for its parent's notice does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    // Without /proc, as on macOS, the signal decides; with it the process has just gone.
    return process.platform !== "linux";
  }
}
