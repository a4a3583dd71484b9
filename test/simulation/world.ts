/** One world from its first message to its calm: people, gateways one after another, and what befalls them. */
import { tagOf } from "../chaos/tags.js";
import { Channel } from "./channel.js";
import { Chat } from "./chat.js";
import { Gateway, type HostBindings } from "./gateway.js";
import { Inbound } from "./inbound.js";
import { describeError, Ledger } from "./ledger.js";
import { CODEX, Machine, STATE_DIR } from "./machine.js";
import { People } from "./people.js";
import type { Act, Settings } from "./plan.js";
import { Scheduler, type Life } from "./scheduler.js";
import type { PluginCode } from "./sim-process.js";

export type WorldOptions = {
  seed: number;
  chats: number;
  plan: readonly Act[];
  /** The plugin, and the version that an update brings. */
  code: PluginCode;
  updated: PluginCode;
  /** Told each line of the transcript. */
  record?: (line: string) => void;
};

/** How a gateway ended. */
export type GatewayEnd = {
  run: number;
  at: number;
  how: "kill" | "power" | "stop";
  left: string[];
};

const RESTART_MS = 400;
/** After the last act nothing goes wrong any more, and all must come to its end within this. */
const CALM_MS = 4 * 3_600_000;
const LOOK_MS = 5000;

export class World {
  readonly scheduler: Scheduler;
  readonly ledger = new Ledger();
  readonly chats: readonly Chat[];
  readonly machine: Machine;
  readonly channel: Channel;
  readonly people: People;
  readonly inbound: Inbound;
  readonly ends: GatewayEnd[] = [];
  readonly reloads: number[] = [];
  readonly bindings: HostBindings = new Map();
  readonly options: WorldOptions;
  readonly #life: Life = { alive: true };
  gateway: Gateway | undefined;
  #runs = 0;
  #code: PluginCode;
  #settings: Settings = { whileRunning: "queue", progress: "off" };
  #faulty = true;
  #starting = false;
  #over = false;

  constructor(options: WorldOptions) {
    const { seed, chats } = options;
    this.options = options;
    this.#code = options.code;
    this.scheduler = new Scheduler(seed, options.record);
    this.chats = Array.from({ length: chats }, (_, index) => new Chat(index + 1));
    const isFaulty = (): boolean => this.#faulty;
    this.machine = new Machine(seed, this.scheduler, this.ledger, isFaulty);
    const { scheduler, ledger } = this;
    this.channel = new Channel({ scheduler, seed, chats: this.chats, ledger, isFaulty });
    this.people = new People(this, this.chats);
    this.inbound = new Inbound(this);
  }

  get seed(): number {
    return this.options.seed;
  }

