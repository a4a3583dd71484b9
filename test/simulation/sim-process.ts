/** One simulated process that runs the plugin: its globals, its timers, its modules, its end. */
import { AsyncLocalStorage } from "node:async_hooks";
import { createHash, type randomUUID as realUuid } from "node:crypto";
import { EventEmitter } from "node:events";
import { constants } from "node:fs";
import path from "node:path";
import * as stringDecoder from "node:string_decoder";
import * as url from "node:url";
import * as util from "node:util";
import { crc32, deflateRawSync } from "node:zlib";
import { Seeded } from "../support/seeded.js";
import type { Disk } from "./disk.js";
import { Holdings } from "./holdings.js";
import type { Life, Time } from "./time.js";
import { SimFs, USER, type DiskTrouble } from "./sim-fs.js";
import { simTimers, type SimTimers } from "./sim-timers.js";

const HOME = "/home/user";

/** The plugin's code as a function of what its process gives it. */
export type PluginCode = {
  (globals: Record<string, unknown>): unknown;
  /** The source that a line of it comes from. */
  fileOf(this: void, line: number): string;
};

/** What the engine and `compilePlugin` put above the bundle. */
const LINES_ABOVE = 3;

/** The bundle names each file above what it is made of. */
const SOURCE = /^\/\/ (?:\S*?\/)?((?:src|node_modules)\/\S+)$/;

const GLOBALS = [
  "require",
  "globalThis",
  "Map",
  "Set",
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "clearInterval",
  "setImmediate",
  "clearImmediate",
  "Date",
  "performance",
  "process",
  "Math",
  "AbortSignal",
  "crypto",
  "fetch",
] as const;

/** Compiled once; each call makes another instance of all modules. */
export function compilePlugin(bundle: string): PluginCode {
  // oxlint-disable-next-line typescript/no-implied-eval -- This is how the plugin gets its own clock.
  const made: unknown = new Function(
    ...GLOBALS,
    "module",
    "exports",
    `"use strict";\n${bundle}\nreturn module.exports;`,
  );
  if (!isFunction(made)) throw new Error("the bundle is no function");
  const run = (globals: Record<string, unknown>): unknown => {
    const module = { exports: {} };
    return made(...GLOBALS.map((name) => globals[name]), module, module.exports);
  };
  const lines = bundle.split("\n");
  // esbuild writes above each file's part which one it is.
  const fileOf = (line: number): string => {
    const above = lines.slice(0, line - LINES_ABOVE);
    return SOURCE.exec(above.findLast((text) => SOURCE.test(text)) ?? "")?.[1] ?? "no source";
  };
  return Object.assign(run, { fileOf });
}

export type ProcessSurroundings = {
  seed: number;
  pid: number;
  scheduler: Time;
  disk: Disk;
  diskTrouble: DiskTrouble;
  /** Milliseconds since 1970 on the machine's clock. */
  wallClock: () => number;
  /** Starts a child process. */
  spawn: (command: string, args: readonly string[], env: unknown) => unknown;
  /** The class of a process's WebSockets. */
  webSocket: (life: Life) => unknown;
  /** The modules of OpenClaw's that the plugin asks for. */
  openclaw: (name: string) => unknown;
  onCrash: (error: unknown) => void;
  signal: (pid: number, signal: string) => void;
};

export class SimProcess {
  readonly life: Life = { alive: true };
  readonly fs: SimFs;
  readonly timers: SimTimers;
  readonly holdings = new Holdings();
  readonly pid: number;
  readonly #around: ProcessSurroundings;
  readonly #globals: Record<string, unknown>;
  readonly #events = new EventEmitter();
  /** What the plugin keeps for its process. */
  readonly shared: Record<PropertyKey, unknown> = {};

  constructor(around: ProcessSurroundings) {
    this.#around = around;
    this.pid = around.pid;
    const { scheduler, disk, diskTrouble } = around;
    this.fs = new SimFs(disk, scheduler, this.life, diskTrouble);
    this.timers = simTimers(scheduler, this.life, (error) => around.onCrash(error));
    this.#globals = this.#makeGlobals();
  }

