/** The real Codex for a world: what it was given, and what it may say, is known by what it asks the model. */
import { readFileSync } from "node:fs";
import { tagsIn, type Tag } from "../simulation/tags.js";
import type { WorldParts } from "../simulation/world.js";
import type { ModelRequest } from "../support/model-request.js";
import type { Script } from "../support/responses-api.js";
import { Seeded } from "../support/seeded.js";
import { isAlive } from "./codex-processes.js";
import type { RealCodex } from "./real-computer.js";
import type { RealGateway } from "./real-gateway.js";

/** The model takes so many milliseconds, at most. */
const THINKS_MS = 400;

export class CodexBinary implements RealCodex {
  readonly shared = undefined;
  readonly terminals = undefined;
  readonly appServer: Record<string, unknown>;
  readonly env: Readonly<Record<string, string>>;
  readonly #world: WorldParts;
  readonly #killed = new Set<number>();
  readonly #tagsOf = new Map<string, Tag[]>();

  constructor(world: WorldParts, { command, home }: { command: string; home: string }) {
    this.#world = world;
    // A real one on a busy machine takes its time.
    this.appServer = { command, requestTimeoutMs: 20_000 };
    this.env = { CODEX_HOME: home };
  }

  get kills(): number {
    return this.#killed.size;
  }

  /** What the model says. */
  readonly script: Script = (request) => {
    const { ledger, time, seed } = this.#world;
    const { threadId, turnId } = request;
    const tags = this.#noteTaken(request);
    const at = time.now;
    // Whether Codex has all of it is not known.
    const text = ledger.answer({ tags, threadId, turnId, at, parts: 1, isNamed: false });
    const ms = new Seeded(seed, "model", ...tags).int(0, THINKS_MS);
    return [
      { do: "pause", ms },
      { do: "say", text, phase: "final_answer" },
    ];
  };

  killAll(gateway: RealGateway | undefined): void {
    if (!gateway) return;
    const { ledger, time } = this.#world;
    for (const pid of childrenOf(gateway.pid)) {
      ledger.troubles.push({ at: time.now, what: "an app-server ended" });
      this.#killed.add(pid);
      if (isAlive(pid)) process.kill(pid, "SIGKILL");
    }
  }

  die(gateway: RealGateway): void {
    this.killAll(gateway);
  }

  async end(): Promise<string[]> {
    return [...this.#killed].filter((pid) => isAlive(pid)).map((pid) => `the app-server ${pid}`);
  }

  /** Returns the messages that the turn has by now. */
  #noteTaken({ said, threadId, turnId, body }: ModelRequest): Tag[] {
    const { ledger, time } = this.#world;
    const known = this.#tagsOf.get(turnId);
    if (!known) ledger.begun.set(turnId, time.now);
    const tags = [...new Set([...(known ?? []), ...tagsIn(said)])];
    this.#tagsOf.set(turnId, tags);
    for (const tag of tags.slice(known?.length ?? 0)) {
      const how = tag === tags[0] ? "turn" : "steer";
      const all = JSON.stringify(body["input"]);
      ledger.taken.push({ tag, threadId, turnId, how, at: time.now, said: all, pictures: [] });
    }
    return [...tags];
  }
}

function childrenOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return children.split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
