/** One world from its first message to its calm: people, gateways one after another, and what befalls them. */
import { isCalm } from "./calm.js";
import { Channel } from "./channel.js";
import { Chat } from "./chat.js";
import type { Computer, RunningGateway, Version } from "./computer.js";
import { Inbound } from "./inbound.js";
import { describeError, Ledger } from "./ledger.js";
import { People } from "./people.js";
import type { Act, Settings } from "./plan.js";
import { tagOf } from "./tags.js";
import type { Life, Time } from "./time.js";

/** What a world shares with the computer that its gateways run on. */
export type WorldParts = {
  seed: number;
  time: Time;
  ledger: Ledger;
  channel: Channel;
  /** Off when the world has calmed down. */
  isFaulty: () => boolean;
};

export type WorldOptions<G extends RunningGateway> = {
  seed: number;
  chats: number;
  plan: readonly Act[];
  time: Time;
  /** The folder of what comes with messages. */
  inbound: string;
  computer: (parts: WorldParts) => Computer<G>;
  /** Longer than a slow disk takes to note that something was sent. */
  notedWithinMs: number;
  /**
   * After the last act nothing goes wrong any more, and all must come to its end within so many milliseconds; whether it has
   * is looked at first after so many.
   */
  calm: { forMs: number; lookAfterMs: number };
};

/** How a gateway ended. */
export type GatewayEnd = {
  run: number;
  at: number;
  how: "kill" | "power" | "stop";
  left: string[];
};

const RESTART_MS = 400;
const LOOK_MS = 5000;

export class World<G extends RunningGateway = RunningGateway> {
  readonly scheduler: Time;
  readonly ledger = new Ledger();
  readonly chats: readonly Chat[];
  readonly computer: Computer<G>;
  readonly channel: Channel;
  readonly people: People;
  readonly inbound: Inbound;
  readonly ends: GatewayEnd[] = [];
  readonly reloads: number[] = [];
  readonly options: WorldOptions<G>;
  readonly #life: Life = { alive: true };
  gateway: G | undefined;
  #runs = 0;
  #version: Version = "installed";
  #settings: Settings = { whileRunning: "queue", progress: "off" };
  #faulty: boolean;
  #starting = false;
  #over = false;

  constructor(options: WorldOptions<G>) {
    const { seed, chats, time, inbound, computer, notedWithinMs } = options;
    this.options = options;
    this.scheduler = time;
    this.#faulty = !isCalm(seed);
    this.chats = Array.from({ length: chats }, (_, index) => new Chat(index + 1, inbound));
    const isFaulty = (): boolean => this.#faulty;
    const { ledger } = this;
    this.channel = new Channel({
      scheduler: time,
      seed,
      chats: this.chats,
      ledger,
      isFaulty,
      notedWithinMs,
    });
    this.computer = computer({ seed, time, ledger, channel: this.channel, isFaulty });
    this.people = new People(this, this.chats);
    this.inbound = new Inbound(this);
  }

  get seed(): number {
    return this.options.seed;
  }

