/**
 * What a channel's error says about the message that was being sent, decided here and nowhere else. OpenClaw hands on what
 * its channels' own libraries throw: grammY's on Telegram, fetch's, Discord's and Slack's, each nested in its own way.
 */
import { asRecord, asString } from "../app-server/json.js";

export type SendFailure =
  /** It reached the chat; what failed came afterwards. */
  | { kind: "sent" }
  /** It did not reach the chat, and another try may. */
  | { kind: "not sent"; why: NotSentReason; retryAfterMs?: number }
  /** The request went out, and its answer did not come. */
  | { kind: "perhaps sent" }
  /** The channel will never take this very message. */
  | { kind: "refused"; reason: string }
  /** The group has another id now; undefined where the channel does not name it. */
  | { kind: "moved"; to: string | undefined };

type NotSentReason =
  | "unreachable"
  | "limited"
  /** The chat is gone, or its bot may not write there. */
  | "no chat"
  /** The topic is gone. */
  | "no topic"
  /** Not known; it may be this very message's fault. */
  | "unknown";

/** Nobody tells by themselves that a channel's request was lost, so this does. */
export class SendTimeoutError extends Error {
  override readonly name = "SendTimeoutError";
}

/** The connection was never made. */
const BEFORE =
  /\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|ENETDOWN|EHOSTUNREACH|EHOSTDOWN|UND_ERR_CONNECT_TIMEOUT)\b|\bconnect ETIMEDOUT\b|\bConnect Timeout\b|\bgetaddrinfo\b|before secure TLS connection/i;
/** The request may have been on its way. */
const DURING =
  /\b(?:ECONNRESET|EPIPE|ETIMEDOUT|ESOCKETTIMEDOUT|ECONNABORTED|ERR_NETWORK|UND_ERR_[A-Z_]+)\b|socket hang up|other side closed|network error|network request\b.*\bfailed|fetch failed|\btimed? ?out\b|\btimeout\b|\babort(?:ed)?\b/i;
const DURING_NAMES = new Set([
  "AbortError",
  "TimeoutError",
  "HeadersTimeoutError",
  "BodyTimeoutError",
  "SocketError",
]);

const MOVED = /upgraded to a supergroup|migrated to a? ?supergroup/i;
const NO_TOPIC =
  /message thread not found|\bTOPIC_(?:DELETED|CLOSED|ID_INVALID)\b|topic (?:was )?(?:deleted|closed)/i;
const NO_CHAT =
  /chat not found|was blocked|was kicked|not a member|user is deactivated|PEER_ID_INVALID|CHAT_WRITE_FORBIDDEN|not enough rights|have no rights|need administrator rights|chat was deactivated|can't initiate conversation|group chat was deleted/i;

/** Discord's codes, for what is wrong with the chat rather than with the message. */
const DISCORD_NO_CHAT = new Set([10_003, 50_001, 50_007, 50_013, 50_083, 160_005]);

/** Slack's words for what is wrong with the message; all others are about the channel or the account. */
const SLACK_REFUSED = new Set([
  "msg_too_long",
  "no_text",
  "msg_blocks_too_long",
  "invalid_blocks",
  "invalid_blocks_format",
  "markdown_text_conflict",
  "too_many_attachments",
  "invalid_arguments",
  "file_upload_size_restricted",
  "not_allowed_file_type",
]);
/** Slack says of these itself that some of the work may have been done. */
const SLACK_PERHAPS = new Set(["fatal_error", "internal_error", "request_timeout"]);

const REASON_LENGTH = 200;

export function sendFailureOf(error: unknown): SendFailure {
  if (error instanceof SendTimeoutError) return { kind: "perhaps sent" };
  const candidates = nested(error);
  const text = candidates.map(textOf).join("\n");
  for (const candidate of candidates) {
    if (candidate.code === "CHANNEL_PARTIAL_DELIVERY" && hasSent(candidate))
      return { kind: "sent" };
  }
  const moved = movedTo(candidates, text);
  if (moved) return moved;
  const retryAfterMs = retryAfterOf(candidates);
  for (const candidate of candidates) {
    const status = statusOf(candidate);
    if (status === 429 || candidate.code === "slack_webapi_rate_limited_error") {
      return limited(retryAfterMs);
    }
    const slack = slackErrorOf(candidate);
    if (slack !== undefined) return failureOfSlack(slack, retryAfterMs);
    if (status !== undefined) return failureOfStatus(status, candidate, text);
  }
  if (BEFORE.test(text)) return { kind: "not sent", why: "unreachable" };
  for (const { code, retryable } of candidates) {
    if (code === "OPENCLAW_PLATFORM_MESSAGE_NOT_DISPATCHED") {
      return retryable === false
        ? { kind: "refused", reason: reasonOf(text) }
        : { kind: "not sent", why: "unreachable" };
    }
  }
  // OpenClaw puts some of its channels' errors into words of its own, without the error itself.
  if (NO_TOPIC.test(text)) return { kind: "not sent", why: "no topic" };
  if (NO_CHAT.test(text)) return { kind: "not sent", why: "no chat" };
  if (/too many requests/i.test(text)) return limited(retryAfterMs);
  if (DURING.test(text) || candidates.some(({ name }) => DURING_NAMES.has(asString(name) ?? ""))) {
    return { kind: "perhaps sent" };
  }
  return { kind: "not sent", why: "unknown" };
}

