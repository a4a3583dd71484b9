/** The simulation's Codex for real gateways: as processes that they start, or behind a WebSocket. */
import path from "node:path";
import type { CodexWorld } from "../simulation/codex/app-server.js";
import { CodexHome } from "../simulation/codex/home.js";
import { SharedServer } from "../simulation/codex/shared-server.js";
import { Terminals } from "../simulation/codex/terminal.js";
import { drawCodex, traitsOf } from "../simulation/codex/traits.js";
import type { WorldParts } from "../simulation/world.js";
import { CodexProcesses } from "./codex-processes.js";
import { CodexSocket } from "./codex-socket.js";
import type { RealCodex } from "./real-computer.js";

/** They hear by their pipes that the gateway has ended. */
const ENDED_WITHIN_MS = 10_000;
const LOOK_MS = 100;

/** What it needs is opened before there is a world. */
export type CodexDoors = { socket: CodexSocket; door: string };

export async function openDoors(
  folder: string,
  codex: () => SimulatedCodex | undefined,
): Promise<CodexDoors> {
  const socket = await CodexSocket.open(() => codex()?.shared);
  return { socket, door: path.join(folder, "codex.sock") };
}

export class SimulatedCodex implements RealCodex {
  readonly shared: SharedServer | undefined;
  readonly terminals: Terminals | undefined;
  readonly appServer: Record<string, unknown>;
  readonly env: Readonly<Record<string, string>>;
  /** Settled when app-servers are let in. */
  readonly ready: Promise<void>;
  readonly #world: CodexWorld;
  readonly #processes: CodexProcesses;
  readonly #socket: CodexSocket;

  constructor(
    { seed, time, ledger, isFaulty }: WorldParts,
    { socket, door }: CodexDoors,
    relay: string,
  ) {
    const { isShared, version } = drawCodex(seed);
    const traits = traitsOf(version);
    const home = new CodexHome();
    this.#world = { seed, scheduler: time, ledger, version, traits, isFaulty, home };
    this.#socket = socket;
    this.#processes = new CodexProcesses(this.#world);
    this.ready = this.#processes.open(door);
    this.env = { CHAOS_DOOR: door };
    this.appServer = isShared
      ? { transport: "websocket", url: socket.url }
      : { command: process.execPath, args: [relay], passEnv: ["CHAOS_DOOR"] };
    if (!isShared) return;
    let pids = 0;
    this.shared = new SharedServer(this.#world, () => (pids += 1));
    this.terminals = new Terminals(this.#world, this.shared);
  }

  killAll(): void {
    this.#processes.killAll();
    this.shared?.kill();
  }

  die(): void {
    this.#processes.killAll();
    this.shared?.losePower();
  }

  async end(): Promise<string[]> {
    const { scheduler: time } = this.#world;
    this.shared?.shutDown();
    const until = time.now + ENDED_WITHIN_MS;
    while (this.#processes.alive().length > 0 && time.now < until) {
      // oxlint-disable-next-line no-await-in-loop
      await time.sleep(LOOK_MS, { alive: true });
    }
    this.#processes.close();
    this.#socket.close();
    return this.#processes.alive().map((pid) => `the app-server ${pid}`);
  }
}
