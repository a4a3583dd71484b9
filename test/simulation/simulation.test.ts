/** The simulation itself: that it gives the same run for the same seed. `npm run test:simulation` runs it for long. */
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { digestOf, loadPlugin, runWorld, worldsOf, type Plugin } from "./run.js";

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

async function run(): Promise<string> {
  const [world] = worldsOf(SEED, MESSAGES);
  if (!world) throw new Error("a run has a world");
  return digestOf([await runWorld(plugin, world)]);
}

test(
  "the same seed gives the same run, byte for byte, in another process too",
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
    expect(await run()).toBe(first);
    const { stdout } = await elsewhere;
    expect(/^hash (\w+)$/m.exec(String(stdout))?.[1]).toBe(first);
  },
);
