import type { ChannelFile } from "../channel-service.js";
import { asArray, asString, isJsonObject, type JsonObject } from "../wire-guards.js";
import type { DiscordInteractions } from "./interactions.js";
import { type DiscordMessages, describeStored, type StoredFile } from "./messages.js";
import type { RateLimits } from "./rate-limits.js";
import { DiscordRefusal, unknownWebhook } from "./refusal.js";
import type { DiscordRequest } from "./request.js";
import {
  APPLICATION_FLAGS,
  BOT,
  describeChannel,
  describeMember,
  describeUser,
  DM,
  GENERAL,
  GUILD_FACTS,
} from "./world.js";

export interface DiscordResponse {
  readonly status: number;
  readonly body?: JsonObject | readonly unknown[];
  readonly headers?: Readonly<Record<string, string>>;
}

interface RoutesContext {
  readonly gatewayUrl: string;
  readonly messages: DiscordMessages;
  readonly interactions: DiscordInteractions;
  readonly limits: RateLimits;
  readonly store: (files: readonly ChannelFile[]) => StoredFile[];
}

interface Webhook {
  readonly id: string;
  readonly token: string;
  readonly channel: string;
}

type Answer = (request: DiscordRequest, ...ids: string[]) => DiscordResponse;

const NOTHING: DiscordResponse = { status: 204 };

const ok = (body: JsonObject | readonly unknown[]): DiscordResponse => ({ status: 200, body });

/** What each request is answered. https://discord.com/developers/docs/reference */
export class DiscordRoutes {
  /** The application's slash commands. */
  commands: JsonObject[] = [];
  readonly unknown = new Set<string>();
  readonly #context: RoutesContext;
  readonly #webhooks = new Map<string, Webhook>();

  constructor(context: RoutesContext) {
    this.#context = context;
  }

  /** @throws DiscordRefusal */
  answer(request: DiscordRequest): DiscordResponse {
    const key = `${request.method} ${request.path}`;
    for (const [pattern, answer] of this.#table) {
      const found = pattern.exec(key);
      if (found) return answer(request, ...found.slice(1));
    }
    this.unknown.add(key);
    throw new DiscordRefusal(404, 0, "404: Not Found");
  }