  /** Lets it all happen; `isSettled` says whether everything that was sent has come to its end. */
  async live(isSettled: (world: World) => boolean): Promise<void> {
    const { plan, calm } = this.options;
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
      const hasCalmed = !this.#faulty && this.gateway?.isUp === true;
      if (this.scheduler.now > last + calm.forMs || (hasCalmed && isSettled(this)))
        this.#over = true;
      lookAgainMs *= 1.3;
      this.scheduler.after(lookAgainMs, this.#life, look);
    };
    this.scheduler.after(last + calm.lookAfterMs, this.#life, look);
    await this.scheduler.run(() => this.#over);
  }

  /** What the gateway that is up keeps in memory of more than there is. */
  kept(): string[] {
    return this.gateway ? this.computer.tooMuch(this.gateway) : [];
  }

  /** Ends the gateway that is up, in peace; returns what is left of it a while later. */
  async end(): Promise<string[]> {
    const { gateway } = this;
    return gateway ? this.computer.end(gateway) : ["there is no gateway"];
  }

  #config(): Record<string, unknown> {
    return {
      appServer: {
        requestTimeoutMs: 5000,
        idleShutdownMs: 5000,
        maxRunningTurns: 2,
        ...this.computer.appServer,
        defaultWorkspaceDir: this.computer.places.workspace,
      },
      turn: {
        idleTimeoutMs: 20_000,
        maxDurationMs: 240_000,
        maxQueued: 8,
        approvalTimeoutMs: 8000,
        whileRunning: this.#settings.whileRunning,
        // In every second world what a person says in several messages is one turn.
        joinWithinMs: this.seed % 16 < 8 ? 2000 : 0,
      },
      approvals: "chat",
      progress: this.#settings.progress,
    };
  }

  #startGateway(): void {
    this.#starting = false;
    this.#runs += 1;
    const run = this.#runs;
    this.ledger.run = run;
    const gateway = this.computer.startGateway({
      run,
      config: this.#config(),
      onWarning: (text) => this.scheduler.note(`warning ${text}`),
      onCrash: (error) => this.ledger.failures.push(`run ${run} threw: ${describeError(error)}`),
    });
    this.gateway = gateway;
    this.scheduler.note(`gateway ${run} starts`);
    // Channels bring messages while plugins still start.
    gateway.start(this.#version).then(
      () => {
        if (gateway.isAlive) this.inbound.handAll();
      },
      (error: unknown) =>
        this.ledger.failures.push(`run ${run} did not start: ${describeError(error)}`),
    );
  }

  async #endGateway(how: GatewayEnd["how"]): Promise<void> {
    const { gateway } = this;
    if (!gateway?.isAlive) return;
    gateway.isUp = false;
    this.scheduler.note(`gateway ${gateway.run}: ${how}`);
    await (how === "power" ? this.computer.losePower(gateway) : this.computer.kill(gateway));
    this.channel.senderDied();
    gateway.gone.resolve(undefined);
    const left = this.computer.files().filter((file) => file.endsWith(".json"));
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
    this.computer.troubleDisk("slow", 0);
    this.scheduler.note("calm");
    // What the last gateway could not read, the next one reads; the only one of a calm world lives on, with all that it keeps.
    if (!isCalm(this.seed)) await this.#stopInPeace();
  }

  async #stopInPeace(): Promise<void> {
    const { gateway } = this;
    if (!gateway?.isUp) return;
    this.scheduler.note(`gateway ${gateway.run} stops`);
    await gateway.stop();
    if (gateway.isAlive) await this.#endGateway("stop");
  }

  #perform(act: Act): void {
    const { gateway } = this;
    this.scheduler.note(`act ${JSON.stringify(act)}`);
    switch (act.do) {
      case "kill":
        this.ledger.fault("kill");
        return void this.#endGateway("kill");
      case "lose power":
        this.ledger.fault("loss of power");
        return void this.#endGateway("power");
      case "stop the gateway":
        this.ledger.fault("gateway stopped");
        return void this.#stopInPeace();
      case "reload":
      case "update":
        if (act.do === "update") this.#version = "updated";
        if (!gateway?.isUp) return;
        this.ledger.fault(act.do);
        this.reloads.push(this.scheduler.now);
        this.channel.senderReplaced();
        return void gateway.replace(this.#version).catch((error: unknown) => {
          this.ledger.failures.push(`a ${act.do} threw: ${describeError(error)}`);
        });
      case "kill Codex":
        this.ledger.fault("Codex killed");
        return this.computer.killCodex();
      case "settings":
        this.#settings = act.settings;
        gateway?.configure(this.#config());
        return;
      case "clock":
        this.ledger.fault("clock moved");
        this.computer.moveClock(act.byMs);
        return;
      case "channel down":
        this.ledger.fault("channel down");
        this.channel.downUntil = this.scheduler.now + act.forMs;
        return;
      case "disk":
        return this.computer.troubleDisk(act.code, act.forMs);
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
      case "card":
        return void people.useCard(chat);
      case "old click":
        return people.clickOld(chat);
    }
  }
  /** On the thread that the chat's messages went to last. */
  #workAtTerminal(chat: Chat, number: number): void {
    const own = `c${chat.number}/`;
    const last = this.ledger.taken.findLast(({ tag }) => tag.startsWith(own));
    if (last) this.computer.terminals?.work(last.threadId, tagOf(chat.number, number));
  }
}
