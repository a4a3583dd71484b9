/** What the subcommands of /codexchat have in common. */
import type {
  PluginConversationBinding,
  PluginConversationBindingRequestResult,
} from "openclaw/plugin-sdk/plugin-entry";
import type { CodexConversationBindingData } from "../host/binding-data.js";
import { bindingOfChat } from "../host/chat-binding.js";
import { wasDetached } from "../host/detach.js";
import { sessionFileOfCommand } from "../host/state.js";
import { turnWords } from "../words/turn-words.js";
import { currentPluginConfig, type CommandContext, type PluginHost } from "../host/plugin-host.js";

export type Reply = Extract<PluginConversationBindingRequestResult, { status: "pending" }>["reply"];

/** Undefined: the arguments were not understood, so the usage is shown. */
export type Answer = Promise<Reply | string | undefined>;

/** `args` are the parts of `text`, which is what was typed after the subcommand's name. */
export type Subcommand = (
  host: PluginHost,
  ctx: CommandContext,
  args: string[],
  text: string,
) => Answer;

/** The conversation that a command was typed in, bound to Codex. */
export type Session = {
  sessionFile: string;
  pluginConfig: unknown;
  data: CodexConversationBindingData;
  binding: PluginConversationBinding;
};

/** Undefined where the chat is not bound to Codex, or was detached. */
export async function sessionOf(
  host: PluginHost,
  ctx: CommandContext,
): Promise<Session | undefined> {
  const bound = await bindingOfChat(host, ctx);
  if (!bound || (await wasDetached(bound.data.sessionFile))) return undefined;
  const { data, binding } = bound;
  const { sessionFile } = data;
  return { sessionFile, pluginConfig: currentPluginConfig(host), data, binding };
}

/** Runs an action on the chat's session, or says that there is none. */
export async function withSession(
  host: PluginHost,
  ctx: CommandContext,
  action: (session: Session) => Answer,
): Answer {
  const session = await sessionOf(host, ctx);
  return session ? action(session) : turnWords.notBound;
}

/** The session file that the chat has or would get. */
export async function sessionFileOfChat(host: PluginHost, ctx: CommandContext): Promise<string> {
  return (await bindingOfChat(host, ctx))?.data.sessionFile ?? sessionFileOfCommand(host, ctx);
}