  readonly #table: readonly (readonly [RegExp, Answer])[] = [
    [
      /^GET \/gateway\/bot$/,
      () =>
        ok({
          url: this.#context.gatewayUrl,
          shards: 1,
          session_start_limit: {
            total: 1000,
            remaining: 1000,
            reset_after: 0,
            max_concurrency: 1,
          },
        }),
    ],
    [/^GET \/users\/@me$/, () => ok(BOT)],
    [/^POST \/users\/@me\/channels$/, () => ok(describeChannel(DM))],
    [/^GET \/users\/(\d+)$/, (_, id) => ok(describeUser(id))],
    [
      /^GET \/(?:oauth2\/)?applications\/@me$/,
      () => ok({ id: BOT.id, name: BOT.username, flags: APPLICATION_FLAGS, bot_public: false }),
    ],
    [/^GET \/applications\/\d+(?:\/guilds\/\d+)?\/commands$/, () => ok(this.commands)],
    [
      /^PUT \/applications\/\d+(?:\/guilds\/\d+)?\/commands$/,
      ({ body }) => {
        this.commands = asArray(body)
          .filter(isJsonObject)
          .map((command) => this.#withId(command));
        return ok(this.commands);
      },
    ],
    [
      /^POST \/applications\/\d+(?:\/guilds\/\d+)?\/commands$/,
      ({ fields }) => {
        const command = this.#withId(fields);
        this.commands.push(command);
        return { status: 201, body: command };
      },
    ],
    [
      /^PATCH \/applications\/\d+(?:\/guilds\/\d+)?\/commands\/(\d+)$/,
      ({ fields }, id) => ok({ ...fields, id }),
    ],
    [
      /^DELETE \/applications\/\d+(?:\/guilds\/\d+)?\/commands\/(\d+)$/,
      (_, id) => {
        this.commands = this.commands.filter((command) => command["id"] !== id);
        return NOTHING;
      },
    ],
    [/^GET \/guilds\/\d+$/, () => ok(GUILD_FACTS)],
    [/^GET \/guilds\/\d+\/roles$/, () => ok(GUILD_FACTS.roles)],
    [/^GET \/guilds\/\d+\/channels$/, () => ok([describeChannel(GENERAL)])],
    [/^GET \/guilds\/\d+\/members\/(\d+)$/, (_, id = "") => ok(describeMember(id))],
    [/^GET \/channels\/(\d+)$/, (_, id = "") => ok(describeChannel(id))],
    [/^POST \/channels\/(\d+)\/typing$/, () => NOTHING],
    [
      /^(PUT|DELETE) \/channels\/\d+\/messages\/(\d+)\/reactions\/([^/]+)\/@me$/,
      (_, method, id = "", emoji = "") => {
        this.#context.messages.react(id, decodeURIComponent(emoji), method === "PUT");
        return NOTHING;
      },
    ],
    [/^GET \/channels\/(\d+)\/messages$/, () => ok([])],
    [/^POST \/channels\/(\d+)\/messages$/, (request, id = "") => this.#create(request, id)],
    [
      /^GET \/channels\/\d+\/messages\/(\d+)$/,
      (_, id = "") => ok(describeStored(this.#context.messages.get(id))),
    ],
    [
      /^PATCH \/channels\/\d+\/messages\/(\d+)$/,
      ({ fields }, id = "") => ok(describeStored(this.#context.messages.edit(id, fields))),
    ],
    [
      /^DELETE \/channels\/\d+\/messages\/(\d+)$/,
      (_, id = "") => {
        this.#context.messages.delete(id);
        return NOTHING;
      },
    ],
    [/^POST \/channels\/(\d+)\/webhooks$/, (_, id = "") => this.#createWebhook(id)],
    [
      /^POST \/interactions\/\d+\/([^/]+)\/callback$/,
      ({ fields, files }, token = "") => {
        this.#context.interactions.callback(token, fields, this.#context.store(files));
        return NOTHING;
      },
    ],
    [
      /^POST \/webhooks\/(\d+)\/([^/]+)$/,
      (request, id = "", token = "") =>
        id === BOT.id ? this.#followUp(request, token) : this.#execute(request, id, token),
    ],
    [
      /^PATCH \/webhooks\/\d+\/([^/]+)\/messages\/([^/]+)$/,
      ({ fields, files }, token = "", which = "") =>
        ok(this.#context.interactions.change(token, which, fields, this.#context.store(files))),
    ],
    [
      /^DELETE \/webhooks\/\d+\/([^/]+)\/messages\/([^/]+)$/,
      (_, token = "", which = "") => {
        this.#context.interactions.delete(token, which);
        return NOTHING;
      },
    ],
  ];

  #withId(command: JsonObject): JsonObject {
    return {
      version: "1",
      application_id: BOT.id,
      ...command,
      id: this.#context.messages.newId(),
    };
  }

  #create({ fields, files }: DiscordRequest, channel: string): DiscordResponse {
    const { limits, messages, store } = this.#context;
    const limited = limits.take(channel);
    const headers = limits.headersOf(channel);
    if (limited) {
      return {
        status: 429,
        headers: { ...headers, "retry-after": String(Math.ceil(limited.retryAfterS)) },
        body: {
          message: "You are being rate limited.",
          retry_after: limited.retryAfterS,
          global: false,
        },
      };
    }
    const message = messages.create({ channel, body: fields, files: store(files) });
    return { status: 200, headers, body: describeStored(message) };
  }

  /** https://discord.com/developers/docs/resources/webhook#create-webhook: in a channel, not in a thread of it */
  #createWebhook(channel: string): DiscordResponse {
    if (describeChannel(channel).type !== 0)
      throw new DiscordRefusal(400, 50_024, "Cannot execute action on this channel type");
    const id = this.#context.messages.newId();
    const webhook = { id, token: `webhook-${id}`, channel };
    this.#webhooks.set(id, webhook);
    return ok({ id, type: 1, channel_id: channel, token: webhook.token, application_id: BOT.id });
  }

  /** https://discord.com/developers/docs/resources/webhook#execute-webhook: what it writes is its own, not the bot's */
  #execute({ fields, files, query }: DiscordRequest, id: string, token: string): DiscordResponse {
    const webhook = this.#webhooks.get(id);
    if (webhook?.token !== token) throw unknownWebhook();
    const author = { id, username: asString(fields["username"]), bot: true };
    const channel = query.get("thread_id") ?? webhook.channel;
    const { messages, store } = this.#context;
    return ok(
      describeStored(messages.create({ channel, author, body: fields, files: store(files) })),
    );
  }

  #followUp({ fields, files }: DiscordRequest, token: string): DiscordResponse {
    return ok(this.#context.interactions.followUp(token, fields, this.#context.store(files)));
  }
}
