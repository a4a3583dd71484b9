/** The gateway's process in the driver's hand: orders with bounded waits, kills, and what it printed last. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { readNews, type News, type Order } from "./gateway/wire.js";
import type { Leftovers } from "./gateway/wire.js";

/** The gateway is gone: what was asked of it may have happened or not. */
export class GatewayGone extends Error {
  override readonly name = "GatewayGone";
}

/** Long enough for any order on a machine that has other things to do. */
const DONE_WITHIN_MS = 30_000;

type Done = Extract<News, { is: "done" }>;
export type Send = Extract<News, { is: "send" }>;
/** An order as its giver writes it. */
export type NewOrder = DistributiveOmit<Exclude<Order, { do: "sent" }>, "id">;
type DistributiveOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;

export type GatewayListener = {
  /** Whether the channel takes the text. */
  onSend(send: Send): Promise<boolean>;
  onWarning(text: string): void;
  /** It ended without having been told to. */
  onDeath(how: string): void;
};

export class GatewayProcess {
  readonly #child: ChildProcess;
  readonly #listener: GatewayListener;
  readonly #open = new Map<number, PromiseWithResolvers<Done>>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #exited: Promise<unknown>;
  #lastId = 0;
  #stderr = "";
  #mayEnd = false;
  #ended = false;

  constructor(args: readonly string[], env: NodeJS.ProcessEnv, listener: GatewayListener) {
    this.#listener = listener;
    this.#child = spawn(process.execPath, args, {
      env,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-4000);
    });
    // What it had said before its end comes first.
    this.#exited = Promise.all([once(this.#child, "exit"), once(this.#child, "disconnect")]);
    void this.#exited.then(() => this.#onExit());
    this.#child.on("message", (value) => void this.#hear(readNews(value)));
    this.#child.on("error", () => {});
    this.#ready.promise.catch(() => {});
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** @throws GatewayGone, or an Error where the gateway failed at it or took too long */
  async order(order: NewOrder): Promise<Done> {
    if (this.#ended) throw new GatewayGone("the gateway is gone");
    const id = (this.#lastId += 1);
    const done = Promise.withResolvers<Done>();
    this.#open.set(id, done);
    this.#say({ ...order, id });
    const timer = setTimeout(
      () => done.reject(new Error(`no end of ${JSON.stringify(order)} in ${DONE_WITHIN_MS} ms`)),
      DONE_WITHIN_MS,
    );
    try {
      const answer = await done.promise;
      if (answer.error !== undefined) throw new Error(`${order.do}: ${answer.error}`);
      return answer;
    } finally {
      clearTimeout(timer);
      this.#open.delete(id);
    }
  }

  async kill(): Promise<void> {
    this.#mayEnd = true;
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  /** Tells it to end; it must do so by itself. Returns what it still held, and how it failed to end if it did. */
  async stop(): Promise<{ leftovers: Leftovers | undefined; failure: string | undefined }> {
    this.#mayEnd = true;
    const { leftovers } = await this.order({ do: "stop" });
    this.#child.disconnect();
    const late = sleep(5000, "late" as const);
    const failure =
      (await Promise.race([this.#exited, late])) === "late"
        ? "a stopped gateway did not end by itself within 5 s: something keeps it alive"
        : undefined;
    if (failure !== undefined) await this.kill();
    return { leftovers, failure };
  }

  async #hear(news: News): Promise<void> {
    switch (news.is) {
      case "ready":
        this.#ready.resolve();
        break;
      case "done":
        this.#open.get(news.id)?.resolve(news);
        break;
      case "send":
        this.#say({ do: "sent", id: news.id, ok: await this.#listener.onSend(news) });
        break;
      case "warning":
        this.#listener.onWarning(news.text);
        break;
    }
  }

  #say(order: Order): void {
    if (this.#child.connected) this.#child.send(order, () => {});
  }

  #onExit(): void {
    this.#ended = true;
    const { exitCode, signalCode } = this.#child;
    const how = `the gateway ended (${signalCode ?? exitCode}): ${this.#stderr}`;
    const gone = new GatewayGone(how);
    this.#ready.reject(gone);
    for (const done of this.#open.values()) done.reject(gone);
    this.#open.clear();
    if (!this.#mayEnd) this.#listener.onDeath(how);
  }
}
