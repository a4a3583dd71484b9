/** What the errors of OpenClaw's channels, as they are thrown, say about the message. */
import { expect, test } from "vitest";
import { sendFailureOf, SendTimeoutError } from "../../src/chat/send-failure.js";

/** grammY's error for an answer of the Bot API that says no. */
function grammy(error_code: number, description: string, parameters = {}): Error {
  const message = `Call to 'sendMessage' failed! (${error_code}: ${description})`;
  return Object.assign(new Error(message), {
    name: "GrammyError",
    method: "sendMessage",
    ok: false,
    error_code,
    description,
    parameters,
  });
}

/** grammY's error for a request that came to nothing, around fetch's. */
function http(code: string, message = `read ${code}`): Error {
  const socket = Object.assign(new Error(message), { code });
  return Object.assign(new Error("Network request for 'sendMessage' failed!"), {
    name: "HttpError",
    error: new TypeError("fetch failed", { cause: socket }),
  });
}

/** OpenClaw's word that nothing was sent. */
function notDispatched(message: string, retryable: boolean, cause?: Error): Error {
  return Object.assign(new Error(message, { cause }), {
    name: "PlatformMessageNotDispatchedError",
    code: "OPENCLAW_PLATFORM_MESSAGE_NOT_DISPATCHED",
    retryable,
  });
}

function discord(status: number, discordCode: number, message: string, more = {}): Error {
  return Object.assign(new Error(message), {
    name: "DiscordError",
    status,
    statusCode: status,
    discordCode,
    ...more,
  });
}

function slack(error: string): Error {
  return Object.assign(new Error(`An API error occurred: ${error}`), {
    code: "slack_webapi_platform_error",
    data: { ok: false, error },
  });
}

const unreachable = { kind: "not sent", why: "unreachable" };
const noChat = { kind: "not sent", why: "no chat" };
const perhaps = { kind: "perhaps sent" };

test.each<[string, unknown, object]>([
  ["a name that cannot be looked up", http("ENOTFOUND", "getaddrinfo ENOTFOUND api"), unreachable],
  ["a refused connection", http("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:1"), unreachable],
  ["a connection that was never made", http("ETIMEDOUT", "connect ETIMEDOUT 1.2.3.4"), unreachable],
  ["a fetch that could not connect in time", http("UND_ERR_CONNECT_TIMEOUT"), unreachable],
  ["a network that is down", http("ENETUNREACH"), unreachable],
  [
    "a connection lost before it was secure",
    http(
      "ECONNRESET",
      "Client network socket disconnected before secure TLS connection was established",
    ),
    unreachable,
  ],
  ["a server that fails", grammy(500, "Internal Server Error"), unreachable],
  ["a server that restarts", grammy(502, "Bad Gateway"), unreachable],
  ["OpenClaw's word that it did not begin", notDispatched("not started", true), unreachable],
  [
    "too many messages, with the time to wait",
    grammy(429, "Too Many Requests: retry after 35", { retry_after: 35 }),
    { kind: "not sent", why: "limited", retryAfterMs: 35_000 },
  ],
  [
    "too many messages on Discord",
    discord(429, 0, "You are being rate limited.", { retryAfter: 1.25 }),
    { kind: "not sent", why: "limited", retryAfterMs: 1250 },
  ],
  [
    "too many messages on Slack",
    Object.assign(new Error("A rate-limit has been reached"), {
      code: "slack_webapi_rate_limited_error",
      retryAfter: 30,
    }),
    { kind: "not sent", why: "limited", retryAfterMs: 30_000 },
  ],
  ["a chat that is not there", grammy(400, "Bad Request: chat not found"), noChat],
  [
    "the same in OpenClaw's words",
    new Error("Telegram send failed: chat not found (chat_id=7). Likely: group migrated (new id)."),
    noChat,
  ],
  ["a bot that was blocked", grammy(403, "Forbidden: bot was blocked by the user"), noChat],
  ["a bot without the right to write", grammy(400, "Bad Request: not enough rights"), noChat],
  ["a token that does not count", grammy(401, "Unauthorized"), noChat],
  ["an unknown channel on Discord", discord(404, 10_003, "Unknown Channel"), noChat],
  ["a person who takes no messages", discord(403, 50_007, "Cannot send to this user"), noChat],
  ["an archived channel on Slack", slack("is_archived"), noChat],
  [
    "a topic that is gone",
    grammy(400, "Bad Request: message thread not found"),
    { why: "no topic" },
  ],
  [
    "a group that became a supergroup",
    grammy(400, "Bad Request: group chat was upgraded to a supergroup chat", {
      migrate_to_chat_id: -100_200,
    }),
    { kind: "moved", to: "-100200" },
  ],
  [
    "the same in OpenClaw's words",
    notDispatched("Telegram rejected send: group migrated to supergroup -100200", false),
    { kind: "moved", to: "-100200" },
  ],
  [
    "the same without the new id",
    notDispatched("Telegram rejected send: group migrated to a supergroup", false),
    { kind: "moved", to: undefined },
  ],
  ["a connection that ended while it was in use", http("ECONNRESET"), perhaps],
  [
    "a socket that was closed from the other side",
    http("UND_ERR_SOCKET", "other side closed"),
    perhaps,
  ],
  ["an answer that did not come in time", http("UND_ERR_HEADERS_TIMEOUT"), perhaps],
  ["a fetch that failed without a word of why", new TypeError("fetch failed"), perhaps],
  ["a gateway that gave up waiting", discord(504, 0, "Gateway Timeout"), perhaps],
  ["Slack's word that some of it may be done", slack("fatal_error"), perhaps],
  ["a send that never ended", new SendTimeoutError(), perhaps],
  [
    "an empty text",
    grammy(400, "Bad Request: message text is empty"),
    { kind: "refused", reason: "message text is empty" },
  ],
  ["a file that is too large", grammy(413, "Request Entity Too Large"), { kind: "refused" }],
  [
    "a text that Discord cannot take",
    discord(400, 50_006, "Cannot send an empty message"),
    { kind: "refused" },
  ],
  ["a text that Discord filters", discord(403, 200_000, "blocked by AutoMod"), { kind: "refused" }],
  ["a text that is too long for Slack", slack("msg_too_long"), { kind: "refused" }],
  ["a payload that OpenClaw turned down", notDispatched("not allowed", false), { kind: "refused" }],
  [
    "a failure after the message was there",
    Object.assign(new Error("the cache is full"), {
      code: "CHANNEL_PARTIAL_DELIVERY",
      sentBeforeError: true,
      deliveryResult: { messageIds: ["5"], visibleReplySent: true },
    }),
    { kind: "sent" },
  ],
  ["an error nobody knows", new Error("Telegram runtime not initialized"), { why: "unknown" }],
  ["something that is no error", "boom", { why: "unknown" }],
])("%s", (_title, error, expected) => {
  expect(sendFailureOf(error)).toMatchObject(expected);
});
