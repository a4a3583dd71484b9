import { afterEach, describe, expect, test, vi } from "vitest";
import { failureOf } from "../support/failure.js";
import { CodexConnection, type ConnectionListener } from "../../src/app-server/connection.js";
import type { JsonValue } from "../../src/app-server/protocol.js";
import { FarEnd } from "../support/app-server/far-end.js";
import { asObject, asString } from "../support/wire-guards.js";
import { linkedTransports } from "../support/app-server/memory-transport.js";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function connect(onRequest: ConnectionListener["onRequest"] = async () => undefined) {
  const [transport, farTransport] = linkedTransports();
  const far = new FarEnd(farTransport);
  const listener = {
    onNotification: vi.fn<ConnectionListener["onNotification"]>(),
    onRequest,
    onClose: vi.fn<ConnectionListener["onClose"]>(),
    onSettled: vi.fn<ConnectionListener["onSettled"]>(),
    onDiagnostic: vi.fn<ConnectionListener["onDiagnostic"]>(),
  };
  return { connection: new CodexConnection(transport, listener), far, listener, transport };
}

/** 0 … count - 1 */
const numbersTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Long enough never to matter. */
const AMPLE = { timeoutMs: 60_000 };

describe("a request", () => {
  test("goes out without a jsonrpc field and comes back with its own answer, in whatever order", async () => {
    const { connection, far } = connect();
    const first = connection.request("a", { x: 1 }, AMPLE);
    const second = connection.request("b", undefined, AMPLE);
    const requestB = await far.request("b");
    const requestA = await far.request("a");
    expect(requestA).toEqual({ id: requestA["id"], method: "a", params: { x: 1 } });
    far.succeed(requestB, "B");
    far.succeed(requestA, null);
    expect(await Promise.all([first, second])).toEqual([null, "B"]);
    expect(connection.pendingCalls).toBe(0);
  });

  test.each([
    { title: "aborted", give: (abort: AbortController) => abort.abort() },
    { title: "out of time", give: () => vi.advanceTimersByTime(60_000) },
  ])("that is $title is cancelled in Codex, by its id, if it says how", async ({ give }) => {
    vi.useFakeTimers();
    const { connection, far } = connect();
    const abort = new AbortController();
    const options = { ...AMPLE, signal: abort.signal, cancelBy: "a/cancel" };
    const failed = failureOf(connection.request("a", {}, options));
    const { id } = await far.request("a");
    give(abort);
    await failed;
    expect((await far.request("a/cancel"))["params"]).toEqual({ requestId: id });
  });

  test("that was answered is not cancelled", async () => {
    const { connection, far } = connect();
    const abort = new AbortController();
    const asked = connection.request("a", {}, { ...AMPLE, signal: abort.signal, cancelBy: "x" });
    far.succeed(await far.request("a"), 1);
    await asked;
    abort.abort();
    const next = connection.request("b", {}, AMPLE);
    far.succeed(await far.request("b"), 2);
    await next;
    expect(far.requests("x")).toEqual([]);
  });

  test("that Codex refuses rejects with its number, words, data and the method", async () => {
    const { connection, far } = connect();
    const failed = connection.request("turn/start", {}, AMPLE);
    const data = { input_error_code: "input_too_large" };
    far.fail(await far.request("turn/start"), { code: -32602, message: "too large", data });
    await expect(failed).rejects.toMatchObject({
      name: "CodexRpcError",
      code: -32602,
      message: "too large",
      method: "turn/start",
      data,
    });
  });

  test.each([[{}], ["no"], [{ code: "x", message: 1 }]])(
    "with the malformed refusal %j still rejects with a CodexRpcError",
    async (error) => {
      const { connection, far } = connect();
      const failed = connection.request("a", {}, AMPLE);
      far.send({ id: (await far.request("a"))["id"], error });
      await expect(failed).rejects.toMatchObject({ name: "CodexRpcError", code: -32603 });
    },
  );

  test("that is not answered in time rejects, and the late answer harms nobody", async () => {
    vi.useFakeTimers();
    const { connection, far, listener } = connect();
    const late = connection.request("slow", {}, { timeoutMs: 1_500 });
    const failed = failureOf(late);
    await vi.advanceTimersByTimeAsync(1_499);
    expect(connection.pendingCalls).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await failed).toMatchObject({
      code: "REQUEST_TIMEOUT",
      message: "Codex did not answer slow within 1.5 s.",
    });
    expect(vi.getTimerCount()).toBe(0);

    far.succeed(await far.request("slow"), "late");
    const next = connection.request("next", {}, AMPLE);
    far.succeed(await far.request("next"), "in time");
    await expect(next).resolves.toBe("in time");
    expect(listener.onDiagnostic).toHaveBeenCalledOnce();
  });

  test("with a limit beyond what a timer can count does not time out at once", async () => {
    vi.useFakeTimers();
    const { connection, far } = connect();
    const patient = connection.request("a", {}, { timeoutMs: Number.MAX_SAFE_INTEGER });
    await vi.advanceTimersByTimeAsync(1_000_000);
    far.succeed(await far.request("a"), "at last");
    await expect(patient).resolves.toBe("at last");
  });

  test("ends with its signal, and leaves no listener on it", async () => {
    const { connection } = connect();
    const controller = new AbortController();
    const removed = vi.spyOn(controller.signal, "removeEventListener");
    const aborted = connection.request("a", {}, { ...AMPLE, signal: controller.signal });
    const reason = new Error("stopped by the person");
    controller.abort(reason);
    await expect(aborted).rejects.toMatchObject({ code: "ABORTED", cause: reason });
    expect(removed).toHaveBeenCalledOnce();
    expect(connection.pendingCalls).toBe(0);
  });

  test("whose signal has fired already is never sent", async () => {
    const { connection, far } = connect();
    const aborted = connection.request("a", {}, { ...AMPLE, signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ code: "ABORTED" });
    expect(far.received.entries).toEqual([]);
  });

  test("that cannot be put into JSON or sent rejects alone", async () => {
    const { connection, far, transport } = connect();
    await expect(connection.request("a", { big: 1n }, AMPLE)).rejects.toThrow(/BigInt/);
    transport.sendError = new Error("full");
    await expect(connection.request("b", {}, AMPLE)).rejects.toThrow("full");
    transport.sendError = undefined;
    const next = connection.request("c", {}, AMPLE);
    far.succeed(await far.request("c"), "sent");
    await expect(next).resolves.toBe("sent");
  });

  test("names its caller in the stack of its error", async () => {
    const { connection, far } = connect();
    function theCaller(): Promise<unknown> {
      return connection.request("a", {}, AMPLE);
    }
    const failed = theCaller();
    far.fail(await far.request("a"), { code: -32600, message: "no" });
    await expect(failed).rejects.toMatchObject({
      stack: expect.stringMatching(/^CodexRpcError: no\n[^]*at theCaller/),
    });
  });
});

