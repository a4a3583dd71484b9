/** Worlds of the simulation with real processes and in real time, several at once. */
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { isSettled, judge, type Violation } from "../simulation/judge.js";
import type { Act } from "../simulation/plan.js";
import { planOf, worldsOf, type WorldToRun } from "../simulation/run.js";
import { World } from "../simulation/world.js";
import { bundleInto, type Bundles } from "./bundle.js";
import { placesIn, RealComputer } from "./real-computer.js";
import type { RealGateway } from "./real-gateway.js";
import { RealTime } from "./real-time.js";
import { openDoors, SimulatedCodex } from "./simulated-codex.js";

export type RealResult = {
  seed: number;
  messages: number;
  violations: Violation[];
  faults: ReadonlyMap<string, number>;
  transcript: readonly string[];
};

const CHATS = 8;
/** All waits of the plugin's own are shorter under the settings of a world. */
const CALM = { forMs: 10 * 60_000, lookAfterMs: 5000 };
/** Beside whatever else this computer does. */
export const NOTED_WITHIN_MS = 20_000;
const WORLDS_AT_ONCE = 6;

/** So many messages in all. */
export async function runChaos(
  settings: { seed: number; messages: number },
  onResult: (result: RealResult) => void,
): Promise<RealResult[]> {
  const folder = await mkdtemp(path.join(await realpath(tmpdir()), "chaos-"));
  try {
    const bundles = await bundleInto(folder);
    const left = worldsOf(settings.seed, settings.messages);
    const results: RealResult[] = [];
    const runOneByOne = async (): Promise<void> => {
      for (let world = left.shift(); world; world = left.shift()) {
        // oxlint-disable-next-line no-await-in-loop
        const result = await runRealWorld(path.join(folder, String(world.seed)), bundles, world);
        results.push(result);
        onResult(result);
      }
    };
    await Promise.all(Array.from({ length: WORLDS_AT_ONCE }, runOneByOne));
    return results;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runRealWorld(
  folder: string,
  bundles: Bundles,
  { seed, messages }: WorldToRun,
): Promise<RealResult> {
  await mkdir(folder);
  const time = new RealTime(seed);
  let codex: SimulatedCodex | undefined;
  const doors = await openDoors(folder, () => codex);
  const world = new World<RealGateway>({
    seed,
    chats: CHATS,
    plan: planOf({ seed, messages }).filter(canBeDone),
    time,
    inbound: placesIn(folder).inbound,
    calm: CALM,
    notedWithinMs: NOTED_WITHIN_MS,
    computer: (parts) => {
      codex = new SimulatedCodex(parts, doors, bundles.relay);
      return new RealComputer(parts, { folder, bundles, time, codex });
    },
  });
  await codex?.ready;
  const violations = await lifeOf(world);
  // Chats that reach no Codex are promised nothing, so nothing else would be missed.
  if (world.ledger.finals.size === 0) {
    violations.push({ rule: "something happens", about: "", what: "Codex has answered nothing" });
  }
  return {
    seed,
    messages: world.chats.reduce((sum, chat) => sum + chat.sent.size, 0),
    violations,
    faults: world.ledger.faults,
    transcript: time.transcript,
  };
}

/** From its beginning to its end; what was wrong with it. */
export async function lifeOf(world: World<RealGateway>): Promise<Violation[]> {
  await world.live(isSettled);
  const violations = judge(world);
  for (const what of await world.end()) {
    violations.push({ rule: "nothing is left", about: "", what });
  }
  return violations;
}

/** To a computer that does other things as well. */
function canBeDone(act: Act): boolean {
  return act.do !== "disk" && act.do !== "clock";
}
