/**
 * OpenClaw's records of the chats that are bound to this plugin, and what may be changed in them.
 *
 * The commands' context offers this too, but compares the folder that the plugin was installed in when the chat was
 * bound. Every update has a folder of its own, so after it the context knows none of the chats that were bound before.
 */
import type { PluginConversationBinding } from "openclaw/plugin-sdk/plugin-entry";
import * as z from "zod/mini";
import { PLUGIN_ID, type PluginHost } from "./plugin-host.js";

/** A chat as OpenClaw names it in its records. */
export const conversationSchema = z.object({
  channel: z.string(),
  accountId: z.string(),
  conversationId: z.string(),
  parentConversationId: z.optional(z.string()),
});

type ConversationRef = Omit<Conversation, "parentConversationId"> & {
  parentConversationId?: string;
};

export type Conversation = z.infer<typeof conversationSchema>;

const metadataSchema = z.object({
  pluginBindingOwner: z.optional(z.string()),
  pluginId: z.literal(PLUGIN_ID),
  pluginName: z.optional(z.string()),
  /** The folder that the plugin was installed in. */
  pluginRoot: z.optional(z.string()),
  summary: z.optional(z.string()),
  detachHint: z.optional(z.string()),
  data: z.optional(z.record(z.string(), z.unknown())),
  /** Absent where the channel's store knows no such limit. */
  idleTimeoutMs: z.optional(z.number()),
  /** The chat's other name, under which its first record stands; ours, and set in a second one only. */
  secondOf: z.optional(z.string()),
});

/** What of a record is needed to store it once more. */
export const keptRecordSchema = z.object({
  targetSessionKey: z.string(),
  targetKind: z.enum(["session", "subagent"]),
  metadata: metadataSchema,
});

const recordSchema = z.object({
  bindingId: z._default(z.string(), ""),
  boundAt: z._default(z.number(), 0),
  targetSessionKey: z.string(),
  targetKind: z._default(z.enum(["session", "subagent"]), "session"),
  conversation: z.optional(conversationSchema),
  /** Milliseconds since 1970 at which OpenClaw drops the record. */
  expiresAt: z.optional(z.number()),
  metadata: metadataSchema,
});

export type HostBinding = z.infer<typeof recordSchema> & { conversation: Conversation };

/** `unknown`: the channel's part of OpenClaw does not run yet, so nobody can tell. */
export type HostBindingLookup =
  | { kind: "ours"; binding: HostBinding }
  | { kind: "foreign" | "none" | "unknown" };

/** Looks up a chat's record. @throws what OpenClaw throws */
export async function findHostBinding(conversation: Conversation): Promise<HostBindingLookup> {
  const { getSessionBindingService } = await import("openclaw/plugin-sdk/conversation-runtime");
  const service = getSessionBindingService();
  const place = placeOf(conversation);
  const { getCapabilities, resolveByConversationAsync }: Partial<typeof service> = service;
  // Without it a chat that is bound looks like one that is not.
  if (getCapabilities && !getCapabilities(place).adapterAvailable) return { kind: "unknown" };
  // OpenClaw before 2026.9 has only the synchronous one.
  const record = resolveByConversationAsync
    ? await resolveByConversationAsync(place)
    : service.resolveByConversation(place);
  if (!record) return { kind: "none" };
  const read = recordSchema.safeParse(record);
  if (!read.success) return { kind: "foreign" };
  return {
    kind: "ours",
    binding: { ...read.data, conversation: read.data.conversation ?? conversation },
  };
}

/** Stores a record anew with other metadata. @throws what OpenClaw throws; on Telegram it may be changed all the same */
export async function replaceHostBinding(
  record: Pick<HostBinding, "conversation" | "targetSessionKey" | "targetKind">,
  metadata: HostBinding["metadata"],
): Promise<void> {
  const { getSessionBindingService } = await import("openclaw/plugin-sdk/conversation-runtime");
  const { conversation, targetSessionKey, targetKind } = record;
  // The limits are the record's own, and stay.
  const { idleTimeoutMs: _, ...kept } = metadata;
  await getSessionBindingService().bind({
    conversation: placeOf(conversation),
    targetSessionKey,
    targetKind,
    placement: "current",
    metadata: kept,
  });
}

/** Frees a chat under all of its names. @throws what OpenClaw throws; on Telegram it is freed in memory all the same */
export async function freeHostBinding({ conversation, targetSessionKey }: RecordOf): Promise<void> {
  const { getSessionBindingService } = await import("openclaw/plugin-sdk/conversation-runtime");
  const { channel, accountId } = conversation;
  await getSessionBindingService().unbind({
    targetSessionKey,
    reason: "plugin-detach",
    scope: { channel, accountId },
  });
}

/** The record as OpenClaw hands it to a command. */
export function pluginBindingOf(record: HostBinding): PluginConversationBinding {
  const { bindingId, boundAt, conversation, metadata } = record;
  const { pluginId, pluginName, pluginRoot = "", summary, detachHint, data } = metadata;
  return {
    ...placeOf(conversation),
    bindingId,
    boundAt,
    pluginId,
    pluginRoot,
    ...(pluginName === undefined ? {} : { pluginName }),
    ...(summary === undefined ? {} : { summary }),
    ...(detachHint === undefined ? {} : { detachHint }),
    ...(data === undefined ? {} : { data }),
  };
}

/** The same by the chat's name; `false` where it is not bound to this plugin. @throws what OpenClaw throws */
export async function freeConversation(conversation: Conversation): Promise<boolean> {
  const look = await findHostBinding(conversation);
  if (look.kind !== "ours") return false;
  await freeHostBinding(look.binding);
  return true;
}

type RecordOf = Pick<HostBinding, "conversation" | "targetSessionKey">;

/** How long a chat may be idle before OpenClaw drops its record; 0 sets no limit. @throws what OpenClaw throws */
export async function setIdleTimeout(
  host: PluginHost,
  record: RecordOf,
  idleTimeoutMs: number,
): Promise<void> {
  const { threadBindings } = host.runtime.channel;
  const { setIdleTimeoutBySessionKeyAsync }: Partial<typeof threadBindings> = threadBindings;
  const params = { ...keyOf(record), idleTimeoutMs };
  if (setIdleTimeoutBySessionKeyAsync) await setIdleTimeoutBySessionKeyAsync(params);
  else threadBindings.setIdleTimeoutBySessionKey(params);
}

/** The age at which OpenClaw drops a chat's record; 0 sets no limit. @throws what OpenClaw throws */
export async function setMaxAge(
  host: PluginHost,
  record: RecordOf,
  maxAgeMs: number,
): Promise<void> {
  const { threadBindings } = host.runtime.channel;
  const { setMaxAgeBySessionKeyAsync }: Partial<typeof threadBindings> = threadBindings;
  const params = { ...keyOf(record), maxAgeMs };
  if (setMaxAgeBySessionKeyAsync) await setMaxAgeBySessionKeyAsync(params);
  else threadBindings.setMaxAgeBySessionKey(params);
}

function keyOf({ conversation, targetSessionKey }: RecordOf): {
  channelId: string;
  accountId: string;
  targetSessionKey: string;
} {
  return { channelId: conversation.channel, accountId: conversation.accountId, targetSessionKey };
}

function placeOf(conversation: Conversation): ConversationRef {
  const { channel, accountId, conversationId, parentConversationId } = conversation;
  return {
    channel,
    accountId,
    conversationId,
    ...(parentConversationId === undefined ? {} : { parentConversationId }),
  };
}
