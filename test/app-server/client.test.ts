import { describe, expect, test, vi } from "vitest";
import type { CodexAppServerClient } from "../../src/app-server/client.js";
import { INITIALIZE_PARAMS } from "../../src/app-server/handshake.js";
import type { CodexNotification, CodexRequestHandler } from "../../src/app-server/protocol.js";
import { connectedClient } from "../support/app-server/connected-client.js";
import type { FarEnd } from "../support/app-server/far-end.js";

const AMPLE = { timeoutMs: 60_000 };

/** Settled when the client has taken in all that was sent before. */
async function caughtUp(client: CodexAppServerClient, far: FarEnd): Promise<void> {
  const before = far.requests("sync").at(-1);
  const answer = client.request("sync", {}, AMPLE);
  far.succeed(await far.request("sync", before), null);
  await answer;
}

function fail(): never {
  throw new Error("secret");
}

describe("the handshake", () => {
  test("says who we are, then that we are ready, and reads the version", async () => {
    const { client, far } = connectedClient();
    const ready = client.initialize(AMPLE);
    const request = await far.request("initialize");
    expect(request["params"]).toEqual(JSON.parse(JSON.stringify(INITIALIZE_PARAMS)));
    expect(far.received.entries).toEqual([request]);
    far.succeed(request, {
      userAgent: "openclaw-codex-conversation/0.169.0 (Debian 12.0.0; x86_64)",
    });
    await ready;
    expect(await far.request("initialized")).toEqual({ method: "initialized" });
    expect(client.serverVersion).toBe("0.169.0");
  });

  test("that Codex refuses rejects", async () => {
    const { client, far } = connectedClient();
    const ready = client.initialize(AMPLE);
    far.fail(await far.request("initialize"), { code: -32600, message: "Already initialized" });
    await expect(ready).rejects.toThrow("Already initialized");
    expect(client.serverVersion).toBeUndefined();
  });
});

describe("notifications", () => {
  test.each([
    ["params.threadId", { threadId: "mine" }],
    ["params.thread.id", { thread: { id: "mine" } }],
    ["params.conversationId", { conversationId: "mine" }],
  ])("go by %s to that thread's handlers and to the global ones", async (_name, params) => {
    const { client, far } = connectedClient();
    const mine = vi.fn<(notification: CodexNotification) => void>();
    const other = vi.fn<() => void>();
    const global = vi.fn<() => void>();
    client.addNotificationHandler(mine, { threadId: "mine" });
    client.addNotificationHandler(mine, { threadId: "mine" });
    client.addNotificationHandler(other, { threadId: "other" });
    client.addNotificationHandler(global);
    far.send({ method: "turn/started", params });
    await caughtUp(client, far);
    expect(mine.mock.calls).toEqual([
      [{ method: "turn/started", params }],
      [{ method: "turn/started", params }],
    ]);
    expect(other).not.toHaveBeenCalled();
    expect(global).toHaveBeenCalledOnce();
  });

  test.each([
    [undefined],
    [null],
    ["mine"],
    [{}],
    [{ threadId: 7 }],
    [{ thread: null }],
    [{ thread: { id: 7 } }],
    [{ thread: "mine" }],
  ])("with params %j go to the global handlers alone", async (params) => {
    const { client, far } = connectedClient();
    const scoped = vi.fn<() => void>();
    const global = vi.fn<() => void>();
    client.addNotificationHandler(scoped, { threadId: "mine" });
    client.addNotificationHandler(global);
    far.send({ method: "warning", params });
    await caughtUp(client, far);
    expect(scoped).not.toHaveBeenCalled();
    expect(global).toHaveBeenCalledOnce();
  });

  test("reach every handler though another one throws", async () => {
    const onDiagnostic = vi.fn<() => void>();
    const { client, far } = connectedClient({ onDiagnostic });
    const handlers = [vi.fn<() => void>(), vi.fn<() => void>()];
    client.addNotificationHandler(fail, { threadId: "t" });
    client.addNotificationHandler(handlers[0]!, { threadId: "t" });
    client.addNotificationHandler(fail);
    client.addNotificationHandler(handlers[1]!);
    far.send({ method: "error", params: { threadId: "t" } });
    await caughtUp(client, far);
    for (const handler of handlers) expect(handler).toHaveBeenCalledOnce();
    expect(onDiagnostic.mock.calls).toEqual([["Codex app-server: a notification handler failed"]]);
  });

  test("no longer reach a handler that was removed, and its removal removes nobody else", async () => {
    const { client, far } = connectedClient();
    const handler = vi.fn<() => void>();
    const scope = { threadId: "t" };
    const removals = [
      client.addNotificationHandler(handler, scope),
      client.addNotificationHandler(handler, scope),
      client.addNotificationHandler(handler),
      client.addNotificationHandler(handler),
    ];
    for (const [index, remove] of removals.entries()) {
      remove();
      remove();
      far.send({ method: "error", params: { threadId: "t" } });
      // oxlint-disable-next-line no-await-in-loop
      await caughtUp(client, far);
      expect(handler).toHaveBeenCalledTimes(removals.length - 1 - index);
      handler.mockClear();
    }
  });

  test("reach a handler that is added after the last one of its thread was removed", async () => {
    const { client, far } = connectedClient();
    const scope = { threadId: "t" };
    const removeOld = client.addNotificationHandler(() => {}, scope);
    removeOld();
    const handler = vi.fn<() => void>();
    client.addNotificationHandler(handler, scope);
    removeOld();
    far.send({ method: "error", params: { threadId: "t" } });
    await caughtUp(client, far);
    expect(handler).toHaveBeenCalledOnce();
  });

  test("may remove handlers while they are told", async () => {
    const { client, far } = connectedClient();
    const second = vi.fn<() => void>();
    const scope = { threadId: "t" };
    const removeFirst = client.addNotificationHandler(() => {
      removeFirst();
      removeSecond();
    }, scope);
    const removeSecond = client.addNotificationHandler(second, scope);
    far.send({ method: "error", params: { threadId: "t" } });
    await caughtUp(client, far);
    expect(second).not.toHaveBeenCalled();
    expect(client.busy).toBe(false);
  });
});

