/** What LINE's stand-in refuses, as LINE does. */
import { request as httpRequest } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { LineApi } from "../support/line/api.js";
import { ALICE, GROUP, TOKEN } from "../support/line/world.js";
import { type LoopbackServer, readBody, serveOnLoopback } from "../support/loopback-server.js";
import { asObject, type JsonObject, parseJson } from "../support/wire-guards.js";

const RETRY_KEY = "123e4567-e89b-12d3-a456-426614174000";
const BUBBLE = {
  type: "bubble",
  body: { type: "box", contents: [{ type: "text", text: "line 1" }] },
};

let server: LoopbackServer;
let api: LineApi;
const shown: string[] = [];

beforeAll(async () => {
  api = new LineApi((chat, _id, text) => shown.push(`${chat}: ${text}`));
  server = await serveOnLoopback((request, response) => api.answer(request, response));
});

afterAll(() => server.stop());

afterEach(() => {
  shown.length = 0;
  vi.useRealTimers();
});

interface Answered {
  readonly status: number | undefined;
  readonly body: JsonObject;
}

async function post(
  path: string,
  fields: JsonObject,
  { token = TOKEN, retryKey }: { token?: string; retryKey?: string } = {},
): Promise<Answered> {
  const headers = {
    host: "api.line.me",
    authorization: `Bearer ${token}`,
    ...(retryKey !== undefined && { "x-line-retry-key": retryKey }),
  };
  const answered = Promise.withResolvers<Answered>();
  const request = httpRequest(`${server.url}${path}`, { method: "POST", headers }, (response) => {
    readBody(response).then(
      (bytes) =>
        answered.resolve({
          status: response.statusCode,
          body: asObject(parseJson(bytes.toString("utf8"))),
        }),
      answered.reject,
    );
  });
  request.on("error", answered.reject);
  request.end(JSON.stringify(fields));
  return answered.promise;
}

const push = (messages: unknown, options?: { token?: string; retryKey?: string }) =>
  post("/v2/bot/message/push", { to: ALICE, messages }, options);
const reply = (replyToken: string, messages: unknown = [text(1)]) =>
  post("/v2/bot/message/reply", { replyToken, messages });
const text = (length: number) => ({ type: "text", text: "a".repeat(length) });

describe("a push", () => {
  test.each([
    { what: "no message", messages: [] },
    { what: "six messages", messages: Array.from({ length: 6 }, () => text(1)) },
    { what: "a text of 5,001 characters", messages: [text(5001)] },
    { what: "an empty text", messages: [text(0)] },
    { what: "a text of 2,501 faces, each of which counts as two", messages: [faces(2501)] },
    { what: "an alternative text of 1,501", messages: [flex("a".repeat(1501))] },
    { what: "a bubble of more than 30 kB", messages: [flex("code", "a".repeat(30_000))] },
    { what: "a picture that is not on HTTPS", messages: [picture("http://example.com/a.png")] },
    { what: "a kind of message that there is not", messages: [{ type: "markdown" }] },
  ])("of $what is refused", async ({ messages }) => {
    expect(await push(messages)).toMatchObject({ status: 400 });
    expect(shown).toEqual([]);
  });

  test("shows each of its messages", async () => {
    const { status, body } = await push([text(5000), flex("code"), faces(2500)]);
    expect(status).toBe(200);
    expect(body["sentMessages"]).toHaveLength(3);
    expect(shown).toEqual([
      `${ALICE}: ${"a".repeat(5000)}`,
      `${ALICE}: line 1`,
      `${ALICE}: ${"😀".repeat(2500)}`,
    ]);
  });

  test("is shown once, however often it is sent under its retry key", async () => {
    const first = await push([text(1)], { retryKey: RETRY_KEY });
    const again = await push([text(1)], { retryKey: RETRY_KEY });
    expect([first.status, again.status]).toEqual([200, 409]);
    expect(again.body["sentMessages"]).toEqual(first.body["sentMessages"]);
    expect(shown).toHaveLength(1);
  });

  test("to somebody who is not there, or with another's token, is refused", async () => {
    const nobody = { to: "U00000000000000000000000000000000", messages: [text(1)] };
    expect(await post("/v2/bot/message/push", nobody)).toMatchObject({ status: 400 });
    expect(await push([text(1)], { token: "another's" })).toMatchObject({ status: 401 });
  });
});

describe("a reply token", () => {
  test("is good once, in its chat", async () => {
    const token = api.newReplyToken(GROUP);
    expect(await reply(token)).toMatchObject({ status: 200 });
    expect(await reply(token)).toMatchObject({
      status: 400,
      body: { message: "Invalid reply token" },
    });
    expect(shown).toEqual([`${GROUP}: a`]);
  });

  test("is spent by a reply that was refused", async () => {
    const token = api.newReplyToken(GROUP);
    expect(await reply(token, [])).toMatchObject({ status: 400 });
    expect(await reply(token)).toMatchObject({ status: 400 });
  });

  test("is good for a minute", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const token = api.newReplyToken(GROUP);
    vi.advanceTimersByTime(60_001);
    expect(await reply(token)).toMatchObject({ status: 400 });
  });
});

test("the message that is one too many is refused, and none after it", async () => {
  const limited = api.limitNext();
  expect(await push([text(1)])).toMatchObject({ status: 429 });
  await limited;
  expect(await push([text(1)])).toMatchObject({ status: 200 });
});

test.each([
  { chatId: GROUP, loadingSeconds: 20 },
  { chatId: ALICE, loadingSeconds: 21 },
  { chatId: ALICE, loadingSeconds: 65 },
])("no loading is shown for %o", async (fields) => {
  expect(await post("/v2/bot/chat/loading/start", fields)).toMatchObject({ status: 400 });
});

test("what it does not know is answered 404 and noted", async () => {
  expect(await post("/v2/bot/message/sing", {})).toMatchObject({ status: 404 });
  expect([...api.unknown]).toEqual(["POST api.line.me /v2/bot/message/sing"]);
});

function faces(count: number): JsonObject {
  return { type: "text", text: "😀".repeat(count) };
}

function flex(altText: string, code = "line 1"): JsonObject {
  const contents =
    code === "line 1" ? BUBBLE : { type: "bubble", body: { type: "text", text: code } };
  return { type: "flex", altText, contents };
}

function picture(url: string): JsonObject {
  return { type: "image", originalContentUrl: url, previewImageUrl: url };
}
