import type { ReplyAddress } from "../../../src/chat/delivery.js";
import {
  partsOf,
  partsSince010,
  sendMessage,
  type OutgoingMessage,
} from "../../../src/chat/outgoing-message.js";
import type { PluginHost } from "../../../src/host/plugin-host.js";
import type { MessagesHost } from "../../../src/messages/messages-host.js";

/** The part of a host for notes and questions, where nobody reads, nobody owns the gateway and every text is a message. */
export const quietChat: Pick<
  MessagesHost,
  | "partsOf"
  | "partsSince010"
  | "sendNote"
  | "showSeen"
  | "hasButtons"
  | "askOperator"
  | "sendFile"
  | "audit"
> = {
  partsOf: async (_address, text) => [{ text }],
  partsSince010: async (_address, text) => [{ text }],
  sendNote: async () => ({ edit: async () => true }),
  showSeen: async () => {},
  hasButtons: () => true,
  askOperator: async () => undefined,
  sendFile: async () => {},
  audit: () => {},
};

/** A host's way to send, for a test that looks at texts. */
export function sendsText(
  send: (address: ReplyAddress, text: string) => Promise<void> | void,
): MessagesHost["sendMessage"] {
  return async (address, message) => {
    await send(address, textOf(message));
  };
}

export function textOf(message: OutgoingMessage): string {
  if ("text" in message) return message.text;
  return "document" in message ? message.document.name : message.file.name;
}

/** What sends through a host's own channels. */
export function throughHost(
  host: PluginHost,
): Pick<MessagesHost, "partsOf" | "partsSince010" | "sendMessage"> {
  return {
    partsOf: (address, text, options) => partsOf(host, address, text, options),
    partsSince010: (address, text, sent) => partsSince010(host, address, text, sent),
    sendMessage: (address, message) => sendMessage(host, address, message),
  };
}