describe("64 requests are in flight at most", () => {
  test("the others wait in order, and each end lets the next one go", async () => {
    const { connection, far } = connect();
    const all = Array.from({ length: 70 }, (_, n) => connection.request("n", n, AMPLE));
    await far.received.waitFor(({ params }) => params === 63);
    expect(far.requests("n")).toHaveLength(64);

    const [first] = far.requests("n");
    far.succeed(first!, "done");
    await far.received.waitFor(({ params }) => params === 64);
    expect(far.requests("n").map(({ params }) => params)).toEqual(numbersTo(65));

    far.whenever("n", (request) => far.succeed(request, request["params"]));
    expect(await Promise.all(all)).toEqual(["done", ...numbersTo(70).slice(1)]);
  });

  test("waiting counts against a request's own time, and one that timed out waiting is never sent", async () => {
    vi.useFakeTimers();
    const { connection, far } = connect();
    const held = Array.from({ length: 64 }, () => connection.request("held", {}, AMPLE));
    const timedOut = connection.request("waiting", {}, { timeoutMs: 10 });
    const failed = failureOf(timedOut);
    await vi.advanceTimersByTimeAsync(10);
    expect(await failed).toMatchObject({ code: "REQUEST_TIMEOUT" });
    far.whenever("held", (request) => far.succeed(request, null));
    await Promise.all(held);
    expect(far.requests("waiting")).toEqual([]);
  });

  test("a time-out frees the place of its request", async () => {
    vi.useFakeTimers();
    const { connection, far } = connect();
    const held = Array.from({ length: 64 }, () =>
      connection.request("held", {}, { timeoutMs: 10 }),
    );
    const allFailed = Promise.allSettled(held);
    const waiting = connection.request("waiting", {}, AMPLE);
    await vi.advanceTimersByTimeAsync(10);
    await allFailed;
    far.succeed(await far.request("waiting"), "my turn");
    await expect(waiting).resolves.toBe("my turn");
  });
});

