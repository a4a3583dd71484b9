import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { failureOf } from "../support/failure.js";
import type { CodexAppServerClient } from "../../src/app-server/client.js";
import { CodexClientPool, codexClientPool } from "../../src/app-server/client-pool.js";
import { CodexLocalError } from "../../src/app-server/errors.js";
import type { CodexAppServerStartOptions } from "../../src/app-server/start-options.js";
import { connectedClient } from "../support/app-server/connected-client.js";
import type { FarEnd } from "../support/app-server/far-end.js";
import { asObject } from "../support/wire-guards.js";
import type { MemoryTransport } from "../support/app-server/memory-transport.js";

type Started = {
  client: CodexAppServerClient;
  far: FarEnd;
  transport: MemoryTransport;
  options: CodexAppServerStartOptions;
};

/** The app-servers that the pool under test has started, in order. */
let started: Started[];
/** Whether app-servers complete the handshake by themselves. */
let healthy: boolean;
let pool: CodexClientPool;

beforeEach(() => {
  vi.useFakeTimers();
  started = [];
  healthy = true;
  pool = new CodexClientPool((options, listener) => {
    const connected = connectedClient(listener);
    started.push({ ...connected, options });
    if (healthy) completeHandshake(connected.far);
    return connected.client;
  });
});

afterEach(async () => {
  await pool.dispose();
  if (vi.getTimerCount() > 0) throw new Error("a disposed pool has left a timer");
  vi.useRealTimers();
});

function completeHandshake(far: FarEnd): void {
  far.whenever("initialize", (request) => far.succeed(request, { userAgent: "x/0.169.0 (y)" }));
}

function optionsOf(command: string): CodexAppServerStartOptions {
  return {
    transport: "stdio",
    command,
    commandSource: "config",
    args: [],
    headers: {},
    clearEnv: [],
  };
}

function get(command = "codex", more: { timeoutMs?: number; authProfileId?: string } = {}) {
  return pool.get({ startOptions: optionsOf(command), timeoutMs: 10_000, ...more });
}

/** A turn begins on this thread of the first app-server. */
async function beginTurn(threadId = "t"): Promise<void> {
  started[0]!.far.send({ method: "turn/started", params: { threadId } });
  await vi.advanceTimersByTimeAsync(0);
}

function endTurn(threadId = "t"): void {
  started[0]!.far.send({ method: "turn/completed", params: { threadId } });
}

/** The first app-server loads these threads for `old`, and `new` is wanted from now on. */
async function replaced(...threads: string[]): Promise<CodexAppServerClient> {
  const old = await get("old");
  started[0]!.far.whenever("thread/resume", (request) =>
    started[0]!.far.succeed(request, { thread: { id: asObject(request["params"])["threadId"] } }),
  );
  for (const threadId of threads) {
    // oxlint-disable-next-line no-await-in-loop
    await old.request("thread/resume", { threadId }, { timeoutMs: 1_000 });
  }
  return old;
}

function holderOf(threadId: string, command = "new", more: { timeoutMs?: number } = {}) {
  return pool.holderOf(threadId, {
    startOptions: optionsOf(command),
    timeoutMs: 10_000,
    ...more,
  });
}

/** Starts a client that dies in the handshake. */
async function dieQuickly(words = "exited with code 1."): Promise<unknown> {
  healthy = false;
  const failed = get().catch((error: unknown) => error);
  started.at(-1)!.transport.end(new CodexLocalError("CONNECTION_CLOSED", words));
  return failed;
}

describe("a client is shared", () => {
  test("by everyone who asks for the same options, while it starts and after", async () => {
    const [one, two] = await Promise.all([get(), get()]);
    expect(two).toBe(one);
    expect(await get()).toBe(one);
    expect(one.serverVersion).toBe("0.169.0");
    expect(started).toHaveLength(1);
  });

  test("by nobody of another profile, and neither disturbs the other", async () => {
    const one = await get("codex", { authProfileId: "a" });
    const two = await get("codex", { authProfileId: "b" });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(two).not.toBe(one);
    expect(await get("codex", { authProfileId: "a" })).toBe(one);
    expect(two.isClosed).toBe(false);
  });
});

