import { attachConversationMessages } from "../../../src/messages/process-messages.js";
import { onTestFinished } from "vitest";
import { currentPluginConfig } from "../../../src/host/plugin-host.js";
import { type ConversationMessages } from "../../../src/messages/messages.js";
import type { ScriptedHost } from "./host.js";
import { quietChat, throughHost } from "./quiet-chat.js";

/** The messages of this process, on a host's channels, until the test is over. */
export function messagesOn({ api }: ScriptedHost): ConversationMessages {
  const messages = attachConversationMessages(
    {
      ...quietChat,
      ...throughHost(api),
      pluginConfig: () => currentPluginConfig(api),
      warn: () => {},
    },
    "no-folder",
  );
  onTestFinished(() => messages.stop());
  return messages;
}
