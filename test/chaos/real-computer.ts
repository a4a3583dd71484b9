/** This computer, with real gateways, real files and real pipes, for a world in real time. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Channel } from "../simulation/channel.js";
import type { Computer, GatewayStart, Places } from "../simulation/computer.js";
import type { Terminals } from "../simulation/codex/terminal.js";
import type { SharedServer } from "../simulation/codex/shared-server.js";
import type { Life } from "../simulation/time.js";
import type { WorldParts } from "../simulation/world.js";
import type { Bundles } from "./bundle.js";
import type { Leftovers } from "./gateway/wire.js";
import { RealGateway } from "./real-gateway.js";
import type { RealTime } from "./real-time.js";

/** The Codex of a world: the simulation's, or the real one. */
export type RealCodex = {
  readonly shared: SharedServer | undefined;
  readonly terminals: Terminals | undefined;
  /** The plugin's settings of where it is. */
  readonly appServer: Record<string, unknown>;
  /** What gateways, and with them the app-servers that they start, find in their environment. */
  readonly env: Readonly<Record<string, string>>;
  killAll(gateway: RealGateway | undefined): void;
  /** The machine loses its power. */
  die(gateway: RealGateway): void;
  /** Ends what it is; returns what is left of it. */
  end(): Promise<string[]>;
};

/** How long what a gateway has to do after its last answer may take: files, interrupts. */
const IDLE_WITHIN_MS = 30_000;
const LOOK_MS = 250;

export function placesIn(folder: string): Places {
  const stateDir = path.join(folder, "state");
  return {
    stateDir,
    inbound: path.join(stateDir, "media", "inbound"),
    workspace: path.join(folder, "workspace"),
  };
}

export class RealComputer implements Computer<RealGateway> {
  readonly places: Places;
  readonly #folder: string;
  readonly #bundles: Bundles;
  readonly #time: RealTime;
  readonly #channel: Channel;
  readonly #codex: RealCodex;
  /** By the gateway: what is over with it. */
  readonly #lives = new Map<RealGateway, Life>();
  #current: RealGateway | undefined;

  constructor(
    { channel }: WorldParts,
    around: { folder: string; bundles: Bundles; time: RealTime; codex: RealCodex },
  ) {
    this.#channel = channel;
    this.#folder = around.folder;
    this.#bundles = around.bundles;
    this.#time = around.time;
    this.#codex = around.codex;
    this.places = placesIn(around.folder);
    mkdirSync(this.places.stateDir, { recursive: true, mode: 0o700 });
    mkdirSync(this.places.workspace);
  }

  get shared(): SharedServer | undefined {
    return this.#codex.shared;
  }

  get terminals(): Terminals | undefined {
    return this.#codex.terminals;
  }

  get appServer(): Record<string, unknown> {
    return this.#codex.appServer;
  }

  startGateway({ run, config, onWarning }: GatewayStart): RealGateway {
    const { installed, updated, gateway: bundle } = this.#bundles;
    const life: Life = { alive: true };
    const gateway = new RealGateway({
      bundle,
      settings: {
        run,
        config,
        plugins: { installed, updated },
        stateDir: this.places.stateDir,
        bindingsDir: path.join(this.#folder, "bindings"),
      },
      env: { ...process.env, ...this.#codex.env },
      channel: {
        send: (to, text, buttons) => this.#channel.send({ life, run }, to, text, buttons),
        edit: (to, id, text, buttons) => this.#channel.edit({ life }, to, id, text, buttons),
      },
      onWarning,
      onFailure: (how) => this.#time.abort(new Error(`gateway ${run}: ${how}`)),
    });
    this.#lives.set(gateway, life);
    this.#current = gateway;
    return gateway;
  }

  async kill(gateway: RealGateway): Promise<void> {
    await gateway.kill();
    const life = this.#lives.get(gateway);
    if (life) life.alive = false;
  }

  /** Its processes are gone all at once, and what they had written stays. */
  async losePower(gateway: RealGateway): Promise<void> {
    this.#codex.die(gateway);
    await this.kill(gateway);
  }

  killCodex(): void {
    this.#codex.killAll(this.#current);
  }

  moveClock(): void {
    throw new Error("the clock of this computer is not to be moved");
  }

  troubleDisk(_code: string, forMs: number): void {
    if (forMs > 0) throw new Error("the disk of this computer is not to be troubled");
  }

  files(): string[] {
    const { stateDir } = this.places;
    const names = readdirSync(stateDir, { recursive: true, encoding: "utf8" });
    return names.map((name) => path.join(stateDir, name));
  }

  stage(file: string, content: Buffer): void {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** Its maps cannot be seen from here; `end` counts what is left in it. */
  tooMuch(): string[] {
    return [];
  }

  async end(gateway: RealGateway): Promise<string[]> {
    const found: string[] = [];
    let isOver = false;
    const ending = this.#end(gateway, found).finally(() => {
      isOver = true;
      this.#time.after(0, { alive: true }, () => {});
    });
    ending.catch(() => {});
    // What the gateway asks of the channel and of Codex meanwhile is answered.
    await this.#time.run(() => isOver);
    await ending;
    return found;
  }

  async #end(gateway: RealGateway, found: string[]): Promise<void> {
    const life: Life = { alive: true };
    const until = this.#time.now + IDLE_WITHIN_MS;
    let idle = await gateway.inspect();
    while (idle && isBusy(idle) && this.#time.now < until) {
      // oxlint-disable-next-line no-await-in-loop
      await this.#time.sleep(LOOK_MS, life);
      // oxlint-disable-next-line no-await-in-loop
      idle = await gateway.inspect();
    }
    if (!idle || isBusy(idle)) found.push(`when all was answered: ${JSON.stringify(idle)}`);
    const { leftovers, failure } = await gateway.end();
    if (!leftovers || isBusy(leftovers) || leftovers.clients + leftovers.resources.length > 0) {
      found.push(`in a stopped gateway: ${JSON.stringify(leftovers)}`);
    }
    if (failure !== undefined) found.push(failure);
    found.push(...(await this.#codex.end()));
  }
}

function isBusy({ queued, activeTurns, questions, busyClients, handlers }: Leftovers): boolean {
  return queued + activeTurns + questions + busyClients + handlers > 0;
}
