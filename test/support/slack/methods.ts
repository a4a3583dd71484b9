/** The methods of the Web API that OpenClaw's Slack channel calls. */
import { asString, type JsonObject } from "../wire-guards.js";
import { describeStored, placeOf, type SlackMessages } from "./messages.js";
import { SlackRefusal } from "./refusal.js";
import type { SlackUploads } from "./uploads.js";
import {
  ALICE,
  APP,
  APP_TOKEN,
  BOT,
  BOT_TOKEN,
  describeChannel,
  describeUser,
  DM,
  GENERAL,
  MALLORY,
  TEAM,
} from "./world.js";

export interface MethodParts {
  readonly messages: SlackMessages;
  readonly uploads: SlackUploads;
  readonly url: string;
}

type Method = (args: JsonObject, parts: MethodParts) => JsonObject;

/** https://docs.slack.dev/authentication/tokens: an app-level token opens sockets, and nothing else */
const BY_APP_TOKEN = "apps.connections.open";

const METHODS: Readonly<Record<string, Method>> = {
  "auth.test": () => ({
    url: "https://loopback.slack.com/",
    team: "Loopback",
    user: BOT.name,
    team_id: TEAM,
    user_id: BOT.user,
    bot_id: BOT.bot,
    app_id: APP,
  }),
  [BY_APP_TOKEN]: (_, { url }) => ({ url: `${url.replace("http", "ws")}/link` }),
  "bots.info": () => ({ bot: { id: BOT.bot, app_id: APP, user_id: BOT.user, name: BOT.name } }),
  "team.info": () => ({ team: { id: TEAM, name: "Loopback", domain: "loopback" } }),
  "users.info": ({ user }) => ({
    user: describeUser(known(user, [ALICE.user, MALLORY.user, BOT.user], "user")),
  }),
  "users.list": () => ({ members: [describeUser(ALICE.user)], response_metadata: {} }),
  "users.conversations": () => ({ channels: [describeChannel(GENERAL)], response_metadata: {} }),
  "conversations.info": ({ channel }) => ({ channel: describeChannel(channelOf(channel)) }),
  "conversations.open": ({ users }) => {
    known(users, [ALICE.user], "user");
    return { channel: { id: DM } };
  },
  "conversations.list": () => ({ channels: [describeChannel(GENERAL)], response_metadata: {} }),
  "conversations.members": () => ({ members: [ALICE.user, BOT.user], response_metadata: {} }),
  "conversations.history": ({ channel }, { messages }) => ({
    messages: messages.list(channelOf(channel)),
    has_more: false,
  }),
  "conversations.replies": ({ channel, ts }, { messages }) => ({
    messages: messages.list(channelOf(channel), asString(ts)),
    has_more: false,
  }),
  "emoji.list": () => ({ emoji: {} }),
  "reactions.add": (args, { messages }) => {
    messages.react(args, true);
    return {};
  },
  "reactions.remove": (args, { messages }) => {
    messages.react(args, false);
    return {};
  },
  "agents.sessions.rename": () => ({}),
  "agents.sessions.setStatus": () => ({}),
  "assistant.threads.setStatus": () => ({}),
  "assistant.threads.setSuggestedPrompts": () => ({}),
  "views.publish": () => ({}),
  "chat.postMessage": (args, { messages }) => {
    const message = messages.post(args);
    const { channel, ts } = message;
    return { channel, ts, message: describeStored(message) };
  },
  "chat.postEphemeral": (args, { messages }) => {
    messages.notice(channelOf(args["channel"]), args);
    return { message_ts: messages.nextTs() };
  },
  "chat.update": (args, { messages }) => {
    const { channel, ts, text } = messages.update(args);
    return { channel, ts, text };
  },
  "chat.delete": (args, { messages }) => {
    messages.remove(args);
    return { channel: args["channel"], ts: args["ts"] };
  },
  "files.getUploadURLExternal": (args, { uploads, url }) => {
    const id = uploads.begin(args);
    return { upload_url: `${url}/upload/${id}`, file_id: id };
  },
  "files.completeUploadExternal": (args, { uploads, messages }) => {
    // Unlike a message, a file is shared with a channel's id only.
    const { channel } = placeOf(channelOf(args["channel_id"]));
    const thread = args["thread_ts"] === undefined ? undefined : asString(args["thread_ts"]);
    const files = uploads.complete(args);
    const text = asString(args["initial_comment"]);
    messages.add({ channel, user: BOT.user, text, files, ...(thread && { thread }) });
    return { files: files.map(({ name }, index) => ({ id: `F0SHARED${index}`, title: name })) };
  },
  "files.info": ({ file }, { messages }) => ({
    file: { id: file, shares: { private: { [DM]: [{ ts: messages.nextTs() }] } } },
  }),
};

/** Undefined where there is no such method here. @throws SlackRefusal */
export function callMethod(
  name: string,
  token: string,
  args: JsonObject,
  parts: MethodParts,
): JsonObject | undefined {
  const method = METHODS[name];
  if (!method) return undefined;
  if (token === "") throw new SlackRefusal("not_authed");
  if (![BOT_TOKEN, APP_TOKEN].includes(token)) throw new SlackRefusal("invalid_auth");
  const wanted = name === BY_APP_TOKEN ? APP_TOKEN : BOT_TOKEN;
  if (token !== wanted) throw new SlackRefusal("not_allowed_token_type");
  return { ok: true, ...method(args, parts) };
}

function channelOf(value: unknown): string {
  return known(value, [DM, GENERAL], "channel");
}

function known(value: unknown, all: readonly string[], what: string): string {
  const id = asString(value);
  if (!all.includes(id)) throw new SlackRefusal(`${what}_not_found`);
  return id;
}
