/** `npm run test:chaos`: the plugin's real code under faults, as long as one likes. */
import { parseArgs } from "node:util";
import { describeRun, passed } from "./report.js";
import { runChaos } from "./run.js";

const HELP = `Runs chats against the plugin while Codex, the gateway and the channel misbehave. The seed decides how.

  npm run test:chaos -- [--seed N] [--turns N] [--conversations N]

  --seed N           decides what goes wrong; default: random, printed
  --turns N          number of messages; default 1000
  --conversations N  number of chats; default 100
  --help             show this help

The same seed injects the same faults; their timing can differ.`;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    turns: { type: "string", default: "1000" },
    conversations: { type: "string", default: "100" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log(HELP);
} else {
  const seed = wholeNumber("seed", values.seed ?? String(Math.floor(Math.random() * 2 ** 31)));
  console.log(`seed ${seed}`);
  const result = await runChaos({
    seed,
    turns: wholeNumber("turns", values.turns),
    conversations: wholeNumber("conversations", values.conversations),
    onProgress: (line) => console.log(line),
  });
  console.log(describeRun(result));
  process.exitCode = passed(result) ? 0 : 1;
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error(`--${name} needs a whole number, not ${text}`);
}
