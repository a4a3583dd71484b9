/** A process for each core, each with its share of the worlds: which one runs a world changes nothing of it. */
import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import * as z from "zod/mini";
import { loadPlugin, runWorld, type WorldResult, type WorldToRun } from "./run.js";

const MOST_PARTS = 8;

const partResultSchema = z.object({
  index: z.number(),
  seed: z.number(),
  planned: z.number(),
  messages: z.number(),
  violations: z.array(z.object({ rule: z.string(), about: z.string(), what: z.string() })),
  digest: z.string(),
  faults: z.array(z.tuple([z.string(), z.number()])),
});

/** The results of all worlds of a run, in their order. */
export async function runInParts(
  { seed, messages }: { seed: number; messages: number },
  count: number,
): Promise<WorldResult[]> {
  const parts = Math.min(availableParallelism(), MOST_PARTS);
  const byIndex = new Map<number, WorldResult>();
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const run = ["--seed", String(seed), "--messages", String(messages)];
  const children = Array.from({ length: parts }, (_, part) => {
    const end = Promise.withResolvers<void>();
    const child = fork(main, [...run, "--part", `${part}/${parts}`]);
    child.on("message", (message) => {
      const { index, faults, ...result } = partResultSchema.parse(message);
      byIndex.set(index, { ...result, faults: new Map(faults) });
    });
    child.on("error", end.reject);
    child.on("exit", (code) => {
      if (code === 0) end.resolve();
      else end.reject(new Error(`a part of the run ended with ${code}`));
    });
    return end.promise;
  });
  await Promise.all(children);
  return Array.from({ length: count }, (_, index) => {
    const result = byIndex.get(index);
    if (!result) throw new Error(`world ${index} has no result`);
    return result;
  });
}

/** In such a process: `share` is which part it is, of how many. */
export async function runPart(worlds: readonly WorldToRun[], share: string): Promise<void> {
  const [part = 0, parts = 1] = share.split("/").map(Number);
  const plugin = await loadPlugin();
  for (let index = part; index < worlds.length; index += parts) {
    const world = worlds[index];
    if (!world) break;
    // oxlint-disable-next-line no-await-in-loop
    const { faults, ...result } = await runWorld(plugin, world);
    process.send?.({ index, ...result, faults: [...faults] });
  }
}
