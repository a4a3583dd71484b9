/** Whole turns through an app-server in memory: what the gateway's side alone can do. */
import { openThreadSession } from "../../src/thread/sessions.js";
import { createHook } from "node:async_hooks";
import path from "node:path";
import { CodexAppServerClient } from "../../src/app-server/client.js";
import { CODEX_CONTROL_METHODS } from "../../src/app-server/capabilities.js";
import { asRecord, asString } from "../../src/app-server/json.js";
import { followTurn } from "../../src/thread/turn-follow.js";
import type { Bench } from "../bench.js";
import { rowOf } from "../row.js";
import { samplePairs, timed } from "../sampling.js";
import { BareDriver } from "../support/bare-driver.js";
import { FakeAppServer } from "../support/fake-app-server.js";
import { serveFromMemory } from "../support/fake-pool.js";
import { filesSettled } from "../support/files-settled.js";
import { FramedTransport } from "../support/framed-transport.js";
import { PluginUnderTest } from "../support/plugin-under-test.js";
import { syncedWrite } from "../support/synced-write.js";

const CONVERSATIONS = [1, 10, 100, 1000] as const;
const LIMITS = { idleTimeoutMs: 600_000, maxDurationMs: 600_000 };

/** Runs one turn of the conversation with this number. */
type Turn = (index: number) => Promise<unknown>;

export async function messagesGroup(bench: Bench): Promise<void> {
  const bare = bareTurns();
  const client = clientTurns();
  for (const conversations of CONVERSATIONS) {
    bench.progress(`turns of ${conversations} conversations at once`);
    const total = bench.smoke ? conversations : Math.max(2 * conversations, 1000);
    const facts = { name: `turns with ${conversations} conversations`, limitName: "bare driver" };
    await compare(bench, facts, client, bare, {
      conversations,
      total,
      count: bench.smoke ? 1 : 15,
    });
  }
  const message = await messageTurns(bench);
  let writes = 0;
  const stored: Turn = async (index) => {
    await syncedWrite(path.join(bench.folder, `stored-${++writes}`), "hello ".repeat(100));
    await bare(index);
  };
  await oneMessage(bench, message.turn, bare);
  await fileOperations(bench, message.turn, stored);
  for (const conversations of bench.smoke ? [1, 10] : CONVERSATIONS) {
    bench.progress(`messages of ${conversations} conversations at once`);
    const facts = {
      name: `messages with ${conversations} conversations`,
      limitName: "bare driver and one synced write",
    };
    await compare(bench, facts, message.turn, stored, {
      conversations,
      total: bench.smoke ? conversations : Math.max(conversations, 200),
      count: bench.smoke ? 1 : 9,
    });
  }
  await message.end();
}

/** What the plugin adds to a warm turn, without Codex's own ups and downs. */
async function oneMessage(bench: Bench, plugin: Turn, bare: Turn): Promise<void> {
  bench.progress("one message");
  const taken = await samplePairs(
    { count: bench.smoke ? 2 : 500, warmUp: bench.smoke ? 1 : 100 },
    () => timed(() => plugin(0)),
    () => timed(() => bare(0)),
  );
  const target = { of: "difference", atMost: 3 } as const;
  const facts = { name: "one message, claim to reply", unit: "ms", limitName: "bare driver" };
  bench.row(rowOf({ ...facts, target }, taken.plugin, taken.limit));
}

/** What a message asks of the file system before its reply is there: no clock, so the same on every machine. */
async function fileOperations(bench: Bench, plugin: Turn, limit: Turn): Promise<void> {
  bench.progress("file operations of one message");
  let operations = 0;
  const hook = createHook({
    init: (_id, type) => void (operations += /^FSREQ|^FILEHANDLECLOSEREQ/.test(type) ? 1 : 0),
  }).enable();
  const counted = (turn: Turn) => async (): Promise<number> => {
    await filesSettled();
    operations = 0;
    await turn(0);
    return operations;
  };
  const taken = await samplePairs({ count: 5, warmUp: 1 }, counted(plugin), counted(limit));
  hook.disable();
  const facts = { name: "file operations of one message", limitName: "one synced write" };
  bench.row(rowOf({ ...facts, unit: "operations" }, taken.plugin, taken.limit));
}

async function compare(
  bench: Bench,
  facts: { name: string; limitName: string },
  plugin: Turn,
  limit: Turn,
  { conversations, total, count }: { conversations: number; total: number; count: number },
): Promise<void> {
  const perSecond = (turn: Turn) => async (): Promise<number> =>
    (total / (await timed(() => allTurns(turn, conversations, total)))) * 1000;
  const taken = await samplePairs(
    { count, warmUp: bench.smoke ? 0 : 2 },
    perSecond(plugin),
    perSecond(limit),
  );
  bench.row(rowOf({ ...facts, unit: "a second" }, taken.plugin, taken.limit));
}

/** Each conversation runs its share of the turns, one after another. */
async function allTurns(turn: Turn, conversations: number, total: number): Promise<void> {
  const share = total / conversations;
  const conversation = async (index: number): Promise<void> => {
    for (let done = 0; done < share; done++) await turn(index);
  };
  await Promise.all(Array.from({ length: conversations }, (_, index) => conversation(index)));
}

const threadOf = (index: number): string => `thread-${index}`;

const turnParams = (index: number) => ({
  threadId: threadOf(index),
  input: [{ type: "text", text: "hello", text_elements: [] }],
});

function bareTurns(): Turn {
  const server = new FakeAppServer((chunk) => driver.push(chunk));
  const driver = new BareDriver((line) => server.receive(line));
  return (index) => driver.turn(turnParams(index));
}

/** A turn of the client and what follows it, without the conversation around it. */
function clientTurns(): Turn {
  const server = new FakeAppServer((chunk) => transport.push(chunk));
  const transport = new FramedTransport((line) => server.receive(line));
  const client = new CodexAppServerClient(transport);
  const begin = async (index: number): Promise<string> => {
    const answer = await client.request(CODEX_CONTROL_METHODS.startTurn, turnParams(index), {
      timeoutMs: 60_000,
    });
    return asString(asRecord(asRecord(answer)?.turn)?.id) ?? "";
  };
  return (index) => {
    const session = openThreadSession(client, threadOf(index), `/conversation-${index}`);
    return followTurn({
      session,
      requestTimeoutMs: 60_000,
      limits: LIMITS,
      slot: { holdUntil() {} },
      begin: (view) => session.begin(view, () => begin(index)),
    });
  };
}

/** A message from the claim to the reply, its files included. */
async function messageTurns(bench: Bench): Promise<{ turn: Turn; end: () => Promise<void> }> {
  serveFromMemory();
  const plugin = new PluginUnderTest(bench.folder, { progress: "off" });
  const bound = bench.smoke ? 10 : Math.max(...CONVERSATIONS);
  for (let index = 0; index < bound; index++) {
    await plugin.bindTo(`chat-${index}`, threadOf(index), "/work");
  }
  return {
    turn: (index) => plugin.say(`chat-${index}`, "hello"),
    end: () => plugin.messages.stop(),
  };
}
