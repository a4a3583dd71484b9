import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:http";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { failureOf } from "../support/failure.js";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { CodexAppServerClient } from "../../src/app-server/client.js";
import type { CodexAppServerStartOptions } from "../../src/app-server/start-options.js";
import { WebSocketTransport } from "../../src/app-server/transport-websocket.js";
import { findFreePort } from "../support/loopback-server.js";
import { asObject, type JsonObject, parseJson } from "../support/wire-guards.js";

const AMPLE = { timeoutMs: 60_000 };
const TOKEN = "s3cret-token";

let server: WebSocketServer;
let client: CodexAppServerClient;
let diagnostics: string[];

beforeEach(async () => {
  server = new WebSocketServer({ host: "127.0.0.1", port: 0, autoPong: false });
  await once(server, "listening");
});

afterEach(async () => {
  vi.useRealTimers();
  for (const socket of server.clients) socket.terminate();
  await client.close();
  await promisify(server.close.bind(server))();
});

function serverUrl(): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return `ws://127.0.0.1:${address.port}`;
}

function transport(options: Partial<CodexAppServerStartOptions> = {}): WebSocketTransport {
  return new WebSocketTransport({
    transport: "websocket",
    url: serverUrl(),
    command: "unused",
    commandSource: "default",
    args: [],
    headers: {},
    clearEnv: [],
    ...options,
  });
}

function connect(options?: Partial<CodexAppServerStartOptions>): void {
  diagnostics = [];
  client = new CodexAppServerClient(transport(options), {
    onDiagnostic: (message) => diagnostics.push(message),
  });
}

/** Connects, and gives the server's end of the connection. */
async function connectAndAccept(
  options?: Partial<CodexAppServerStartOptions>,
): Promise<{ socket: WebSocket; request: IncomingMessage }> {
  const accepted = Promise.withResolvers<{ socket: WebSocket; request: IncomingMessage }>();
  server.once("connection", (socket, request) => accepted.resolve({ socket, request }));
  connect(options);
  return accepted.promise;
}

/** One request and its answer: after it both ends are open and have seen what was sent before. */
async function exchange(socket: WebSocket): Promise<void> {
  socket.once("message", (data) => {
    socket.send(JSON.stringify({ id: readMessage(data)["id"], result: null }));
  });
  await client.request("exchange", {}, AMPLE);
}

function readMessage(data: RawData): JsonObject {
  if (!Buffer.isBuffer(data)) throw new Error("a message in pieces");
  return asObject(parseJson(data.toString()));
}

/** Answers every request with its params. */
function echo(socket: WebSocket): void {
  socket.on("message", (data, isBinary) => {
    if (isBinary) throw new Error("a binary frame");
    const { id, params } = readMessage(data);
    socket.send(JSON.stringify({ id, result: params }));
  });
}

