/** `/codexchat …`: what a person can say to the plugin itself. */
import type { PluginConversationBinding } from "openclaw/plugin-sdk/plugin-entry";
import { codexClientPool } from "./app-server/client-pool.js";
import { PERMISSION_MODES, type CodexPermissionMode } from "./app-server/config-schema.js";
import { resolveCodexAppServerRuntimeOptions } from "./app-server/config.js";
import {
  clearCodexAppServerBinding,
  inspectCodexAppServerBinding,
} from "./app-server/session-binding.js";
import { parseBindArguments, splitArguments } from "./codexchat-arguments.js";
import { approveByCommand, denyByCommand } from "./codexchat-approve.js";
import { bindConversation } from "./codexchat-bind.js";
import { readCodexConversationBindingData } from "./conversation-binding-data.js";
import {
  describePermissions,
  readCodexConversationActiveTurn,
  setCodexConversationFastMode,
  setCodexConversationModel,
  setCodexConversationPermissions,
  steerCodexConversationTurn,
  stopCodexConversationTurn,
} from "./conversation-control.js";
import { releaseConversation, wasDetached } from "./conversation-detach.js";
import { queuedConversationTurns } from "./conversation-queue.js";
import { leaveThread } from "./conversation-thread.js";
import { commandHelp, COMMANDS, words, type SubcommandName } from "./conversation-words.js";
import { currentPluginConfig, type CommandContext, type PluginHost } from "./plugin-host.js";

/** Milliseconds that Codex has to answer when a thread is left; nobody waits for it. */
const LEAVE_TIMEOUT_MS = 10_000;

type Reply = Awaited<ReturnType<typeof bindConversation>>;
type Session = { sessionFile: string; pluginConfig: unknown };
type Subcommand = (host: PluginHost, ctx: CommandContext, args: string[], text: string) => Answer;
/** Undefined: the arguments were not understood, so the usage is shown. */
type Answer = Promise<Reply | string | undefined>;

const SUBCOMMANDS: Readonly<Record<SubcommandName, Subcommand>> = {
  bind: async (host, ctx, args) => {
    const parsed = parseBindArguments(args);
    if (!parsed) return undefined;
    if (parsed.threadId !== undefined && parsed.cwd !== undefined) return words.cwdWithThread;
    return bindConversation(host, ctx, parsed);
  },
  detach: async (host, ctx, args) => (args.length > 0 ? undefined : detach(host, ctx)),
  status: async (host, ctx, args) =>
    args.length > 0 ? undefined : withSession(host, ctx, (session) => status(session)),
  stop: async (host, ctx, args) =>
    args.length > 0
      ? undefined
      : withSession(
          host,
          ctx,
          async (session) => (await stopCodexConversationTurn(session)).message,
        ),
  steer: async (host, ctx, args, text) =>
    args.length === 0
      ? undefined
      : withSession(
          host,
          ctx,
          async (session) =>
            (await steerCodexConversationTurn({ ...session, message: text })).message,
        ),
  approve: async (host, ctx, args) =>
    withSession(host, ctx, (session) => approveByCommand(session, args)),
  deny: async (host, ctx, args) =>
    withSession(host, ctx, (session) => denyByCommand(session, args)),
  model: async (host, ctx, args) => {
    const [model, ...rest] = args;
    if (rest.length > 0) return undefined;
    return withSession(host, ctx, async (session) => {
      if (model !== undefined) return setCodexConversationModel({ ...session, model });
      const state = await inspectCodexAppServerBinding(session.sessionFile);
      return words.modelIs(state.kind === "bound" ? state.binding.model : undefined);
    });
  },
  fast: async (host, ctx, args) => {
    const [wanted = "status", ...rest] = args;
    if (rest.length > 0 || !["on", "off", "status"].includes(wanted)) return undefined;
    return withSession(host, ctx, (session) =>
      setCodexConversationFastMode(
        wanted === "status" ? session : { ...session, enabled: wanted === "on" },
      ),
    );
  },
  permissions: async (host, ctx, args) => {
    const [wanted = "status", ...rest] = args;
    const mode = PERMISSION_MODES.find((known) => known === wanted);
    if (rest.length > 0 || (mode === undefined && wanted !== "status")) return undefined;
    return withSession(host, ctx, (session) => permissions(session, mode));
  },
  help: async (_host, _ctx, args) => (args.length > 0 ? undefined : commandHelp()),
};

