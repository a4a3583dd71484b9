/** The machine that gateways run on: its disk, its clock, its processes, and what ends them. */
import { Seeded } from "../chaos/seeded.js";
import type { CodexWorld } from "./codex/app-server.js";
import { CodexHome } from "./codex/home.js";
import { SharedServer } from "./codex/shared-server.js";
import { StdioServer } from "./codex/stdio-server.js";
import { Terminals } from "./codex/terminal.js";
import { traitsOf, VERSIONS } from "./codex/traits.js";
import { SimChild } from "./child.js";
import { Disk } from "./disk.js";
import type { Ledger } from "./ledger.js";
import type { DiskCode } from "./plan.js";
import type { Life, Scheduler } from "./scheduler.js";
import type { DiskTrouble } from "./sim-fs.js";
import { SimProcess } from "./sim-process.js";
import { simWebSocket } from "./sim-socket.js";

export const STATE_DIR = "/home/user/.openclaw";
/** Where OpenClaw keeps what comes with messages. */
export const INBOUND = `${STATE_DIR}/media/inbound`;
export const CODEX = "/usr/bin/codex";
const WORKSPACE = "/home/user/work";

/** 1 December 2026. */
const EPOCH = Date.UTC(2026, 11, 1, 9);

/** In so many worlds of a hundred Codex is behind a WebSocket, with people at terminals beside the gateway. */
const SHARED_IN = 25;
/** Such an app-server is asked for by the newest only. */
const SHARED_VERSION = "0.171.0";

export class Machine {
  readonly disk: Disk;
  readonly codex: CodexWorld;
  readonly #scheduler: Scheduler;
  readonly #ledger: Ledger;
  readonly #seed: number;
  /** Behind a WebSocket, if Codex is there. */
  readonly shared: SharedServer | undefined;
  readonly terminals: Terminals | undefined;
  readonly #servers = new Map<SimChild, StdioServer>();
  readonly #sockets = new Map<Life, Set<{ hangUp(): void }>>();
  #children: SimChild[] = [];
  #pids = 100;
  #diskTrouble: { code: DiskCode; until: number } | undefined;
  readonly #diskRandom: Seeded;

  constructor(seed: number, scheduler: Scheduler, ledger: Ledger, isFaulty: () => boolean) {
    this.#seed = seed;
    this.#scheduler = scheduler;
    this.#ledger = ledger;
    this.#diskRandom = new Seeded(seed, "disk");
    this.disk = new Disk(
      () => this.clock(),
      () => scheduler.now,
    );
    for (const folder of [STATE_DIR, WORKSPACE]) this.disk.makeFolder(folder, 0o700, true);
    for (const part of ["/home/user", "/home", STATE_DIR]) this.#settle(part);
    const isShared = new Seeded(seed, "shared").int(1, 100) <= SHARED_IN;
    const version = isShared ? SHARED_VERSION : new Seeded(seed, "version").pick(VERSIONS);
    const traits = traitsOf(version);
    this.codex = { seed, scheduler, ledger, version, traits, isFaulty, home: new CodexHome() };
    if (!isShared) return;
    this.shared = new SharedServer(this.codex, () => this.#nextPid());
    this.terminals = new Terminals(this.codex, this.shared);
  }

  #settle(folder: string): void {
    const node = this.disk.find(folder);
    if (node) this.disk.sync(node);
    this.disk.sync(this.disk.root);
  }

  get workspace(): string {
    return WORKSPACE;
  }

  /** Milliseconds since 1970, by a clock that can be set. */
  clock(): number {
    return Math.floor(EPOCH + this.#scheduler.now + this.#scheduler.clockOffset);
  }

  troubleDisk(code: DiskCode, forMs: number): void {
    this.#diskTrouble = { code, until: this.#scheduler.now + forMs };
  }

  startProcess(openclaw: (name: string) => unknown, onCrash: (error: unknown) => void): SimProcess {
    this.#children = this.#children.filter((child) => child.isAlive);
    const sockets = new Set<{ hangUp(): void }>();
    const process: SimProcess = new SimProcess({
      seed: this.#seed,
      pid: this.#nextPid(),
      scheduler: this.#scheduler,
      disk: this.disk,
      diskTrouble: this.#trouble,
      wallClock: () => this.clock(),
      spawn: () => this.#spawn(process),
      webSocket: (life) =>
        simWebSocket({
          scheduler: this.#scheduler,
          life,
          server: () => this.shared,
          onOpen: (socket) => void sockets.add(socket),
        }),
      openclaw,
      onCrash,
      signal: (pid, name) => this.#signal(pid, name),
    });
    this.#sockets.set(process.life, sockets);
    return process;
  }

  /** A process is gone; what it started hears of that by its pipes. */
  kill(process: SimProcess): void {
    process.die();
    for (const child of this.#children) child.orphan();
    for (const socket of this.#sockets.get(process.life) ?? []) socket.hangUp();
    this.#sockets.delete(process.life);
  }

  losePower(process: SimProcess): void {
    process.die();
    for (const [child, server] of this.#servers) {
      if (child.isAlive) server.server.die();
    }
    this.#children = [];
    this.#sockets.clear();
    this.shared?.losePower();
    this.disk.losePower(this.#scheduler.random);
  }

  /** The app-servers die by themselves. */
  killCodex(): void {
    for (const child of this.liveChildren()) child.signal("SIGKILL");
    this.shared?.kill();
  }

  liveChildren(): SimChild[] {
    return this.#children.filter((child) => child.isAlive);
  }

  #spawn(parent: SimProcess): SimChild {
    const pid = this.#nextPid();
    let server: StdioServer | undefined;
    const child = new SimChild(this.#scheduler, parent.life, pid, (io) => {
      server = new StdioServer(this.codex, pid, io);
      return server;
    });
    if (server) this.#servers.set(child, server);
    this.#children.push(child);
    this.#ledger.fault("app-server started");
    return child;
  }

  #signal(pid: number, name: string): void {
    const child = this.liveChildren().find((one) => one.pid === Math.abs(pid));
    if (!child) throw Object.assign(new Error("kill ESRCH"), { code: "ESRCH" });
    child.signal(name);
  }

  #nextPid(): number {
    return (this.#pids += 1);
  }

  readonly #trouble: DiskTrouble = ({ syscall, file }) => {
    const trouble = this.#diskTrouble;
    if (!trouble || this.#scheduler.now > trouble.until || !file.startsWith(STATE_DIR)) {
      return { slowMs: 0 };
    }
    const random = this.#diskRandom;
    const { code } = trouble;
    if (!AFFECTS[code].includes(syscall) || !random.chance(0.7)) return { slowMs: 0 };
    this.#ledger.fault(`disk: ${code} at ${syscall}`);
    if (code !== "slow") {
      this.#ledger.diskTroubles.push({ at: this.#scheduler.now, what: `${code} ${file}` });
    }
    return code === "slow" ? { slowMs: random.int(10, 4000) } : { code, slowMs: 0 };
  };
}

const AFFECTS: Readonly<Record<DiskCode, readonly string[]>> = {
  ENOSPC: ["write", "mkdir", "copyfile"],
  EIO: ["write", "sync", "read"],
  EMFILE: ["open", "readdir"],
  slow: ["sync", "rename", "open", "read"],
};
