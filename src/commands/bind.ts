/** `/codexchat bind`, `resume` and `new`: a Codex thread for this chat, then the host's leave to receive its messages. */
import { resolveCodexAppServerRuntimeOptions } from "../app-server/config.js";
import { oneAtATime } from "../common/one-at-a-time.js";
import {
  clearCodexAppServerBinding,
  readCodexAppServerBinding,
  updateCodexAppServerBinding,
} from "../thread/thread-binding.js";
import { parseBindArguments, type BindArguments } from "./arguments.js";
import { startCodexConversationThread } from "../conversation-binding.js";
import {
  readCodexConversationBindingData,
  type CodexConversationBindingData,
} from "../host/binding-data.js";
import { takeBackDetach, wasDetached } from "../host/detach.js";
import { queuedConversationTurns } from "../messages/queue.js";
import { words } from "../words/words.js";
import { currentPluginConfig, type CommandContext, type PluginHost } from "../host/plugin-host.js";
import { threadWords } from "../words/thread-words.js";
import {
  checkWorkspaceFolder,
  isSameFolder,
  WorkspaceFolderError,
} from "../thread/workspace-folder.js";
import { threadsTakenElsewhere, type ThreadTaken } from "./bound-threads.js";
import { sessionFileOfChat, sessionOf, type Reply, type Subcommand } from "./subcommand.js";

/** The chat of OpenClaw's Control UI. It is asked for all the same: a later host may have bindings there. */
const WEB_CHAT = "webchat";

const TAKEN: Record<ThreadTaken, string> = {
  bound: words.threadBoundElsewhere,
  running: words.threadRunsElsewhere,
};

/** What a chat is to be bound to; `inheritedCwd` is its folder so far, which nobody typed. */
type Wanted = BindArguments & { inheritedCwd?: string };

const inOrder = oneAtATime();

export const bind: Subcommand = async (host, ctx, args) => {
  const parsed = parseBindArguments(args);
  if (!parsed) return undefined;
  if (parsed.threadId !== undefined && parsed.cwd !== undefined) return words.cwdWithThread;
  return bindConversation(host, ctx, parsed);
};

/** A thread that is there already, in the place of this chat's. */
export const resume: Subcommand = async (host, ctx, args) => {
  const parsed = parseBindArguments(args);
  if (parsed?.threadId === undefined || Object.keys(parsed).length > 1) return undefined;
  return bindConversation(host, ctx, { threadId: parsed.threadId });
};

/** A new thread with the folder and the settings of this chat's, as far as nothing else was typed. */
export const startNew: Subcommand = async (host, ctx, args) => {
  const parsed = parseBindArguments(args);
  if (!parsed || parsed.threadId !== undefined) return undefined;
  const session = await sessionOf(host, ctx);
  const current = session && (await readCodexAppServerBinding(session.sessionFile));
  if (!session || !current) return bindConversation(host, ctx, parsed);
  // A model belongs to its provider, and an effort to its model.
  const keepsProvider = parsed.provider === undefined || parsed.provider === current.modelProvider;
  const model = parsed.model ?? (keepsProvider ? current.model : undefined);
  const provider = parsed.provider ?? current.modelProvider;
  const answer = await bindConversation(host, ctx, {
    ...(parsed.cwd === undefined ? {} : { cwd: parsed.cwd }),
    ...(current.cwd === "" ? {} : { inheritedCwd: current.cwd }),
    ...(model === undefined ? {} : { model }),
    ...(provider === undefined ? {} : { provider }),
  });
  if (current.effort !== undefined) {
    const { threadId, effort } = current;
    await updateCodexAppServerBinding(session.sessionFile, (fresh) =>
      fresh.threadId !== threadId && fresh.model === current.model && fresh.effort === undefined
        ? { effort }
        : undefined,
    );
  }
  return answer;
};

/**
 * Binds the chat. The host asks the person first (`pending`: its reply holds the buttons) unless it has leave
 * already. Where the host does not bind, no thread binding stays behind.
 */