describe("requests of Codex", () => {
  const ask = { method: "item/tool/call", params: { threadId: "t" } };

  test("are answered by the first handler with an answer, those of the thread first", async () => {
    const { client, far } = connectedClient();
    const passes = vi.fn<CodexRequestHandler>(() => undefined);
    const never = vi.fn<CodexRequestHandler>(() => "never");
    client.addRequestHandler(() => "global");
    client.addRequestHandler(never, { threadId: "other" });
    const removals = [
      client.addRequestHandler(passes, { threadId: "t" }),
      client.addRequestHandler(async () => "thread's own", { threadId: "t" }),
      client.addRequestHandler(never, { threadId: "t" }),
    ];
    far.send({ ...ask, id: 0 });
    expect(await far.answer(0)).toEqual({ id: 0, result: "thread's own" });
    expect(passes).toHaveBeenCalledWith({ ...ask, id: 0 });
    expect(never).not.toHaveBeenCalled();

    for (const remove of removals) remove();
    far.send({ ...ask, id: 1 });
    expect(await far.answer(1)).toEqual({ id: 1, result: "global" });
  });

  test.each([null, false, 0, ""])(
    "are answered by %j too: only undefined is no answer",
    async (answer) => {
      const { client, far } = connectedClient();
      client.addRequestHandler(() => answer, { threadId: "t" });
      client.addRequestHandler(() => "another");
      far.send({ ...ask, id: 0 });
      expect(await far.answer(0)).toEqual({ id: 0, result: answer });
    },
  );

  test("that no handler answers are refused", async () => {
    const { client, far } = connectedClient();
    client.addRequestHandler(async () => undefined);
    far.send({ ...ask, id: 0 });
    expect(await far.answer(0)).toMatchObject({ error: { code: -32601 } });
  });

  test.each<[string, CodexRequestHandler]>([
    ["throws", fail],
    ["rejects", () => Promise.reject(new Error("secret"))],
  ])("whose handler %s are refused", async (_how, handler) => {
    const { client, far } = connectedClient();
    client.addRequestHandler(handler);
    far.send({ ...ask, id: 0 });
    expect(await far.answer(0)).toMatchObject({ error: { code: -32603 } });
  });

  test("do not wait for one another: a person may take their time", async () => {
    const { client, far } = connectedClient();
    const person = Promise.withResolvers<string>();
    client.addRequestHandler(({ id }) => (id === 0 ? person.promise : "at once"));
    far.send({ ...ask, id: 0 });
    far.send({ ...ask, id: 1 });
    expect(await far.answer(1)).toMatchObject({ result: "at once" });
    person.resolve("in the end");
    expect(await far.answer(0)).toMatchObject({ result: "in the end" });
  });
});