describe("a client that died", () => {
  test("is replaced by the next request", async () => {
    const first = await get();
    started[0]!.transport.end(new Error("died"));
    const second = await get();
    expect(second).not.toBe(first);
    expect(second.isClosed).toBe(false);
  });

  test("is replaced only when its process is gone: until then it holds its threads", async () => {
    await get();
    const gone = Promise.withResolvers<void>();
    started[0]!.transport.gone = gone.promise;
    started[0]!.transport.end(new Error("closed its output"));
    const second = get();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(started).toHaveLength(1);
    gone.resolve();
    await second;
    expect(started).toHaveLength(2);
  });
});

describe("a start", () => {
  test("that ends in death fails with the reason for everyone who waits", async () => {
    healthy = false;
    const both = Promise.allSettled([get(), get()]);
    started[0]!.transport.end(
      new CodexLocalError("CONNECTION_CLOSED", "exited with code 1. Its last words: no config"),
    );
    expect(await both).toEqual(
      Array.from({ length: 2 }, () => ({
        status: "rejected",
        reason: expect.objectContaining({
          code: "START_FAILED",
          message: "exited with code 1. Its last words: no config",
        }),
      })),
    );
    healthy = true;
    await expect(get()).resolves.toBeDefined();
  });

  test("that Codex refuses fails, and the client is closed", async () => {
    healthy = false;
    const failed = get();
    const { far, client } = started[0]!;
    far.fail(await far.request("initialize"), { code: -32600, message: "bad clientInfo" });
    await expect(failed).rejects.toMatchObject({ code: "START_FAILED", message: "bad clientInfo" });
    expect(client.isClosed).toBe(true);
  });

  test("with a missing command says so, however often it is asked for", async () => {
    healthy = false;
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const failed = get();
      started[attempt]!.transport.end(new CodexLocalError("COMMAND_NOT_FOUND", "install it"));
      // oxlint-disable-next-line no-await-in-loop
      await expect(failed).rejects.toMatchObject({
        code: "COMMAND_NOT_FOUND",
        message: "install it",
      });
    }
  });

  test("of a Codex that is too old says so, however often it is asked for, and leaves no process", async () => {
    healthy = false;
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const failed = get();
      const { far } = started[attempt]!;
      far.whenever("initialize", (request) => far.succeed(request, { userAgent: "x/0.1.2 (y)" }));
      // oxlint-disable-next-line no-await-in-loop
      await expect(failed).rejects.toMatchObject({
        code: "TOO_OLD",
        message: expect.stringMatching(/^Codex 0\.1\.2 is too old: this needs \S+ or newer\./),
      });
      // oxlint-disable-next-line no-await-in-loop
      await far.closed;
    }
  });

  test("that takes too long fails with the last words, and the process is ended", async () => {
    healthy = false;
    const slow = get("codex", { timeoutMs: 2_500 });
    const failed = failureOf(slow);
    started[0]!.transport.details = "please wait";
    await vi.advanceTimersByTimeAsync(2_500);
    expect(await failed).toMatchObject({
      code: "START_FAILED",
      message: "The Codex app-server was not ready within 2.5 s. Its last words: please wait",
    });
    await started[0]!.far.closed;
  });

  test("goes on for those who have more patience than others", async () => {
    healthy = false;
    const hasty = get("codex", { timeoutMs: 100 });
    const patient = get("codex", { timeoutMs: 5_000 });
    const failed = failureOf(hasty);
    await vi.advanceTimersByTimeAsync(100);
    expect(await failed).toMatchObject({ code: "START_FAILED" });
    completeHandshake(started[0]!.far);
    expect(await patient).toBe(started[0]!.client);
    expect(started).toHaveLength(1);
  });

  test("that takes too long ends also where others keep coming, who would wait as long", async () => {
    healthy = false;
    const first = failureOf(get("codex", { timeoutMs: 3_000 }));
    await vi.advanceTimersByTimeAsync(2_000);
    const second = failureOf(get("codex", { timeoutMs: 3_000 }));
    await vi.advanceTimersByTimeAsync(1_000);
    for (const failed of [first, second]) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await failed).toMatchObject({ code: "START_FAILED" });
    }
    await started[0]!.far.closed;
  });

  test("that cannot even be attempted fails, and the next one is tried", async () => {
    const refusal = new CodexLocalError("START_FAILED", "no more processes");
    let attempts = 0;
    const poor = new CodexClientPool((_options, listener) => {
      attempts += 1;
      if (attempts === 1) throw refusal;
      const { client, far } = connectedClient(listener);
      completeHandshake(far);
      return client;
    });
    const request = { startOptions: optionsOf("codex"), timeoutMs: 1_000 };
    await expect(poor.get(request)).rejects.toBe(refusal);
    await expect(poor.get(request)).resolves.toBeDefined();
    await poor.dispose();
  });
});

