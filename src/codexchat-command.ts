/** `/codexchat …`: what a person can say to the plugin itself. */
import { CHANNELS } from "./chat/abilities.js";
import { splitArguments } from "./commands/arguments.js";
import { answer, approve, deny, show } from "./commands/answers.js";
import { bind, resume, startNew } from "./commands/bind.js";
import { detach } from "./commands/detach.js";
import { diff } from "./commands/diff.js";
import { goal } from "./commands/goal.js";
import { effort, model, models } from "./commands/models.js";
import { queue, steer, stop } from "./commands/running-turn.js";
import { send } from "./commands/send.js";
import { plan } from "./commands/plan.js";
import { fast, permissions } from "./commands/settings.js";
import { allow } from "./commands/typed-approval.js";
import { status } from "./commands/status.js";
import type { Reply, Subcommand } from "./commands/subcommand.js";
import { compact, review } from "./commands/tasks.js";
import { fork, rename } from "./commands/thread.js";
import { threads } from "./commands/threads.js";
import { words } from "./words/words.js";
import type { CommandContext, PluginHost } from "./host/plugin-host.js";
import { commandHelp, COMMANDS, type SubcommandName } from "./words/command-list.js";

const SUBCOMMANDS: Readonly<Record<SubcommandName, Subcommand>> = {
  bind,
  allow,
  detach,
  status,
  stop,
  steer,
  queue,
  approve,
  deny,
  answer,
  show,
  threads,
  resume,
  new: startNew,
  fork,
  rename,
  compact,
  review,
  goal,
  send,
  diff,
  models,
  model,
  effort,
  fast,
  plan,
  permissions,
  help: async (_host, ctx, args) =>
    args.length > 0 ? undefined : commandHelp(undefined, CHANNELS[ctx.channel]?.lines),
};

const ALIASES = new Map<string, SubcommandName>([["unbind", "detach"]]);

/** Answers one `/codexchat` command; never rejects. Nothing happens for a sender whom the host does not trust. */
export async function handleCodexChatCommand(
  host: PluginHost,
  ctx: CommandContext,
): Promise<Reply> {
  if (!ctx.isAuthorizedSender) return { text: words.notAuthorized };
  // Our own texts hold word joiners (see chat-text), and people copy from them.
  const typed = (ctx.args ?? "").replaceAll("\u2060", "").trim();
  const name = typed.split(/\s+/, 1)[0]?.toLowerCase() || "help";
  const text = typed.slice(name.length).trim();
  const subcommand = subcommandOf(name);
  if (!subcommand) return { text: commandHelp(name, CHANNELS[ctx.channel]?.lines) };
  try {
    const reply = await SUBCOMMANDS[subcommand](host, ctx, splitArguments(text), text);
    if (reply === undefined) return { text: words.usage(COMMANDS[subcommand].usage) };
    return typeof reply === "string" ? { text: reply } : reply;
  } catch (error) {
    return { text: words.commandFailed(subcommand, error) };
  }
}

function subcommandOf(name: string): SubcommandName | undefined {
  const canonical = ALIASES.get(name) ?? name;
  return isSubcommand(canonical) ? canonical : undefined;
}

function isSubcommand(name: string): name is SubcommandName {
  return Object.hasOwn(SUBCOMMANDS, name);
}