async function bindConversation(
  host: PluginHost,
  ctx: CommandContext,
  args: Wanted,
): Promise<Reply> {
  const pluginConfig = currentPluginConfig(host);
  const sessionFile = await sessionFileOfChat(host, ctx);
  const earlier = await readCodexAppServerBinding(sessionFile);
  // The host is about to drop what it still holds of a detached chat, so that is nothing to build on.
  const isBoundNow = async (): Promise<boolean> =>
    readCodexConversationBindingData(await ctx.getCurrentConversationBinding()) !== undefined &&
    !(await wasDetached(sessionFile));
  const isBound = await isBoundNow();
  let data;
  try {
    data = await takeThread(pluginConfig, sessionFile, args);
    if (typeof data === "string") return { text: data };
    if (isBound && !(await isBoundNow())) {
      await clearCodexAppServerBinding(sessionFile);
      throw new Error(words.detachedWhileBinding);
    }
  } catch (error) {
    if (error instanceof WorkspaceFolderError) return { text: error.message };
    return { text: words.bindFailed(error) };
  }
  const binding = await readCodexAppServerBinding(sessionFile);
  const cwd = binding?.cwd ?? data.workspaceDir;
  const text = words.bound({
    threadId: binding?.threadId ?? "",
    cwd,
    resumed: args.threadId !== undefined,
  });
  const isOther = binding?.threadId !== earlier?.threadId;
  const goesOn = isBound && isOther && queuedConversationTurns(sessionFile) > 0;
  const bound = { text: goesOn ? `${text}\n${threadWords.runningGoesOn}` : text };
  // Bound already, to the same session file: the host has nothing to decide.
  if (isBound) return bound;
  const succeed = async (reply: Reply): Promise<Reply> => {
    await takeBackDetach(host, sessionFile);
    return reply;
  };

  try {
    const result = await ctx.requestConversationBinding({
      summary: words.bindSummary(cwd),
      detachHint: words.detachHint,
      data,
    });
    if (result.status === "bound") return await succeed(bound);
    if (result.status === "pending") return await succeed(result.reply);
    await clearCodexAppServerBinding(sessionFile);
    if (ctx.channel === WEB_CHAT) return { text: words.webChatCannotBind };
    return { text: words.hostCannotBind(result.message) };
  } catch (error) {
    host.logger.warn(`the host threw while it bound a conversation: ${String(error)}`);
    // With a standing approval OpenClaw 2026.9.6 binds a Telegram chat, then throws since it cannot store that.
    // The chat is bound all the same, and stored with its first message.
    const after = readCodexConversationBindingData(await ctx.getCurrentConversationBinding());
    if (after?.sessionFile === sessionFile) return succeed(bound);
    await clearCodexAppServerBinding(sessionFile);
    return { text: words.hostCannotBind(error instanceof Error ? error.message : "") };
  }
}

/** Binds the session to a new thread or to the one that is named; a string says why that cannot be had. */
async function takeThread(
  pluginConfig: unknown,
  sessionFile: string,
  { threadId, cwd, inheritedCwd, model, provider }: Wanted,
): Promise<CodexConversationBindingData | string> {
  const wanted = {
    pluginConfig,
    sessionFile,
    ...(model === undefined ? {} : { model }),
    ...(provider === undefined ? {} : { modelProvider: provider }),
  };
  if (threadId === undefined) {
    const workspaceDir = await workspaceOf(pluginConfig, cwd, inheritedCwd);
    return startCodexConversationThread({
      ...wanted,
      ...(workspaceDir === undefined ? {} : { workspaceDir }),
    });
  }
  // From the look until it is bound: of two chats that want it at once, one gets it.
  return inOrder(threadId, async () => {
    const taken = (await threadsTakenElsewhere(sessionFile)).get(threadId);
    // It keeps its own folder.
    return taken ? TAKEN[taken] : startCodexConversationThread({ ...wanted, threadId });
  });
}

/** The folder to work in, checked; undefined leaves the choice to the settings. */
async function workspaceOf(
  pluginConfig: unknown,
  typed: string | undefined,
  inherited: string | undefined,
): Promise<string | undefined> {
  const runtime = resolveCodexAppServerRuntimeOptions({ pluginConfig });
  const { defaultWorkspaceDir, workspaceRoots } = runtime;
  const chosen = typed ?? inherited;
  const folder = chosen ?? defaultWorkspaceDir ?? workspaceRoots[0];
  // The folders of an app-server on another machine cannot be looked at from here.
  if (folder === undefined || runtime.start.transport === "websocket") return folder;
  // The operator's own choice holds wherever it lies: the roots are for what comes from a chat.
  const isOperators =
    chosen === undefined ||
    (typed === undefined &&
      defaultWorkspaceDir !== undefined &&
      (await isSameFolder(chosen, defaultWorkspaceDir)));
  return checkWorkspaceFolder(folder, isOperators ? [] : workspaceRoots);
}
