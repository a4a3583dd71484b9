/**
 * Discord's REST API and gateway on loopback, as far as OpenClaw's Discord channel uses them. A request that it does not
 * know is answered 404 and noted.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type {
  ChannelFile,
  ChannelMessage,
  ChannelSign,
  Person,
  PlayedChannel,
  SayOptions,
} from "../channel-service.js";
import type { Journal } from "../journal.js";
import { type LoopbackServer, serveOnLoopback } from "../loopback-server.js";
import { channelPackage } from "../under-test.js";
import type { JsonObject } from "../wire-guards.js";
import { DiscordGateway } from "./gateway.js";
import { DiscordInteractions } from "./interactions.js";
import { DiscordMessages, describeStored, type StoredFile } from "./messages.js";
import { RateLimits } from "./rate-limits.js";
import { DiscordRefusal } from "./refusal.js";
import { type DiscordRequest, readRequest } from "./request.js";
import { DiscordRoutes } from "./routes.js";
import { ALICE, BOT, describeSender, DM, GENERAL, GUILD, MALLORY, THREAD } from "./world.js";

/** The application's id in base 64, as the channel reads it out of a token, and nothing secret. */
const TOKEN = `${Buffer.from(BOT.id).toString("base64")}.AAAAAA.loopback-only-token-of-no-value-0123456789`;

const TOO_FAST = "This component has expired.";

const CLICK = 3;
const SLASH = 2;
const BUTTON = 2;
const TEXT_OPTION = 3;

export class DiscordService implements PlayedChannel {
  readonly channel = "discord";
  readonly channelPackage = channelPackage("discord");
  readonly chats = { private: DM, group: GENERAL, thread: THREAD };
  readonly mention = `<@${BOT.id}>`;
  readonly config = {
    enabled: true,
    token: TOKEN,
    dmPolicy: "allowlist",
    allowFrom: [ALICE.id],
    groupPolicy: "allowlist",
    guilds: { [GUILD]: { requireMention: false, users: [ALICE.id] } },
  };
  readonly limits = new RateLimits();

  readonly #server: LoopbackServer;
  readonly #gateway: DiscordGateway;
  readonly #messages = new DiscordMessages();
  readonly #interactions = new DiscordInteractions(this.#messages);
  readonly #routes: DiscordRoutes;
  readonly #files = new Map<string, StoredFile>();
  /** The session of Discord's gateway in which a message was sent, by its id. */
  readonly #sentIn = new Map<string, object | undefined>();

  static async start(): Promise<DiscordService> {
    const ready = Promise.withResolvers<DiscordService>();
    const server = await serveOnLoopback(async (request, response) => {
      await (await ready.promise).#answer(request, response);
    });
    const service = new DiscordService(server);
    ready.resolve(service);
    return service;
  }

