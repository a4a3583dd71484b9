/** The binding of the chat that a command was typed in. */
import type { PluginConversationBinding } from "openclaw/plugin-sdk/plugin-entry";
import {
  readCodexConversationBindingData,
  type CodexConversationBindingData,
} from "./binding-data.js";
import { decisionsNoted } from "./bind-decisions.js";
import { readBoundConversation } from "./bound-conversation.js";
import { channelPluginFacts } from "./channel-plugins.js";
import { findHostBinding, pluginBindingOf, type Conversation } from "./host-bindings.js";
import { keepBound, keepNotedBound } from "./keep-bound.js";
import type { CommandContext, PluginHost } from "./plugin-host.js";
import { secondNameOf } from "./second-name.js";
import { inUsedFolder } from "./session-place.js";
import { sessionFileOfCommand } from "./state.js";

export type ChatBinding = {
  binding: PluginConversationBinding;
  data: CodexConversationBindingData;
};

/**
 * Undefined where OpenClaw has not bound the chat to this plugin. A chat that an update has left behind is bound again
 * first: OpenClaw then names it to the command, and it alone says which chat the command is of.
 */
export async function bindingOfChat(
  host: PluginHost,
  ctx: CommandContext,
): Promise<ChatBinding | undefined> {
  const look = isUnnamed(ctx) ? recordOfChat : bindAgain;
  const binding = (await ctx.getCurrentConversationBinding()) ?? (await look(host, ctx));
  const data = readCodexConversationBindingData(binding);
  if (!binding || !data) return undefined;
  const used = await inUsedFolder(host, data);
  // What a command says of a bound chat has to hold for its next message.
  const noted = await readBoundConversation(used.sessionFile);
  if (secondNameOf(binding, noted?.heardAs)) await keepBound(host, { conversation: binding });
  await decisionsNoted(used.sessionFile);
  return { binding, data: used };
}

async function bindAgain(
  host: PluginHost,
  ctx: CommandContext,
): Promise<PluginConversationBinding | null> {
  await keepNotedBound(host, sessionFileOfCommand(host, ctx));
  for (const conversation of await namesOfChat(host, ctx)) {
    // oxlint-disable-next-line no-await-in-loop
    if ((await keepBound(host, { conversation })) !== "kept") continue;
    // oxlint-disable-next-line no-await-in-loop
    const binding = await ctx.getCurrentConversationBinding();
    if (binding) return binding;
  }
  return null;
}

/**
 * The chat's record, on a channel that does not tell OpenClaw which chat a command was typed in. Elsewhere OpenClaw's word
 * is the only one: a guessed name could be another chat's.
 */
async function recordOfChat(
  host: PluginHost,
  ctx: CommandContext,
): Promise<PluginConversationBinding | null> {
  for (const conversation of unnamedChat(ctx)) {
    // A record that an update has left behind is stored anew by this.
    // oxlint-disable-next-line no-await-in-loop
    await keepBound(host, { conversation });
    // oxlint-disable-next-line no-await-in-loop
    const look = await findHostBinding(conversation);
    if (look.kind === "none") continue;
    return look.kind === "ours" ? pluginBindingOf(look.binding) : null;
  }
  return null;
}

/** Whether OpenClaw cannot tell which chat of a channel a command was typed in. A click always tells it. */
function isUnnamed({ channel, isClick }: CommandContext): boolean {
  return isClick !== true && channelPluginFacts(channel)?.namesChatOfCommand === false;
}

/**
 * What the chat can be called in OpenClaw's records. It was noted when the chat was bound, but not by version 0.1.0;
 * from the address of a command each channel makes a name in its own way, of which these are the known ones.
 */
async function namesOfChat(host: PluginHost, ctx: CommandContext): Promise<Conversation[]> {
  const noted = await readBoundConversation(sessionFileOfCommand(host, ctx));
  const place = { channel: ctx.channel, accountId: ctx.accountId ?? "default" };
  const targets = [ctx.conversationId, ctx.to, ctx.from].flatMap((target) =>
    target === undefined ? [] : namesOfTarget(target, ctx.channel),
  );
  const thread = ctx.messageThreadId === undefined ? undefined : String(ctx.messageThreadId);
  const ids = thread === undefined ? targets : targets.map((id) => `${id}:topic:${thread}`);
  if (thread !== undefined) ids.push(thread);
  const guessed = [...new Set(ids)].map((conversationId) => ({ ...place, conversationId }));
  return noted ? [noted.conversation, ...guessed] : guessed;
}

/**
 * The same on Slack, where OpenClaw does not name it. A thread's record names the channel or person that it stands with; one
 * that has none is its channel's. A slash command tells of a private chat only who typed it.
 */
function unnamedChat(ctx: CommandContext): Conversation[] {
  const place = { channel: ctx.channel, accountId: ctx.accountId ?? "default" };
  const told = [ctx.to, ctx.from].flatMap((target) =>
    target === undefined ? [] : namesOfTarget(target, ctx.channel),
  );
  const names = [...new Set([...told, ...told.map((name) => `user:${name}`)])];
  const thread = ctx.messageThreadId;
  return [
    ...(thread === undefined
      ? []
      : names.map((parentConversationId) => ({
          ...place,
          conversationId: String(thread),
          parentConversationId,
        }))),
    ...names.map((conversationId) => ({ ...place, conversationId })),
  ];
}

/** `telegram:group:-100:topic:5` can be called that, `group:-100:topic:5`, `-100:topic:5` and `-100`. */
function namesOfTarget(target: string, channel: string): string[] {
  const withoutChannel = target.startsWith(`${channel}:`)
    ? target.slice(channel.length + 1)
    : target;
  const withoutKind = withoutChannel.replace(/^(?:group|channel|user|direct|dm|room|chat):/, "");
  const withoutTopic = withoutKind.replace(/:topic:\d+$/, "");
  return [target, withoutChannel, withoutKind, withoutTopic];
}
