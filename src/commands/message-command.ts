/** A message as a command of its sender's, in the bound chat that it came from. */
import type {
  PluginHookInboundClaimContext,
  PluginHookInboundClaimEvent,
} from "openclaw/plugin-sdk/plugin-entry";
import { asString } from "../app-server/json.js";
import { freeConversation } from "../host/host-bindings.js";
import type { CommandContext } from "../host/plugin-host.js";

/** OpenClaw binds no chat for a message: `refused` says so. */
export function commandOfMessage(
  event: PluginHookInboundClaimEvent,
  { pluginBinding }: Pick<PluginHookInboundClaimContext, "pluginBinding">,
  { args, refused }: { args: string; refused: string },
): CommandContext {
  return {
    channel: event.channel,
    accountId: event.accountId,
    from: asString(event.metadata?.["from"]),
    to: asString(event.metadata?.["originatingTo"]),
    senderId: event.senderId,
    messageThreadId: event.threadId,
    args,
    isAuthorizedSender: event.commandAuthorized === true,
    requestConversationBinding: async () => ({ status: "error", message: refused }),
    detachConversationBinding: async () => ({
      removed: pluginBinding !== undefined && (await freeConversation(pluginBinding)),
    }),
    getCurrentConversationBinding: async () => pluginBinding ?? null,
  };
}
