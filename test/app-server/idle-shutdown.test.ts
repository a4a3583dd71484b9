/** An app-server on which nothing happens: ended after its time, kept for every reason to keep it, and back when it is asked for. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { CodexAppServerClient } from "../../src/app-server/client.js";
import { CodexClientPool } from "../../src/app-server/client-pool.js";
import { keepClient, keepingClient } from "../../src/app-server/kept-clients.js";
import { connectedClient } from "../support/app-server/connected-client.js";
import type { FarEnd } from "../support/app-server/far-end.js";
import type { MemoryTransport } from "../support/app-server/memory-transport.js";
import { asObject, type JsonObject } from "../support/wire-guards.js";

const MINUTE = 60_000;
const TEN_MINUTES = 10 * MINUTE;
const LIST = "thread/backgroundTerminals/list";
const LOADED = "thread/loaded/list";
const WITHIN = { timeoutMs: MINUTE };
/** A minute more than the time: when a reason to keep it ends without a word, that is seen within half a minute. */
const AMPLE = TEN_MINUTES + MINUTE;

type Started = { client: CodexAppServerClient; far: FarEnd; transport: MemoryTransport };

let started: Started[];
let isShared: boolean;
/** The threads that each of them says it has loaded. */
let loaded: string[];
let pool: CodexClientPool;

beforeEach(() => {
  vi.useFakeTimers();
  started = [];
  isShared = false;
  loaded = [];
  pool = new CodexClientPool((_options, listener) => {
    const connected = connectedClient(listener);
    const { far } = connected;
    connected.transport.isShared = isShared;
    started.push(connected);
    far.whenever("initialize", (request) => far.succeed(request, { userAgent: "x/0.171.0 (y)" }));
    far.whenever("thread/resume", (request) =>
      far.succeed(request, { thread: { id: threadOf(request) } }),
    );
    far.whenever(LOADED, (request) => far.succeed(request, { data: loaded }));
    return connected.client;
  });
});

afterEach(async () => {
  await pool.dispose();
  if (vi.getTimerCount() > 0) throw new Error("a disposed pool has left a timer");
  vi.useRealTimers();
});

function threadOf(request: JsonObject): unknown {
  return asObject(request["params"])["threadId"];
}

function get(idleShutdownMs?: number): Promise<CodexAppServerClient> {
  return pool.get({
    startOptions: {
      transport: "stdio",
      command: "codex",
      commandSource: "config",
      args: [],
      headers: {},
      clearEnv: [],
    },
    timeoutMs: 10_000,
    ...(idleShutdownMs === undefined ? {} : { idleShutdownMs }),
  });
}

/** One that answers what is asked about its threads' commands. */
async function withThread(commands: (threadId: unknown) => unknown = () => []) {
  loaded = ["a"];
  const client = await get();
  const { far, transport } = started.at(-1)!;
  far.whenever(LIST, (request) => far.succeed(request, { data: commands(threadOf(request)) }));
  return { client, far, transport };
}

async function tell(far: FarEnd, method: string, params: JsonObject): Promise<void> {
  far.send({ method, params });
  await vi.advanceTimersByTimeAsync(0);
}

/** The moment in which it is being asked for commands. */
async function whileLookedAt(): Promise<Started & { request: JsonObject }> {
  loaded = ["a"];
  const client = await get();
  const { far, transport } = started.at(-1)!;
  await vi.advanceTimersByTimeAsync(TEN_MINUTES);
  const request = await far.request(LIST);
  return { client, far, transport, request };
}

