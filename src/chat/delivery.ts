/** Sends messages to a chat, outside the hook that took the message which they answer. */
import type { PluginHookInboundClaimEvent } from "openclaw/plugin-sdk/plugin-entry";
import { asRecord } from "../app-server/json.js";
import { currentHostConfig, type PluginHost } from "../host/plugin-host.js";
import { boundedSend, SEND_WITHIN_MS } from "./bounded-send.js";
import { CHANNELS, DEFAULT_LENGTH } from "./abilities.js";
import { chunksOf } from "./chunks.js";
import { noteSent } from "./echoes.js";
import { withLocalFilesShown } from "./local-links.js";
import { withoutMentions } from "./mentions.js";
import { telegramLength } from "./telegram-length.js";

/** Where replies to a message go; plain data, so that it can outlive the process. */
export type ReplyAddress = {
  channel: string;
  to: string;
  accountId?: string | undefined;
  threadId?: string | number | undefined;
};

type DeliveryHost = Pick<PluginHost, "runtime">;

/** Room for what is added to a message: that it is sent a second time, that a file follows. */
const ROOM = 100;
/** Telegram's own limit for one message; more takes a kind of message that is not measured as HTML. */
const TELEGRAM_HTML_LIMIT = 4096;

/** 50 MB over a slow line at home. */
const SEND_FILE_WITHIN_MS = 15 * 60_000;

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

/** The messages that a text becomes in its chat. @throws where the channel cannot be written to */
export async function messagesOf(
  host: DeliveryHost,
  address: ReplyAddress,
  text: string,
): Promise<string[]> {
  const adapter = await adapterOf(host, address.channel);
  const cfg = currentHostConfig(host);
  const limit = limitOf(adapter, cfg, address);
  const maxLinesPerMessage = linesOf(cfg, address);
  const isHtml = address.channel === "telegram" && limit <= TELEGRAM_HTML_LIMIT;
  const messages = chunksOf(withoutMentions(withLocalFilesShown(text)), {
    length: limit - Math.min(ROOM, Math.floor(limit / 20)),
    ...(isHtml ? { measure: telegramLength } : {}),
    ...(maxLinesPerMessage === undefined ? {} : { lines: maxLinesPerMessage }),
  });
  if (!adapter.chunker) return messages;
  // A channel may count in a way of its own: what it would split again is split here, so that what is sent is counted.
  const formatting = maxLinesPerMessage === undefined ? {} : { maxLinesPerMessage };
  return messages
    .flatMap((message) => adapter.chunker?.(message, limit, { formatting }) ?? [message])
    .filter((message) => message.trim() !== "");
}

/** What of a text was not sent yet when version 0.1.0 had sent so many of its messages, which it cut in another way. */
export async function unsentSince010(
  host: DeliveryHost,
  address: ReplyAddress,
  text: string,
  sent: number,
): Promise<string[]> {
  const adapter = await adapterOf(host, address.channel);
  const limit = limitOf(adapter, currentHostConfig(host), address);
  if (text.length <= limit) return [text];
  const { chunkMarkdownTextWithMode } = await import("openclaw/plugin-sdk/reply-chunking");
  const all = adapter.chunker?.(text, limit) ?? chunkMarkdownTextWithMode(text, limit, "length");
  return all.filter((chunk) => chunk.trim() !== "").slice(sent);
}

/** Sends one message, as long as its channel takes it. @throws the channel's error, SendTimeoutError */
export async function sendText(
  host: DeliveryHost,
  address: ReplyAddress,
  text: string,
): Promise<void> {
  const adapter = await adapterOf(host, address.channel);
  noteSent(address, text);
  await boundedSend(SEND_WITHIN_MS, (signal) =>
    adapter.sendText({ ...placeOf(host, address), text, signal }),
  );
}

/** `file` lies in `folder`, from which the channel may read. @throws the channel's error, SendTimeoutError */
export async function sendFile(
  host: DeliveryHost,
  address: ReplyAddress,
  file: { path: string; folder: string },
  caption = "",
): Promise<void> {
  const adapter = await host.runtime.channel.outbound.loadAdapter(address.channel);
  if (!adapter || !takesFiles(adapter)) {
    throw new Error(`The channel ${address.channel} takes no files.`);
  }
  await boundedSend(SEND_FILE_WITHIN_MS, (signal) =>
    adapter.sendMedia({
      ...placeOf(host, address),
      text: caption,
      mediaUrl: file.path,
      mediaLocalRoots: [file.folder],
      signal,
    }),
  );
}

export async function canDeliverFiles(host: DeliveryHost, channel: string): Promise<boolean> {
  const adapter = await host.runtime.channel.outbound.loadAdapter(channel);
  // An adapter can have the function and take only what lies on a public server.
  return CHANNELS[channel]?.files !== false && adapter?.sendMedia !== undefined;
}

function placeOf(host: DeliveryHost, address: ReplyAddress) {
  return {
    cfg: currentHostConfig(host),
    to: address.to,
    accountId: address.accountId ?? null,
    threadId: threadOf(address),
  };
}

/**
 * The thread of an address, as a send names it: a thread that is a channel of its own is named as that already. Named as a
 * thread too, OpenClaw 2026.9.6 writes to it through a webhook on Discord, and nobody can change what that has written.
 */
export function threadOf({ to, threadId }: ReplyAddress): string | number | null {
  return threadId === undefined || to === `channel:${threadId}` ? null : threadId;
}

type Adapter = NonNullable<
  Awaited<ReturnType<DeliveryHost["runtime"]["channel"]["outbound"]["loadAdapter"]>>
>;
type WritableAdapter = Adapter & { sendText: NonNullable<Adapter["sendText"]> };

async function adapterOf(host: DeliveryHost, channel: string): Promise<WritableAdapter> {
  const adapter = await host.runtime.channel.outbound.loadAdapter(channel);
  if (!adapter || !isWritable(adapter)) {
    throw new Error(`The channel ${channel} cannot be written to.`);
  }
  return adapter;
}

function isWritable(adapter: Adapter): adapter is WritableAdapter {
  return adapter.sendText !== undefined;
}

function takesFiles(
  adapter: Adapter,
): adapter is Adapter & { sendMedia: NonNullable<Adapter["sendMedia"]> } {
  return adapter.sendMedia !== undefined;
}

function limitOf(
  adapter: Adapter,
  cfg: ReturnType<typeof currentHostConfig>,
  { accountId }: ReplyAddress,
): number {
  const fallbackLimit = adapter.textChunkLimit ?? DEFAULT_LENGTH;
  const limit = adapter.resolveEffectiveTextChunkLimit?.({
    cfg,
    accountId: accountId ?? null,
    fallbackLimit,
  });
  return limit ?? fallbackLimit;
}

/** Lines at which the channel begins another message, if it counts them. */
function linesOf(hostConfig: unknown, { channel, accountId }: ReplyAddress): number | undefined {
  const lines = CHANNELS[channel]?.lines;
  if (lines === undefined) return undefined;
  const section = asRecord(asRecord(asRecord(hostConfig)?.channels)?.[channel]);
  const account = asRecord(asRecord(section?.accounts)?.[accountId ?? "default"]);
  const set = account?.maxLinesPerMessage ?? section?.maxLinesPerMessage;
  return typeof set === "number" && set > 0 ? set : lines;
}
