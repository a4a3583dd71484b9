import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { failureOf } from "../support/failure.js";
import { CodexAppServerClient } from "../../src/app-server/client.js";
import { StdioTransport } from "../../src/app-server/transport-stdio.js";
import { MAX_MESSAGE_LENGTH, MAX_UNSENT_BYTES } from "../../src/app-server/transport.js";
import { Lifeline } from "../support/app-server/lifeline.js";

const AMPLE = { timeoutMs: 60_000 };

let lifeline: Lifeline;
let client: CodexAppServerClient;
let diagnostics: string[];

beforeEach(async () => {
  lifeline = await Lifeline.open();
});

afterEach(async () => {
  vi.useRealTimers();
  await client.close();
  await lifeline.close();
});

function connect(...traits: string[]): CodexAppServerClient {
  diagnostics = [];
  client = new CodexAppServerClient(new StdioTransport(lifeline.badChild(...traits)), {
    onDiagnostic: (message) => diagnostics.push(message),
  });
  return client;
}

describe("with a child of bad manners", () => {
  test("the handshake and a request work", async () => {
    await connect().initialize(AMPLE);
    expect(client.serverVersion).toBe("0.777.0");
    expect(await client.request("echo", { x: "é\u2028\u2029\n" }, AMPLE)).toEqual({
      x: "é\u2028\u2029\n",
    });
  });

  test("many requests of one moment are all answered", async () => {
    connect();
    const numbers = Array.from({ length: 500 }, (_, index) => index);
    const answers = numbers.map((number) => client.request("echo", { number }, AMPLE));
    expect(await Promise.all(answers)).toEqual(numbers.map((number) => ({ number })));
  });

  test("a line with U+2028 that comes in two parts, split inside of a character, is one message", async () => {
    const text = "before\u2028after\u2029end";
    expect(await connect().request("halves", { text }, AMPLE)).toEqual({ text });
  });

  test("garbage on stdout harms nobody and is reported", async () => {
    connect();
    expect(await client.request("garbage", {}, AMPLE)).toBe("after the garbage");
    expect(diagnostics).toEqual([
      "Codex app-server: ignored a line that is not JSON",
      "Codex app-server: ignored JSON that is not a message",
    ]);
  });

  test("a line beyond the limit is skipped and reported, and the connection goes on", async () => {
    connect();
    expect(await client.request("huge", { length: MAX_MESSAGE_LENGTH }, AMPLE)).toBe(
      "after the huge line",
    );
    expect(diagnostics).toEqual(["Codex app-server: skipped a line that is too long"]);
  });

  test.each([0, "zero"])("a request of its own with id %j is answered", async (id) => {
    connect();
    client.addRequestHandler(() => ({ currentTimeAt: 7 }), { threadId: "t" });
    expect(await client.request("ask", { id }, AMPLE)).toEqual({
      id,
      result: { currentTimeAt: 7 },
    });
  });

  test("a flood on stderr blocks nothing", async () => {
    expect(await connect("noisy").request("echo", "through", AMPLE)).toBe("through");
    void client.request("exit", { code: 1, words: "the very last" }, AMPLE).catch(() => {});
    expect((await client.closed).message).toMatch(/\nnoise 19999\nthe very last$/);
    expect(client.details.split("\n")).toHaveLength(40);
  });
});

describe("the end of the child", () => {
  test("fails its requests with exit code and last words, after its last notification", async () => {
    connect();
    const heard: string[] = [];
    client.addNotificationHandler(({ method }) => void heard.push(method), { threadId: "t" });
    client.addCloseHandler(() => void heard.push("closed"));
    const unanswered = client.request("silence", {}, AMPLE);
    const fatal = client.request("exit", { code: 3, words: "thread 'main' panicked\n" }, AMPLE);
    const expected = {
      code: "CONNECTION_CLOSED",
      message: "The Codex app-server exited with code 3. Its last words: thread 'main' panicked",
    };
    await expect(unanswered).rejects.toMatchObject(expected);
    await expect(fatal).rejects.toMatchObject(expected);
    expect(heard).toEqual(["error", "closed"]);
  });

  test("is told as soon as its output is read, without a wait", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const fatal = failureOf(connect().request("exit", { code: 0, words: "" }, AMPLE));
    expect(await fatal).toMatchObject({ message: "The Codex app-server exited with code 0." });
    await client.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("by a signal names the signal", async () => {
    connect();
    const unanswered = client.request("silence", {}, AMPLE);
    process.kill(await lifeline.born(), "SIGKILL");
    await expect(unanswered).rejects.toThrow("The Codex app-server was ended by SIGKILL.");
  });

  test("is noticed though a grandchild outside of its group holds its stdout", async () => {
    connect();
    const pid = await lifeline.born();
    await client.request("grandchild", { holdsOutput: true, leavesGroup: true }, AMPLE);
    process.kill(pid, "SIGKILL");
    expect(await client.closed).toMatchObject({ code: "CONNECTION_CLOSED" });
  });

  test("while a large message is on its way to it does not harm this process", async () => {
    connect("deaf");
    const pid = await lifeline.born();
    const unread = client.request("echo", "x".repeat(8 * 1024 * 1024), AMPLE);
    process.kill(pid, "SIGKILL");
    await expect(unread).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    await expect(client.request("echo", {}, AMPLE)).rejects.toMatchObject({
      code: "CONNECTION_CLOSED",
    });
  });
});

test("a child that closes its stdout is of no use, and is ended", async () => {
  connect();
  const pid = await lifeline.born();
  const unanswered = client.request("close-stdout", {}, AMPLE);
  await expect(unanswered).rejects.toThrow("The Codex app-server closed its input or output.");
  await lifeline.died(pid);
});

test("a missing command fails the handshake with what to do about it", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  client = new CodexAppServerClient(
    new StdioTransport({ ...lifeline.badChild(), command: "no-such-command" }),
  );
  await expect(client.initialize(AMPLE)).rejects.toMatchObject({ code: "COMMAND_NOT_FOUND" });
  await client.close();
  await new Promise(setImmediate);
  expect(vi.getTimerCount()).toBe(0);
});

test("what a child does not read is kept up to a bound, beyond which requests fail at once", async () => {
  connect("deaf");
  const pid = await lifeline.born();
  const fitting = client.request("echo", "x".repeat(MAX_UNSENT_BYTES - 1_000), AMPLE);
  const failure = failureOf(fitting);
  await expect(client.request("echo", "x".repeat(2_000), AMPLE)).rejects.toMatchObject({
    code: "SEND_BUFFER_FULL",
  });
  process.kill(pid, "SIGKILL");
  expect(await failure).toMatchObject({ code: "CONNECTION_CLOSED" });
});