describe("an app-server that keeps dying", () => {
  test("is not started again for a while after its third quick death, which is told with its words", async () => {
    await dieQuickly();
    await dieQuickly();
    await dieQuickly("exited with code 1. Its last words: no config");
    expect(started).toHaveLength(3);

    await expect(get()).rejects.toMatchObject({
      code: "START_FAILED",
      message:
        "The Codex app-server ended 3 times right after its start; it is tried again in 1 s. exited with code 1. Its last words: no config",
    });
    expect(started).toHaveLength(3);

    await vi.advanceTimersByTimeAsync(1_000);
    await dieQuickly();
    await vi.advanceTimersByTimeAsync(1_999);
    await expect(get()).rejects.toThrow("ended 4 times");
    await vi.advanceTimersByTimeAsync(1);
    healthy = true;
    await expect(get()).resolves.toBeDefined();
  });

  test("is started again after that while, though somebody set the machine's clock back", async () => {
    await dieQuickly();
    await dieQuickly();
    await dieQuickly();
    healthy = true;
    vi.setSystemTime(Date.now() - 3_600_000);
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(get()).resolves.toBeDefined();
  });

  test("is not one that is slow to start and closed since nobody waits any longer", async () => {
    healthy = false;
    for (let look = 0; look < 5; look += 1) {
      const failed = failureOf(get("codex", { timeoutMs: 1_800 }));
      // oxlint-disable-next-line no-await-in-loop
      await vi.advanceTimersByTimeAsync(1_800);
      // oxlint-disable-next-line no-await-in-loop
      expect(await failed).toMatchObject({ message: expect.stringContaining("within 1.8 s") });
      // oxlint-disable-next-line no-await-in-loop
      await started[look]!.far.closed;
    }
    healthy = true;
    await expect(get()).resolves.toBeDefined();
    expect(started).toHaveLength(6);
  });

  test("is also one that refuses its first request each time", async () => {
    healthy = false;
    for (let refusal = 0; refusal < 3; refusal += 1) {
      const failed = failureOf(get());
      // oxlint-disable-next-line no-await-in-loop
      await vi.advanceTimersByTimeAsync(0);
      const { far } = started[refusal]!;
      // oxlint-disable-next-line no-await-in-loop
      far.fail(await far.request("initialize"), { code: -32600, message: "bad clientInfo" });
      // oxlint-disable-next-line no-await-in-loop
      expect(await failed).toMatchObject({ message: "bad clientInfo" });
    }
    await expect(get()).rejects.toThrow("ended 3 times");
  });

  test("keeps nobody from starting one with other options", async () => {
    for (let death = 0; death < 3; death += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await dieQuickly();
    }
    healthy = true;
    await expect(get("other")).resolves.toBeDefined();
  });
});

