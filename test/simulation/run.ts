/** Worlds one after another, each with a seed of its own that comes from the run's. */
import { createHash } from "node:crypto";
import { Seeded } from "../support/seeded.js";
import { seedAt } from "./calm.js";
import { bundlePlugin, updatedBundle, type Mutation } from "./bundle.js";
import { isSettled, judge, type Violation } from "./judge.js";
import { drawPlan, type Act } from "./plan.js";
import type { Version } from "./computer.js";
import type { Gateway } from "./gateway.js";
import { Machine, PLACES } from "./machine.js";
import { Scheduler } from "./scheduler.js";
import { compilePlugin, type PluginCode } from "./sim-process.js";
import { World, type WorldOptions } from "./world.js";

export type Plugin = Readonly<Record<Version, PluginCode>>;

/** Large enough for gateways to end a few times, and small enough to be shrunk. */
const MESSAGES_PER_WORLD = 250;
const CHATS = 8;
const NOTED_WITHIN_MS = 5000;
/** Virtual time costs nothing. */
const CALM = { forMs: 4 * 3_600_000, lookAfterMs: 30_000 };

export function planOf({ seed, messages }: WorldToRun): Act[] {
  return drawPlan(seed, { messages, chats: CHATS });
}

export type WorldToRun = { seed: number; messages: number };

export type WorldResult = {
  seed: number;
  /** So many messages were to be sent; of a goal's there are none. */
  planned: number;
  messages: number;
  violations: Violation[];
  digest: string;
  faults: ReadonlyMap<string, number>;
};

export async function loadPlugin(mutation?: Mutation): Promise<Plugin> {
  const code = await bundlePlugin(mutation);
  return { installed: compilePlugin(code), updated: compilePlugin(updatedBundle(code)) };
}

/** The worlds of a run: so many messages in all. */
export function worldsOf(seed: number, messages: number): WorldToRun[] {
  const worlds: WorldToRun[] = [];
  for (let left = messages; left > 0; left -= MESSAGES_PER_WORLD) {
    worlds.push({
      seed: seedAt(worlds.length, new Seeded(seed, "world", worlds.length).int(1, 2 ** 31)),
      messages: Math.min(left, MESSAGES_PER_WORLD),
    });
  }
  return worlds;
}

export async function runWorld(
  plugin: Plugin,
  { seed, messages }: WorldToRun,
  options: { plan?: readonly Act[]; record?: (line: string) => void } = {},
): Promise<WorldResult> {
  const plan = options.plan ?? planOf({ seed, messages });
  const { record } = options;
  const rejected: unknown[] = [];
  const onRejection = (reason: unknown): void => void rejected.push(reason);
  process.on("unhandledRejection", onRejection);
  // Files that are not there are errors by the thousand, and their stacks are read by nobody.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 2;
  try {
    const time = new Scheduler(seed, record);
    const world = simulatedWorld(plugin, { seed, chats: CHATS, plan, time });
    await world.live(isSettled);
    const violations = judge(world);
    violations.push(
      ...world.kept().map((what) => ({ rule: "memory is bounded", about: "", what })),
      ...(await world.end()).map((what) => ({ rule: "nothing is left", about: "", what })),
    );
    for (const reason of rejected) {
      violations.push({ rule: "nothing breaks", about: "", what: `unhandled: ${String(reason)}` });
    }
    return {
      seed,
      planned: messages,
      messages: world.chats.reduce((sum, chat) => sum + chat.sent.size, 0),
      violations,
      digest: time.digest(),
      faults: world.ledger.faults,
    };
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    process.off("unhandledRejection", onRejection);
  }
}

export function simulatedWorld(
  plugin: Plugin,
  world: Pick<WorldOptions<Gateway>, "seed" | "chats" | "plan" | "time">,
): World<Gateway> {
  return new World({
    ...world,
    inbound: PLACES.inbound,
    calm: CALM,
    notedWithinMs: NOTED_WITHIN_MS,
    computer: (parts) => new Machine(parts, plugin),
  });
}

/** Of several worlds' transcripts. */
export function digestOf(worlds: readonly Pick<WorldResult, "digest">[]): string {
  return createHash("sha256")
    .update(worlds.map(({ digest }) => digest).join("\n"))
    .digest("hex");
}
