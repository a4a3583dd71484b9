/** What conversations keep in memory, after everything that can be collected has been. */
import type { Bench } from "../bench.js";
import { rowOf } from "../row.js";
import { BareDriver } from "../support/bare-driver.js";
import { FakeAppServer } from "../support/fake-app-server.js";
import { serveFromMemory } from "../support/fake-pool.js";
import { filesSettled } from "../support/files-settled.js";
import { PluginUnderTest } from "../support/plugin-under-test.js";

const IDLE_TARGET = { of: "plugin", atMost: 10 * 1024 } as const;

type Figures = { idle: number[]; running: number[]; message: number[] };

export async function memoryGroup(bench: Bench): Promise<void> {
  const chats = bench.smoke ? 20 : 1000;
  const [rounds, warmUp] = bench.smoke ? [1, 1] : [7, 2];
  bench.progress(`memory of ${chats} conversations`);
  const [plugin, limit] = [pluginSide(bench), bareSide()];
  const taken: { plugin: Figures; limit: Figures } = { plugin: none(), limit: none() };
  for (let round = -warmUp; round < rounds; round++) {
    const names = Array.from({ length: chats }, (_, index) => `chat-${round + warmUp}-${index}`);
    for (const [side, figures] of [
      [plugin, taken.plugin],
      [limit, taken.limit],
    ] as const) {
      const figure = await measure(side, names);
      if (round < 0) continue;
      figures.idle.push(figure.idle / chats);
      figures.running.push(figure.running / chats);
      figures.message.push(figure.message / chats);
    }
  }
  await plugin.end();
  const facts = { unit: "bytes", limitName: "bare driver" };
  bench.row(
    rowOf(
      { ...facts, name: "an idle bound conversation", target: IDLE_TARGET },
      taken.plugin.idle,
      taken.limit.idle,
    ),
  );
  bench.row(rowOf({ ...facts, name: "a running turn" }, taken.plugin.running, taken.limit.running));
  bench.row(
    rowOf(
      { ...facts, name: "left by one more message" },
      taken.plugin.message,
      taken.limit.message,
    ),
  );
}

const none = (): Figures => ({ idle: [], running: [], message: [] });

type Side = {
  /** Has the chats exist, as they do on the disk before the process starts. */
  prepare(names: readonly string[]): Promise<void>;
  /** Runs one turn for each chat. */
  runTurns(names: readonly string[]): Promise<void>;
  /** Starts a turn for each chat; gives the way to end them. */
  holdTurns(names: readonly string[]): Promise<() => Promise<void>>;
  end(): Promise<void>;
};

/** Bytes for all the chats: idle after their first turn, on top of that while a turn runs, and after one more. */
async function measure(
  side: Side,
  names: readonly string[],
): Promise<{ idle: number; running: number; message: number }> {
  await side.prepare(names);
  const before = await usedBytes();
  await side.runTurns(names);
  const idle = await usedBytes();
  const endTurns = await side.holdTurns(names);
  const running = await usedBytes();
  await endTurns();
  const after = await usedBytes();
  return { idle: idle - before, running: running - idle, message: after - idle };
}

function pluginSide(bench: Bench): Side {
  const server = serveFromMemory();
  const plugin = new PluginUnderTest(bench.folder, { progress: "off" });
  return {
    async prepare(names) {
      await Promise.all(names.map((name) => plugin.bindTo(name, `thread-${name}`, "/work")));
    },
    async runTurns(names) {
      await Promise.all(names.map((name) => plugin.say(name, "hello")));
    },
    async holdTurns(names) {
      server.endsTurns = false;
      const replies = names.map((name) => plugin.replyTo(name));
      await Promise.all(names.map((name) => plugin.claim(name, "hello")));
      await server.started(names.length);
      return async () => {
        server.endsTurns = true;
        server.endTurns();
        await Promise.all(replies);
      };
    },
    end: () => plugin.messages.stop(),
  };
}

function bareSide(): Side {
  const server = new FakeAppServer((chunk) => driver.push(chunk));
  const driver = new BareDriver((line) => server.receive(line));
  const threads = new Map<string, { threadId: string }>();
  const turn = (name: string): Promise<string> => {
    const threadId = threads.get(name)?.threadId ?? `thread-${name}`;
    threads.set(name, { threadId });
    return driver.turn({ threadId });
  };
  return {
    async prepare() {},
    async runTurns(names) {
      await Promise.all(names.map((name) => turn(name)));
    },
    async holdTurns(names) {
      server.endsTurns = false;
      const replies = names.map((name) => turn(name));
      await server.started(names.length);
      return async () => {
        server.endsTurns = true;
        server.endTurns();
        await Promise.all(replies);
      };
    },
    async end() {},
  };
}

async function usedBytes(): Promise<number> {
  await filesSettled();
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error("memory needs --expose-gc");
  // Finalizers of one collection free what the next one finds.
  for (let pass = 0; pass < 4; pass++) {
    collect();
    await new Promise((resolve) => void setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
