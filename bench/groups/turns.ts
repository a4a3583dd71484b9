/** Turns through the real Codex, from the claim to the reply. */
import { CODEX_CONTROL_METHODS } from "../../src/app-server/capabilities.js";
import { disposeCodexAppServerClients } from "../../src/app-server/client-pool.js";
import { resolveCodexAppServerRuntimeOptions } from "../../src/app-server/config.js";
import { getSharedCodexAppServerClient } from "../../src/app-server/shared-client.js";
import type { Bench } from "../bench.js";
import { rowOf } from "../row.js";
import { samplePairs, timed } from "../sampling.js";
import type { BareCodex } from "../support/bare-codex.js";
import { PluginUnderTest } from "../support/plugin-under-test.js";
import { RealCodex } from "../support/real-codex.js";

const LIMIT = "bare driver";
const TEXT = "Say something short.";

/** @throws Error for a reply that is not the scripted model's */
function check(reply: string): void {
  if (reply !== `re: ${TEXT}`) throw new Error(`a turn went wrong: ${reply}`);
}

export async function turnsGroup(bench: Bench): Promise<void> {
  const codex = await RealCodex.prepare(bench);
  const plugin = new PluginUnderTest(bench.folder, codex.config);
  try {
    await processStart(bench, codex, plugin);
    const bare = codex.bare();
    await bare.initialize();
    try {
      await newChats(bench, codex, plugin, bare);
      await warmTurns(bench, codex, plugin, bare);
      await parallelTurns(bench, codex, plugin, bare);
    } finally {
      await bare.stop();
    }
  } finally {
    await plugin.messages.stop();
    await codex.dispose();
  }
}

/** The gateway has just started: the first message of a chat brings up Codex and resumes the thread. */
async function processStart(
  bench: Bench,
  codex: RealCodex,
  plugin: PluginUnderTest,
): Promise<void> {
  bench.progress("first turn of a process");
  await plugin.bind("cold", codex.workspace);
  check(await plugin.say("cold", TEXT));
  const maker = codex.bare();
  await maker.initialize();
  const threadId = await maker.startThread();
  check(await maker.turn(threadId, TEXT));
  await maker.stop();

  const { plugin: ours, limit } = await samplePairs(
    { count: bench.smoke ? 1 : 15, warmUp: bench.smoke ? 0 : 2 },
    async () => {
      await disposeCodexAppServerClients();
      const ms = await timed(async () => check(await plugin.say("cold", TEXT)));
      await disposeCodexAppServerClients();
      return ms;
    },
    async () => {
      let bare: BareCodex | undefined;
      const ms = await timed(async () => {
        bare = codex.bare();
        await bare.initialize();
        await bare.resumeThread(threadId);
        check(await bare.turn(threadId, TEXT));
      });
      await bare?.stop();
      return ms;
    },
  );
  bench.row(
    rowOf({ name: "first turn, Codex not started yet", unit: "ms", limitName: LIMIT }, ours, limit),
  );
}

/** The first message of a chat that has just been bound. */
async function newChats(
  bench: Bench,
  codex: RealCodex,
  plugin: PluginUnderTest,
  bare: BareCodex,
): Promise<void> {
  bench.progress("first turn of a thread");
  let chats = 0;
  const { plugin: ours, limit } = await samplePairs(
    { count: bench.smoke ? 1 : 30, warmUp: bench.smoke ? 0 : 3 },
    async () => {
      const name = `new-${++chats}`;
      await plugin.bind(name, codex.workspace);
      return timed(async () => check(await plugin.say(name, TEXT)));
    },
    async () => {
      const threadId = await bare.startThread();
      return timed(async () => check(await bare.turn(threadId, TEXT)));
    },
  );
  bench.row(
    rowOf({ name: "first turn of a new thread", unit: "ms", limitName: LIMIT }, ours, limit),
  );
}

async function warmTurns(
  bench: Bench,
  codex: RealCodex,
  plugin: PluginUnderTest,
  bare: BareCodex,
): Promise<void> {
  bench.progress("warm turns");
  await plugin.bind("warm", codex.workspace);
  const threadId = await bare.startThread();
  const own: { plugin: number[]; limit: number[] } = { plugin: [], limit: [] };
  const watch = await watchCodexPart(codex);
  const count = bench.smoke ? 2 : 400;
  const { plugin: ours, limit } = await samplePairs(
    { count, warmUp: bench.smoke ? 1 : 20 },
    async () => {
      const ms = await timed(async () => check(await plugin.say("warm", TEXT)));
      own.plugin.push(ms - watch.codexMs());
      return ms;
    },
    () =>
      timed(async () => {
        const start = performance.now();
        const reply = bare.turn(threadId, TEXT);
        own.limit.push(performance.now() - start);
        check(await reply);
      }),
  );
  watch.end();
  const facts = { unit: "ms", limitName: LIMIT, target: { of: "difference", atMost: 3 } } as const;
  bench.row(rowOf({ ...facts, name: "warm turn" }, ours, limit));
  bench.row(
    rowOf(
      { ...facts, name: "warm turn, without Codex's own part" },
      own.plugin.slice(-count),
      own.limit.slice(-count),
    ),
  );
}

/** Times what is Codex's own of the plugin's turns: from turn/start being sent to turn/completed being told. */
async function watchCodexPart(codex: RealCodex): Promise<{ codexMs(): number; end(): void }> {
  const { start: startOptions } = resolveCodexAppServerRuntimeOptions({
    pluginConfig: codex.config,
  });
  const client = await getSharedCodexAppServerClient({ startOptions, timeoutMs: 60_000 });
  const request = client.request.bind(client);
  let [sentAt, completedAt] = [Number.NaN, Number.NaN];
  client.request = (method, params, options) => {
    const answer = request(method, params, options);
    if (method === CODEX_CONTROL_METHODS.startTurn) sentAt = performance.now();
    return answer;
  };
  const remove = client.addNotificationHandler(({ method }) => {
    if (method === "turn/completed") completedAt = performance.now();
  });
  return {
    codexMs: () => completedAt - sentAt,
    end() {
      remove();
      client.request = request;
    },
  };
}

async function parallelTurns(
  bench: Bench,
  codex: RealCodex,
  plugin: PluginUnderTest,
  bare: BareCodex,
): Promise<void> {
  const width = bench.smoke ? 3 : 50;
  bench.progress(`${width} parallel turns`);
  const names = Array.from({ length: width }, (_, index) => `parallel-${index}`);
  const threads: string[] = [];
  for (const name of names) {
    await plugin.bind(name, codex.workspace);
    threads.push(await bare.startThread());
  }
  const { plugin: ours, limit } = await samplePairs(
    { count: bench.smoke ? 1 : 20, warmUp: 1 },
    () => timed(() => Promise.all(names.map(async (name) => check(await plugin.say(name, TEXT))))),
    () => timed(() => Promise.all(threads.map(async (id) => check(await bare.turn(id, TEXT))))),
  );
  const target = { of: "ratio", atMost: 1.1 } as const;
  const facts = { name: `${width} parallel turns, all of them`, unit: "ms", limitName: LIMIT };
  bench.row(rowOf({ ...facts, target }, ours, limit));
}