describe("a client whose options were replaced", () => {
  test("is closed at once when idle, and the new one starts when its process is gone", async () => {
    const old = await get("old");
    await vi.advanceTimersByTimeAsync(1_000);
    const gone = Promise.withResolvers<void>();
    started[0]!.transport.gone = gone.promise;
    const next = get("new");
    expect(old.isClosed).toBe(true);
    await vi.advanceTimersByTimeAsync(500);
    expect(started).toHaveLength(1);
    gone.resolve();
    expect(await next).toBe(started[1]!.client);
  });

  test("lives on while it is in use, and is closed a second after its last use", async () => {
    const old = await get("old");
    await beginTurn();
    const answer = old.request("a", {}, { timeoutMs: 60_000 });
    await get("new");
    await vi.advanceTimersByTimeAsync(30_000);
    started[0]!.far.succeed(await started[0]!.far.request("a"), "answered");
    await expect(answer).resolves.toBe("answered");
    expect(old.isClosed).toBe(false);
    endTurn();
    await vi.advanceTimersByTimeAsync(999);
    expect(old.isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(old.isClosed).toBe(true);
  });

  test("that is ready is had at once while another profile's is ending", async () => {
    const ready = await get("codex", { authProfileId: "a" });
    await get("codex", { authProfileId: "b" });
    const gone = Promise.withResolvers<void>();
    started[1]!.transport.gone = gone.promise;
    started[1]!.transport.end(new Error("died"));
    const again = get("codex", { authProfileId: "a" });
    await vi.advanceTimersByTimeAsync(0);
    gone.resolve();
    expect(await Promise.race([again, Promise.resolve("still waiting")])).toBe(ready);
  });

  test("is not taken from a caller between two requests, however long the first one took", async () => {
    const old = await get("old");
    const turn = (async () => {
      await old.request("thread/resume", {}, { timeoutMs: 60_000 });
      return old.request("turn/start", {}, { timeoutMs: 60_000 });
    })();
    await get("new");
    await vi.advanceTimersByTimeAsync(30_000);
    const { far } = started[0]!;
    far.succeed(await far.request("thread/resume"), {});
    far.succeed(await far.request("turn/start"), "started");
    await expect(turn).resolves.toBe("started");
  });

  test("is left for a second to a caller who has just got it", async () => {
    await get("old");
    await vi.advanceTimersByTimeAsync(60_000);
    const old = await get("old");
    await get("new");
    await vi.advanceTimersByTimeAsync(999);
    expect(old.isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(old.isClosed).toBe(true);
  });

  test("is kept when its options are asked for again", async () => {
    const old = await get("old");
    const newer = await get("new");
    expect(await get("old")).toBe(old);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(old.isClosed).toBe(false);
    expect(newer.isClosed).toBe(true);
  });

  test("is closed though it was still starting, once its caller is done with it", async () => {
    healthy = false;
    const old = get("old");
    const newer = get("new");
    for (const { far } of started) completeHandshake(far);
    await Promise.all([old, newer]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await old).isClosed).toBe(true);
    expect((await newer).isClosed).toBe(false);
  });

  test("that is closed in this way does not count as dying", async () => {
    for (let round = 0; round < 4; round += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await get(round % 2 === 0 ? "old" : "new");
      // oxlint-disable-next-line no-await-in-loop
      await vi.advanceTimersByTimeAsync(1_000);
    }
    await expect(get("old")).resolves.toBeDefined();
  });
});

describe("a thread that a replaced client has loaded", () => {
  test("is served by it while a turn of another thread keeps it, and by the new one after that", async () => {
    const old = await replaced("a", "b");
    await beginTurn("a");
    await get("new");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await holderOf("b")).toBe(old);
    endTurn("a");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(old.isClosed).toBe(true);
    expect(await holderOf("b")).toBeUndefined();
  });

  test("is served by it also to whoever brings the new settings first", async () => {
    const old = await replaced("a");
    await beginTurn("a");
    expect(await holderOf("a")).toBe(old);
    expect(started).toHaveLength(1);
  });

  test("is free as soon as an idle client is gone, which ends at once", async () => {
    const old = await replaced("a");
    await vi.advanceTimersByTimeAsync(1_000);
    const gone = Promise.withResolvers<void>();
    started[0]!.transport.gone = gone.promise;
    expect(await holderOf("a")).toBeUndefined();
    expect(old.isClosed).toBe(true);
    const next = get("new");
    await vi.advanceTimersByTimeAsync(500);
    expect(started).toHaveLength(1);
    gone.resolve();
    expect(await next).toBe(started[1]!.client);
  });

  test("is waited for where its client has just been used and may be used again", async () => {
    const old = await replaced("a");
    const free = holderOf("a");
    await vi.advanceTimersByTimeAsync(999);
    expect(old.isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await free).toBeUndefined();
    expect(old.isClosed).toBe(true);
  });

  test("is served by its client where that is used again meanwhile", async () => {
    const old = await replaced("a", "b");
    const holder = holderOf("a");
    await vi.advanceTimersByTimeAsync(500);
    await beginTurn("b");
    await vi.advanceTimersByTimeAsync(500);
    expect(await holder).toBe(old);
  });

  test("is waited for no longer than asked for", async () => {
    await replaced("a");
    const late = failureOf(holderOf("a", "new", { timeoutMs: 100 }));
    await vi.advanceTimersByTimeAsync(100);
    expect(await late).toMatchObject({ code: "START_FAILED" });
  });

  test("is left to it for a second after it was handed out", async () => {
    const old = await replaced("a");
    await beginTurn("a");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await holderOf("a")).toBe(old);
    endTurn("a");
    await vi.advanceTimersByTimeAsync(999);
    expect(old.isClosed).toBe(false);
  });

  test.each([
    ["that it never loaded", "c"],
    ["that Codex has unloaded", "a"],
  ])("is not one %s", async (_which, threadId) => {
    await replaced("a", "b");
    await beginTurn("b");
    const status = { type: "notLoaded" };
    started[0]!.far.send({ method: "thread/status/changed", params: { threadId: "a", status } });
    await vi.advanceTimersByTimeAsync(0);
    expect(await holderOf(threadId)).toBeUndefined();
  });

  test("is not served with another profile's account", async () => {
    await replaced("a");
    await beginTurn("a");
    const startOptions = optionsOf("new");
    const request = { startOptions, timeoutMs: 10_000, authProfileId: "other" };
    expect(await pool.holderOf("a", request)).toBeUndefined();
  });

  test("belongs to the client of the same settings, which `get` gives", async () => {
    await replaced("a");
    await beginTurn("a");
    expect(await holderOf("a", "old")).toBeUndefined();
    expect(await get("old")).toBe(started[0]!.client);
  });
});

