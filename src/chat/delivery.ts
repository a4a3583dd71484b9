/** Sends a reply to the chat that a message came from, outside the hook that took the message. */
import type { PluginHookInboundClaimEvent } from "openclaw/plugin-sdk/plugin-entry";
import { currentHostConfig, type PluginHost } from "../host/plugin-host.js";

/** Where replies to a message go; plain data, so that it can outlive the process. */
export type ReplyAddress = {
  channel: string;
  to: string;
  accountId?: string | undefined;
  threadId?: string | number | undefined;
};

/** How much of a reply went out before, and who is told of what goes out now, and can end it there by throwing. */
export type DeliveryProgress = { skip: number; onSent: (sent: number) => Promise<void> };

/** For a text that is sent once, from its beginning, and noted nowhere. */
export const WHOLE_REPLY: DeliveryProgress = { skip: 0, onSent: async () => {} };

type DeliveryHost = Pick<PluginHost, "runtime">;

/** Characters of one message where a channel names no limit of its own. */
const DEFAULT_CHUNK_LIMIT = 4000;

/** The address that a message's replies go to; undefined where the host names no recipient. */
export function replyAddressOf(event: PluginHookInboundClaimEvent): ReplyAddress | undefined {
  const to = event.metadata?.originatingTo;
  if (typeof to !== "string" || to.trim() === "") return undefined;
  return {
    channel: event.channel,
    to,
    ...(event.accountId === undefined ? {} : { accountId: event.accountId }),
    ...(event.threadId === undefined ? {} : { threadId: event.threadId }),
  };
}

/** Whether the channel can be written to without being asked; else a reply must be the hook's own result. */
export async function canDeliver(host: DeliveryHost, channel: string): Promise<boolean> {
  const adapter = await host.runtime.channel.outbound.loadAdapter(channel);
  return adapter?.sendText !== undefined;
}

/**
 * Sends a text in as many messages as the channel needs, leaving out the first `skip` of them; `onSent` is told how
 * many have been sent while there are more to come.
 * @throws the channel's error, and what `onSent` throws
 */
export async function deliverReply(
  host: DeliveryHost,
  address: ReplyAddress,
  text: string,
  progress: DeliveryProgress,
): Promise<void> {
  const adapter = await host.runtime.channel.outbound.loadAdapter(address.channel);
  if (!adapter?.sendText) {
    throw new Error(`The channel ${address.channel} cannot be written to.`);
  }
  const cfg = currentHostConfig(host);
  const limit =
    adapter.resolveEffectiveTextChunkLimit?.({
      cfg,
      accountId: address.accountId ?? null,
      fallbackLimit: adapter.textChunkLimit ?? DEFAULT_CHUNK_LIMIT,
    }) ??
    adapter.textChunkLimit ??
    DEFAULT_CHUNK_LIMIT;
  const chunks = await chunksOf(text, limit, adapter.chunker);
  for (const [index, chunk] of chunks.entries()) {
    if (index < progress.skip) continue;
    await adapter.sendText({
      cfg,
      to: address.to,
      text: chunk,
      accountId: address.accountId ?? null,
      threadId: address.threadId ?? null,
    });
    if (index < chunks.length - 1) await progress.onSent(index + 1);
  }
}

async function chunksOf(
  text: string,
  limit: number,
  chunker: ((text: string, limit: number) => string[]) | null | undefined,
): Promise<string[]> {
  if (text.length <= limit) return [text];
  const split =
    chunker ?? (await import("openclaw/plugin-sdk/reply-chunking")).chunkMarkdownTextWithMode;
  return split(text, limit, "length").filter((chunk) => chunk.trim() !== "");
}
