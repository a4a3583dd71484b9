/** What a notification costs the client with many turns in flight, beside splitting and parsing the same bytes. */
import { textOfAnswers } from "../../src/thread/answers.js";
import { openThreadSession } from "../../src/thread/sessions.js";
import { CodexAppServerClient } from "../../src/app-server/client.js";
import { asRecord } from "../../src/app-server/json.js";
import { followTurn } from "../../src/thread/turn-follow.js";
import type { Bench } from "../bench.js";
import { rowOf } from "../row.js";
import { BareReader } from "../support/bare-driver.js";
import { CHUNK_BYTES, delta, replyStarted, turnCompleted } from "../support/fake-app-server.js";
import { FramedTransport } from "../support/framed-transport.js";

/** What each delta brings. */
const WORD = "somewords";
const LIMITS = { idleTimeoutMs: 600_000, maxDurationMs: 600_000 };

/** `run`: how many deltas of one conversation come in a row before the next one's. */
const LEVELS = [
  { conversations: 1, run: 1 },
  { conversations: 10, run: 1 },
  { conversations: 100, run: 1 },
  { conversations: 1000, run: 1 },
  { conversations: 1000, run: 100 },
] as const;

type Level = {
  conversations: number;
  run: number;
  chunks: Buffer[];
  plugin: number[];
  limit: number[];
  keeping: number[];
};

export async function notificationsGroup(bench: Bench): Promise<void> {
  const count = bench.smoke ? 2_000 : 100_000;
  const [rounds, warmUp] = bench.smoke ? [2, 0] : [30, 3];
  const levels = LEVELS.map(({ conversations, run }): Level => {
    const chunks = deltasOf(conversations, run, count);
    return { conversations, run, chunks, plugin: [], limit: [], keeping: [] };
  });
  bench.progress(`${count} deltas, ${rounds} times at each level`);
  for (let round = -warmUp; round < rounds; round++) {
    // The levels take turns too, since they are compared with each other.
    for (const level of levels) {
      const pluginFirst = round % 2 === 0;
      const before = pluginFirst ? await throughClient(level, count) : undefined;
      const limit = await throughBareReader(level, count);
      const keeping = await throughBareReader(level, count, true);
      const plugin = before ?? (await throughClient(level, count));
      if (round < 0) continue;
      level.plugin.push(plugin);
      level.limit.push(limit);
      level.keeping.push(keeping);
    }
  }
  const perSecond = (ms: number): number => (count / ms) * 1000;
  for (const { conversations, run, plugin, limit, keeping } of levels) {
    const name = `with ${conversations} conversations${run === 1 ? "" : `, ${run} in a row`}`;
    const facts = { name, unit: "a second", limitName: "split and parse" };
    const row = { plugin: plugin.map(perSecond), limit: limit.map(perSecond) };
    if (run > 1) bench.row(rowOf(facts, row.plugin, row.limit));
    else bench.row(rowOf({ ...facts, target: RATIO_TARGET }, row.plugin, row.limit));
    const kept = { ...facts, limitName: "split, parse and keep each turn's text" };
    bench.row(rowOf(kept, row.plugin, keeping.map(perSecond)));
  }
  // Each level pays for parsing its own bytes; what is left is what finding and telling the turn costs.
  const routing = ({ plugin, limit }: Level): number[] =>
    plugin.map((ms, index) => ((ms - (limit[index] ?? Number.NaN)) / count) * 1e6);
  const [one] = levels;
  for (const level of levels.filter(({ conversations }) => conversations === 1000)) {
    if (!one) continue;
    const facts = { unit: "ns", limitName: "with 1 conversation" };
    const name = "routing one, with 1,000 conversations";
    if (level.run > 1) {
      const inRows = { ...facts, name: `${name}, ${level.run} in a row` };
      bench.row(rowOf(inRows, routing(level), routing(one)));
    } else {
      const target = { of: "ratio", atMost: 1.3 } as const;
      bench.row(rowOf({ ...facts, name, target }, routing(level), routing(one)));
    }
  }
}

const RATIO_TARGET = { of: "ratio", atLeast: 0.7 } as const;

const threadOf = (index: number): string => `01a2034d-9aeb-7433-9928-${1e11 + index}`;
const turnOf = (index: number): string => `01a2034d-9c21-7cb0-801d-${2e11 + index}`;

/** The deltas of many turns that run at once, as bytes from a pipe. */
function deltasOf(conversations: number, run: number, count: number): Buffer[] {
  const lines = Array.from({ length: count }, (_, index) => {
    const conversation = Math.floor(index / run) % conversations;
    return `${delta(threadOf(conversation), turnOf(conversation), `${WORD} `)}\n`;
  });
  const bytes = Buffer.from(lines.join(""));
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    chunks.push(bytes.subarray(at, at + CHUNK_BYTES));
  }
  return chunks;
}

/** Milliseconds from the first byte to the last notification that a turn was told. */
async function throughClient({ conversations, chunks }: Level, count: number): Promise<number> {
  const transport = new FramedTransport(() => {});
  const client = new CodexAppServerClient(transport);
  const indices = Array.from({ length: conversations }, (_, index) => index);
  const replies = indices.map((index) => {
    const session = openThreadSession(client, threadOf(index), `/conversation-${index}`);
    return followTurn({
      session,
      requestTimeoutMs: 60_000,
      limits: LIMITS,
      slot: { holdUntil() {} },
      begin: (view) => session.begin(view, async () => turnOf(index)),
    });
  });
  await settled();
  // As from Codex: what a turn's beginning costs is no cost of its deltas.
  const starts = indices.map((index) => replyStarted(threadOf(index), turnOf(index)));
  transport.push(Buffer.from(`${starts.join("\n")}\n`));
  const ms = take(chunks, transport.push);
  // With nothing but deltas to go by, the replies tell whether each of them arrived.
  const ends = indices.map((index) => turnCompleted(threadOf(index), turnOf(index)));
  transport.push(Buffer.from(`${ends.join("\n")}\n`));
  const texts = await Promise.all(replies);
  const told = texts.map(textOfAnswers).join("").split(WORD).length - 1;
  if (told !== count) throw new Error(`${told} of ${count} deltas arrived`);
  await client.close();
  return ms;
}

/** `keep`: does what no follower of turns can do without, which is to look up the turn and add to its text. */
async function throughBareReader(
  { conversations, chunks }: Level,
  count: number,
  keep = false,
): Promise<number> {
  let told = 0;
  const texts = new Map(
    Array.from({ length: conversations }, (_, index) => [threadOf(index), { text: "" }]),
  );
  const reader = new BareReader((message) => {
    told++;
    if (!keep) return;
    const { threadId, delta: text } = asRecord(asRecord(message)?.params) ?? {};
    const turn = typeof threadId === "string" ? texts.get(threadId) : undefined;
    if (turn !== undefined && typeof text === "string") turn.text += text;
  });
  await settled();
  const ms = take(chunks, (chunk) => reader.push(chunk));
  if (told !== count) throw new Error(`${told} of ${count} messages arrived`);
  return ms;
}

/**
 * Milliseconds of this thread's own time: what other processes take does not count. Both sides start with a heap
 * that is free of the other's garbage.
 */
function take(chunks: readonly Buffer[], push: (chunk: Buffer) => void): number {
  globalThis.gc?.();
  const start = performance.now();
  const before = process.threadCpuUsage();
  for (const chunk of chunks) push(chunk);
  const { user, system } = process.threadCpuUsage(before);
  // The system counts threads' time in steps that a short sample falls below.
  return (user + system) / 1000 || performance.now() - start;
}

function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