describe("an app-server on which nothing happens", () => {
  test("is ended after ten minutes, and whoever asks then gets another", async () => {
    const { client, far } = await withThread();
    await vi.advanceTimersByTimeAsync(TEN_MINUTES - 1);
    expect(client.isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(client.isClosed).toBe(true);
    expect(far.requests(LIST)).toHaveLength(1);
    expect(await get()).toBe(started[1]!.client);
  });

  test("is ended after the time that was asked for last, and never after less than a second", async () => {
    await get(MINUTE);
    const client = await get(1);
    await vi.advanceTimersByTimeAsync(999);
    expect(client.isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(client.isClosed).toBe(true);
  });

  test("stays for ever if that is wished for", async () => {
    const client = await get(0);
    await vi.advanceTimersByTimeAsync(24 * 60 * MINUTE);
    expect(client.isClosed).toBe(false);
  });

  test("does not count as one that dies: the next starts at once", async () => {
    for (let times = 0; times < 4; times += 1) {
      // oxlint-disable-next-line no-await-in-loop
      const client = await get(1);
      // oxlint-disable-next-line no-await-in-loop
      await vi.advanceTimersByTimeAsync(1_000);
      expect(client.isClosed).toBe(true);
    }
  });

  test("stays if it is another machine's", async () => {
    isShared = true;
    const client = await get();
    await vi.advanceTimersByTimeAsync(24 * 60 * MINUTE);
    expect(client.isClosed).toBe(false);
  });

  test("is known by its own time, and not by the machine's clock", async () => {
    const client = await get();
    vi.setSystemTime(Date.now() + 24 * 60 * MINUTE);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(client.isClosed).toBe(false);
    vi.setSystemTime(Date.now() - 48 * 60 * MINUTE);
    await vi.advanceTimersByTimeAsync(9 * MINUTE);
    expect(client.isClosed).toBe(true);
  });
});

describe("it begins its time again", () => {
  test("with each request", async () => {
    const { client } = await withThread();
    await vi.advanceTimersByTimeAsync(6 * MINUTE);
    await client.request("thread/resume", { threadId: "b" }, WITHIN);
    await vi.advanceTimersByTimeAsync(TEN_MINUTES - 1);
    expect(client.isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(client.isClosed).toBe(true);
  });

  test("with a turn's end, whoever began it", async () => {
    const { client, far } = await withThread();
    await tell(far, "turn/started", { threadId: "a" });
    await vi.advanceTimersByTimeAsync(TEN_MINUTES * 10);
    await tell(far, "turn/completed", { threadId: "a" });
    await vi.advanceTimersByTimeAsync(TEN_MINUTES - 1);
    expect(client.isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(client.isClosed).toBe(true);
  });

  test("with whoever gets it", async () => {
    const client = await get();
    await vi.advanceTimersByTimeAsync(6 * MINUTE);
    await get();
    await vi.advanceTimersByTimeAsync(TEN_MINUTES - 1);
    expect(client.isClosed).toBe(false);
  });
});

describe("it is kept", () => {
  test("while a goal is active, and not for one that is paused", async () => {
    const { client, far } = await withThread();
    await tell(far, "thread/goal/updated", { threadId: "a", goal: { status: "active" } });
    await vi.advanceTimersByTimeAsync(AMPLE * 10);
    expect(client.isClosed).toBe(false);
    await tell(far, "thread/goal/updated", { threadId: "a", goal: { status: "paused" } });
    await vi.advanceTimersByTimeAsync(AMPLE);
    expect(client.isClosed).toBe(true);
  });

  test.each(["thread/goal/cleared", "thread/closed"])(
    "no longer for a goal after %s",
    async (end) => {
      const { client, far } = await withThread();
      await tell(far, "thread/goal/updated", { threadId: "a", goal: { status: "active" } });
      await tell(far, end, { threadId: "a" });
      await vi.advanceTimersByTimeAsync(AMPLE);
      expect(client.isClosed).toBe(true);
    },
  );

  test("while Codex waits for an answer without a turn", async () => {
    const { client, far } = await withThread();
    const answer = Promise.withResolvers<object>();
    client.addRequestHandler(() => answer.promise.then(() => ({})));
    far.send({ id: 0, method: "mcpServer/elicitation/request", params: {} });
    await vi.advanceTimersByTimeAsync(AMPLE * 10);
    expect(client.isClosed).toBe(false);
    answer.resolve({});
    await vi.advanceTimersByTimeAsync(AMPLE);
    expect(client.isClosed).toBe(true);
  });

  test("while somebody keeps it, however often that is given back", async () => {
    const client = await get();
    const [one, two] = [keepClient(client), keepClient(client)];
    one();
    one();
    await vi.advanceTimersByTimeAsync(AMPLE * 10);
    expect(client.isClosed).toBe(false);
    two();
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(client.isClosed).toBe(true);
  });

  test("no longer once work on it has failed", async () => {
    const client = await get();
    const failed = keepingClient(client, () => Promise.reject(new Error("no")));
    await expect(failed).rejects.toThrow("no");
    await vi.advanceTimersByTimeAsync(AMPLE);
    expect(client.isClosed).toBe(true);
  });

  test("while a command runs beyond its turn, and ended once none does", async () => {
    let running = [{ processId: "1", command: "npm run dev" }];
    const { client } = await withThread(() => running);
    await vi.advanceTimersByTimeAsync(AMPLE * 10);
    expect(client.isClosed).toBe(false);
    running = [];
    await vi.advanceTimersByTimeAsync(AMPLE);
    expect(client.isClosed).toBe(true);
  });

  test("while a sub-agent's command runs", async () => {
    const { client } = await withThread((threadId) =>
      threadId === "agent" ? [{ processId: "1", command: "npm run dev" }] : [],
    );
    loaded = ["a", "agent"];
    await vi.advanceTimersByTimeAsync(AMPLE * 10);
    expect(client.isClosed).toBe(false);
    loaded = ["a"];
    await vi.advanceTimersByTimeAsync(AMPLE);
    expect(client.isClosed).toBe(true);
  });

  test.each([
    [
      "by a Codex that cannot tell",
      "Invalid request: unknown variant `thread/backgroundTerminals/list`",
    ],
    ["by one that refuses to", "something else"],
  ])("if nobody knows whether commands run: %s", async (_by, message) => {
    loaded = ["a"];
    const client = await get();
    const { far } = started[0]!;
    far.whenever(LIST, (request) => far.fail(request, { code: -32600, message }));
    await vi.advanceTimersByTimeAsync(AMPLE * 5);
    expect(client.isClosed).toBe(false);
  });

  test("if it does not answer whether commands run, and asked again later", async () => {
    const { client, far } = await whileLookedAt();
    await vi.advanceTimersByTimeAsync(AMPLE);
    expect(client.isClosed).toBe(false);
    expect(far.requests(LIST)).toHaveLength(2);
  });

  test("for no thread that Codex has unloaded", async () => {
    loaded = ["a"];
    const client = await get();
    const { far } = started[0]!;
    const message = "thread not found: a";
    far.whenever(LIST, (request) => far.fail(request, { code: -32600, message }));
    await vi.advanceTimersByTimeAsync(TEN_MINUTES);
    expect(client.isClosed).toBe(true);
  });
});

describe("while it is asked whether commands run", () => {
  test("whoever gets it keeps it", async () => {
    const { client, far, request } = await whileLookedAt();
    expect(await get()).toBe(client);
    far.succeed(request, { data: [] });
    await vi.advanceTimersByTimeAsync(TEN_MINUTES - 1);
    expect(client.isClosed).toBe(false);
  });

  test("whoever asks it something keeps it", async () => {
    const { client, far, request } = await whileLookedAt();
    await client.request("thread/resume", { threadId: "b" }, WITHIN);
    far.succeed(request, { data: [] });
    far.whenever(LIST, (other) => far.succeed(other, { data: [] }));
    await vi.advanceTimersByTimeAsync(TEN_MINUTES - 1);
    expect(client.isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(client.isClosed).toBe(true);
  });

  test("a turn that begins keeps it", async () => {
    const { client, far, request } = await whileLookedAt();
    await tell(far, "turn/started", { threadId: "a" });
    far.succeed(request, { data: [] });
    await vi.advanceTimersByTimeAsync(AMPLE);
    expect(client.isClosed).toBe(false);
  });

  test("it can die by itself, and the next is had", async () => {
    const { transport } = await whileLookedAt();
    transport.end(new Error("died"));
    await vi.advanceTimersByTimeAsync(0);
    expect(await get()).toBe(started[1]!.client);
  });

  test("it can be retired, and is once it has answered", async () => {
    const { client, far, request } = await whileLookedAt();
    pool.retireWhenIdle(client, "Something else.");
    far.succeed(request, { data: [] });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(client.isClosed).toBe(true);
  });

  test("all can be disposed of", async () => {
    const { client } = await whileLookedAt();
    await pool.dispose();
    expect(client.isClosed).toBe(true);
  });
});

test("whoever asks while it ends gets another once its process is gone, which holds its threads until then", async () => {
  const { client, transport } = await withThread();
  const gone = Promise.withResolvers<void>();
  transport.gone = gone.promise;
  await vi.advanceTimersByTimeAsync(TEN_MINUTES);
  expect(client.isClosed).toBe(true);
  const next = get();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(started).toHaveLength(1);
  gone.resolve();
  expect(await next).toBe(started[1]!.client);
});