const ALIASES = new Map<string, SubcommandName>([["unbind", "detach"]]);

/** Answers one `/codexchat` command; never rejects. Nothing happens for a sender whom the host does not trust. */
export async function handleCodexChatCommand(
  host: PluginHost,
  ctx: CommandContext,
): Promise<Reply> {
  if (!ctx.isAuthorizedSender) return { text: words.notAuthorized };
  const typed = (ctx.args ?? "").trim();
  const name = typed.split(/\s+/, 1)[0]?.toLowerCase() || "help";
  const text = typed.slice(name.length).trim();
  const subcommand = subcommandOf(name);
  if (!subcommand) return { text: commandHelp(name) };
  try {
    const answer = await SUBCOMMANDS[subcommand](host, ctx, splitArguments(text), text);
    if (answer === undefined) return { text: words.usage(COMMANDS[subcommand].usage) };
    return typeof answer === "string" ? { text: answer } : answer;
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

/** Runs an action on the chat's session, or says that there is none. */
async function withSession(
  host: PluginHost,
  ctx: CommandContext,
  action: (session: Session, binding: PluginConversationBinding) => Promise<string>,
): Promise<string> {
  const binding = await ctx.getCurrentConversationBinding();
  const data = readCodexConversationBindingData(binding);
  if (!binding || !data || (await wasDetached(data.sessionFile))) return words.notBound;
  const session = { sessionFile: data.sessionFile, pluginConfig: currentPluginConfig(host) };
  return action(session, binding);
}

async function detach(host: PluginHost, ctx: CommandContext): Promise<string> {
  return withSession(host, ctx, async ({ sessionFile, pluginConfig }, binding) => {
    const state = await inspectCodexAppServerBinding(sessionFile);
    await releaseConversation(host, ctx, sessionFile, binding);
    const { stopped } = await stopCodexConversationTurn({ sessionFile, pluginConfig });
    await clearCodexAppServerBinding(sessionFile);
    const threadId = state.kind === "bound" ? state.binding.threadId : undefined;
    // A turn that is being stopped is listened to until it ends; its thread is left when it has been idle.
    if (threadId !== undefined && !stopped) leaveOnAllClients(threadId);
    return words.detached({ threadId, stopped });
  });
}

function leaveOnAllClients(threadId: string): void {
  for (const client of codexClientPool().clients()) {
    void leaveThread(client, threadId, LEAVE_TIMEOUT_MS);
  }
}

async function permissions(
  session: Session,
  mode: CodexPermissionMode | undefined,
): Promise<string> {
  return setCodexConversationPermissions(mode === undefined ? session : { ...session, mode });
}

async function status(session: Session): Promise<string> {
  const state = await inspectCodexAppServerBinding(session.sessionFile);
  if (state.kind === "none") return words.threadMissing;
  if (state.kind === "unreadable") return words.sentence(words.bindingUnreadable(state.reason));
  const runtime = resolveCodexAppServerRuntimeOptions({ pluginConfig: session.pluginConfig });
  const queued = queuedConversationTurns(session.sessionFile);
  const running = readCodexConversationActiveTurn(session.sessionFile) !== undefined;
  return words.status({
    ...state.binding,
    fast: (state.binding.serviceTier ?? runtime.serviceTier) === "fast",
    permissions: describePermissions(state.binding, runtime),
    running: running || queued > 0,
    waiting: Math.max(0, queued - 1),
  });
}
