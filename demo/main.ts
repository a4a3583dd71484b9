/** `npm run demo`: the plugin at its main job, on a real gateway with the real Codex. */
import { startChain } from "../test/support/chain.js";
import { type DemoArguments, readArguments, usage } from "./arguments.js";
import { openChannel } from "./channels.js";
import { interact } from "./interactive.js";
import { repeatOrTest, TASK, writeProject } from "./model.js";
import { play, StepError } from "./play.js";
import { type DemoEntry, isSaid } from "./said.js";
import { requireSignIn } from "./sign-in.js";
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
  const terminal = new Terminal();
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
  if (args.real) await requireSignIn();
  const demo = await openChannel(args.channel);
  terminal.name(demo.names);
  await using chain = await startChain({
    ...demo.options,
    realCodex: args.real,
    script: repeatOrTest,
    onStep: (step) => terminal.step(step),
    signal,
  });
  if (!args.real) await writeProject(chain.workspace);
  const channel = demo.in(chain);
  const entries: DemoEntry[] = [];
  channel.seen.onAppend((message) => {
    const entry = { ...message, at: new Date().toISOString() };
    if (isSaid(entry, entries)) terminal.entry(entry);
    entries.push(entry);
  });
  terminal.info(
    `${demo.title}, OpenClaw's gateway and ${args.real ? "your Codex" : "Codex with a simulated model"} are up.`,
  );
  if (!args.real) {
    terminal.info(
      `The model repeats what you say, but at “${TASK}” it asks and then really runs them. With --real your own Codex answers.`,
    );
  }
  try {
    if (args.interactive) await interact(channel, terminal, demo.first, signal);
    else {
      const timeoutMs = args.real ? REAL_TIMEOUT_MS : SCRIPTED_TIMEOUT_MS;
      await Promise.race([
        play({ chain, channel, demo }, terminal, {
          messages: args.messages,
          echoes: !args.real,
          timeoutMs,
        }),
        rejectedOnAbort(signal),
      ]);
    }
  } catch (error) {
    if (!(error instanceof StepError) && !signal.aborted) terminal.info(chain.gateway.log.tail(40));
    throw error;
  } finally {
    if (args.json !== undefined) await writeTranscript(args.json, entries);
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
