/** One world from its first message to its calm: people, gateways one after another, and what befalls them. */
import { Channel } from "./channel.js";
import { addressOf, Chat, type Arrival, type ChatAct, type Sent } from "./chat.js";
import { decide, type Decision } from "./decisions.js";
import { Gateway, type HostBindings } from "./gateway.js";
import { Ledger } from "./ledger.js";
import { CODEX, Machine, STATE_DIR } from "./machine.js";
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

/** A click on a button, or a typed answer, and what was said to it. */
export type AnswerAct = {
  chat: number;
  question: Arrival;
  decision: Decision;
  at: number;
  run: number;
  /** Undefined where the gateway did not live to say it. */
  told: string | undefined;
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
  readonly answers: AnswerAct[] = [];
  readonly ends: GatewayEnd[] = [];
  readonly reloads: number[] = [];
  /** When an app-server was killed, or a disk had trouble: by time, for the judge. */
  readonly codexKills: number[] = [];
  readonly warnings = new Map<string, number>();
  readonly bindings: HostBindings = new Map();
  readonly options: WorldOptions;
  readonly #life: Life = { alive: true };
  gateway: Gateway | undefined;
  #runs = 0;
  #code: PluginCode;
  #settings: Settings = { whileRunning: "queue", progress: "off" };
  #faulty = true;
  #starting = false;
  /** Messages that the gateway has not taken yet, by chat, in order. */
  readonly #inbound = new Map<number, Sent[]>();
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
    for (const chat of this.chats) {
      this.#inbound.set(chat.number, []);
      chat.onQuestion = (question) => this.#decide(chat, question);
    }
  }

  get isFaulty(): boolean {
    return this.#faulty;
  }

  /** Lets it all happen; `isSettled` says whether everything that was sent has come to its end. */
  async live(isSettled: (world: World) => boolean): Promise<void> {
    const { plan } = this.options;
    this.#startGateway();
    this.scheduler.after(1000, this.#life, () => void this.#bindAll());
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
        command: CODEX,
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
      (error) => this.ledger.failures.push(`run ${run} threw: ${describe(error)}`),
    );
    gateway = new Gateway({
      run,
      process,
      channel,
      bindings,
      stateDir: STATE_DIR,
      config: () => this.#config(),
      onWarning: (text) => this.#warn(text),
    });
    this.gateway = gateway;
    this.scheduler.note(`gateway ${run} starts`);
    const up = gateway;
    // Channels bring messages while plugins still start.
    up.start(this.#code).then(
      () => this.#handAll(up),
      (error: unknown) => this.ledger.failures.push(`run ${run} did not start: ${describe(error)}`),
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

  #warn(text: string): void {
    this.scheduler.note(`warning ${text}`);
    const kind = text.replaceAll(/\d[\d-]*\S*/g, "N").slice(0, 160);
    this.warnings.set(kind, (this.warnings.get(kind) ?? 0) + 1);
  }

  async #bindAll(): Promise<void> {
    for (const chat of this.chats) void this.#bind(chat);
  }

  async #bind(chat: Chat): Promise<void> {
    for (let attempt = 0; attempt < 40 && !this.#over; attempt += 1) {
      const reply = await this.#command(chat, "bind", "bind");
      if (reply?.startsWith("This chat is bound") === true) return;
      await this.scheduler.sleep(1500, this.#life);
    }
    this.ledger.failures.push(`chat ${chat.number} could not be bound`);
  }

  /** Undefined where no gateway was there to say anything, or where it died over it. */
  async #command(chat: Chat, args: string, what?: ChatAct["what"]): Promise<string | undefined> {
    const { gateway } = this;
    if (!gateway?.isUp) return undefined;
    const { run } = gateway;
    const act: ChatAct = { at: this.scheduler.now, endedAt: undefined, what: what ?? "steer", run };
    if (what) chat.acts.push(act);
    this.scheduler.note(`c${chat.number} commands ${args}`);
    const reply = await Promise.race([
      gateway.command(chat.number, args).catch((error: unknown) => {
        this.ledger.failures.push(`/codexchat ${args} threw: ${describe(error)}`);
        return "";
      }),
      gateway.gone.promise,
    ]);
    act.endedAt = this.scheduler.now;
    if (reply !== undefined) {
      this.scheduler.note(`c${chat.number} is told ${reply}`);
      chat.replies.push(reply);
    }
    return reply;
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
          this.ledger.failures.push(`a ${act.do} threw: ${describe(error)}`);
        });
      case "kill Codex":
        this.ledger.fault("Codex killed");
        this.codexKills.push(this.scheduler.now);
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
    const chat = this.chats[act.chat - 1];
    if (!chat) return;
    switch (act.do) {
      case "say":
        this.#inbound.get(chat.number)?.push(chat.send(act.number, this.scheduler.now));
        return void this.#hand(chat);
      case "say again": {
        const sent = chat.sent.get(act.number);
        if (sent?.acceptedAt !== undefined && !sent.unrouted && this.gateway?.isUp) {
          void this.#bring(this.gateway, this.#message(chat, sent.number));
        }
        return;
      }
      case "stranger":
        if (this.gateway?.isUp) {
          const text = "c0/m0 open up";
          const message = { chat: chat.number, number: 0, text, isAuthorized: false };
          void this.#bring(this.gateway, message);
        }
        return;
      case "stop":
      case "stop all":
        return void this.#stop(chat, act.do);
      case "steer":
        return void this.#command(chat, "steer be quick", "steer");
      case "steer next":
        return void this.#steerNext(chat);
      case "drop":
        return void this.#drop(chat);
      case "status":
        return void this.#command(chat, "queue");
      case "bind":
        return void this.#bind(chat);
      case "detach":
        return void this.#command(chat, "detach", "detach");
      case "goal":
        return void this.#command(chat, `goal reach c${chat.number}/m${act.number}`, "goal");
      case "goal pause":
      case "goal clear":
      case "goal resume":
        return void this.#command(chat, act.do, act.do === "goal resume" ? "goal" : act.do);
      case "old click": {
        const old = chat.arrivals.find(({ buttons }) => buttons.length > 0);
        if (old) void this.#click(chat, old, { do: "click", choice: "yes", by: "owner" });
      }
    }
  }

  async #stop(chat: Chat, what: "stop" | "stop all"): Promise<void> {
    const reply = await this.#command(chat, what, what);
    if (what === "stop" || reply === undefined) return;
    for (const tag of reply.match(/c\d+\/m\d+/g) ?? []) {
      const sent = [...chat.sent.values()].find((one) => one.tag === tag);
      if (sent) sent.dropped = this.#droppedNow(!reply.includes("Being given"));
    }
  }

  #droppedNow(certain: boolean): NonNullable<Sent["dropped"]> {
    return { at: this.scheduler.now, certain, run: this.gateway?.run ?? 0 };
  }

  async #steerNext(chat: Chat): Promise<void> {
    const next = await this.#command(chat, "queue");
    const tag = /^1?\d*\. (c\d+\/m\d+) /m.exec(next ?? "")?.[1];
    const reply = await this.#command(chat, "steer", "steer");
    const sent = [...chat.sent.values()].find((one) => one.tag === tag);
    if (sent && reply === undefined) sent.steered = "maybe";
    void sent;
  }

  async #drop(chat: Chat): Promise<void> {
    const list = await this.#command(chat, "queue");
    const found = /^(\d+)\. (c\d+\/m\d+) /m.exec(list ?? "");
    if (!found) return;
    const sent = [...chat.sent.values()].find(({ tag }) => tag === found[2]);
    if (!sent) return;
    const { run } = this.gateway ?? { run: 0 };
    const reply = await this.#command(chat, `queue drop ${found[1]}`);
    const isDropped = reply?.startsWith("Dropped") === true && reply.includes(sent.tag);
    if (isDropped) sent.dropped = { at: this.scheduler.now, certain: true, run };
    else if (reply === undefined || reply.startsWith("Being given")) {
      sent.dropped = { at: this.scheduler.now, certain: false, run };
    }
  }

  #decide(chat: Chat, question: Arrival): void {
    for (const { afterMs, decision } of decide(this.options.seed, question.text.slice(0, 80))) {
      this.scheduler.after(afterMs, this.#life, () => void this.#answer(chat, question, decision));
    }
  }

  async #answer(chat: Chat, question: Arrival, decision: Decision): Promise<void> {
    switch (decision.do) {
      case "click":
        return this.#click(chat, question, decision);
      case "stop":
        return void (await this.#command(chat, "stop", "stop"));
      case "nothing":
        return;
      case "type": {
        const id = /\/codexchat (?:approve|answer|deny) ([0-9a-f]{6})/.exec(question.text)?.[1];
        if (id === undefined) return;
        const act = this.#noteAnswer(chat, question, decision);
        act.told = await this.#command(chat, `${decision.verb} ${id}`);
      }
    }
  }

  #noteAnswer(chat: Chat, question: Arrival, decision: Decision): AnswerAct {
    const { run } = this.gateway ?? { run: 0 };
    const at = this.scheduler.now;
    const act: AnswerAct = { chat: chat.number, question, decision, at, run, told: undefined };
    this.answers.push(act);
    return act;
  }

  async #click(
    chat: Chat,
    question: Arrival,
    decision: Extract<Decision, { do: "click" }>,
  ): Promise<void> {
    const { gateway } = this;
    if (!gateway?.isUp) return;
    const refusal = question.buttons.find((button) => button.endsWith(":deny"));
    const data = decision.choice === "deny" ? refusal : question.buttons[0];
    if (data === undefined) return;
    const act = this.#noteAnswer(chat, question, decision);
    const to = addressOf(chat.number, question.number);
    this.scheduler.note(`c${chat.number} clicks ${data} by ${decision.by}`);
    act.told = await Promise.race([
      gateway.click(to, data, decision.by === "owner"),
      gateway.gone.promise,
    ]);
  }

  #handAll(gateway: Gateway): void {
    if (!gateway.isAlive) return;
    for (const chat of this.chats) void this.#hand(chat);
  }

  /** The channel brings what it has for the gateway, in order, and again where that died over it. */
  async #hand(chat: Chat): Promise<void> {
    const { gateway } = this;
    const waiting = this.#inbound.get(chat.number) ?? [];
    if (!gateway?.isUp) return;
    await Promise.all(
      waiting
        .filter((sent) => sent.acceptedAt === undefined && !this.#underWay(sent, gateway))
        .map((sent) => this.#handOne(chat, sent, gateway)),
    );
  }

  readonly #claims = new Map<Sent, number>();

  #underWay(sent: Sent, gateway: Gateway): boolean {
    return this.#claims.get(sent) === gateway.run;
  }

  /** A message that nobody waits for an answer to. */
  async #bring(gateway: Gateway, message: Parameters<Gateway["receive"]>[0]): Promise<void> {
    try {
      await gateway.receive(message);
    } catch (error) {
      this.#noteThrown("a claim", error);
    }
  }

  /** A disk that fails may be told of. */
  #noteThrown(what: string, error: unknown): void {
    const { now } = this.scheduler;
    if (this.ledger.diskTroubles.some(({ at }) => at > now - 5000)) return;
    this.ledger.failures.push(`${what} threw: ${describe(error)}`);
  }

  async #handOne(chat: Chat, sent: Sent, gateway: Gateway): Promise<void> {
    if (this.#claims.has(sent)) sent.resent = true;
    this.#claims.set(sent, gateway.run);
    sent.handedAt ??= this.scheduler.now;
    this.scheduler.note(`c${chat.number} says ${sent.tag}`);
    const waiting = this.#inbound.get(chat.number);
    try {
      const taken = await gateway.receive(this.#message(chat, sent.number));
      sent.acceptedAt = this.scheduler.now;
      sent.unrouted = taken === "unbound";
      this.scheduler.note(`${sent.tag} is ${taken}`);
      waiting?.splice(waiting.indexOf(sent), 1);
    } catch (error) {
      // OpenClaw then takes the message for itself.
      sent.acceptedAt = this.scheduler.now;
      sent.unrouted = true;
      waiting?.splice(waiting.indexOf(sent), 1);
      this.#noteThrown(`the claim of ${sent.tag}`, error);
    }
  }

  #message(chat: Chat, number: number): Parameters<Gateway["receive"]>[0] {
    const text = `c${chat.number}/m${number} please \u2028 do something`;
    return { chat: chat.number, number, text, isAuthorized: true };
  }
}

function describe(error: unknown): string {
  return error instanceof Error
    ? (error.stack ?? error.message).split("\n").slice(0, 4).join(" | ")
    : String(error);
}