describe("an overloaded Codex", () => {
  const overloaded = { code: -32001, message: "Server overloaded; retry later." };

  test("is asked again after growing pauses, until it takes the request", async () => {
    vi.useFakeTimers();
    vi.spyOn(Math, "random").mockReturnValue(1);
    const { connection, far } = connect();
    const answer = connection.request("busy", { same: "params" }, AMPLE);
    for (const [refusals, pause] of [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000].entries()) {
      far.fail(await far.request("busy", far.requests("busy").at(refusals - 1)), overloaded);
      await vi.advanceTimersByTimeAsync(pause - 1);
      expect(far.requests("busy")).toHaveLength(refusals + 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(far.requests("busy")).toHaveLength(refusals + 2);
    }
    const requests = far.requests("busy");
    far.succeed(requests.at(-1)!, "taken");
    await expect(answer).resolves.toBe("taken");
    expect(new Set(requests.map(({ id }) => id)).size).toBe(requests.length);
    expect(requests.every(({ params }) => JSON.stringify(params) === '{"same":"params"}')).toBe(
      true,
    );
    expect(vi.getTimerCount()).toBe(0);
  });

  test("that stays overloaded is reported when no further try fits into the request's time", async () => {
    vi.useFakeTimers();
    const { connection, far } = connect();
    const answer = connection.request("busy", {}, { timeoutMs: 1_000 });
    const failed = failureOf(answer);
    far.whenever("busy", (request) => far.fail(request, overloaded));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await failed).toMatchObject({ code: -32001 });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("holds up nobody else meanwhile: a request that pauses is not in flight", async () => {
    const { connection, far } = connect();
    far.whenever("busy", (request) => far.fail(request, overloaded));
    const paused = Array.from({ length: 64 }, () => connection.request("busy", {}, AMPLE));
    const settled = Promise.allSettled(paused);
    const other = connection.request("other", {}, AMPLE);
    far.succeed(await far.request("other"), "through");
    await expect(other).resolves.toBe("through");
    await connection.close(new Error("enough"));
    expect((await settled).every(({ status }) => status === "rejected")).toBe(true);
  });
});

describe("a close", () => {
  test("fails what is in flight, waits or pauses, at once and with its reason", async () => {
    vi.useFakeTimers();
    const { connection, far, listener, transport } = connect();
    const pending = Array.from({ length: 66 }, (_, n) => connection.request("n", n, AMPLE));
    const settled = Promise.allSettled(pending);
    far.fail(await far.request("n"), { code: -32001, message: "Server overloaded; retry later." });
    await far.received.waitFor(({ params }) => params === 64);
    transport.end(new Error("exited with code 3. Its last words: panicked"));
    const outcomes = await settled;
    expect(outcomes).toEqual(
      Array.from({ length: 66 }, () => ({
        status: "rejected",
        reason: expect.objectContaining({
          code: "CONNECTION_CLOSED",
          message: "exited with code 3. Its last words: panicked",
        }),
      })),
    );
    expect(listener.onClose).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is told once, with the first reason, and ends the far end", async () => {
    const { connection, far, listener, transport } = connect();
    const reason = new Error("no longer needed");
    await Promise.all([connection.close(reason), connection.close(new Error("second"))]);
    transport.end(new Error("third"));
    await far.closed;
    expect(listener.onClose.mock.calls).toEqual([[reason]]);
  });

  test("fails later requests with the same reason", async () => {
    const { connection } = connect();
    await connection.close(new Error("gone"));
    await expect(connection.request("a", {}, AMPLE)).rejects.toMatchObject({
      code: "CONNECTION_CLOSED",
      message: "gone",
    });
    expect(connection.pendingCalls).toBe(0);
  });

  test("lets no answer go out any more", async () => {
    const answer = Promise.withResolvers<JsonValue>();
    const asked = Promise.withResolvers<void>();
    const { connection, far, transport } = connect(() => {
      asked.resolve();
      return answer.promise;
    });
    const sent = vi.spyOn(transport, "send");
    far.send({ id: 0, method: "ask" });
    await asked.promise;
    await connection.close(new Error("gone"));
    answer.resolve("too late");
    await answer.promise;
    await Promise.resolve();
    expect(sent).not.toHaveBeenCalled();
  });
});

describe("a request of Codex", () => {
  test.each([0, 7, "a-string", ""])("with id %j is answered under that id", async (id) => {
    const { far } = connect(async ({ method, params }) => {
      const { threadId } = asObject(params);
      return { method, threadId: asString(threadId) };
    });
    far.send({ id, method: "currentTime/read", params: { threadId: "t" } });
    expect(await far.answer(id)).toEqual({
      id,
      result: { method: "currentTime/read", threadId: "t" },
    });
  });

  test("is answered with null where null is the result", async () => {
    const { far } = connect(async () => null);
    far.send({ id: 0, method: "ask" });
    expect(await far.answer(0)).toEqual({ id: 0, result: null });
  });

  test("that nobody answers is refused as unknown", async () => {
    const { far } = connect();
    far.send({ id: 0, method: "new/thing" });
    expect(await far.answer(0)).toEqual({
      id: 0,
      error: { code: -32601, message: "This client does not handle new/thing." },
    });
  });

  test("whose handler fails is refused, without the words of the failure", async () => {
    const { far, listener } = connect(() => Promise.reject(new Error("secret")));
    far.send({ id: 0, method: "ask" });
    expect(await far.answer(0)).toEqual({
      id: 0,
      error: { code: -32603, message: "This client failed to handle ask." },
    });
    expect(listener.onDiagnostic).toHaveBeenCalledOnce();
  });

  test("that comes again under the same id is answered again", async () => {
    const { far } = connect(async () => "yes");
    far.send({ id: 0, method: "ask" });
    const first = await far.answer(0);
    far.send({ id: 0, method: "ask" });
    const second = far.received.waitFor(({ id }) => id === 0, { after: first });
    expect(await second).toEqual(first);
  });

  test("whose answer Codex does not read ends the connection", async () => {
    const { far, listener, transport } = connect(async () => "yes");
    transport.sendError = new Error("Codex does not read what is sent to it.");
    far.send({ id: 0, method: "ask" });
    await far.closed;
    expect(listener.onClose.mock.calls).toEqual([[transport.sendError]]);
  });
});

describe("what is no message", () => {
  test.each([
    "Welcome to Codex!",
    '{"half":',
    "[]",
    '[{"id":1,"result":2}]',
    "null",
    "42",
    '"text"',
    "{}",
    '{"id":null,"result":1}',
    '{"id":{},"method":"ask"}',
    '{"method":42}',
    '{"id":999,"result":"nobody asked"}',
    '{"id":"1","result":"an id of ours is a number"}',
  ])("%s is ignored and reported without its content", async (text) => {
    const { connection, far, listener } = connect();
    const pending = connection.request("a", {}, AMPLE);
    const request = await far.request("a");
    far.send(text);
    far.succeed(request, "unharmed");
    await expect(pending).resolves.toBe("unharmed");
    expect(listener.onDiagnostic).toHaveBeenCalledOnce();
    expect(listener.onDiagnostic.mock.calls[0]![0]).toMatch(
      /^Codex app-server: ignored an? |^Codex app-server: ignored JSON/,
    );
    expect(listener.onNotification).not.toHaveBeenCalled();
    expect(far.received.entries).toEqual([request]);
  });

  test("a second answer to the same request changes nothing", async () => {
    const { connection, far } = connect();
    const answer = connection.request("a", {}, AMPLE);
    const request = await far.request("a");
    far.succeed(request, "first");
    far.succeed(request, "second");
    far.fail(request, { code: -1, message: "third" });
    await expect(answer).resolves.toBe("first");
  });
});

test("notifications arrive in order, each with its method and params", async () => {
  const { connection, far, listener } = connect();
  far.send({ method: "one", params: { n: 1 } });
  far.send({ method: "two" });
  const pending = connection.request("a", {}, AMPLE);
  far.succeed(await far.request("a"), null);
  await pending;
  expect(listener.onNotification.mock.calls).toEqual([
    [{ method: "one", params: { n: 1 } }],
    [{ method: "two", params: undefined }],
  ]);
});
