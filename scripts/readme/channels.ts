/** README's table of channels, from what the plugin itself goes by. */
import type { BindRefusal, ChannelAbilities } from "../../src/chat/abilities.js";
import { markdownTable } from "./table.js";

const HEAD = ["channel", "bind", "allow", "buttons", "messages that change", "files", "threads"];

const BIND = {
  command: "`/codexchat bind`",
  button: "`/codexchat bind`, then its button",
} as const;

const ALLOW = { buttons: "OpenClaw's buttons", typed: "`/codexchat allow`" } as const;

const REFUSED: Record<BindRefusal, string> = {
  "no chat of a command": "OpenClaw does not let plugins bind chats there",
  "forgets the plugin": "the channel does not store which plugin a chat belongs to",
  "hears itself": "the channel mistakes its own messages for a person's",
  "hides who may command":
    "the channel says of commands only whether their sender may give them, not of messages",
  "web chat": "OpenClaw does not hand it over",
};

/** The channels whose chats can be bound, and below them why the others' cannot. */
export function channelsTable(channels: readonly ChannelAbilities[]): string {
  const rows = channels.flatMap(({ bind, ...channel }) => {
    if (typeof bind !== "string") return [];
    const abilities = [channel.buttons, channel.edits, channel.files, channel.threads];
    return [
      [
        channel.name,
        BIND[bind],
        ALLOW[channel.approval],
        ...abilities.map((can) => (can ? "yes" : "no")),
      ],
    ];
  });
  return [markdownTable(HEAD, rows), "", "Not possible on:", "", ...refusals(channels)].join("\n");
}

/** A line for each reason. */
function refusals(channels: readonly ChannelAbilities[]): string[] {
  const names = new Map<BindRefusal, string[]>();
  for (const { name, bind } of channels) {
    if (typeof bind === "string") continue;
    names.set(bind.refused, [...(names.get(bind.refused) ?? []), name]);
  }
  return [...names].map(([why, all]) => `- ${all.join(", ")}: ${REFUSED[why]}.`);
}
