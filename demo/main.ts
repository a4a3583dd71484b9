/** `npm run demo`: the plugin at its main job, on a real gateway with the real Codex. */
import { startChain } from "../test/support/chain.js";
import { isSaid } from "../test/support/transcript.js";
import { type DemoArguments, readArguments, usage } from "./arguments.js";
import { interact } from "./interactive.js";
import { ADA, chatNames, play, StepError } from "./play.js";
import { Terminal } from "./terminal.js";
import { writeTranscript } from "./transcript.js";

const SCRIPTED_TIMEOUT_MS = 60_000;
const REAL_TIMEOUT_MS = 600_000;

class Interrupted extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super("Interrupted.");
    this.exitCode = exitCode;
  }
}

async function main(): Promise<number> {
  let args: DemoArguments;
  try {
    args = readArguments(process.argv.slice(2));
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${usage}`);
    return 2;
  }
  if (args.help) {
    console.log(usage);
    return 0;
  }
  const interruption = new AbortController();
  process.once("SIGINT", () => interruption.abort(new Interrupted(130)));
  process.once("SIGTERM", () => interruption.abort(new Interrupted(143)));
  const terminal = new Terminal(chatNames);
  try {
    await run(args, terminal, interruption.signal);
    return 0;
  } catch (error) {
    const reason: unknown = interruption.signal.aborted ? interruption.signal.reason : error;
    terminal.failed(messageOf(reason));
    return reason instanceof Interrupted ? reason.exitCode : 1;
  }
}

async function run(args: DemoArguments, terminal: Terminal, signal: AbortSignal): Promise<void> {
  await using chain = await startChain({
    realCodex: args.real,
    onStep: (step) => terminal.step(step),
    signal,
  });
  const { transcript } = chain.telegram;
  transcript.onAppend((entry) => {
    if (isSaid(entry, transcript.entries.slice(0, -1))) terminal.entry(entry);
  });
  terminal.info(
    `A Telegram chat, OpenClaw's gateway and ${args.real ? "your Codex" : "Codex with a scripted model"} are up.`,
  );
  if (!args.real)
    terminal.info("The model repeats what it is told; with --real your own Codex answers.");
  try {
    if (args.interactive) await interact(chain, terminal, ADA, signal);
    else {
      const timeoutMs = args.real ? REAL_TIMEOUT_MS : SCRIPTED_TIMEOUT_MS;
      await Promise.race([
        play(chain, terminal, { messages: args.messages, echoes: !args.real, timeoutMs }),
        rejectedOnAbort(signal),
      ]);
    }
  } catch (error) {
    if (!(error instanceof StepError) && !signal.aborted) terminal.info(chain.gateway.log.tail(40));
    throw error;
  } finally {
    if (args.json !== undefined) await writeTranscript(args.json, transcript.entries);
    terminal.step("stopping everything");
    await chain.stop();
  }
  terminal.done(args.interactive ? "Goodbye." : "Every step showed what it should.");
}

function rejectedOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

process.exitCode = await main();
