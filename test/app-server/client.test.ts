import { describe, expect, test, vi } from "vitest";
import type { CodexAppServerClient } from "../../src/app-server/client.js";
import { INITIALIZE_PARAMS } from "../../src/app-server/handshake.js";
import {
  LEFT_TO_OTHERS,
  type CodexNotification,
  type CodexRequestHandler,
} from "../../src/app-server/protocol.js";
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

/** Something that Codex says, taken in. */
async function said(client: CodexAppServerClient, far: FarEnd, method: string, params: object) {
  far.send({ method, params });
  await caughtUp(client, far);
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

test.each([
  "turn/interrupt",
  "thread/backgroundTerminals/clean",
  "thread/backgroundTerminals/terminate",
])(
  "what commands leave behind is looked for once %s was answered, and by no other request",
  async (method) => {
    const { client, far, transport } = connectedClient();
    await caughtUp(client, far);
    const answer = client.request(method, {}, AMPLE);
    const request = await far.request(method);
    expect(transport.killed).toBe(0);
    far.fail(request, { code: -32600, message: "no such turn" });
    await expect(answer).rejects.toThrow("no such turn");
    expect(transport.killed).toBe(1);
  },
);

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

  test("go to the handlers of their method, whichever thread they name, and no others do", async () => {
    const { client, far } = connectedClient();
    const starts = vi.fn<(notification: CodexNotification) => void>();
    const remove = client.addNotificationHandler(starts, { method: "turn/started" });
    const started = ["a", "b"].map((threadId) => ({
      method: "turn/started",
      params: { threadId },
    }));
    far.send(started[0]!);
    far.send({ method: "item/agentMessage/delta", params: { threadId: "a", delta: "…" } });
    far.send(started[1]!);
    await caughtUp(client, far);
    expect(starts.mock.calls).toEqual(started.map((notification) => [notification]));
    remove();
    far.send(started[0]!);
    await caughtUp(client, far);
    expect(starts).toHaveBeenCalledTimes(2);
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

  const nobodyAnswers: [string, CodexRequestHandler][] = [
    ["no handler answers", async () => undefined],
    ["a handler leaves to others", () => LEFT_TO_OTHERS],
    ["a handler throws at", fail],
    ["a handler rejects", () => Promise.reject(new Error("secret"))],
  ];

  test.each(nobodyAnswers)(
    "that %s get their method's refusal where nobody else can answer",
    async (_how, handler) => {
      const { client, far } = connectedClient();
      client.addRequestHandler(handler, { threadId: "t" });
      far.send({ ...ask, id: 0, method: "item/commandExecution/requestApproval" });
      expect(await far.answer(0)).toEqual({ id: 0, result: { decision: "decline" } });
      far.send({ ...ask, id: 1, method: "toString" });
      expect(await far.answer(1)).toMatchObject({ error: { code: -32601 } });
    },
  );

  test.each(nobodyAnswers)(
    "that %s stay unanswered on a shared app-server, whose other clients were asked too",
    async (_how, handler) => {
      const { client, far, transport } = connectedClient();
      transport.isShared = true;
      client.addRequestHandler(handler, { threadId: "t" });
      far.send({ ...ask, id: 0, method: "item/commandExecution/requestApproval" });
      far.send({ ...ask, id: 1, method: "new/thing" });
      await caughtUp(client, far);
      expect(far.received.entries.map(({ method }) => method)).toEqual(["sync"]);
      expect(client.busy).toBe(false);
    },
  );

  test("that a handler leaves to others reach no further handler", async () => {
    const { client, far } = connectedClient();
    const next = vi.fn<CodexRequestHandler>(() => "mine");
    client.addRequestHandler(() => LEFT_TO_OTHERS, { threadId: "t" });
    client.addRequestHandler(next);
    far.send({ ...ask, id: 0 });
    await far.answer(0);
    expect(next).not.toHaveBeenCalled();
  });

  test("that a handler leaves to others are left by a client of any other copy of the module", async () => {
    const { client, far, transport } = connectedClient();
    transport.isShared = true;
    vi.resetModules();
    const copy = await import("../../src/app-server/protocol.js");
    client.addRequestHandler(() => copy.LEFT_TO_OTHERS);
    far.send({ ...ask, id: 0 });
    await caughtUp(client, far);
    expect(far.received.entries).toHaveLength(1);
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
  test("not by listening: a chat does so for as long as it is bound", () => {
    const { client } = connectedClient();
    client.addNotificationHandler(() => {}, { threadId: "a" });
    client.addRequestHandler(() => undefined, { threadId: "a" });
    expect(client.busy).toBe(false);
  });

  test.each([
    ["its end", "turn/completed", {}],
    ["its thread's idleness", "thread/status/changed", { status: { type: "idle" } }],
    ["its thread's failure", "thread/status/changed", { status: { type: "systemError" } }],
    ["its thread's end", "thread/closed", {}],
  ])("while a turn runs, of a sub-agent's thread too, until %s", async (_what, method, more) => {
    const idle = Promise.withResolvers<void>();
    const onIdle = vi.fn<() => void>(idle.resolve);
    const { client, far } = connectedClient({ onIdle });
    await said(client, far, "turn/started", { threadId: "a", turn: { id: "1" } });
    await said(client, far, "turn/started", { threadId: "b", turn: { id: "2" } });
    await said(client, far, method, { threadId: "a", ...more });
    expect(client.busy).toBe(true);
    expect(onIdle).not.toHaveBeenCalled();
    far.send({ method, params: { threadId: "b", ...more } });
    await idle.promise;
    expect(client.busy).toBe(false);
  });

  test("after a resume in the middle of a turn, whose start is not told again", async () => {
    const { client, far } = connectedClient();
    far.whenever("thread/resume", (request) =>
      far.succeed(request, { thread: { id: "a", status: { type: "active", activeFlags: [] } } }),
    );
    await client.request("thread/resume", { threadId: "a" }, AMPLE);
    expect(client.busy).toBe(true);
    await said(client, far, "turn/completed", { threadId: "a" });
    expect(client.busy).toBe(false);
  });

  test("not with what others run on threads that we only hear the status of", async () => {
    const { client, far } = connectedClient();
    const status = { type: "active", activeFlags: [] };
    await said(client, far, "thread/status/changed", { threadId: "theirs", status });
    expect(client.busy).toBe(false);
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

describe("a client holds a thread", () => {
  test.each(["thread/start", "thread/resume", "thread/fork"])(
    "from the answer to %s until Codex has unloaded it, however early it was unsubscribed",
    async (method) => {
      const { client, far } = connectedClient();
      far.whenever(method, (request) => far.succeed(request, { thread: { id: "a" } }));
      far.whenever("thread/unsubscribe", (request) => far.succeed(request, {}));
      expect(client.holds("a")).toBe(false);
      await client.request(method, {}, AMPLE);
      await client.request("thread/unsubscribe", { threadId: "a" }, AMPLE);
      expect(client.holds("a")).toBe(true);
      expect(client.holds("b")).toBe(false);
      const status = { type: "notLoaded" };
      far.send({ method: "thread/status/changed", params: { threadId: "a", status } });
      await caughtUp(client, far);
      expect(client.holds("a")).toBe(false);
    },
  );

  test("not because it was read, or could not be resumed", async () => {
    const { client, far } = connectedClient();
    far.whenever("thread/read", (request) => far.succeed(request, { thread: { id: "a" } }));
    far.whenever("thread/resume", (request) =>
      far.fail(request, { code: -32600, message: "no rollout found" }),
    );
    await client.request("thread/read", { threadId: "a" }, AMPLE);
    await expect(client.request("thread/resume", { threadId: "a" }, AMPLE)).rejects.toThrow(
      "no rollout found",
    );
    expect(client.holds("a")).toBe(false);
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