  /** A fresh copy of the plugin's modules, as after a reload. */
  load(code: PluginCode): unknown {
    const loaded = code(this.#globals);
    this.holdings.loaded(code.fileOf);
    return loaded;
  }

  /** Nothing of it runs any more. */
  die(): void {
    if (!this.life.alive) return;
    this.life.alive = false;
    this.fs.die();
  }

  #makeGlobals(): Record<string, unknown> {
    const { scheduler, seed, pid, wallClock, spawn, webSocket, openclaw, signal } = this.#around;
    const random = new Seeded(seed, "process", pid);
    const bornAt = scheduler.now;
    const modules: Record<string, unknown> = {
      "node:fs/promises": this.fs.module(),
      "node:fs": { constants, existsSync: () => false },
      "node:async_hooks": { AsyncLocalStorage },
      "node:path": path.posix,
      "node:string_decoder": stringDecoder,
      "node:util": util,
      "node:url": url,
      "node:os": { homedir: () => HOME, availableParallelism: () => 2 },
      "node:crypto": {
        createHash,
        randomUUID: () => uuidOf(random),
        randomBytes: (length: number) => bytesOf(random, length),
      },
      // Packed at once, and told a moment later: the real one has other threads do it, in their own time.
      "node:zlib": {
        crc32,
        deflateRaw: (data: Buffer, done: (error: null, packed: Buffer) => void) => {
          const packed = deflateRawSync(data);
          this.timers.after(1, () => done(null, packed));
        },
      },
      "node:timers/promises": { setTimeout: (ms: number) => this.timers.sleep(ms) },
      "node:child_process": {
        spawn: (command: string, args: readonly string[], options: { env?: unknown }) =>
          spawn(command, args, options.env),
      },
      ws: { WebSocket: webSocket(this.life) },
    };
    const now = wallClock;
    const globals: Record<string, unknown> = {
      require: (name: string) => modules[name] ?? openclaw(name),
      ...this.timers.globals,
      ...this.holdings.globals,
      Date: class extends Date {
        constructor(value?: number | string | Date) {
          super(value ?? now());
        }

        static override now(): number {
          return now();
        }
      },
      performance: {
        now: () => scheduler.now - bornAt + 30,
        timeOrigin: wallClock() - 30,
      },
      process: {
        pid,
        env: { HOME, PATH: "/usr/bin" },
        platform: "linux",
        arch: "x64",
        execPath: "/usr/bin/node",
        versions: process.versions,
        version: process.version,
        cwd: () => HOME,
        getuid: () => USER,
        nextTick: (run: () => void) => process.nextTick(run),
        on: (name: string, listener: () => void) => this.#events.on(name, listener),
        off: (name: string, listener: () => void) => this.#events.off(name, listener),
        kill: (target: number, name: string) => signal(target, name),
      },
      Math: Object.assign(Object.create(Math), { random: () => random.next() }),
      AbortSignal: Object.assign(Object.create(AbortSignal), {
        timeout: (ms: number) => {
          const controller = new AbortController();
          this.timers.after(ms, () =>
            controller.abort(new DOMException("timed out", "TimeoutError")),
          );
          return controller.signal;
        },
        any: (signals: AbortSignal[]) => AbortSignal.any(signals),
        abort: (reason?: unknown) => AbortSignal.abort(reason),
      }),
      crypto: { randomUUID: () => uuidOf(random) },
      fetch: () => Promise.reject(new Error("the simulated machine has no network")),
    };
    globals["globalThis"] = this.shared;
    return globals;
  }
}

function bytesOf(random: Seeded, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.int(0, 255)));
}

/** Of the form that `randomUUID` gives. */
function uuidOf(random: Seeded): ReturnType<typeof realUuid> {
  const hex = bytesOf(random, 16).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === "function";
}
