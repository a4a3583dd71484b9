/** LINE's answers to a bot. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ChannelFile } from "../channel-service.js";
import { readBody } from "../loopback-server.js";
import { asObject, asString, type JsonObject, parseJson } from "../wire-guards.js";
import { readMessages } from "./message-rules.js";
import { LineRefusal } from "./refusal.js";
import { BOT, GROUP, profileOf, TOKEN } from "./world.js";

/** https://developers.line.biz/en/reference/messaging-api/#send-reply-message: within one minute */
const REPLY_WITHIN_MS = 60_000;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** https://developers.line.biz/en/reference/messaging-api/#display-a-loading-indicator: seconds */
const LOADING = { least: 5, most: 60, step: 5 };

const MIME_TYPES: Readonly<Record<string, string>> = { png: "image/png", txt: "text/plain" };

interface Call {
  readonly headers: IncomingMessage["headers"];
  readonly fields: JsonObject;
}

interface Answer {
  readonly status?: number;
  readonly body?: JsonObject;
  readonly file?: ChannelFile;
}

type Route = (call: Call, ...ids: string[]) => Answer;

export class LineApi {
  /** The requests that it does not know. */
  readonly unknown = new Set<string>();
  readonly #show: (chat: string, id: string, text: string) => void;
  readonly #files = new Map<string, ChannelFile>();
  /** The chats of the reply tokens that are not used, and when each was given. */
  readonly #replies = new Map<string, { chat: string; givenAt: number }>();
  /** The messages that were accepted under a retry key. */
  readonly #accepted = new Map<string, JsonObject>();
  /** Told when the message that is one too many was refused. */
  #limited: (() => void) | undefined;
  // From the clock, since the channel drops what it has seen before a restart.
  #lastId = BigInt(Date.now()) * 1_000_000n;

  /** `show` is given each message that the bot sends. */
  constructor(show: (chat: string, id: string, text: string) => void) {
    this.#show = show;
  }

