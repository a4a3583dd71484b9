/** Where this plugin keeps what it knows of each conversation: a private folder below the host's state. */
import { createHash } from "node:crypto";
import path from "node:path";
import type { CommandContext, PluginHost } from "./plugin-host.js";

/** Names a conversation as the host names it to a command. */
export type ConversationKey = {
  channel: string;
  accountId?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  threadId?: string | number | undefined;
};

/** In the host's state folder. */
export const OUR_FOLDER = "codex-conversation";

export function conversationsFolder(hostStateDir: string): string {
  return path.join(hostStateDir, OUR_FOLDER, "conversations");
}

/**
 * The session file of a conversation: the same for each bind of it, and never the host's own, which two chats
 * can share. Ids are hashed, so that a chat's name cannot shape a path.
 */
export function sessionFileOf(hostStateDir: string, key: ConversationKey): string {
  const identity = JSON.stringify([
    key.channel,
    key.accountId ?? "",
    key.from ?? "",
    key.to ?? "",
    key.threadId ?? "",
  ]);
  const digest = createHash("sha256").update(identity).digest("hex").slice(0, 24);
  const channel = key.channel.replaceAll(/[^a-z0-9]/gi, "").slice(0, 24) || "chat";
  return path.join(conversationsFolder(hostStateDir), `${channel}-${digest}`);
}

/** The session file that a chat gets which is bound by this command. */
export function sessionFileOfCommand(
  host: Pick<PluginHost, "runtime">,
  ctx: CommandContext,
): string {
  const stateDir = host.runtime.state.resolveStateDir();
  return sessionFileOf(stateDir, { ...ctx, threadId: ctx.messageThreadId });
}
