/** A gateway that is a process: what it is told and says over its IPC channel, and its end. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Click, RunningGateway, Version } from "../simulation/computer.js";
import type { GatewayChannel, Incoming } from "../simulation/gateway.js";
import {
  errorOnWire,
  readNews,
  type GatewaySettings,
  type Leftovers,
  type News,
  type Order,
} from "./gateway/wire.js";

/** Long enough for any order on a machine that has other things to do. */
const DONE_WITHIN_MS = 90_000;
/** By itself, after it was told to stop. */
const ENDS_WITHIN_MS = 5000;

type Done = Extract<News, { is: "done" }>;
type DistributiveOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;
/** An order as its giver writes it. */
type NewOrder = DistributiveOmit<Exclude<Order, { do: "sent" | "not sent" }>, "id">;

export type RealGatewaySurroundings = {
  settings: GatewaySettings;
  bundle: string;
  env: NodeJS.ProcessEnv;
  channel: GatewayChannel;
  onWarning: (text: string) => void;
  /** It ended without having been told to, or does not do as it is told. */
  onFailure: (how: string) => void;
};

export class RealGateway implements RunningGateway {
  isUp = false;
  readonly gone = Promise.withResolvers<undefined>();
  readonly #around: RealGatewaySurroundings;
  readonly #child: ChildProcess;
  readonly #ready = Promise.withResolvers<void>();
  readonly #open = new Map<number, PromiseWithResolvers<Done>>();
  readonly #exited: Promise<unknown>;
  #lastId = 0;
  #stderr = "";
  #mayEnd = false;
  #ended = false;

  constructor(around: RealGatewaySurroundings) {
    this.#around = around;
    const { bundle, settings, env } = around;
    this.#child = spawn(process.execPath, [bundle, JSON.stringify(settings)], {
      env,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-4000);
    });
    // What it had said before its end comes first.
    this.#exited = Promise.all([once(this.#child, "exit"), once(this.#child, "disconnect")]);
    void this.#exited.then(() => this.#onExit());
    this.#child.on("message", (value) => this.#hear(readNews(value)));
    this.#child.on("error", () => {});
  }

  get run(): number {
    return this.#around.settings.run;
  }

  get isAlive(): boolean {
    return !this.#ended && !this.#mayEnd;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async start(version: Version): Promise<void> {
    await this.#ready.promise;
    await this.#order({ do: "start", version });
    this.isUp = true;
  }

  async replace(version: Version): Promise<void> {
    await this.#order({ do: "replace", version });
  }

  async stop(): Promise<void> {
    this.isUp = false;
    await this.#order({ do: "stop" });
  }

  configure(config: Record<string, unknown>): void {
    void this.#order({ do: "configure", config });
  }

  async receive(message: Incoming): Promise<"unbound" | "taken"> {
    const { reply } = await this.#order({ do: "message", message });
    return reply === "unbound" ? "unbound" : "taken";
  }

  async command(chat: number, args: string): Promise<string> {
    return (await this.#order({ do: "command", chat, args })).reply ?? "";
  }

  async click(click: Click, isAuthorized: boolean): Promise<string> {
    return (await this.#order({ do: "click", click, isAuthorized })).reply ?? "";
  }

  async inspect(): Promise<Leftovers | undefined> {
    return (await this.#order({ do: "inspect" })).leftovers;
  }

  async kill(): Promise<void> {
    this.#mayEnd = true;
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  /** Tells it to end, which it must do by itself; returns what it still held, and how it failed to end if it did. */
  async end(): Promise<{ leftovers: Leftovers | undefined; failure: string | undefined }> {
    this.isUp = false;
    const { leftovers } = await this.#order({ do: "stop" });
    this.#mayEnd = true;
    this.#child.disconnect();
    const late = sleep(ENDS_WITHIN_MS, "late" as const);
    const isLate = (await Promise.race([this.#exited, late])) === "late";
    if (isLate) await this.kill();
    return { leftovers, failure: isLate ? "it did not end by itself within 5 s" : undefined };
  }

  /** Never settled if it is gone before it is done. @throws what it threw */
  async #order(order: NewOrder): Promise<Done> {
    const id = (this.#lastId += 1);
    const done = Promise.withResolvers<Done>();
    this.#open.set(id, done);
    this.#say({ ...order, id });
    const timer = setTimeout(() => {
      if (!this.#ended) this.#around.onFailure(`no end of ${JSON.stringify(order)}`);
    }, DONE_WITHIN_MS);
    try {
      return await done.promise;
    } finally {
      clearTimeout(timer);
      this.#open.delete(id);
    }
  }

  #hear(news: News): void {
    switch (news.is) {
      case "ready":
        return this.#ready.resolve();
      case "done":
        return this.#open.get(news.id)?.resolve(news);
      case "failed":
        return this.#open.get(news.id)?.reject(new Error(news.error));
      case "send":
        return void this.#send(news);
      case "warning":
        return this.#around.onWarning(news.text);
    }
  }

  async #send({ id, to, text, edits, buttons }: Extract<News, { is: "send" }>): Promise<void> {
    const { channel } = this.#around;
    try {
      if (edits === undefined) {
        this.#say({ do: "sent", id, ...(await channel.send(to, text, buttons)) });
        return;
      }
      await channel.edit(to, edits, text, buttons);
      this.#say({ do: "sent", id, messageId: String(edits) });
    } catch (error) {
      this.#say({ do: "not sent", id, error: errorOnWire(error) });
    }
  }

  #say(order: Order): void {
    if (this.#child.connected) this.#child.send(order, () => {});
  }

  #onExit(): void {
    this.#ended = true;
    const { exitCode, signalCode } = this.#child;
    if (this.#mayEnd) return;
    this.#around.onFailure(`it ended by itself (${signalCode ?? exitCode}): ${this.#stderr}`);
  }
}