describe("the end", () => {
  test("is told to each close handler once, though another one throws", async () => {
    const { client, transport } = connectedClient();
    const handler = vi.fn<() => void>();
    const removed = vi.fn<() => void>();
    client.addCloseHandler(fail);
    client.addCloseHandler(handler);
    client.addCloseHandler(removed)();
    const reason = new Error("died");
    expect(client.isClosed).toBe(false);
    transport.end(reason);
    expect(handler.mock.calls).toEqual([[reason]]);
    expect(removed).not.toHaveBeenCalled();
    expect(client.isClosed).toBe(true);
    expect(await client.closed).toBe(reason);
    await client.close();
    expect(handler).toHaveBeenCalledOnce();
  });

  test("is told to a late close handler too, after the call that adds it", async () => {
    const { client } = connectedClient();
    await client.close(new Error("gone"));
    const handler = vi.fn<() => void>();
    const removed = vi.fn<() => void>();
    client.addCloseHandler(handler);
    client.addCloseHandler(removed)();
    expect(handler).not.toHaveBeenCalled();
    await Promise.resolve();
    expect(handler.mock.calls).toEqual([[await client.closed]]);
    expect(removed).not.toHaveBeenCalled();
  });

  test("is complete when what carried the messages is gone", async () => {
    const { client, transport } = connectedClient();
    const gone = Promise.withResolvers<void>();
    transport.gone = gone.promise;
    const settled = vi.fn<() => void>();
    const closing = client.close().then(settled);
    expect(client.isClosed).toBe(true);
    await client.closed;
    expect(settled).not.toHaveBeenCalled();
    gone.resolve();
    await closing;
  });
});

describe("a client is busy", () => {
  test("while a handler listens to a thread, and says when it no longer is", () => {
    const onIdle = vi.fn<() => void>();
    const { client } = connectedClient({ onIdle });
    client.addNotificationHandler(() => {});
    client.addRequestHandler(() => undefined);
    client.addCloseHandler(() => {});
    expect(client.busy).toBe(false);
    const removals = [
      client.addNotificationHandler(() => {}, { threadId: "a" }),
      client.addRequestHandler(() => undefined, { threadId: "a" }),
      client.addNotificationHandler(() => {}, { threadId: "b" }),
    ];
    for (const remove of removals) {
      expect(client.busy).toBe(true);
      expect(onIdle).not.toHaveBeenCalled();
      remove();
    }
    expect(client.busy).toBe(false);
    expect(onIdle).toHaveBeenCalledOnce();
  });

  test("while a request waits for its answer", async () => {
    const onIdle = vi.fn<() => void>();
    const { client, far } = connectedClient({ onIdle });
    const answer = client.request("a", {}, AMPLE);
    expect(client.busy).toBe(true);
    far.succeed(await far.request("a"), null);
    await answer;
    expect(client.busy).toBe(false);
    expect(onIdle).toHaveBeenCalledOnce();
  });
});

describe("an app-server that leaves a request unanswered", () => {
  test("and says nothing at all any more is given up, so that the next request goes to another", async () => {
    const { client, far } = connectedClient();
    const answer = client.request("turn/start", {}, { timeoutMs: 20 });
    await expect(answer).rejects.toMatchObject({ code: "REQUEST_TIMEOUT" });
    expect(String(await client.closed)).toMatch(/no answer/);
    expect(await far.closed).toBeInstanceOf(Error);
  });

  test("but lives is kept", async () => {
    const { client, far } = connectedClient();
    const answer = client.request("turn/start", {}, { timeoutMs: 20 });
    await expect(answer).rejects.toMatchObject({ code: "REQUEST_TIMEOUT" });
    // Any sign will do; a refusal as well.
    far.fail(await far.request("account/read"), { code: -32600, message: "unknown" });
    await caughtUp(client, far);
    expect(client.isClosed).toBe(false);
    expect(client.busy).toBe(false);
  });
});
