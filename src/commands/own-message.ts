/** A message that a command has Codex take, as if its person had sent it. */
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import type { IncomingMessage } from "../messages/incoming-message.js";
import { queuedConversationTurns } from "../messages/queue.js";
import { wayToTellLater } from "./reply-address.js";
import type { Session } from "./subcommand.js";

/**
 * `first` is done before Codex can take the message. Returns whether others are done first; undefined, with nothing done, if
 * the chat cannot be told what comes of it. @throws file-system errors, and what `first` throws
 */
export async function giveMessage(
  host: PluginHost,
  ctx: CommandContext,
  { data, sessionFile }: Session,
  what: Pick<IncomingMessage, "input" | "task">,
  first?: () => Promise<void>,
): Promise<{ isWaiting: boolean } | undefined> {
  const later = await wayToTellLater(host, ctx);
  if (!later) return undefined;
  const { messages, address } = later;
  await first?.();
  const isWaiting = queuedConversationTurns(sessionFile) > 0;
  await messages.accept({ ...what, data, address, messageId: undefined });
  return { isWaiting };
}
