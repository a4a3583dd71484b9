/**
 * Slack's Web API and Socket Mode on loopback, as far as OpenClaw's Slack channel uses them. A method that it does not
 * know is answered `unknown_method` and noted.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type {
  ChannelMessage,
  ChannelSign,
  Person,
  PlayedChannel,
  SayOptions,
} from "../channel-service.js";
import type { Journal } from "../journal.js";
import { channelPackage } from "../under-test.js";
import type { DivertedHost } from "../tls-host.js";
import { type JsonObject } from "../wire-guards.js";
import { chatOf, describeStored, placeOf, SlackMessages } from "./messages.js";
import { SlackFileHost } from "./file-host.js";
import { callMethod } from "./methods.js";
import { RateLimits } from "./rate-limits.js";
import { SlackRefusal } from "./refusal.js";
import { readRequest, type SlackRequest } from "./request.js";
import { SlackSocket } from "./socket.js";
import { SlackUploads } from "./uploads.js";
import { ALICE, APP, APP_TOKEN, BOT, BOT_TOKEN, DM, GENERAL, MALLORY, TEAM } from "./world.js";

/** https://docs.slack.dev/interactivity/handling-user-interaction: five responses within 30 minutes */
const RESPONSES = 5;

type Hook = { readonly chat: string; readonly ts: string | undefined; left: number };

export class SlackService implements PlayedChannel {
  readonly channel = "slack";
  readonly channelPackage = channelPackage("slack");
  readonly mention = `<@${BOT.user}>`;
  readonly config = {
    enabled: true,
    mode: "socket",
    botToken: BOT_TOKEN,
    appToken: APP_TOKEN,
    dmPolicy: "allowlist",
    allowFrom: [ALICE.user],
    groupPolicy: "allowlist",
    channels: { [GENERAL]: { requireMention: false, users: [ALICE.user] } },
    commands: { native: true },
  };
  readonly limits = new RateLimits();
  /** The methods that it does not know. */
  readonly unknown = new Set<string>();

  readonly #messages = new SlackMessages();
  readonly #uploads = new SlackUploads();
  readonly #hooks: Hook[] = [];
  readonly #slashes = new Map<string, string>();
  readonly #fileHost: SlackFileHost;
  readonly #server: Server;
  readonly #socket: SlackSocket;
  readonly #thread: string;

  static async start(): Promise<SlackService> {
    const server = createServer();
    // Node ends idle connections after five seconds, and a client that writes in just that moment loses its request.
    server.keepAliveTimeout = 0;
    const listening = Promise.withResolvers<void>();
    server.once("error", listening.reject);
    server.listen(0, "127.0.0.1", listening.resolve);
    await listening.promise;
    return new SlackService(server, await SlackFileHost.start());
  }