describe("a connection", () => {
  test("carries requests, one a text frame, those too that were made before it was open", async () => {
    server.once("connection", echo);
    connect();
    const early = client.request("echo", "early\u2028", AMPLE);
    expect(await early).toBe("early\u2028");
    expect(await client.request("echo", { n: 2 }, AMPLE)).toEqual({ n: 2 });
  });

  test("shows the token and the headers, and no Origin", async () => {
    const { request } = await connectAndAccept({
      authToken: TOKEN,
      headers: { "x-tenant": "a", authorization: "Basic other" },
    });
    expect(request.headers).toMatchObject({ authorization: `Bearer ${TOKEN}`, "x-tenant": "a" });
    expect(request.headers).not.toHaveProperty("origin");
  });

  test("without a token shows none", async () => {
    const { request } = await connectAndAccept();
    expect(request.headers).not.toHaveProperty("authorization");
  });

  test("ignores binary frames, and says so", async () => {
    const { socket } = await connectAndAccept();
    const answer = client.request("echo", {}, AMPLE);
    await once(socket, "message");
    socket.send(Buffer.from('{"id":1,"result":"binary"}'));
    socket.send('{"id":1,"result":"text"}');
    expect(await answer).toBe("text");
    expect(diagnostics).toEqual(["Codex app-server: ignored a binary frame"]);
  });

  test("is closed in an orderly way, and waits for that", async () => {
    const { socket } = await connectAndAccept();
    await exchange(socket);
    const closed = once(socket, "close");
    await client.close();
    expect((await closed)[0]).toBe(1005);
  });

  test("is torn down when the far end does not take part in the closing", async () => {
    const { socket } = await connectAndAccept();
    await exchange(socket);
    socket.pause();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const closing = client.close();
    await vi.advanceTimersByTimeAsync(2_000);
    await closing;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("the loss of a connection", () => {
  test.each<[string, (socket: WebSocket) => void, string]>([
    ["the far end's closing", (socket) => socket.close(1001), "close code 1001"],
    ["a cut", (socket) => socket.terminate(), "close code 1006"],
    [
      "a frame that is too long",
      (socket) => socket.send("x".repeat(64 * 1024 * 1024 + 1)),
      "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH",
    ],
  ])("by %s fails what is pending", async (_how, lose, why) => {
    const { socket } = await connectAndAccept({ authToken: TOKEN });
    const pending = client.request("silence", {}, AMPLE);
    lose(socket);
    await expect(pending).rejects.toMatchObject({
      code: "CONNECTION_CLOSED",
      message: `The connection to the Codex app-server at ${serverUrl()} ended: ${why}.`,
    });
  });

  test("is noticed when the far end falls silent, and not before", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const { socket } = await connectAndAccept();
    const pending = client.request("silence", {}, AMPLE);
    const failed = failureOf(pending);
    await once(socket, "message");

    const firstPing = once(socket, "ping");
    vi.advanceTimersByTime(30_000);
    await firstPing;
    socket.pong();
    await exchange(socket);

    const secondPing = once(socket, "ping");
    vi.advanceTimersByTime(30_000);
    await secondPing;
    expect(client.isClosed).toBe(false);
    vi.advanceTimersByTime(30_000);
    expect(await failed).toMatchObject({
      message: expect.stringContaining("it no longer answers"),
    });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("an app-server that cannot be reached says what to check", () => {
  test("where nobody listens", async () => {
    const url = `ws://user:pass@127.0.0.1:${await findFreePort()}/path?token=${TOKEN}`;
    connect({ url });
    const failed = client.initialize(AMPLE);
    const { host } = new URL(url);
    await expect(failed).rejects.toMatchObject({
      code: "START_FAILED",
      message: `Could not connect to the Codex app-server at ws://${host}: ECONNREFUSED. Check that it runs, and appServer.url and appServer.authToken.`,
    });
  });

  test.each([
    [401, "it refused the token (HTTP 401)"],
    [404, "it answered HTTP 404 instead of opening a WebSocket"],
  ])("where HTTP %d is the answer", async (status, why) => {
    const http = createServer();
    http.on("upgrade", (_request, socket) => {
      socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    try {
      const address = http.address();
      if (address === null || typeof address === "string") throw new Error("not listening");
      connect({ url: `ws://127.0.0.1:${address.port}`, authToken: TOKEN });
      const error: unknown = await client.initialize(AMPLE).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "START_FAILED", message: expect.stringContaining(why) });
      expect(String(error)).not.toContain(TOKEN);
    } finally {
      http.closeAllConnections();
      await new Promise((resolve) => void http.close(resolve));
    }
  });

  test.each(["", "127.0.0.1:1", "ftp://127.0.0.1", "ws://"])("where %j is the address", (url) => {
    connect();
    expect(() => transport({ url })).toThrow(
      expect.objectContaining({
        code: "START_FAILED",
        message: expect.stringContaining("appServer.url"),
      }),
    );
  });
});

test("a client closed before the connection is open leaves nothing behind", async () => {
  connect();
  const failed = failureOf(client.initialize(AMPLE));
  await client.close();
  expect(await failed).toMatchObject({
    code: "CONNECTION_CLOSED",
  });
});

test("what the far end does not read is kept up to a bound, beyond which requests fail at once", async () => {
  const { socket } = await connectAndAccept();
  await exchange(socket);
  socket.pause();
  const fitting = client.request("echo", "x".repeat(60 * 1024 * 1024), AMPLE);
  const failure = failureOf(fitting);
  await expect(client.request("echo", "x".repeat(5 * 1024 * 1024), AMPLE)).rejects.toMatchObject({
    code: "SEND_BUFFER_FULL",
  });
  socket.terminate();
  expect(await failure).toMatchObject({ code: "CONNECTION_CLOSED" });
});
