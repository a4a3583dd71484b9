/** A simulated computer: its disk, its clock, its processes, and what ends them. */
import path from "node:path";
import { asObject } from "../support/wire-guards.js";
import { Seeded } from "../support/seeded.js";
import type { CodexWorld } from "./codex/app-server.js";
import { CodexHome } from "./codex/home.js";
import { SharedServer } from "./codex/shared-server.js";
import { StdioServer } from "./codex/stdio-server.js";
import { Terminals } from "./codex/terminal.js";
import { drawCodex, traitsOf } from "./codex/traits.js";
import type { Button } from "./chat.js";
import type { Channel } from "./channel.js";
import { SimChild } from "./child.js";
import type { Computer, GatewayStart, Places, Version } from "./computer.js";
import { Disk } from "./disk.js";
import { Gateway, type HostBindings } from "./gateway.js";
import type { Ledger } from "./ledger.js";
import { openclawModule } from "./openclaw-modules.js";
import type { DiskCode } from "./plan.js";
import type { Life, Time } from "./time.js";
import type { WorldParts } from "./world.js";
import type { DiskTrouble } from "./sim-fs.js";
import { SimProcess, type PluginCode } from "./sim-process.js";
import { simWebSocket } from "./sim-socket.js";

const STATE_DIR = "/home/user/.openclaw";
const WORKSPACE = "/home/user/work";
export const PLACES: Places = {
  stateDir: STATE_DIR,
  inbound: `${STATE_DIR}/media/inbound`,
  workspace: WORKSPACE,
};

/** 1 December 2026. */
const EPOCH = Date.UTC(2026, 11, 1, 9);

/** After a gateway's end nothing of it may be left so much later. */
const LEFT_AFTER_MS = 60_000;

export class Machine implements Computer<Gateway> {
  readonly places = PLACES;
  readonly disk: Disk;
  readonly shared: SharedServer | undefined;
  readonly terminals: Terminals | undefined;
  readonly #codex: CodexWorld;
  readonly #time: Time;
  readonly #ledger: Ledger;
  readonly #channel: Channel;
  readonly #seed: number;
  readonly #plugin: Readonly<Record<Version, PluginCode>>;
  readonly #bindings: HostBindings = new Map();
  readonly #processes = new Map<Gateway, SimProcess>();
  readonly #servers = new Map<SimChild, StdioServer>();
  readonly #sockets = new Map<Life, Set<{ hangUp(): void }>>();
  #children: SimChild[] = [];
  #pids = 100;
  /** How far the clock is from where the world's time would put it. */
  #clockOffset = 0;
  #diskTrouble: { code: DiskCode; until: number } | undefined;
  readonly #diskRandom: Seeded;

