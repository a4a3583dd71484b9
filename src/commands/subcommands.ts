/** Every subcommand by its name: a command that was typed and a button that was pressed run the same. */
import { CHANNELS } from "../chat/abilities.js";
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import { commandHelp, type SubcommandName } from "../words/command-list.js";
import { turnWords } from "../words/turn-words.js";
import { login, logout } from "./account.js";
import { answer, approve, deny, show } from "./answers.js";
import { bind, resume, startNew } from "./bind.js";
import { detach } from "./detach.js";
import { diff } from "./diff.js";
import { goal } from "./goal.js";
import { history } from "./history.js";
import { handover } from "./handover.js";
import { init } from "./init.js";
import { limits } from "./limits.js";
import { servers } from "./servers.js";
import { ls } from "./ls.js";
import { mcp } from "./mcp.js";
import { effort, model, models, personality } from "./models.js";
import { plan } from "./plan.js";
import { ps } from "./ps.js";
import { queue, steer, stop } from "./running-turn.js";
import { send } from "./send.js";
import { fast, permissions } from "./settings.js";
import { side } from "./side.js";
import { skills } from "./skills.js";
import { status } from "./status.js";
import type { Reply, Subcommand } from "./subcommand.js";
import { compact, review } from "./tasks.js";
import { fork, rename } from "./thread.js";
import { threads } from "./threads.js";
import { allow } from "./typed-approval.js";
import { undo } from "./undo.js";
import { follow, watch } from "./watch.js";
import { worktree } from "./worktree.js";

const SUBCOMMANDS: Readonly<Record<SubcommandName, Subcommand>> = {
  bind,
  allow,
  detach,
  status,
  stop,
  steer,
  side,
  queue,
  approve,
  deny,
  answer,
  show,
  threads,
  resume,
  new: startNew,
  worktree,
  fork,
  undo,
  rename,
  compact,
  review,
  goal,
  ls,
  send,
  diff,
  history,
  models,
  model,
  effort,
  personality,
  fast,
  plan,
  skills,
  mcp,
  ps,
  handover,
  permissions,
  init,
  watch,
  follow,
  login,
  logout,
  limits,
  servers,
  help: async (_host, ctx, args) => {
    const typed = args.join(" ").toLowerCase();
    if (typed !== "" && typed !== "more") return undefined;
    const page = typed === "" ? "daily" : "more";
    return commandHelp(page, CHANNELS[ctx.channel]?.lines);
  },
};

const ALIASES = new Map<string, SubcommandName>([["unbind", "detach"]]);

export function subcommandOf(name: string): SubcommandName | undefined {
  const canonical = ALIASES.get(name) ?? name;
  return isSubcommand(canonical) ? canonical : undefined;
}

/** Carries it out for a sender who may command. `args` are the parts of `text`. Never rejects. */
export async function runSubcommand(
  host: PluginHost,
  ctx: CommandContext,
  name: SubcommandName,
  { args, text }: { args: readonly string[]; text: string },
): Promise<Reply> {
  try {
    const reply = await SUBCOMMANDS[name](host, ctx, [...args], text);
    if (reply === undefined) return { text: turnWords.usage(name) };
    return typeof reply === "string" ? { text: reply } : reply;
  } catch (error) {
    return { text: turnWords.commandFailed(name, error) };
  }
}

function isSubcommand(name: string): name is SubcommandName {
  return Object.hasOwn(SUBCOMMANDS, name);
}