describe("retire", () => {
  test("ends the client with the reason; the next request gets another", async () => {
    const client = await get();
    const unanswered = client.request("turn/interrupt", {}, { timeoutMs: 60_000 });
    const failed = failureOf(unanswered);
    await pool.retire(client, "It did not stop.");
    expect(await failed).toMatchObject({ message: expect.stringContaining("It did not stop.") });
    await started[0]!.far.closed;
    expect(await get()).not.toBe(client);
  });

  test("is settled when the process is gone", async () => {
    const client = await get();
    const gone = Promise.withResolvers<void>();
    started[0]!.transport.gone = gone.promise;
    const settled = vi.fn<() => void>();
    const retired = pool.retire(client, "It did not stop.").then(settled);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(settled).not.toHaveBeenCalled();
    gone.resolve();
    await retired;
  });

  test("does nothing to a client that is not, or no longer, of the pool", async () => {
    const first = await get();
    await pool.retire(first, "It did not stop.");
    const second = await get();
    await pool.retire(first, "It did not stop.");
    await pool.retire(connectedClient().client, "Who?");
    expect(second.isClosed).toBe(false);
  });

  test("does not count as dying", async () => {
    for (let round = 0; round < 4; round += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await pool.retire(await get(), "It did not stop.");
    }
    await expect(get()).resolves.toBeDefined();
  });
});

