/** The app-servers that 0.1.0 has started in this process, once a later version is loaded beside it. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { CodexAppServerClient } from "../../src/app-server/client.js";
import { CodexClientPool } from "../../src/app-server/client-pool.js";
import { CodexLocalError } from "../../src/app-server/errors.js";
import type { CodexNotification } from "../../src/app-server/protocol.js";
import { connectedClient } from "../support/app-server/connected-client.js";
import type { FarEnd } from "../support/app-server/far-end.js";

const POOL = Symbol.for("openclaw-codex-conversation.app-servers");
const LOADED = Symbol.for("openclaw-codex-conversation.loaded-threads");
const AMPLE = { timeoutMs: 3_600_000 };

let old: CodexAppServerClient;
let far: FarEnd;
let pool: CodexClientPool;

/** As in 0.1.0, as far as it is used: the clients that are ready, of which one that is closed is none. */
class OldPool {
  retired: string[] = [];

  clients(): unknown[] {
    return old.isClosed ? ["no client"] : [old];
  }

  async retire(client: object, reason: string): Promise<void> {
    if (client !== old) return;
    this.retired.push(reason);
    await old.close(new CodexLocalError("CONNECTION_CLOSED", reason));
  }

  async dispose(): Promise<void> {
    await old.close();
  }
}

let oldPool: OldPool;

beforeEach(() => {
  vi.useFakeTimers();
  ({ client: old, far } = connectedClient());
  oldPool = new OldPool();
  Reflect.set(globalThis, POOL, oldPool);
  // That the old code has loaded the thread.
  const loaded = new WeakMap([[old, new Map([["a", { busy: true, usedAt: 0 }]])]]);
  Reflect.set(globalThis, LOADED, { loaded, leaving: new WeakMap() });
  pool = new CodexClientPool((_options, listener) => {
    const { client, far: next } = connectedClient(listener);
    next.whenever("initialize", (request) => next.succeed(request, { userAgent: "x/0.171.0 (y)" }));
    return client;
  });
});

afterEach(async () => {
  await pool.dispose();
  Reflect.deleteProperty(globalThis, POOL);
  Reflect.deleteProperty(globalThis, LOADED);
  if (vi.getTimerCount() > 0) throw new Error("a disposed pool has left a timer");
  vi.useRealTimers();
});

function holderOf(threadId: string) {
  return pool.holderOf(threadId, {
    startOptions: {
      transport: "stdio",
      command: "codex",
      commandSource: "config",
      args: [],
      headers: {},
      clearEnv: [],
    },
    timeoutMs: 10_000,
  });
}

test("an idle app-server of 0.1.0 is ended a second after the update, though nobody asks for it", async () => {
  await vi.advanceTimersByTimeAsync(1_000);
  expect(oldPool.retired).toEqual(["The Codex app-server was closed: the plugin was updated."]);
  expect(await holderOf("a")).toBeUndefined();
});

test("an app-server of 0.1.0 serves its threads while a turn of the old code runs, then it ends", async () => {
  const finish = old.request("turn/interrupt", {}, AMPLE);
  await vi.advanceTimersByTimeAsync(60_000);
  const holder = await holderOf("a");
  expect(await holderOf("b")).toBeUndefined();
  expect(pool.clients()).toEqual([holder]);

  const answer = holder!.request("turn/steer", { threadId: "a" }, AMPLE);
  far.succeed(await far.request("turn/steer"), "steered");
  expect(await answer).toBe("steered");
  far.succeed(await far.request("turn/interrupt"), {});
  await finish;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(oldPool.retired).toHaveLength(1);
});

test("an app-server of 0.1.0 lives on for the turns that the new code runs on it", async () => {
  far.send({ method: "turn/started", params: { threadId: "a", turn: { id: "1" } } });
  await vi.advanceTimersByTimeAsync(60_000);
  const holder = await holderOf("a");
  const heard = vi.fn<(notification: CodexNotification) => void>();
  holder!.addNotificationHandler(heard, { threadId: "a" });
  const starts = vi.fn<(notification: CodexNotification) => void>();
  holder!.addNotificationHandler(starts, { method: "turn/started" });
  far.send({ method: "turn/started", params: { threadId: "child", turn: { id: "2" } } });
  far.send({ method: "turn/completed", params: { threadId: "a", turn: { id: "1" } } });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(heard.mock.calls.map(([{ method }]) => method)).toEqual(["turn/completed"]);
  expect(starts).toHaveBeenCalledOnce();
  expect(oldPool.retired).toEqual([]);
  far.send({ method: "turn/completed", params: { threadId: "child", turn: { id: "2" } } });
  await vi.advanceTimersByTimeAsync(3_000);
  expect(oldPool.retired).toHaveLength(1);
});

test("what Codex asks over an app-server of 0.1.0 is the old code's to answer first, then the new code's", async () => {
  far.send({ method: "turn/started", params: { threadId: "a" } });
  await vi.advanceTimersByTimeAsync(0);
  const holder = await holderOf("a");
  holder!.addRequestHandler(() => ({ decision: "accept" }), { threadId: "a" });
  const approval = { method: "item/commandExecution/requestApproval", params: { threadId: "a" } };
  const remove = old.addRequestHandler(() => ({ decision: "decline" }), { threadId: "a" });
  far.send({ ...approval, id: 0 });
  expect(await far.answer(0)).toMatchObject({ result: { decision: "decline" } });
  remove();
  far.send({ ...approval, id: 1 });
  expect(await far.answer(1)).toMatchObject({ result: { decision: "accept" } });
  far.send({ ...approval, id: 2, params: { threadId: "child" } });
  expect(await far.answer(2)).toMatchObject({ result: { decision: "decline" } });
});

test("what is there under the old key and is no pool is left alone", async () => {
  Reflect.set(globalThis, POOL, { clients: "none" });
  Reflect.set(globalThis, LOADED, "nothing");
  expect(await holderOf("a")).toBeUndefined();
  expect(pool.clients()).toEqual([]);
});

test("an end of everything ends the app-servers of 0.1.0 too", async () => {
  await pool.dispose();
  expect(old.isClosed).toBe(true);
});