  private constructor(server: LoopbackServer) {
    this.#server = server;
    this.#gateway = new DiscordGateway(server);
    this.#routes = new DiscordRoutes({
      gatewayUrl: this.#gateway.url,
      messages: this.#messages,
      interactions: this.#interactions,
      limits: this.limits,
      store: (files) => files.map((file) => this.#store(file)),
    });
    const { sessions } = this.#gateway;
    this.seen.onAppend(({ id, kind }) => {
      if (kind === "message") this.#sentIn.set(id, sessions.entries.at(-1));
    });
  }

  get environment(): NodeJS.ProcessEnv {
    return { DISCORD_API_URL: `${this.#server.url}/api/v10` };
  }

  get signs(): Journal<ChannelSign> {
    return this.#messages.signs;
  }

  get seen(): Journal<ChannelMessage> {
    return this.#messages.seen;
  }

  /** The requests that it does not know. */
  get unknown(): ReadonlySet<string> {
    return this.#routes.unknown;
  }

  connected(options: { timeoutMs?: number; signal?: AbortSignal }): Promise<unknown> {
    const { sessions } = this.#gateway;
    return sessions.waitFor(() => true, { ...options, after: sessions.entries.at(-1) });
  }

  async stop(): Promise<void> {
    this.#gateway.stop();
    await this.#server.stop();
  }

  say(chat: string, text: string, { picture, file, by }: SayOptions = {}): ChannelMessage {
    const files = [picture, file].filter((each) => each !== undefined);
    const message = this.#messages.create({
      channel: chat,
      author: by === "stranger" ? MALLORY : ALICE,
      body: { content: text },
      files: files.map((each) => this.#store(each)),
    });
    this.#gateway.dispatch("MESSAGE_CREATE", {
      ...describeStored(message),
      ...describeSender(chat),
      mentions: text.includes(this.mention) ? [BOT] : [],
      mention_roles: [...text.matchAll(/<@&(\d+)>/g)].map(([, id = ""]) => id),
    });
    return this.#last();
  }

  /**
   * OpenClaw 2026.9.6 knows of a button only a moment after Discord has taken its message. A click that is faster than any
   * person's finger, and is told so, is made again.
   */
  click({ chat, id }: ChannelMessage, label: string, by: Person = "person"): ChannelMessage {
    const { customId } = this.#messages.buttonOf(id, label);
    const data = { custom_id: customId, component_type: BUTTON };
    const { sessions } = this.#gateway;
    const user = by === "stranger" ? MALLORY.id : ALICE.id;
    // A gateway that was started since will not come to know it.
    const isOfSession = sessions.entries.at(-1) === this.#sentIn.get(id);
    const hear = (answer: string): boolean => {
      const isTooFast = answer === TOO_FAST && isOfSession;
      if (isTooFast) setImmediate(press);
      return !isTooFast;
    };
    const press = (): void => {
      const options = { messageId: id, user, hear };
      const interaction = this.#interactions.begin(chat, { type: CLICK, data }, options);
      this.#gateway.dispatch("INTERACTION_CREATE", interaction);
    };
    this.#noteClick(chat, label);
    const clicked = this.#last();
    press();
    return clicked;
  }

  limitNext(retryAfterS: number): Promise<unknown> {
    return this.limits.demand(retryAfterS);
  }

  /** Uses a slash command as Discord's client offers it, with one option of text. */
  slash(chat: string, name: string, option: string, value: string): ChannelMessage {
    const command = this.#routes.commands.find((each) => each["name"] === name);
    if (!command) throw new Error(`no command /${name} is registered`);
    const options = [{ name: option, type: TEXT_OPTION, value }];
    const data = { id: command["id"], name, type: 1, options };
    const interaction = this.#interactions.begin(chat, { type: SLASH, data });
    this.#noteClick(chat, `/${name} ${option}: ${value}`);
    const used = this.#last();
    this.#gateway.dispatch("INTERACTION_CREATE", interaction);
    return used;
  }

  #noteClick(chat: string, text: string): void {
    this.seen.append({
      chat,
      from: "person",
      kind: "click",
      id: "",
      text,
      buttons: [],
      files: [],
      pings: [],
    });
  }

  #last(): ChannelMessage {
    const last = this.seen.entries.at(-1);
    if (!last) throw new Error("nothing was seen yet");
    return last;
  }

  #store(file: ChannelFile): StoredFile {
    const path = `/media/${this.#files.size + 1}/${encodeURIComponent(file.name)}`;
    const contentType = file.name.endsWith(".png") ? "image/png" : "text/plain";
    const stored = { ...file, url: `${this.#server.url}${path}`, contentType };
    this.#files.set(path, stored);
    return stored;
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(message.url ?? "/", this.#server.url);
    const file = this.#files.get(url.pathname);
    if (file) {
      response.writeHead(200, { "content-type": file.contentType }).end(file.bytes);
      return;
    }
    let request: DiscordRequest | undefined;
    try {
      request = await readRequest(message, url);
      const { status, body, headers } = this.#routes.answer(request);
      send(response, status, body, headers);
    } catch (error) {
      if (!(error instanceof DiscordRefusal)) throw error;
      send(response, error.status, error.body);
    }
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: JsonObject | readonly unknown[] | undefined,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