describe("retireWhenIdle", () => {
  const REASON = "It is to read its sign-in again.";

  test("ends an idle client a second after its last use; whoever asks meanwhile gets the next one", async () => {
    const client = await get();
    pool.retireWhenIdle(client, REASON);
    const next = get();
    await vi.advanceTimersByTimeAsync(999);
    expect(client.isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(client.isClosed).toBe(true);
    expect(await next).toBe(started[1]!.client);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(started[1]!.client.isClosed).toBe(false);
  });

  test("leaves a client to whoever uses it, and serves others with it until then", async () => {
    const client = await get();
    await beginTurn();
    pool.retireWhenIdle(client, REASON);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await get()).toBe(client);
    endTurn();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(client.isClosed).toBe(true);
    expect(await get()).toBe(started[1]!.client);
  });

  test("gives the client itself to whoever asks while somebody begins to use it again", async () => {
    const client = await get();
    pool.retireWhenIdle(client, REASON);
    const next = get();
    await vi.advanceTimersByTimeAsync(500);
    await beginTurn();
    await vi.advanceTimersByTimeAsync(500);
    expect(await next).toBe(client);
  });

  test("keeps nobody waiting longer than asked for", async () => {
    const client = await get();
    pool.retireWhenIdle(client, REASON);
    const late = failureOf(get("codex", { timeoutMs: 100 }));
    await vi.advanceTimersByTimeAsync(100);
    expect(await late).toMatchObject({ code: "START_FAILED" });
  });

  test("does nothing to a client that is not, or no longer, of the pool", async () => {
    const client = await get();
    pool.retireWhenIdle(connectedClient().client, REASON);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.isClosed).toBe(false);
  });

  test("does not count as dying", async () => {
    for (let round = 0; round < 4; round += 1) {
      // oxlint-disable-next-line no-await-in-loop
      pool.retireWhenIdle(await get(), REASON);
      // oxlint-disable-next-line no-await-in-loop
      await vi.advanceTimersByTimeAsync(1_000);
    }
    await expect(get()).resolves.toBeDefined();
  });
});