function limited(retryAfterMs: number | undefined): SendFailure {
  return {
    kind: "not sent",
    why: "limited",
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

function failureOfStatus(
  status: number,
  candidate: Record<string, unknown>,
  text: string,
): SendFailure {
  // Told by the service itself, or by a proxy in front of it that gave up waiting.
  if (status === 408 || status === 504) return { kind: "perhaps sent" };
  if (status >= 500) return { kind: "not sent", why: "unreachable" };
  if (NO_TOPIC.test(text)) return { kind: "not sent", why: "no topic" };
  const discordCode = Number(candidate.discordCode);
  // A token that does not count, or a bot that may not write, is the operator's to mend.
  if ([401, 403, 404].includes(status) && !isAboutText(discordCode)) {
    return { kind: "not sent", why: "no chat" };
  }
  if (NO_CHAT.test(text) || DISCORD_NO_CHAT.has(discordCode)) {
    return { kind: "not sent", why: "no chat" };
  }
  return status >= 400
    ? { kind: "refused", reason: reasonOf(text) }
    : { kind: "not sent", why: "unknown" };
}

/** Discord answers 403 as well for a text that its filters take offence at. */
function isAboutText(discordCode: number): boolean {
  return [200_000, 200_001, 240_000].includes(discordCode);
}

function failureOfSlack(word: string, retryAfterMs: number | undefined): SendFailure {
  if (SLACK_REFUSED.has(word)) return { kind: "refused", reason: word };
  if (SLACK_PERHAPS.has(word)) return { kind: "perhaps sent" };
  if (word === "ratelimited" || word === "rate_limited") return limited(retryAfterMs);
  if (word === "service_unavailable") return { kind: "not sent", why: "unreachable" };
  return { kind: "not sent", why: "no chat" };
}

function slackErrorOf({ code, data }: Record<string, unknown>): string | undefined {
  return code === "slack_webapi_platform_error" ? asString(asRecord(data)?.error) : undefined;
}

function movedTo(
  candidates: readonly Record<string, unknown>[],
  text: string,
): SendFailure | undefined {
  for (const { parameters } of candidates) {
    const id = asRecord(parameters)?.migrate_to_chat_id;
    if (typeof id === "number" || typeof id === "string") return { kind: "moved", to: String(id) };
  }
  if (!MOVED.test(text) && !/migrated to supergroup/i.test(text)) return undefined;
  return { kind: "moved", to: /supergroup (-\d+)/i.exec(text)?.[1] };
}

function hasSent({ deliveryResult }: Record<string, unknown>): boolean {
  const result = asRecord(deliveryResult);
  return result?.visibleReplySent === true;
}

/** The status of an answer that came: a code of the Bot API, or of HTTP. */
function statusOf(candidate: Record<string, unknown>): number | undefined {
  const { error_code: code, status, statusCode } = candidate;
  for (const value of [code, status, statusCode]) {
    if (typeof value === "number" && value >= 100 && value < 600) return value;
  }
  // grammY writes "Call to 'sendMessage' failed! (400: Bad Request: …)"; OpenClaw hands on the words alone now and then.
  const written = /\((\d{3}): |\b(4\d\d): Bad Request\b/.exec(textOf(candidate));
  const number = Number(written?.[1] ?? written?.[2]);
  return number >= 400 && number < 600 ? number : undefined;
}

/** Telegram and Discord count in seconds, as does the header. */
function retryAfterOf(candidates: readonly Record<string, unknown>[]): number | undefined {
  for (const candidate of candidates) {
    const { parameters, retryAfter, retry_after: plain } = candidate;
    const seconds = [asRecord(parameters)?.retry_after, retryAfter, plain].find(
      (value) => typeof value === "number" && Number.isFinite(value) && value >= 0,
    );
    if (typeof seconds === "number") return Math.ceil(seconds * 1000);
  }
  const written = /retry after (\d+)/i.exec(candidates.map(textOf).join("\n"))?.[1];
  return written === undefined ? undefined : Number(written) * 1000;
}

/** An error and all that it was made of. */
function nested(error: unknown): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  const open: unknown[] = [error];
  for (let next = open.shift(); next !== undefined && found.length < 20; next = open.shift()) {
    const record = asRecord(next) ?? { message: typeof next === "string" ? next : "" };
    if (found.includes(record)) continue;
    found.push(record);
    const { cause, reason, error: inner, original, response, errors } = record;
    const many: unknown[] = Array.isArray(errors) ? errors : [];
    open.push(
      ...[cause, reason, inner, original, response, ...many].filter((value) => asRecord(value)),
    );
  }
  return found;
}

function textOf({ name, code, message, description }: Record<string, unknown>): string {
  return [name, code, message, description].filter((part) => typeof part === "string").join(" ");
}

/** What the service said, without what the libraries put around it. */
function reasonOf(text: string): string {
  const said = /(?:Bad Request: )([^)\n]+)/.exec(text)?.[1] ?? text.split("\n")[0] ?? "";
  return said.trim().slice(0, REASON_LENGTH);
}
