/** What the tests and a gateway need to know of a chat service that stands in for a real one on loopback. */
import type { Journal, WaitOptions } from "./journal.js";
import type { DivertedHost } from "./tls-host.js";
import type { JsonObject } from "./wire-guards.js";

/** A chat service that a gateway's channel talks to. */
export interface ChannelService {
  /** The channel's id in OpenClaw's configuration, as in `channels.discord`. */
  readonly channel: string;
  /** The npm package that brings the channel, with its version; undefined where OpenClaw itself does. */
  readonly channelPackage?: string;
  /** What stands in the channel's section of OpenClaw's configuration. */
  readonly config: JsonObject;
  /** What the gateway's environment needs, such as the service's address. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Hosts of the internet that are to be this service for the gateway. */
  readonly divertedHosts?: readonly DivertedHost[];
  /** Told before each start where the gateway will listen, as a service is whose messages come by a webhook. */
  gatewayAt?(url: string): void;
  /** Resolves once a channel that starts from now on can receive messages. */
  connected(options: Pick<WaitOptions<never>, "timeoutMs" | "signal">): Promise<unknown>;
  stop(): Promise<void>;
}

export interface ChannelFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** What stands in a chat, or happens to what stands there; in the order in which it happened. */
export interface ChannelMessage {
  readonly chat: string;
  readonly from: "person" | "bot";
  /** `notice` is what only the person sees who pressed a button. */
  readonly kind: "message" | "edit" | "delete" | "click" | "notice";
  /** The message concerned, by its service's id; empty where there is none. */
  readonly id: string;
  /** As its reader sees it; of a click the button's label. */
  readonly text: string;
  /** The labels of its buttons. */
  readonly buttons: readonly string[];
  readonly files: readonly ChannelFile[];
  /** Whom the message rings, by what its service makes of it. */
  readonly pings: readonly string[];
}

export type Person = "person" | "stranger";

export interface SayOptions {
  readonly picture?: ChannelFile;
  readonly file?: ChannelFile;
  /** A stranger is in the chat and may not command. */
  readonly by?: Person;
}

/** A reaction of the bot's on a message, or that it takes it away. */
export interface ChannelSign {
  readonly chat: string;
  /** The message's id. */
  readonly id: string;
  /** As its service names it. */
  readonly sign: string;
  readonly isThere: boolean;
}

/** The chats of a service, by what they are; undefined where it has none of a kind. */
export interface ChannelChats {
  readonly private: string;
  readonly group?: string;
  /** A thread or topic, as far as the service has them. */
  readonly thread?: string;
}

/** A chat service with a person in its chats who is played by the test. */
export interface PlayedChannel extends ChannelService {
  readonly seen: Journal<ChannelMessage>;
  readonly chats: ChannelChats;
  /** How a message begins with a mention of the bot, such as `@openclaw`. */
  readonly mention: string;
  /** The bot's reactions, where its service has them. */
  readonly signs?: Journal<ChannelSign>;
  say(chat: string, text: string, options?: SayOptions): ChannelMessage;
  /** Presses a button of a message of the bot, named by its label. */
  click(message: ChannelMessage, label: string, by?: Person): ChannelMessage;
  /**
   * The bot's next message is refused as one too many, and told when to come again if its service tells; resolves once it was.
   * Absent where the service limits nobody.
   */
  limitNext?(retryAfterS: number): Promise<unknown>;
}

export function describeSign({ chat, id, sign, isThere }: ChannelSign): string {
  return `${chat} ${id} ${isThere ? "shows" : "shows no more"} ${sign}`;
}

export function describeMessage({ chat, from, kind, text, buttons }: ChannelMessage): string {
  return `${chat} ${from} ${kind}: ${text}${buttons.map((label) => ` [${label}]`).join("")}`;
}