  /** Lets it all happen; `isSettled` says whether everything that was sent has come to its end. */
  async live(isSettled: (world: World) => boolean): Promise<void> {
    const { plan } = this.options;
    this.#startGateway();
    this.scheduler.after(1000, this.#life, () => {
      for (const chat of this.chats) void this.people.bind(chat);
    });
    const beginsAt = 5000;
    for (const act of plan) {
      this.scheduler.after(beginsAt + act.at, this.#life, () => this.#perform(act));
    }
    const last = beginsAt + (plan.at(-1)?.at ?? 0);
    this.scheduler.after(last + 1000, this.#life, () => void this.#calmDown());
    let lookAgainMs = LOOK_MS;
    const look = (): void => {
      const isCalm = !this.#faulty && this.gateway?.isUp === true;
      if (this.scheduler.now > last + CALM_MS || (isCalm && isSettled(this))) this.#over = true;
      lookAgainMs *= 1.3;
      this.scheduler.after(lookAgainMs, this.#life, look);
    };
    this.scheduler.after(last + 30_000, this.#life, look);
    await this.scheduler.run(() => this.#over);
  }

  /** Ends the gateway that is up, in peace; returns what is left of it a minute later. */
  async end(): Promise<string[]> {
    const { gateway } = this;
    if (!gateway) return ["there is no gateway"];
    let ended = false;
    void gateway.stop().then(() => (ended = true));
    const until = this.scheduler.now + 60_000;
    this.scheduler.after(60_000, this.#life, () => {});
    await this.scheduler.run(() => this.scheduler.now >= until);
    const { fs, timers } = gateway.around.process;
    const left = timers.count();
    return [
      ...(ended ? [] : ["the gateway did not stop within a minute"]),
      ...(left > 0 ? [`${left} timers`] : []),
      ...fs.openFiles.map((file) => `an open file: ${file}`),
      ...this.machine.liveChildren().map(({ pid }) => `the app-server ${pid}`),
    ];
  }

  #config(): Record<string, unknown> {
    return {
      appServer: {
        ...(this.machine.shared
          ? { transport: "websocket", url: "ws://127.0.0.1:4500" }
          : { command: CODEX }),
        requestTimeoutMs: 5000,
        defaultWorkspaceDir: this.machine.workspace,
      },
      turn: {
        idleTimeoutMs: 20_000,
        maxDurationMs: 240_000,
        maxQueued: 8,
        approvalTimeoutMs: 8000,
        whileRunning: this.#settings.whileRunning,
      },
      approvals: "chat",
      progress: this.#settings.progress,
    };
  }

  #startGateway(): void {
    this.#starting = false;
    this.#runs += 1;
    const run = this.#runs;
    const { channel, bindings, machine } = this;
    let gateway: Gateway | undefined;
    const process = machine.startProcess(
      (name) => gateway?.openclaw(name),
      (error) => this.ledger.failures.push(`run ${run} threw: ${describeError(error)}`),
    );
    gateway = new Gateway({
      run,
      process,
      channel,
      bindings,
      stateDir: STATE_DIR,
      config: () => this.#config(),
      onWarning: (text) => this.scheduler.note(`warning ${text}`),
    });
    this.gateway = gateway;
    this.scheduler.note(`gateway ${run} starts`);
    const up = gateway;
    // Channels bring messages while plugins still start.
    up.start(this.#code).then(
      () => {
        if (up.isAlive) this.inbound.handAll();
      },
      (error: unknown) =>
        this.ledger.failures.push(`run ${run} did not start: ${describeError(error)}`),
    );
  }

  #endGateway(how: GatewayEnd["how"]): void {
    const { gateway } = this;
    if (!gateway?.isAlive) return;
    gateway.isUp = false;
    this.scheduler.note(`gateway ${gateway.run}: ${how}`);
    const { process } = gateway.around;
    if (how === "power") this.machine.losePower(process);
    else this.machine.kill(process);
    this.channel.senderDied();
    gateway.gone.resolve(undefined);
    const left = this.machine.disk.files(STATE_DIR).filter((file) => file.endsWith(".json"));
    this.ends.push({ run: gateway.run, at: this.scheduler.now, how, left });
    this.#startSoon();
  }

  #startSoon(): void {
    if (this.#starting) return;
    this.#starting = true;
    this.scheduler.after(RESTART_MS, this.#life, () => this.#startGateway());
  }

  async #calmDown(): Promise<void> {
    this.#faulty = false;
    this.channel.downUntil = 0;
    this.machine.troubleDisk("slow", 0);
    this.scheduler.note("calm");
    // What the last gateway could not read, the next one reads.
    await this.#stopInPeace();
  }

  async #stopInPeace(): Promise<void> {
    const { gateway } = this;
    if (!gateway?.isUp) return;
    this.scheduler.note(`gateway ${gateway.run} stops`);
    await gateway.stop();
    if (gateway.isAlive) this.#endGateway("stop");
  }

  #perform(act: Act): void {
    const { gateway } = this;
    this.scheduler.note(`act ${JSON.stringify(act)}`);
    switch (act.do) {
      case "kill":
        this.ledger.fault("kill");
        return this.#endGateway("kill");
      case "lose power":
        this.ledger.fault("loss of power");
        return this.#endGateway("power");
      case "stop":
        this.ledger.fault("stop");
        return void this.#stopInPeace();
      case "reload":
      case "update":
        if (act.do === "update") this.#code = this.options.updated;
        if (!gateway?.isUp) return;
        this.ledger.fault(act.do);
        this.reloads.push(this.scheduler.now);
        this.channel.senderReplaced();
        return void gateway.replace(this.#code).catch((error: unknown) => {
          this.ledger.failures.push(`a ${act.do} threw: ${describeError(error)}`);
        });
      case "kill Codex":
        this.ledger.fault("Codex killed");
        return this.machine.killCodex();
      case "settings":
        this.#settings = act.settings;
        return;
      case "clock":
        this.ledger.fault("clock moved");
        this.scheduler.clockOffset += act.byMs;
        return;
      case "channel down":
        this.ledger.fault("channel down");
        this.channel.downUntil = this.scheduler.now + act.forMs;
        return;
      case "disk":
        return this.machine.troubleDisk(act.code, act.forMs);
      default:
        return this.#person(act);
    }
  }

  #person(act: Extract<Act, { chat: number }>): void {
    const { people, inbound } = this;
    const chat = this.chats[act.chat - 1];
    if (!chat) return;
    switch (act.do) {
      case "say":
        return inbound.say(chat, act.number);
      case "say again":
        return inbound.sayAgain(chat, act.number);
      case "stranger":
        return inbound.stranger(chat);
      case "stop":
      case "stop all":
        return void people.stop(chat, act.do);
      case "steer":
        return void people.command(chat, "steer be quick", "steer");
      case "steer next":
        return void people.steerNext(chat);
      case "drop":
        return void people.drop(chat);
      case "status":
        return void people.command(chat, "queue");
      case "bind":
        return void people.bind(chat);
      case "detach":
        return void people.command(chat, "detach", "detach");
      case "terminal":
        return this.#workAtTerminal(chat, act.number);
      case "goal":
        return void people.command(chat, `goal reach c${chat.number}/m${act.number}`, "goal");
      case "goal pause":
      case "goal clear":
      case "goal resume":
        return void people.command(chat, act.do, act.do === "goal resume" ? "goal" : act.do);
      case "old click":
        return people.clickOld(chat);
    }
  }
  /** On the thread that the chat's messages went to last. */
  #workAtTerminal(chat: Chat, number: number): void {
    const own = `c${chat.number}/`;
    const last = this.ledger.taken.findLast(({ tag }) => tag.startsWith(own));
    if (last) this.machine.terminals?.work(last.threadId, tagOf(chat.number, number));
  }
}
