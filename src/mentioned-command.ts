/**
 * `@bot /codexchat …`: with a mention before it OpenClaw takes a command for a message. It is carried out, since as a
 * prompt it would do something else than it says, or nothing.
 */
import type {
  PluginHookInboundClaimContext,
  PluginHookInboundClaimEvent,
} from "openclaw/plugin-sdk/plugin-entry";
import { handleCodexChatCommand } from "./codexchat-command.js";
import type { CommandReply } from "./cards/cards.js";
import { commandOfMessage } from "./commands/message-command.js";
import { withoutMentions } from "./host/stop-text.js";
import type { PluginHost } from "./host/plugin-host.js";
import { turnWords } from "./words/turn-words.js";

/** What is only of use in a chat that is not bound yet, whose messages do not come here. */
const NEEDS_COMMAND: ReadonlySet<string> = new Set(["allow"]);

/** What is typed after `/codexchat` in a message that begins with a mention; undefined where it is another message. */
export function mentionedCommand(text: string): string | undefined {
  const said = withoutMentions(text);
  if (said === text.trim()) return undefined;
  return /^\/codexchat(?:@\S+)?(?=\s|$)\s*(?<args>[^]*)$/i.exec(said)?.groups?.["args"];
}

/** Carries the command out for an authorised sender in a bound chat. Never rejects. */
export async function runMentionedCommand(
  host: PluginHost,
  args: string,
  event: PluginHookInboundClaimEvent,
  bound: Pick<PluginHookInboundClaimContext, "pluginBinding">,
): Promise<CommandReply> {
  const [name = "help"] = args.toLowerCase().split(/\s+/, 1);
  if (NEEDS_COMMAND.has(name)) return { text: turnWords.withoutMention(name) };
  const refused = turnWords.withoutMention(name);
  const command = commandOfMessage(event, bound, { args, refused });
  return handleCodexChatCommand(host, command);
}
