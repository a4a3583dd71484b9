/** How long the gateway's other work waits while a process pours out deltas. */
import { openThreadSession } from "../../src/thread/sessions.js";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { CodexAppServerClient } from "../../src/app-server/client.js";
import { StdioTransport } from "../../src/app-server/transport-stdio.js";
import { followTurn } from "../../src/thread/turn-follow.js";
import type { Bench } from "../bench.js";
import { rowOf } from "../row.js";
import { samplePairs } from "../sampling.js";
import { BareReader } from "../support/bare-driver.js";
import { delta, turnEnd } from "../support/fake-app-server.js";

const LIMITS = { idleTimeoutMs: 60_000, maxDurationMs: 60_000 };
const [THREAD, TURN] = ["thread-1", "turn-1"];

/** Writes the file of its argument to its output, and waits for the end of its input. */
const REPLAY = `
  process.stdin.resume();
  require("node:fs").createReadStream(process.argv[1], { highWaterMark: 1 << 20 }).pipe(process.stdout);
`;

export async function loopGroup(bench: Bench): Promise<void> {
  const count = bench.smoke ? 2_000 : 100_000;
  bench.progress(`event-loop delay while ${count} deltas arrive`);
  const file = path.join(bench.folder, "deltas");
  const deltas = Array.from({ length: count }, () => delta(THREAD, TURN, "some words "));
  await writeFile(file, `${[...deltas, ...turnEnd(THREAD, TURN)].join("\n")}\n`);
  const args = ["-e", REPLAY, file];
  const { plugin, limit } = await samplePairs(
    { count: bench.smoke ? 1 : 15, warmUp: bench.smoke ? 0 : 2 },
    () => delayDuring(() => throughPlugin(args)),
    () => delayDuring(() => throughBareReader(args)),
  );
  const facts = {
    name: `p99 while ${count} deltas arrive`,
    unit: "ms",
    limitName: "split and parse",
    target: { of: "plugin", atMost: 20 },
  } as const;
  bench.row(rowOf(facts, plugin, limit));
}

/** The 99th percentile, in milliseconds; about 1 of them is the timer that measures. */
async function delayDuring(action: () => Promise<void>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await action();
  delay.disable();
  return delay.percentile(99) / 1e6;
}

async function throughPlugin(args: string[]): Promise<void> {
  const client = new CodexAppServerClient(
    new StdioTransport({
      transport: "stdio",
      command: process.execPath,
      commandSource: "config",
      args,
      headers: {},
      clearEnv: [],
    }),
  );
  const session = openThreadSession(client, THREAD, "/conversation");
  await followTurn({
    session,
    requestTimeoutMs: 60_000,
    limits: LIMITS,
    slot: { holdUntil() {} },
    begin: (view) => session.begin(view, async () => TURN),
  });
  await client.close();
}

async function throughBareReader(args: string[]): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "ignore"] });
  const exit = once(child, "exit");
  const reader = new BareReader((message) => {
    if (isEnd(message)) child.stdin.end();
  });
  child.stdout.on("data", (chunk: Buffer) => reader.push(chunk));
  await exit;
}

function isEnd(message: unknown): boolean {
  return (
    typeof message === "object" &&
    message !== null &&
    "method" in message &&
    message.method === "turn/completed"
  );
}
