/** `npm run test:simulation`: the plugin's own code in simulated worlds, as many messages as one likes. */
import { parseArgs } from "node:util";
import { runInParts, runPart } from "./parts.js";
import { describeAct } from "./plan.js";
import { digestOf, loadPlugin, runWorld, worldsOf, type WorldResult } from "./run.js";
import { describeFaults, wholeNumber } from "./report.js";
import { shrink } from "./shrink.js";

const HELP = `Runs the plugin in one process, in virtual time, with a simulated disk, Codex, channel and host.

  npm run test:simulation -- [--seed N] [--messages N] [--world N] [--transcript]

  --seed N      decides what happens, and in which order; default: random, printed
  --messages N  number of messages, in worlds of 250; default 10000
  --world SEED  run only this world, whose seed a failure names
  --transcript  print every event
  --shrink N    how many smaller plans to try for the first world that fails; default 60
  --help        show this help

The same seed gives the same run, byte for byte; its hash is printed.`;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    messages: { type: "string", default: "10000" },
    world: { type: "string" },
    transcript: { type: "boolean", default: false },
    shrink: { type: "string", default: "60" },
    /** Which share of the worlds, of how many: for the processes that this one starts. */
    part: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(HELP);
else await main();

async function main(): Promise<void> {
  const seed = wholeNumber("seed", values.seed ?? String(Math.floor(Math.random() * 2 ** 31)));
  const messages = wholeNumber("messages", values.messages);
  const startedAt = performance.now();
  const worlds =
    values.world === undefined
      ? worldsOf(seed, messages)
      : [{ seed: wholeNumber("world", values.world), messages: Math.min(messages, 250) }];
  if (values.part !== undefined) return runPart(worlds, values.part);
  if (values.world === undefined) console.log(`seed ${seed}`);
  const results =
    worlds.length > 4 && !values.transcript
      ? await runInParts({ seed, messages }, worlds.length)
      : await runHere(worlds);
  const failed = results.filter(({ violations }) => violations.length > 0);
  const [first] = failed;
  if (first) {
    process.exitCode = 1;
    for (const result of failed) console.log(describeFailure(result));
    console.log(await describeShortest(first));
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const total = results.reduce((sum, result) => sum + result.messages, 0);
  console.log(describeFaults(results));
  console.log(`${total} messages in ${results.length} worlds, ${seconds} s`);
  console.log(`hash ${digestOf(results)}`);

  async function runHere(all: typeof worlds): Promise<WorldResult[]> {
    const plugin = await loadPlugin();
    const record = values.transcript
      ? { record: (line: string) => void process.stdout.write(line) }
      : {};
    const done: WorldResult[] = [];
    // oxlint-disable-next-line no-await-in-loop
    for (const world of all) done.push(await runWorld(plugin, world, record));
    return done;
  }
}

function describeFailure({ violations, seed: of }: WorldResult): string {
  return [
    `world ${of} FAILED: ${violations.length} findings`,
    ...violations.slice(0, 12).map(({ rule, about, what }) => `  ${rule}: ${about} ${what}`),
  ].join("\n");
}

async function describeShortest(result: WorldResult): Promise<string> {
  const tries = wholeNumber("shrink", values.shrink);
  if (tries === 0) return "";
  const { violation, plan } = await shrink(await loadPlugin(), result, tries);
  const { rule, about, what } = violation;
  return [
    `the shortest plan for world ${result.seed} that still breaks "${rule}" (${about} ${what}):`,
    ...plan.map((act) => `  ${describeAct(act)}`),
  ].join("\n");
}
