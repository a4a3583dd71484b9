/**
 * What each channel lets a plugin do. What OpenClaw tells of a channel is read from OpenClaw; the table holds the rest,
 * and the table of channels in README.md and docs/channels.md is made from it.
 */
import { asRecord } from "../app-server/json.js";
import { channelPluginFacts } from "../host/channel-plugins.js";
import type { PluginHost } from "../host/plugin-host.js";

/** Why a chat of a channel cannot be bound, whatever OpenClaw says. */
export type BindRefusal =
  /** OpenClaw cannot tell which chat a command was typed in. */
  | "no chat of a command"
  /** The channel does not store which plugin a chat belongs to. */
  | "forgets the plugin"
  /** The channel takes what it has sent for a person's message. */
  | "hears itself"
  /** The channel says only of commands whether their sender may give them, so that a message could be anybody's. */
  | "hides who may command"
  /** It is OpenClaw's own page. */
  | "web chat";

export type ChannelAbilities = {
  name: string;
  /** `command`: by `/codexchat bind` itself. `button`: by the click on a button below its answer. */
  bind: "command" | "button" | { refused: BindRefusal };
  /** How a person gives OpenClaw's consent to a bind: OpenClaw shows buttons, or it is typed. */
  approval: "buttons" | "typed";
  /** Buttons of ours are shown, and their clicks come back to us. */
  buttons: boolean;
  /** A message can be changed after it was sent. */
  edits: boolean;
  /** A changed message keeps its buttons unless the change brings blocks of its own. */
  keepsBlocks?: true;
  /** A message with buttons can be changed by a click on it only; else another one takes its place. */
  replacesButtons?: true;
  /** The reaction that shows a person that their message was seen, where bots have reactions. */
  seenSign?: string;
  files: boolean;
  threads: boolean;
  /** OpenClaw fails on a slash command of the channel's own in a bound thread. */
  losesThreadCommands?: true;
  /** Characters of one message. */
  length: number;
  /** Lines of one message, where the channel counts them. */
  lines?: number;
  /** The channel knows a message that it has sent, and brings it to nobody. */
  knowsItself: boolean;
};

/** Characters of one message where a channel names no limit of its own. */
export const DEFAULT_LENGTH = 4000;

const ALL = {
  bind: "command",
  approval: "buttons",
  buttons: true,
  edits: true,
  files: true,
  threads: true,
  length: DEFAULT_LENGTH,
  knowsItself: true,
} as const satisfies Omit<ChannelAbilities, "name">;

const TYPED = { ...ALL, approval: "typed", buttons: false } as const;

/** The channels that this plugin knows, each as OpenClaw 2026.9 has it. */
export const CHANNELS: Readonly<Record<string, ChannelAbilities>> = {
  telegram: { ...ALL, name: "Telegram", seenSign: "👀" },
  // OpenClaw begins another message after so many lines, on Discord alone; maxLinesPerMessage changes it.
  discord: {
    ...ALL,
    name: "Discord",
    seenSign: "👀",
    replacesButtons: true,
    losesThreadCommands: true,
    length: 2000,
    lines: 17,
  },
  slack: {
    ...ALL,
    name: "Slack",
    seenSign: "eyes",
    bind: "button",
    keepsBlocks: true,
    length: 8000,
  },
  // It edits only with the private API, and then a few times in the first minutes.
  imessage: { ...TYPED, name: "iMessage", edits: false, threads: false },
  // LINE itself fetches what it shows, so OpenClaw can send only what lies on a public server.
  line: {
    ...TYPED,
    name: "LINE",
    edits: false,
    files: false,
    threads: false,
    length: 5000,
  },
  feishu: refused("Feishu", "hides who may command"),
  matrix: refused("Matrix", "forgets the plugin"),
  irc: { ...refused("IRC", "hears itself"), knowsItself: false },
  googlechat: refused("Google Chat"),
  mattermost: refused("Mattermost"),
  msteams: refused("Microsoft Teams"),
  "nextcloud-talk": refused("Nextcloud Talk"),
  qqbot: refused("QQ bot"),
  signal: refused("Signal"),
  whatsapp: refused("WhatsApp"),
  webchat: refused("OpenClaw's web chat", "web chat"),
};

function refused(
  name: string,
  why: BindRefusal = "no chat of a command",
): ChannelAbilities & { bind: { refused: BindRefusal } } {
  return { ...TYPED, name, bind: { refused: why } };
}

/** What a channel can do, as OpenClaw and the table say. Never rejects. */
export async function abilitiesOf(
  host: Pick<PluginHost, "runtime">,
  channel: string,
): Promise<ChannelAbilities> {
  const known = CHANNELS[channel];
  const facts = channelPluginFacts(channel);
  const adapter = await host.runtime.channel.outbound.loadAdapter(channel).catch(() => undefined);
  // Of a channel that is not in the table, only what OpenClaw says is sure.
  const base = known ?? { ...TYPED, name: channel, edits: false, knowsItself: false };
  const presentation = asRecord(asRecord(adapter)?.presentationCapabilities);
  return {
    ...base,
    bind: bindOf(base, facts?.namesChatOfCommand),
    buttons: base.buttons && presentation?.buttons !== false,
    files: base.files && (!adapter || adapter.sendMedia !== undefined),
    threads: facts?.threads ?? base.threads,
    length: adapter?.textChunkLimit ?? base.length,
  };
}

/** The names of the channels whose chats can be bound, the ones that are used most first. */
export function bindableChannels(): string[] {
  return Object.values(CHANNELS)
    .filter(({ bind }) => typeof bind === "string")
    .map(({ name }) => name);
}

function bindOf(
  { bind }: ChannelAbilities,
  namesChatOfCommand: boolean | undefined,
): ChannelAbilities["bind"] {
  if (namesChatOfCommand === undefined) return bind;
  // OpenClaw can come to name the chat of a command. What a channel forgets, hears or hides, it does not say.
  const isForGood = typeof bind !== "string" && bind.refused !== "no chat of a command";
  if (isForGood) return bind;
  if (namesChatOfCommand) return "command";
  return bind === "button" ? bind : { refused: "no chat of a command" };
}
