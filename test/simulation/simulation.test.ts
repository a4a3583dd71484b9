/** The simulation itself: that it gives the same run for the same seed. `npm run test:simulation` runs it for long. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { isCalm } from "./calm.js";
import { isSettled, judge } from "./judge.js";
import { MUTATIONS } from "./mutations.js";
import type { Act } from "./plan.js";
import { digestOf, loadPlugin, runWorld, simulatedWorld, worldsOf, type Plugin } from "./run.js";
import { Scheduler } from "./scheduler.js";
import { shrink } from "./shrink.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const SEED = 20_261_122;
const MESSAGES = 60;

let plugin: Plugin;
beforeAll(async () => {
  plugin = await loadPlugin();
});

const SEEDS = [7, 20_261_122, 271_828];

test.each(SEEDS)(
  "500 messages under faults, kills and losses of power by the seed %i: the chats are shown what they may be shown",
  { timeout: 240_000 },
  async (seed) => {
    for (const world of worldsOf(seed, 500)) {
      // oxlint-disable-next-line no-await-in-loop
      const { violations, messages, faults } = await runWorld(plugin, world);
      expect(violations).toEqual([]);
      expect(messages).toBeGreaterThan(200);
      expect(faults.size).toBeGreaterThan(20);
    }
  },
);

test(
  "a gateway that lives through 250 messages keeps nothing of what is over, and one that keeps its calls is found out",
  { timeout: 120_000 },
  async () => {
    const calm = worldsOf(7, 2000).find(({ seed }) => isCalm(seed));
    if (!calm) throw new Error("eight worlds have a calm one");
    expect((await runWorld(plugin, calm)).violations).toEqual([]);
    const forgets = MUTATIONS.find(({ name }) => name === "a call that was answered is kept");
    const { violations } = await runWorld(await loadPlugin(forgets), calm);
    expect(violations).toEqual([
      {
        rule: "memory is bounded",
        about: "",
        what: expect.stringMatching(/^\d{2,} entries in src\/app-server\/connection\.ts$/),
      },
    ]);
  },
);

async function run(): Promise<string> {
  const [world] = worldsOf(SEED, MESSAGES);
  if (!world) throw new Error("a run has a world");
  return digestOf([await runWorld(plugin, world)]);
}

test(
  "the same seed gives the same run, byte for byte, after another world and in another process too",
  { timeout: 120_000 },
  async () => {
    const main = fileURLToPath(new URL("main.ts", import.meta.url));
    const tsx = createRequire(import.meta.url).resolve("tsx");
    const args = ["--import", tsx, main, "--seed", String(SEED), "--messages", String(MESSAGES)];
    const elsewhere = promisify(execFile)(process.execPath, [...args, "--shrink", "0"]).catch(
      (error: unknown) =>
        error instanceof Error && "stdout" in error ? error : Promise.reject(error),
    );
    const first = await run();
    await runWorld(plugin, { seed: SEED + 1, messages: 20 });
    expect(await run()).toBe(first);
    const { stdout } = await elsewhere;
    expect(/^hash (\w+)$/m.exec(String(stdout))?.[1]).toBe(first);
  },
);

test(
  "a run that fails is shrunk to the acts that it needs, in a world that fails in the same way again",
  { timeout: 120_000 },
  async () => {
    const mutation = MUTATIONS.find(({ name }) => name === "what was sent stays in the outbox");
    const broken = await loadPlugin(mutation);
    const [world] = worldsOf(SEED, MESSAGES);
    if (!mutation || !world) throw new Error("there is nothing to shrink");
    const failed = await runWorld(broken, world);
    const { plan, violation } = await shrink(broken, failed, 40);
    // One message, or one goal, that is answered leaves its answer behind.
    expect(plan).toHaveLength(1);
    expect(violation.rule).toBe("nothing is left on disk");
    const again = await runWorld(broken, world, { plan });
    expect(again.violations).toContainEqual(violation);
    expect((await runWorld(plugin, world, { plan })).violations).toEqual([]);
  },
);

test("a message that stands on disk at a kill and is dropped after the restart has no answer, and needs none", async () => {
  // What `npm run test:chaos` once took for a loss: c24/m3 and c137/m4 of seed 20261122, c285/m2 and c146/m2 of 271828.
  const plan: Act[] = [
    { at: 0, do: "say", chat: 1, number: 1 },
    { at: 50, do: "say", chat: 1, number: 2 },
    { at: 1500, do: "kill" },
    { at: 4000, do: "drop", chat: 1 },
  ];
  // By this seed the first message's turn takes longer than that, and the second does not go into it.
  const world = simulatedWorld(plugin, { seed: 62, chats: 1, plan, time: new Scheduler(62) });
  await world.live(isSettled);
  const [chat] = world.chats;
  expect(world.ends[0]?.left.filter((file) => file.includes(".inbox/"))).toHaveLength(2);
  expect(chat?.sent.get(2)?.dropped).toMatchObject({ certain: true, run: 2 });
  expect(chat?.arrivals.filter(({ number }) => number === 2)).toEqual([]);
  expect(judge(world)).toEqual([]);
});

test("each fault that can be put in has its one place in the source", async () => {
  const places = MUTATIONS.map(async (mutation) => {
    const source = await readFile(path.join(root, mutation.file), "utf8");
    return { name: mutation.name, places: source.split(mutation.from).length - 1 };
  });
  const found = await Promise.all(places);
  expect(found.filter((one) => one.places !== 1)).toEqual([]);
});
