/**
 * The Messaging API of LINE on loopback, as far as OpenClaw's LINE channel uses it: what a person writes comes to the gateway by
 * a signed webhook, and the bot answers through `api.line.me`. A request that it does not know is answered 404 and noted.
 */
import { createHmac, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type ChannelFile,
  type ChannelMessage,
  describeMessage,
  type PlayedChannel,
  type SayOptions,
} from "../channel-service.js";
import { Journal } from "../journal.js";
import { type DivertedHost, TlsHost } from "../tls-host.js";
import { channelPackage } from "../under-test.js";
import { type Delivery, Webhook } from "./webhook.js";
import type { JsonObject } from "../wire-guards.js";
import { LineApi } from "./api.js";
import { ALICE, BOT, GROUP, MALLORY, SECRET, TOKEN } from "./world.js";

const CONNECTED_WITHIN_MS = 60_000;

export class LineService implements PlayedChannel {
  readonly channel = "line";
  readonly channelPackage = channelPackage("line");
  readonly mention = "@openclaw";
  readonly chats = { private: ALICE, group: GROUP };
  readonly config = {
    enabled: true,
    channelAccessToken: TOKEN,
    channelSecret: SECRET,
    dmPolicy: "allowlist",
    allowFrom: [ALICE],
    groupPolicy: "allowlist",
    groupAllowFrom: [ALICE],
    groups: { [GROUP]: { requireMention: false } },
  };
  readonly seen = new Journal<ChannelMessage>("LINE", describeMessage);

  readonly #api: LineApi;
  readonly #hosts: readonly TlsHost[];
  /** https://developers.line.biz/en/docs/messaging-api/receiving-messages/#webhook-redelivery */
  readonly #webhook = new Webhook();

  static async start(): Promise<LineService> {
    const ready = Promise.withResolvers<LineService>();
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> =>
      (await ready.promise).#api.answer(request, response);
    // https://developers.line.biz/en/reference/messaging-api/#domain-name: files have a host of their own
    const hosts = [
      await TlsHost.start("api.line.me", answer),
      await TlsHost.start("api-data.line.me", answer),
    ];
    const service = new LineService(hosts);
    ready.resolve(service);
    return service;
  }

  private constructor(hosts: readonly TlsHost[]) {
    this.#hosts = hosts;
    this.#api = new LineApi((chat, id, text) => this.#show({ chat, id, text, from: "bot" }));
  }

  /** The requests that it does not know. */
  get unknown(): ReadonlySet<string> {
    return this.#api.unknown;
  }

  get divertedHosts(): readonly DivertedHost[] {
    return this.#hosts.map(({ diverted }) => diverted);
  }

  gatewayAt(url: string): void {
    this.#webhook.url = `${url}/line/webhook`;
  }

  /** LINE verifies a webhook by an empty list of events. https://developers.line.biz/en/docs/messaging-api/verify-webhook-url */
  async connected({
    timeoutMs = CONNECTED_WITHIN_MS,
    signal,
  }: {
    timeoutMs?: number;
    signal?: AbortSignal;
  }): Promise<void> {
    await this.#webhook.reach(() => signed([]), { timeoutMs, signal });
  }

  async stop(): Promise<void> {
    await this.#webhook.stop();
    await Promise.all(this.#hosts.map((host) => host.stop()));
  }

  /** What has a file is a message of its own, without words. */
  say(chat: string, text: string, { picture, file, by }: SayOptions = {}): ChannelMessage {
    const files = [picture, file].filter((each) => each !== undefined);
    const userId = by === "stranger" ? MALLORY : ALICE;
    const id = this.#api.newId();
    const said = this.#show({ chat, id, text, from: "person", files });
    const contents = files.map((each) => this.#api.share(each));
    const messages = [...contents, { id, type: "text", text, quoteToken: newToken() }];
    const events = messages.map((message) => this.#event(chat, userId, message));
    this.#webhook.deliver(() => signed(events));
    return said;
  }

  click(): never {
    throw new Error("nothing here can be pressed");
  }

  limitNext(): Promise<unknown> {
    return this.#api.limitNext();
  }

  /** https://developers.line.biz/en/reference/messaging-api/#message-event */
  #event(chat: string, userId: string, message: JsonObject): JsonObject {
    const isGroup = chat === GROUP;
    return {
      type: "message",
      mode: "active",
      timestamp: Date.now(),
      source: isGroup ? { type: "group", groupId: chat, userId } : { type: "user", userId },
      webhookEventId: newToken(),
      deliveryContext: { isRedelivery: false },
      replyToken: this.#api.newReplyToken(chat),
      message,
    };
  }

  #show({
    files = [],
    ...shown
  }: Pick<ChannelMessage, "chat" | "id" | "text" | "from"> & {
    files?: readonly ChannelFile[];
  }): ChannelMessage {
    // A message of text mentions nobody: https://developers.line.biz/en/reference/messaging-api/#text-message-v2 does.
    const message = { ...shown, kind: "message", buttons: [], files, pings: [] } as const;
    this.seen.append(message);
    return message;
  }
}

/** https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature */
function signed(events: readonly JsonObject[]): Delivery {
  const body = JSON.stringify({ destination: BOT, events });
  const signature = createHmac("sha256", SECRET).update(body).digest("base64");
  return { body, headers: { "content-type": "application/json", "x-line-signature": signature } };
}

function newToken(): string {
  return randomBytes(16).toString("hex");
}