  constructor(
    { seed, time, ledger, channel, isFaulty }: WorldParts,
    plugin: Readonly<Record<Version, PluginCode>>,
  ) {
    this.#seed = seed;
    this.#time = time;
    this.#ledger = ledger;
    this.#channel = channel;
    this.#plugin = plugin;
    this.#diskRandom = new Seeded(seed, "disk");
    this.disk = new Disk(
      () => this.#clock(),
      () => time.now,
    );
    for (const folder of [STATE_DIR, WORKSPACE]) this.disk.makeFolder(folder, 0o700, true);
    for (const part of ["/home/user", "/home", STATE_DIR]) this.#settle(part);
    const { isShared, version } = drawCodex(seed);
    const traits = traitsOf(version);
    const home = new CodexHome();
    this.#codex = { seed, scheduler: time, ledger, version, traits, isFaulty, home };
    if (!isShared) return;
    this.shared = new SharedServer(this.#codex, () => this.#nextPid());
    this.terminals = new Terminals(this.#codex, this.shared);
  }

  get appServer(): Record<string, unknown> {
    return this.shared
      ? { transport: "websocket", url: "ws://127.0.0.1:4500" }
      : { command: "/usr/bin/codex" };
  }

  #settle(folder: string): void {
    const node = this.disk.find(folder);
    if (node) this.disk.sync(node);
    this.disk.sync(this.disk.root);
  }

  /** Milliseconds since 1970, by a clock that can be set. */
  #clock(): number {
    return Math.floor(EPOCH + this.#time.now + this.#clockOffset);
  }

  moveClock(byMs: number): void {
    this.#clockOffset += byMs;
  }

  troubleDisk(code: DiskCode, forMs: number): void {
    this.#diskTrouble = { code, until: this.#time.now + forMs };
  }

  startGateway({ run, config, onWarning, onCrash }: GatewayStart): Gateway {
    const bindings = this.#bindings;
    const channel = {
      send: (to: string, text: string, buttons?: readonly Button[]) =>
        this.#channel.send({ life: process.life, run }, to, text, buttons),
      edit: (to: string, id: number, text: string, buttons?: readonly Button[]) =>
        this.#channel.edit({ life: process.life }, to, id, text, buttons),
    };
    const openclaw = (name: string): unknown => openclawModule(name, { channel, bindings });
    const process = this.#startProcess(openclaw, onCrash);
    const gateway = new Gateway({
      run,
      isAlive: () => process.life.alive,
      load: (version) => asObject(process.load(this.#plugin[version]))["default"],
      channel,
      bindings,
      stateDir: STATE_DIR,
      config,
      sleep: (ms) => process.timers.sleep(ms),
      readFile: (file) => process.fs.disk.requireFile(file, "open").content,
      onWarning,
    });
    this.#processes.set(gateway, process);
    return gateway;
  }

  #startProcess(openclaw: (name: string) => unknown, onCrash: (error: unknown) => void) {
    this.#children = this.#children.filter((child) => child.isAlive);
    const sockets = new Set<{ hangUp(): void }>();
    const process: SimProcess = new SimProcess({
      seed: this.#seed,
      pid: this.#nextPid(),
      scheduler: this.#time,
      disk: this.disk,
      diskTrouble: this.#trouble,
      wallClock: () => this.#clock(),
      spawn: () => this.#spawn(process),
      webSocket: (life) =>
        simWebSocket({
          scheduler: this.#time,
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
  async kill(gateway: Gateway): Promise<void> {
    const process = this.#processOf(gateway);
    process.die();
    for (const child of this.#children) child.orphan();
    for (const socket of this.#sockets.get(process.life) ?? []) socket.hangUp();
    this.#sockets.delete(process.life);
  }

  async losePower(gateway: Gateway): Promise<void> {
    this.#processOf(gateway).die();
    for (const [child, server] of this.#servers) {
      if (child.isAlive) server.server.die();
    }
    this.#children = [];
    this.#sockets.clear();
    this.shared?.losePower();
    this.disk.losePower(this.#time.random);
  }

  #processOf(gateway: Gateway): SimProcess {
    const process = this.#processes.get(gateway);
    if (!process) throw new Error("a gateway has a process");
    return process;
  }

  files(): string[] {
    return this.disk.files(STATE_DIR);
  }

  stage(file: string, content: Buffer): void {
    const { disk } = this;
    if (disk.find(file)) return;
    const folder = path.posix.dirname(file);
    disk.makeFolder(folder, 0o700, true);
    const node = disk.create(file, 0o600);
    disk.write(node, content);
    disk.sync(node);
    for (let above = folder; above !== STATE_DIR; above = path.posix.dirname(above)) {
      disk.sync(disk.requireFolder(above, "sync"));
    }
    disk.sync(disk.requireFolder(STATE_DIR, "sync"));
  }

  tooMuch(gateway: Gateway): string[] {
    return this.#processOf(gateway).holdings.tooMuch();
  }

  async end(gateway: Gateway): Promise<string[]> {
    let ended = false;
    void gateway.stop().then(() => (ended = true));
    const until = this.#time.now + LEFT_AFTER_MS;
    this.#time.after(LEFT_AFTER_MS, { alive: true }, () => {});
    await this.#time.run(() => this.#time.now >= until);
    const { fs, timers } = this.#processOf(gateway);
    const left = timers.count();
    return [
      ...(ended ? [] : ["the gateway did not stop within a minute"]),
      ...(left > 0 ? [`${left} timers`] : []),
      ...fs.openFiles.map((file) => `an open file: ${file}`),
      ...this.#liveChildren().map(({ pid }) => `the app-server ${pid}`),
    ];
  }

  /** The app-servers die by themselves. */
  killCodex(): void {
    for (const child of this.#liveChildren()) child.signal("SIGKILL");
    this.shared?.kill();
  }

  #liveChildren(): SimChild[] {
    return this.#children.filter((child) => child.isAlive);
  }

  #spawn(parent: SimProcess): SimChild {
    const pid = this.#nextPid();
    let server: StdioServer | undefined;
    const child = new SimChild(this.#time, parent.life, pid, (io) => {
      server = new StdioServer(this.#codex, pid, io);
      return server;
    });
    if (server) this.#servers.set(child, server);
    this.#children.push(child);
    this.#ledger.fault("app-server started");
    return child;
  }

  #signal(pid: number, name: string): void {
    const child = this.#liveChildren().find((one) => one.pid === Math.abs(pid));
    if (!child) throw Object.assign(new Error("kill ESRCH"), { code: "ESRCH" });
    child.signal(name);
  }

  #nextPid(): number {
    return (this.#pids += 1);
  }

  readonly #trouble: DiskTrouble = ({ syscall, file }) => {
    const trouble = this.#diskTrouble;
    if (!trouble || this.#time.now > trouble.until || !file.startsWith(STATE_DIR)) {
      return { slowMs: 0 };
    }
    const random = this.#diskRandom;
    const { code } = trouble;
    if (!AFFECTS[code].includes(syscall) || !random.chance(0.7)) return { slowMs: 0 };
    this.#ledger.fault(`disk: ${code} at ${syscall}`);
    if (code !== "slow") {
      this.#ledger.diskTroubles.push({ at: this.#time.now, what: `${code} ${file}` });
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
