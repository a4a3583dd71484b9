/** `npm run test:chaos`: the simulation's worlds with real processes, real files and real time. */
import { parseArgs } from "node:util";
import { describeFaults, wholeNumber } from "../simulation/report.js";
import { runChaos, type RealResult } from "./run.js";

const HELP = `Runs the simulation's worlds with real gateways, real pipes, sockets and files, in real time.

  npm run test:chaos -- [--seed N] [--turns N]

  --seed N   decides what happens; default: random, printed
  --turns N  number of messages, in worlds of 250, six at a time; default 1500
  --help     show this help

The same seed plans the same; when it happens differs from run to run.`;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    turns: { type: "string", default: "1500" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log(HELP);
} else {
  const seed = wholeNumber("seed", values.seed ?? String(Math.floor(Math.random() * 2 ** 31)));
  console.log(`seed ${seed}`);
  const startedAt = performance.now();
  const messages = wholeNumber("turns", values.turns);
  const results = await runChaos({ seed, messages }, (result) => console.log(describe(result)));
  console.log(describeFaults(results));
  const total = results.reduce((sum, result) => sum + result.messages, 0);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${total} messages in ${results.length} worlds, ${seconds} s`);
  process.exitCode = results.some(({ violations }) => violations.length > 0) ? 1 : 0;
}

function describe({ seed, messages, violations, transcript }: RealResult): string {
  if (violations.length === 0) return `world ${seed}: ${messages} messages, all as it must be`;
  return [
    ...transcript,
    `world ${seed} FAILED: ${violations.length} findings`,
    ...violations.map(({ rule, about, what }) => `  ${rule}: ${about} ${what}`),
  ].join("\n");
}
