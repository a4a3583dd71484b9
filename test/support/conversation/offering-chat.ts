/** A bound chat whose messages can have buttons, and a person who presses them. */
import type { takeClicks } from "../../../src/chat/clicks.js";
import type { PluginHost } from "../../../src/host/plugin-host.js";
import { textInput } from "../../../src/chat/turn-input.js";
import { currentPluginConfig } from "../../../src/host/plugin-host.js";
import { attachConversationMessages } from "../../../src/messages/process-messages.js";
import type { OutgoingMessage } from "../../../src/chat/outgoing-message.js";
import { Journal } from "../journal.js";
import { Clicks, type Clicked } from "./clicks.js";
import { boundCommands } from "./commands.js";
import { messagesOn } from "./messages.js";
import { quietChat, textOf, throughHost } from "./quiet-chat.js";

type Register = (api: PluginHost & Parameters<typeof takeClicks>[0]) => void;

export type Posted = { text: string; buttons: readonly { label: string; value: string }[] };

/** `register`: takes the clicks on the buttons. */
export async function offeringChat(
  register: Register,
  binding: Parameters<typeof boundCommands>[0] = {},
  { hasButtons = true } = {},
) {
  const all = await boundCommands(binding);
  messagesOn(all.host);
  const posted = new Journal<Posted>("what the chat got", ({ text }) => text);
  const noted = new Journal<string>("its questions and notes", (text) => text);
  const messages = attachConversationMessages(
    {
      ...quietChat,
      ...throughHost(all.host.api),
      hasButtons: () => hasButtons,
      sendMessage: async (_address, message) => {
        posted.append(postedOf(message));
      },
      sendNote: async (_address, text) => {
        noted.append(text);
        return { edit: async () => true };
      },
      pluginConfig: () => currentPluginConfig(all.host.api),
      warn: () => {},
    },
    "no-folder",
  );
  const clicks = new Clicks((api) => register({ ...all.host.api, ...api }));
  const press = async ({ buttons }: Posted, label: string, chatId = "7"): Promise<Clicked> => {
    const button = buttons.find((each) => each.label === label);
    const { args: _, ...more } = all.inHost.command("");
    const payload = button?.value.slice(`${clicks.namespace}:`.length) ?? "";
    return clicks.click(payload, { chatId, more });
  };
  /** A message of the person's. */
  const write = (text: string): Promise<void> => {
    const address = { channel: "telegram", to: "telegram:7", accountId: "default" };
    const input = [textInput(text)];
    return messages.accept({ data: all.chat.data, input, address, messageId: undefined });
  };
  return { ...all, posted, noted, press, write };
}

function postedOf(message: OutgoingMessage): Posted {
  const buttons = "text" in message ? (message.buttons ?? []) : [];
  return { text: textOf(message), buttons };
}
