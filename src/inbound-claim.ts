/** The host's inbound_claim hook: hands a bound chat's message on, and its reply back to the chat. */
import type {
  PluginHookInboundClaimContext,
  PluginHookInboundClaimEvent,
} from "openclaw/plugin-sdk/plugin-entry";
import {
  handleCodexConversationInboundClaim,
  type CodexConversationClaimResult,
} from "./conversation-binding.js";
import { readCodexConversationBindingData } from "./conversation-binding-data.js";
import { canDeliver, deliverReply, replyAddressOf } from "./conversation-delivery.js";
import { expireLeftover, wasDetached } from "./conversation-detach.js";
import { words } from "./conversation-words.js";
import { currentPluginConfig, type PluginHost } from "./plugin-host.js";

/**
 * Claims a message. Where the channel can be written to, the claim ends at once and the reply follows on its own:
 * a held claim dies after 300 s on Telegram and loses its reply to any command sent meanwhile.
 */
export async function claimInboundMessage(
  host: PluginHost,
  event: PluginHookInboundClaimEvent,
  ctx: PluginHookInboundClaimContext,
): Promise<CodexConversationClaimResult | undefined> {
  const data = readCodexConversationBindingData(ctx.pluginBinding);
  if (!data) return undefined;
  if (event.commandAuthorized === true && (await wasDetached(data.sessionFile))) {
    await expireLeftover(host, data.sessionFile);
    return { handled: true, reply: { text: words.detachedBefore } };
  }
  const pluginConfig = currentPluginConfig(host);
  const address = replyAddressOf(event);
  if (!address || !(await canDeliver(host, address.channel))) {
    return handleCodexConversationInboundClaim(event, ctx, { pluginConfig });
  }
  return handleCodexConversationInboundClaim(event, ctx, {
    pluginConfig,
    deliver: async ({ text }) => {
      try {
        await deliverReply(host, address, text);
      } catch (error) {
        host.logger.error(`a reply was not delivered: ${String(error)}`);
      }
    },
  });
}
