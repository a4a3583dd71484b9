import { createInterface } from "node:readline";
import type { ChannelMessage, PlayedChannel } from "../test/support/channel-service.js";
import type { Terminal } from "./terminal.js";

/** Lets the person at the terminal be the one in the chat, until end of input or `/quit`. */
export async function interact(
  channel: PlayedChannel,
  terminal: Terminal,
  chat: string,
  signal: AbortSignal,
): Promise<void> {
  terminal.info(
    "You are the person in the chat. Begin with /codexchat bind. To press a button, type its label. /quit ends the demo.",
  );
  const lines = createInterface({ input: process.stdin, signal });
  for await (const line of lines) {
    const text = line.trim();
    if (text === "/quit") break;
    if (text === "") continue;
    const inChat = channel.seen.entries.filter((entry) => entry.chat === chat);
    const withButton = findButton(inChat, text);
    if (withButton) channel.click(withButton.message, withButton.label);
    else channel.say(chat, text);
  }
  lines.close();
}

/** The button of that label, if the last message with buttons still has it. */
function findButton(entries: readonly ChannelMessage[], wanted: string) {
  const message = entries.findLast(({ from, buttons }) => from === "bot" && buttons.length > 0);
  if (!message) return undefined;
  const newest = entries.findLast(({ id, kind }) => id === message.id && kind !== "click");
  const label = newest?.buttons.find((each) => each.toLowerCase() === wanted.toLowerCase());
  return label === undefined ? undefined : { message, label };
}
