/** Which bound chat a message was heard in, by what OpenClaw's `message_received` hook tells of it. */
import { asRecord } from "../app-server/json.js";
import { readCodexConversationBindingDataRecord } from "./binding-data.js";
import {
  listBoundConversations,
  readBoundConversation,
  type BoundConversation,
} from "./bound-conversation.js";
import { findHostBinding, type Conversation } from "./host-bindings.js";
import type { PluginHost } from "./plugin-host.js";
import { inUsedFolder } from "./session-place.js";
import { conversationsFolder } from "./state.js";

/** The parts of the hook's event and context that are used here; the oldest supported OpenClaw does not export theirs. */
export type HeardMessage = {
  content: string;
  messageId?: string | undefined;
  threadId?: string | number | undefined;
  metadata?: Record<string, unknown> | undefined;
};
export type HeardContext = {
  channelId: string;
  accountId?: string | undefined;
  conversationId?: string | undefined;
};

type Address = NonNullable<BoundConversation["address"]>;

/** The address of the chat, as `replyAddressOf` has it of a message that is claimed; undefined where nothing tells it. */
export function addressHeardIn(
  { threadId, metadata }: HeardMessage,
  ctx: HeardContext,
): Address | undefined {
  const { originatingTo } = asRecord(metadata) ?? {};
  if (typeof originatingTo !== "string" || originatingTo.trim() === "") return undefined;
  return {
    channel: ctx.channelId,
    to: originatingTo,
    ...(ctx.accountId === undefined ? {} : { accountId: ctx.accountId }),
    ...(threadId === undefined ? {} : { threadId }),
  };
}

/**
 * The session file of the chat; undefined where OpenClaw has not bound it to this plugin. It is looked for by the names
 * that the hook tells, and else by the address that its messages have come from.
 * @throws what OpenClaw throws, file-system errors
 */
export async function sessionFileHeardIn(
  host: Pick<PluginHost, "runtime">,
  message: HeardMessage,
  ctx: HeardContext,
): Promise<string | undefined> {
  const accountId = ctx.accountId ?? "default";
  for (const conversationId of conversationIds(message, ctx)) {
    const conversation = { channel: ctx.channelId, accountId, conversationId };
    // oxlint-disable-next-line no-await-in-loop
    const sessionFile = await sessionFileOf(host, conversation);
    if (sessionFile !== undefined) return sessionFile;
  }
  const address = addressHeardIn(message, ctx);
  const folder = conversationsFolder(host.runtime.state.resolveStateDir());
  if (!address) return undefined;
  for (const sessionFile of await listBoundConversations(folder)) {
    // oxlint-disable-next-line no-await-in-loop
    const chat = await readBoundConversation(sessionFile);
    if (!chat?.address || keyOf(chat.address) !== keyOf(address)) continue;
    return sessionFileOf(host, chat.conversation);
  }
  return undefined;
}

async function sessionFileOf(
  host: Pick<PluginHost, "runtime">,
  conversation: Conversation,
): Promise<string | undefined> {
  const look = await findHostBinding(conversation);
  if (look.kind !== "ours") return undefined;
  const data = readCodexConversationBindingDataRecord(look.binding.metadata.data);
  return data && (await inUsedFolder(host, data)).sessionFile;
}

function keyOf({ channel, accountId, to, threadId }: Address): string {
  return JSON.stringify([channel, accountId ?? "default", to, String(threadId ?? "")]);
}

/**
 * The names that OpenClaw may have bound the chat under. The hook tells a chat as its channel addresses it
 * (`telegram:-100`), and a topic apart; bindings have the bare id, with the topic in it (`-100:topic:55`). A topic is a
 * chat beside its group, but in a private chat Telegram can name one that nobody sees.
 */
function conversationIds(message: HeardMessage, ctx: HeardContext): string[] {
  const told = [ctx.conversationId, addressHeardIn(message, ctx)?.to];
  const names = told.flatMap((name) => (name ? [name, bareId(name, ctx.channelId)] : []));
  const { threadId } = message;
  if (threadId === undefined) return [...new Set(names)];
  const topics = names.map((name) => `${name}:topic:${threadId}`);
  const persons = names.filter((name) => ctx.channelId === "telegram" && /^\d+$/.test(name));
  return [...new Set([...names.filter((name) => name.includes(":topic:")), ...topics, ...persons])];
}

function bareId(name: string, channel: string): string {
  const rest = name.startsWith(`${channel}:`) ? name.slice(channel.length + 1) : name;
  return rest.replace(/^(?:group|channel|user|chat):/, "");
}