  newId(): string {
    this.#lastId += 1n;
    return String(this.#lastId);
  }

  newReplyToken(chat: string): string {
    const token = randomBytes(16).toString("hex");
    this.#replies.set(token, { chat, givenAt: Date.now() });
    return token;
  }

  /** Takes a person's file, and describes the message that it is. https://developers.line.biz/en/reference/messaging-api/#wh-image */
  share(file: ChannelFile): JsonObject {
    const id = this.newId();
    this.#files.set(id, file);
    return file.name.endsWith(".png")
      ? { id, type: "image", contentProvider: { type: "line" } }
      : { id, type: "file", fileName: file.name, fileSize: file.bytes.length };
  }

  /** https://developers.line.biz/en/reference/messaging-api/#rate-limits: 429, and not for how long */
  limitNext(): Promise<void> {
    const refused = Promise.withResolvers<void>();
    this.#limited = refused.resolve;
    return refused.promise;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", "https://api.line.me");
    const key = `${request.method} ${request.headers.host} ${pathname}`;
    const bytes = await readBody(request);
    try {
      const { headers } = request;
      if (headers.authorization !== `Bearer ${TOKEN}`) {
        throw new LineRefusal(
          401,
          "Authentication failed. Confirm that the access token is valid.",
        );
      }
      const fields = asObject(parseJson(bytes.toString("utf8")));
      send(response, this.#routed(key, { headers, fields }));
    } catch (error) {
      if (!(error instanceof LineRefusal)) throw error;
      send(response, { status: error.status, body: error.body });
    }
  }

  #routed(key: string, call: Call): Answer {
    for (const [pattern, route] of this.#routes) {
      const match = pattern.exec(key);
      if (match) return route(call, ...match.slice(1));
    }
    this.unknown.add(key);
    throw new LineRefusal(404, "Not found");
  }

  readonly #routes: readonly (readonly [RegExp, Route])[] = [
    [
      /^GET api\.line\.me \/v2\/bot\/info$/,
      () => ({ body: { userId: BOT, basicId: "@openclaw", displayName: "OpenClaw" } }),
    ],
    [/^GET api\.line\.me \/v2\/bot\/message\/quota$/, () => ({ body: { type: "none" } })],
    [
      /^GET api\.line\.me \/v2\/bot\/channel\/webhook\/endpoint$/,
      () => ({ body: { endpoint: "https://loopback.example/line/webhook", active: true } }),
    ],
    [/^GET api\.line\.me \/v2\/bot\/profile\/(\w+)$/, (_, id = "") => ({ body: found(id) })],
    [
      /^GET api\.line\.me \/v2\/bot\/group\/(\w+)\/member\/(\w+)$/,
      (_, group = "", id = "") => ({ body: { ...inGroup(group), ...found(id) } }),
    ],
    [
      /^GET api\.line\.me \/v2\/bot\/group\/(\w+)\/summary$/,
      (_, group = "") => ({ body: { ...inGroup(group), groupName: "Loopback" } }),
    ],
    [/^POST api\.line\.me \/v2\/bot\/chat\/loading\/start$/, ({ fields }) => showLoading(fields)],
    [/^POST api\.line\.me \/v2\/bot\/message\/reply$/, ({ fields }) => this.#reply(fields)],
    [/^POST api\.line\.me \/v2\/bot\/message\/push$/, (call) => this.#push(call)],
    [
      /^GET api-data\.line\.me \/v2\/bot\/message\/(\d+)\/content$/,
      (_, id = "") => {
        const file = this.#files.get(id);
        if (!file) throw new LineRefusal(404, "Not found");
        return { file };
      },
    ],
  ];

  /** A reply token is good for one request, accepted or not. */
  #reply(fields: JsonObject): Answer {
    this.#limit();
    const token = asString(fields["replyToken"]);
    const reply = this.#replies.get(token);
    this.#replies.delete(token);
    if (!reply || Date.now() - reply.givenAt > REPLY_WITHIN_MS) {
      throw new LineRefusal(400, "Invalid reply token");
    }
    return { body: this.#take(reply.chat, fields) };
  }

  /** https://developers.line.biz/en/docs/messaging-api/retrying-api-request: a key is good for one request that is accepted */
  #push({ headers, fields }: Call): Answer {
    this.#limit();
    const to = asString(fields["to"]);
    if (to !== GROUP && !profileOf(to)) {
      throw new LineRefusal(400, "The property, 'to', in the request body is invalid");
    }
    const key = headers["x-line-retry-key"];
    if (typeof key !== "string") return { body: this.#take(to, fields) };
    if (!UUID.test(key)) throw new LineRefusal(400, "The retry key is not valid");
    const before = this.#accepted.get(key);
    if (before) {
      const message = "The retry key is already accepted";
      return { status: 409, body: { message, ...before } };
    }
    const body = this.#take(to, fields);
    this.#accepted.set(key, body);
    return { body };
  }

  #take(chat: string, fields: JsonObject): JsonObject {
    const sentMessages = readMessages(fields["messages"]).map(({ text }) => {
      const id = this.newId();
      this.#show(chat, id, text);
      return { id, quoteToken: randomBytes(16).toString("hex") };
    });
    return { sentMessages };
  }

  #limit(): void {
    const refused = this.#limited;
    if (!refused) return;
    this.#limited = undefined;
    refused();
    throw new LineRefusal(429, "The API rate limit has been exceeded. Try again later.");
  }
}

function found(userId: string): JsonObject {
  const profile = profileOf(userId);
  if (!profile) throw new LineRefusal(404, "Not found");
  return profile;
}

function inGroup(groupId: string): JsonObject {
  if (groupId !== GROUP) throw new LineRefusal(404, "Not found");
  return { groupId };
}

/** Only where the bot is alone with a person. */
function showLoading({ chatId, loadingSeconds }: JsonObject): Answer {
  const seconds = typeof loadingSeconds === "number" ? loadingSeconds : NaN;
  const isOfLine =
    seconds >= LOADING.least && seconds <= LOADING.most && seconds % LOADING.step === 0;
  if (!isOfLine) throw new LineRefusal(400, "Invalid value", "loadingSeconds");
  if (!profileOf(asString(chatId))) throw new LineRefusal(400, "Invalid value", "chatId");
  return { status: 202, body: {} };
}

function send(response: ServerResponse, { status = 200, body, file }: Answer): void {
  if (file) {
    const type = MIME_TYPES[file.name.split(".").at(-1) ?? ""] ?? "application/octet-stream";
    response.writeHead(status, { "content-type": type, "content-length": file.bytes.length });
    response.end(file.bytes);
    return;
  }
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