  private constructor(server: Server, fileHost: SlackFileHost) {
    this.#server = server;
    this.#fileHost = fileHost;
    server.on("request", (request, response) => void this.#answer(request, response));
    this.#socket = new SlackSocket(server);
    this.#socket.onResponse = (id, payload) => {
      const chat = this.#slashes.get(id);
      if (chat !== undefined) this.#messages.notice(chat, payload);
    };
    const root = this.#messages.add({
      channel: GENERAL,
      user: ALICE.user,
      text: "A thread begins.",
    });
    this.#thread = chatOf(GENERAL, root.ts);
  }

  get #url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("it does not listen");
    return `http://127.0.0.1:${address.port}`;
  }

  get environment(): NodeJS.ProcessEnv {
    return { SLACK_API_URL: `${this.#url}/api/` };
  }

  get divertedHosts(): readonly DivertedHost[] {
    return [this.#fileHost.diverted];
  }

  get chats(): { private: string; group: string; thread: string } {
    return { private: DM, group: GENERAL, thread: this.#thread };
  }

  get seen(): Journal<ChannelMessage> {
    return this.#messages.seen;
  }

  get signs(): Journal<ChannelSign> {
    return this.#messages.signs;
  }

  connected(options: { timeoutMs?: number; signal?: AbortSignal }): Promise<unknown> {
    const { connections } = this.#socket;
    return connections.waitFor(() => true, { ...options, after: connections.entries.at(-1) });
  }

  async stop(): Promise<void> {
    this.#socket.stop();
    await this.#fileHost.stop();
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => closed.resolve());
    this.#server.closeAllConnections();
    await closed.promise;
  }

  say(chat: string, text: string, { picture, file, by }: SayOptions = {}): ChannelMessage {
    const { channel, thread } = placeOf(chat);
    const files = [picture, file].filter((each) => each !== undefined);
    const message = this.#messages.add({
      channel,
      user: by === "stranger" ? MALLORY.user : ALICE.user,
      text,
      files,
      ...(thread && { thread }),
    });
    const isMention = channel !== DM && text.includes(this.mention);
    this.#event({
      ...describeStored(message),
      type: isMention ? "app_mention" : "message",
      event_ts: message.ts,
      client_msg_id: `client-${message.ts}`,
      team: TEAM,
      channel_type: channel === DM ? "im" : "channel",
      ...(files.length > 0 && {
        subtype: "file_share",
        files: files.map((each) => this.#fileHost.share(each)),
      }),
    });
    return this.#last();
  }

  click({ chat, id }: ChannelMessage, label: string, by: Person = "person"): ChannelMessage {
    const { channel, thread } = placeOf(chat);
    const person = by === "stranger" ? MALLORY : ALICE;
    const { blockId, element } = this.#messages.button(channel, id, label);
    const message = this.#messages.find(channel, id);
    const clicked = this.#noteClick(chat, label);
    this.#socket.send("interactive", {
      type: "block_actions",
      user: { id: person.user, username: person.name, team_id: TEAM },
      api_app_id: APP,
      token: "unused",
      trigger_id: `trigger-${this.#messages.nextTs()}`,
      team: { id: TEAM, domain: "loopback" },
      channel: { id: channel, name: channel === DM ? "directmessage" : "general" },
      container: {
        type: "message",
        message_ts: id,
        channel_id: channel,
        is_ephemeral: false,
        ...(thread && { thread_ts: thread }),
      },
      message: message && describeStored(message),
      response_url: this.#hook(chat, id),
      actions: [{ ...element, block_id: blockId, action_ts: this.#messages.nextTs() }],
    });
    return clicked;
  }

  limitNext(retryAfterS: number): Promise<unknown> {
    return this.limits.demand("chat.postMessage", retryAfterS);
  }

  /** Uses a slash command that stands in the app's manifest. It knows no thread. */
  slash(chat: string, command: string, text: string): ChannelMessage {
    const { channel } = placeOf(chat);
    const used = this.#noteClick(channel, `${command} ${text}`);
    const id = this.#socket.send("slash_commands", {
      token: "unused",
      team_id: TEAM,
      team_domain: "loopback",
      channel_id: channel,
      channel_name: channel === DM ? "directmessage" : "general",
      user_id: ALICE.user,
      user_name: ALICE.name,
      command,
      text,
      api_app_id: APP,
      is_enterprise_install: "false",
      response_url: this.#hook(channel),
      trigger_id: `trigger-${this.#messages.nextTs()}`,
    });
    this.#slashes.set(id, channel);
    return used;
  }

  #event(event: JsonObject): void {
    this.#socket.send("events_api", {
      type: "event_callback",
      token: "unused",
      team_id: TEAM,
      api_app_id: APP,
      event,
      event_id: `Ev${this.#messages.nextTs()}`,
      event_time: Math.floor(Date.now() / 1000),
      authorizations: [{ team_id: TEAM, user_id: BOT.user, is_bot: true }],
    });
  }

  #hook(chat: string, ts?: string): string {
    this.#hooks.push({ chat, ts, left: RESPONSES });
    return `${this.#url}/hook/${this.#hooks.length - 1}`;
  }

  /** https://docs.slack.dev/interactivity/handling-user-interaction#message_responses */
  #respond(hook: Hook, args: JsonObject): void {
    if (hook.left === 0) throw new SlackRefusal("used_url");
    hook.left -= 1;
    const { channel, thread } = placeOf(hook.chat);
    const place = { ...args, channel, ...(thread && { thread_ts: thread }) };
    if (hook.ts !== undefined && args["replace_original"] === true) {
      this.#messages.update({ ...place, ts: hook.ts });
    } else if (hook.ts !== undefined && args["delete_original"] === true) {
      this.#messages.remove({ ...place, ts: hook.ts });
    } else if (args["response_type"] === "in_channel") {
      this.#messages.post(place);
    } else {
      this.#messages.notice(hook.chat, args);
    }
  }

  #noteClick(chat: string, text: string): ChannelMessage {
    const click = { chat, from: "person", kind: "click", id: "", text } as const;
    const clicked = { ...click, buttons: [], files: [], pings: [] };
    this.seen.append(clicked);
    return clicked;
  }

  #last(): ChannelMessage {
    const last = this.seen.entries.at(-1);
    if (!last) throw new Error("nothing was seen yet");
    return last;
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const request = await readRequest(message, new URL(message.url ?? "/", this.#url));
      this.#take(request, response);
    } catch (error) {
      if (error instanceof SlackRefusal) return send(response, error.body);
      response.writeHead(500, { "content-type": "text/plain" }).end(String(error));
    }
  }

  #take({ path, token, args, bytes }: SlackRequest, response: ServerResponse): void {
    const [kind = "", name = ""] = path.split("/");
    const hook = kind === "hook" ? this.#hooks[Number(name)] : undefined;
    if (hook) {
      this.#respond(hook, args);
      return send(response, { ok: true });
    }
    if (kind === "upload") {
      const isTaken = this.#uploads.take(name, bytes);
      response.writeHead(isTaken ? 200 : 400).end(isTaken ? "OK" : "failed");
      return;
    }
    const retryAfterS = this.limits.take(path);
    if (retryAfterS !== undefined) {
      const headers = { "retry-after": String(retryAfterS), "content-type": "application/json" };
      response.writeHead(429, headers).end(JSON.stringify({ ok: false, error: "ratelimited" }));
      return;
    }
    const parts = { messages: this.#messages, uploads: this.#uploads, url: this.#url };
    const body = callMethod(path, token, args, parts);
    if (!body) this.unknown.add(path);
    send(response, body ?? { ok: false, error: "unknown_method" });
  }
}

function send(response: ServerResponse, body: JsonObject): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}