describe("dispose", () => {
  test("closes all clients, those too that are in use or starting, and waits for their ends", async () => {
    const used = await get("one");
    const unanswered = failureOf(used.request("a", {}, { timeoutMs: 60_000 }));
    healthy = false;
    const starting = get("two").catch((error: unknown) => error);
    const gone = Promise.withResolvers<void>();
    started[0]!.transport.gone = gone.promise;
    const settled = vi.fn<() => void>();
    const disposed = pool.dispose().then(settled);
    await Promise.all(started.map(({ far }) => far.closed));
    expect(await unanswered).toMatchObject({ message: "Codex is being stopped." });
    expect(await starting).toMatchObject({ message: "Codex is being stopped." });
    expect(settled).not.toHaveBeenCalled();
    gone.resolve();
    await disposed;
  });

  test("leaves no way to a new client for those who asked before it", async () => {
    await get("old");
    await vi.advanceTimersByTimeAsync(1_000);
    const gone = Promise.withResolvers<void>();
    started[0]!.transport.gone = gone.promise;
    const waiting = failureOf(get("new"));
    const disposed = pool.dispose();
    gone.resolve();
    await disposed;
    expect(await waiting).toMatchObject({ code: "STOPPING" });
    expect(started).toHaveLength(1);
  });

  test("leaves no timer of a client that was about to be closed", async () => {
    await get("old");
    await get("new");
    expect(vi.getTimerCount()).toBe(1);
    await pool.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("leaves the pool as new", async () => {
    for (let death = 0; death < 3; death += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await dieQuickly();
    }
    await pool.dispose();
    healthy = true;
    await expect(get()).resolves.toBeDefined();
  });
});

test("odd events of every client reach the log", async () => {
  const log: string[] = [];
  pool.onDiagnostic = (message) => log.push(message);
  const client = await get();
  const { far } = started[0]!;
  far.send("garbage");
  const answer = client.request("sync", {}, { timeoutMs: 1_000 });
  far.succeed(await far.request("sync"), null);
  await answer;
  expect(log).toEqual(["Codex app-server: ignored a line that is not JSON"]);
});

test("a reloaded copy of the module shares the clients of the first", async () => {
  vi.resetModules();
  const copy = await import("../../src/app-server/client-pool.js");
  expect(copy.CodexClientPool).not.toBe(CodexClientPool);
  expect(copy.codexClientPool()).toBe(codexClientPool());
});

/** The client of a server that has a name. */
function named(server: string, command = server): Promise<CodexAppServerClient> {
  return pool.get({ startOptions: { ...optionsOf(command), server }, timeoutMs: 10_000 });
}

describe("several servers", () => {
  test("have a client each, and neither is closed for the other", async () => {
    const [own, north, south] = await Promise.all([get(), named("north"), named("south")]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(new Set([own, north, south]).size).toBe(3);
    expect([own, north, south].map(({ isClosed }) => isClosed)).toEqual([false, false, false]);
    expect(await named("north")).toBe(north);
  });

  test("whose settings come to the same app-server share it, until one of them changes", async () => {
    const shared = await named("north", "same");
    expect(await named("south", "same")).toBe(shared);
    await named("south", "other");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(shared.isClosed).toBe(false);
    expect(await named("north", "same")).toBe(shared);
    await named("north", "another");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(shared.isClosed).toBe(true);
  });

  test("keep a thread with the client that loaded it after its own server's settings changed", async () => {
    const shared = await named("north", "same");
    await named("south", "same");
    started[0]!.far.whenever("thread/resume", (request) =>
      started[0]!.far.succeed(request, { thread: { id: "t" } }),
    );
    await shared.request("thread/resume", { threadId: "t" }, { timeoutMs: 1_000 });
    await beginTurn("t");
    const asked = { startOptions: { ...optionsOf("new"), server: "south" }, timeoutMs: 10_000 };
    expect(await pool.holderOf("t", asked)).toBe(shared);
    const elsewhere = { startOptions: { ...optionsOf("new"), server: "east" }, timeoutMs: 10_000 };
    expect(await pool.holderOf("t", elsewhere)).toBeUndefined();
  });

  test("are closed once they have left the settings and nobody uses them any more", async () => {
    const north = await named("north");
    const [own, south] = await Promise.all([get(), named("south")]);
    await beginTurn("t");
    pool.keepServers(new Set([undefined, "south"]));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(north.isClosed).toBe(false);
    endTurn("t");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(north.isClosed).toBe(true);
    expect([own, south].map(({ isClosed }) => isClosed)).toEqual([false, false]);
  });

  test("do not wait for each other's processes to end", async () => {
    await named("north");
    const gone = Promise.withResolvers<void>();
    started[0]!.transport.gone = gone.promise;
    started[0]!.transport.end(new Error("closed its output"));
    await named("south");
    const again = named("north");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(started.map(({ options }) => options.server)).toEqual(["north", "south"]);
    gone.resolve();
    await again;
    expect(started).toHaveLength(3);
  });

  test("have a back-off each: one that dies at its start keeps no other from starting", async () => {
    for (let deaths = 0; deaths < 5; deaths += 1) {
      healthy = false;
      const failed = named("north").catch(() => undefined);
      started.at(-1)?.transport.end(new CodexLocalError("CONNECTION_CLOSED", "exited."));
      // oxlint-disable-next-line no-await-in-loop
      await failed;
      // oxlint-disable-next-line no-await-in-loop
      await vi.advanceTimersByTimeAsync(0);
    }
    healthy = true;
    expect((await named("south")).isClosed).toBe(false);
  });
});
