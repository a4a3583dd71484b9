/** The channels that the demo can be played on. */
import type { ChainOptions, Chain } from "../test/support/chain.js";
import type { PlayedChannel } from "../test/support/channel-service.js";
import { DiscordService } from "../test/support/discord/service.js";
import { PlayedTelegram } from "../test/support/played-telegram.js";
import { SlackService } from "../test/support/slack/service.js";

export const CHANNEL_NAMES = ["telegram", "discord", "slack"] as const;
export type ChannelName = (typeof CHANNEL_NAMES)[number];

export interface DemoChannel {
  readonly title: string;
  readonly options: Pick<ChainOptions, "services">;
  /** The channel in a chain that was started with the options. */
  readonly in: (chain: Chain) => PlayedChannel;
  /** The chat that is bound, and the one whose bind is denied. */
  readonly first: string;
  readonly second: string;
  /** What to call the chats. */
  readonly names: ReadonlyMap<string, string>;
}

export async function openChannel(name: ChannelName): Promise<DemoChannel> {
  if (name === "telegram") {
    const chats = { private: "1001", group: "1002" };
    return {
      title: "A Telegram chat",
      options: {},
      in: ({ telegram }) => new PlayedTelegram(telegram, { chats }),
      first: chats.private,
      second: chats.group,
      names: new Map([
        [chats.private, "Ada"],
        [chats.group, "Ben"],
      ]),
    };
  }
  const service = name === "slack" ? await SlackService.start() : await DiscordService.start();
  const { group, thread } = service.chats;
  return {
    title: name === "slack" ? "A Slack workspace" : "A Discord server",
    options: { services: [service] },
    in: () => service,
    first: group,
    second: thread,
    names: new Map([
      [group, "#general"],
      [thread, "a thread"],
    ]),
  };
}

export function isChannelName(name: string): name is ChannelName {
  return CHANNEL_NAMES.some((known) => known === name);
}
