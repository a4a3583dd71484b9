import { attachConversationMessages } from "../../../src/messages/process-messages.js";
import { onTestFinished } from "vitest";
import { currentPluginConfig, type PluginHost } from "../../../src/host/plugin-host.js";
import { ConversationMessages } from "../../../src/messages/messages.js";
import type { MessagesHost } from "../../../src/messages/messages-host.js";
import type { ScriptedHost } from "./host.js";
import { quietChat, throughHost } from "./quiet-chat.js";

/** The messages of this process, on a host's channels, until the test is over. */
export function messagesOn({ api }: ScriptedHost): ConversationMessages {
  const host = { ...hostOf(api), warn: () => {} };
  return untilOver(attachConversationMessages(host, "no-folder"));
}

/** Messages of a test's own, on a host's channels, until the test is over. */
export function messagesThrough({ api }: ScriptedHost): ConversationMessages {
  const warn = (text: string): void => api.logger.warn(text);
  return untilOver(new ConversationMessages({ ...hostOf(api), warn }));
}

function hostOf(api: PluginHost): Omit<MessagesHost, "warn"> {
  return { ...quietChat, ...throughHost(api), pluginConfig: () => currentPluginConfig(api) };
}

function untilOver(messages: ConversationMessages): ConversationMessages {
  onTestFinished(() => messages.stop());
  return messages;
}
