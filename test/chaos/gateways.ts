/** The gateways of a run, one after another on the same state: who is up now, and what ended the others. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { conversationsFolder } from "../../src/host/state.js";
import { asObject, asString, parseJson } from "../support/wire-guards.js";
import type { Bundles } from "./bundle.js";
import { GatewayGone, GatewayProcess, type GatewayListener, type Send } from "./gateway-process.js";
import { readAddress, type Leftovers } from "./gateway/wire.js";
import { Seeded } from "./seeded.js";
import { tagOf } from "./tags.js";
import type { ChatTranscript } from "./transcripts.js";

/** A delivery is in flight at a kill if the channel took it no longer ago than this; noting it takes milliseconds. */
const IN_FLIGHT_MS = 5000;

export type GatewaysSettings = {
  seed: number;
  bundles: Bundles;
  stateDir: string;
  /** What the gateways, and the app-servers that they start, find in their environment. */
  env: Readonly<Record<string, string>>;
  config: Record<string, unknown>;
};

export class Gateways {
  readonly counts = { kills: 0, "kills at the start": 0, stops: 0, reloads: 0 };
  readonly failures: string[] = [];
  /** What was done to the gateways, and when. */
  readonly timeline: string[] = [];
  readonly warnings = new Map<string, number>();
  /** Messages whose answer was in flight at a kill: nobody can tell whether it came. */
  readonly mayRepeat = new Set<string>();
  /** Messages that were stored at a kill, and the run that it ended: what became of them in it may be forgotten. */
  readonly storedAtKill = new Map<string, number>();
  /** The runs that were ended. */
  readonly ended = new Set<number>();
  failedSends = 0;
  run = 0;
  readonly #settings: GatewaysSettings;
  readonly #chats: readonly ChatTranscript[];
  readonly #random: Seeded;
  #current: Promise<GatewayProcess>;
  /** How a gateway ended by itself: then there is no point in going on. */
  #died: string | undefined;

  constructor(settings: GatewaysSettings, chats: readonly ChatTranscript[]) {
    this.#settings = settings;
    this.#chats = chats;
    this.#random = new Seeded(settings.seed, "gateways");
    this.#current = this.#start();
  }

  /** Does something with the gateway that is up, and again with the next one where it died over it. */
  async with<T>(action: (gateway: GatewayProcess, attempt: number) => Promise<T>): Promise<T> {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      if (this.#died !== undefined) throw new Error(this.#died);
      const gateway = await this.#current;
      try {
        return await action(gateway, attempt);
      } catch (error) {
        if (!(error instanceof GatewayGone)) throw error;
        // The next one is on its way, or about to be.
        await sleep(5);
      }
    }
    throw new Error("a hundred gateways died over the same order");
  }

  /** Ends the gateway in one of the ways that gateways end, and starts the next. */
  async disturb(): Promise<void> {
    const how = this.#random.weighted({ kill: 50, stop: 25, reload: 25 });
    await sleep(this.#random.int(0, 60));
    this.#note(how);
    if (how === "reload") {
      this.counts.reloads += 1;
      await this.with((gateway) => gateway.order({ do: "reload" }));
      return;
    }
    await this.#replace(how);
    if (this.#random.chance(0.2)) {
      this.counts["kills at the start"] += 1;
      await sleep(this.#random.int(0, 40));
      this.#note("kill at the start");
      await this.#replace("kill");
    }
  }

  async inspect(): Promise<Leftovers | undefined> {
    return (await this.with((gateway) => gateway.order({ do: "inspect" }))).leftovers;
  }

  /** The last one's end. */
  async end(): Promise<Leftovers | undefined> {
    const { leftovers, failure } = await (await this.#current).stop();
    if (failure !== undefined) this.failures.push(failure);
    return leftovers;
  }

  async #replace(how: "kill" | "stop"): Promise<void> {
    const old = await this.#current;
    this.ended.add(this.run);
    // Whoever comes from now on waits for the next one.
    const next = Promise.withResolvers<GatewayProcess>();
    this.#current = next.promise;
    try {
      if (how === "kill") {
        this.counts.kills += 1;
        await old.kill();
        this.#noteInFlight();
      } else {
        this.counts.stops += 1;
        const { failure } = await old.stop();
        if (failure !== undefined) this.failures.push(failure);
      }
    } catch (error) {
      this.failures.push(`a gateway could not be ended: ${String(error)}`);
      await old.kill();
    }
    this.#note("ended");
    next.resolve(this.#start());
    await this.#current;
    this.#note("next one ready");
  }

  #note(what: string): void {
    this.timeline.push(`${Date.now()} run ${this.run}: ${what}`);
  }

  async #start(): Promise<GatewayProcess> {
    const { bundles, stateDir, config } = this.#settings;
    this.run += 1;
    const run = this.run;
    const listener: GatewayListener = {
      onSend: async (send) => this.#take(run, send),
      onWarning: (text) => {
        const kind = text.replaceAll(/\d[\d-]*\S*/g, "N").slice(0, 160);
        this.warnings.set(kind, (this.warnings.get(kind) ?? 0) + 1);
      },
      onDeath: (how) => void (this.#died ??= how),
    };
    const args = [bundles.gateway, bundles.plugin, stateDir, JSON.stringify(config)];
    const env = { ...process.env, ...this.#settings.env };
    const gateway = new GatewayProcess(args, env, listener);
    // A gateway that was killed before it was ready is no failure; whoever uses it finds out.
    await gateway.ready.catch((error: unknown) => {
      if (!(error instanceof GatewayGone)) throw error;
    });
    return gateway;
  }

  /** The channel: it takes a text after a while, or fails. */
  async #take(run: number, { id, to, text, edits, buttons }: Send): Promise<boolean> {
    const { chat, number } = readAddress(to);
    const transcript = this.#chats[chat - 1];
    if (!transcript) throw new Error(`there is no chat ${chat}`);
    if (edits !== undefined) {
      transcript.change(run, edits, text);
      return true;
    }
    const attempts = transcript.attempts.get(number) ?? 0;
    transcript.attempts.set(number, attempts + 1);
    const random = new Seeded(this.#settings.seed, "channel", chat, number, attempts);
    if (random.chance(0.02)) {
      this.failedSends += 1;
      return false;
    }
    transcript.receive({ number, text, run, at: Date.now(), id, buttons });
    await sleep(random.int(0, 15));
    return true;
  }

  #noteInFlight(): void {
    const folder = conversationsFolder(this.#settings.stateDir);
    for (const box of listFolder(folder).filter((name) => /\.(?:in|out)box$/.test(name))) {
      for (const name of listFolder(path.join(folder, box))) {
        if (!name.endsWith(".json")) continue;
        // The message, or its answer, is the first line; how far it has come follows. Without an end it was not taken.
        const content = readFileSync(path.join(folder, box, name), "utf8");
        if (!content.includes("\n")) continue;
        const stored = parseJson(content.slice(0, content.indexOf("\n")));
        const to = asString(asObject(asObject(stored)["address"])["to"]);
        const { chat, number } = readAddress(to);
        if (box.endsWith(".inbox")) this.storedAtKill.set(tagOf(chat, number), this.run);
        const last = this.#chats[chat - 1]?.received.findLast((entry) => entry.number === number);
        if (last && Date.now() - last.at < IN_FLIGHT_MS) this.mayRepeat.add(tagOf(chat, number));
      }
    }
  }
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
