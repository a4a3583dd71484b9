import { createInterface } from "node:readline";
import type { Chain } from "../test/support/chain.js";
import type { TranscriptEntry } from "../test/support/transcript.js";
import type { Terminal } from "./terminal.js";

/** Lets the person at the terminal be the one in the chat, until end of input or `/quit`. */
export async function interact(
  chain: Chain,
  terminal: Terminal,
  chat: number,
  signal: AbortSignal,
): Promise<void> {
  terminal.info(
    "You are in the chat. Try /codexchat bind; a button is pressed by typing its label; /quit ends.",
  );
  const lines = createInterface({ input: process.stdin, signal });
  for await (const line of lines) {
    const text = line.trim();
    if (text === "/quit") break;
    if (text === "") continue;
    const withButton = findButton(chain.telegram.chat(chat), text);
    if (withButton) chain.telegram.person.click(withButton.message, withButton.label);
    else chain.telegram.person.say(chat, text);
  }
  lines.close();
}

/** The button of that label, if the last message with buttons still has it. */
function findButton(entries: readonly TranscriptEntry[], label: string) {
  const message = entries.findLast(({ from, buttons }) => from === "bot" && buttons.length > 0);
  if (!message) return undefined;
  const newest = entries.findLast(
    ({ messageId, kind }) => messageId === message.messageId && kind !== "click",
  );
  const button = newest?.buttons
    .flat()
    .find(({ text }) => text.toLowerCase() === label.toLowerCase());
  return button && { message, label: button.text };
}
