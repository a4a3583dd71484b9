/** `npm run test:mutations`: whether the simulation finds each fault that is put into the source. */
import { parseArgs } from "node:util";
import { MUTATIONS } from "./mutations.js";
import { loadPlugin, runWorld, worldsOf } from "./run.js";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "7" },
    messages: { type: "string", default: "2000" },
    only: { type: "string" },
  },
});

const worlds = worldsOf(Number(values.seed), Number(values.messages));
const chosen = MUTATIONS.filter(({ name }) => name.includes(values.only ?? ""));
for (const mutation of chosen) {
  // oxlint-disable-next-line no-await-in-loop -- Each needs both cores' memory for itself.
  const found = await firstFinding(mutation);
  if (found === undefined) process.exitCode = 1;
  console.log(`${found === undefined ? "NOT FOUND" : "found"}: ${mutation.name}`);
  if (found !== undefined) console.log(`    ${found}`);
}

async function firstFinding(mutation: (typeof MUTATIONS)[number]): Promise<string | undefined> {
  const plugin = await loadPlugin(mutation);
  let messages = 0;
  for (const world of worlds) {
    // oxlint-disable-next-line no-await-in-loop
    const result = await runWorld(plugin, world);
    messages += result.messages;
    const [violation] = result.violations;
    if (!violation) continue;
    const { rule, about, what } = violation;
    return `after ${messages} messages, ${rule}: ${about} ${what.split("\n")[0]?.slice(0, 120)}`;
  }
  return undefined;
}
