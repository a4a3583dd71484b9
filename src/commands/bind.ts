/** `/codexchat bind`: a Codex thread for this chat, then the host's leave to receive its messages. */
import path from "node:path";
import type { PluginConversationBindingRequestResult } from "openclaw/plugin-sdk/plugin-entry";
import { resolveCodexAppServerRuntimeOptions } from "./app-server/config.js";
import {
  clearCodexAppServerBinding,
  listCodexAppServerBindings,
  readCodexAppServerBinding,
} from "./app-server/session-binding.js";
import type { BindArguments } from "./codexchat-arguments.js";
import { startCodexConversationThread } from "./conversation-binding.js";
import { readCodexConversationBindingData } from "./conversation-binding-data.js";
import { takeBackDetach, wasDetached } from "./conversation-detach.js";
import { sessionFileOf } from "./conversation-state.js";
import { words } from "./conversation-words.js";
import { currentPluginConfig, type CommandContext, type PluginHost } from "./plugin-host.js";
import { checkWorkspaceFolder, WorkspaceFolderError } from "./workspace-folder.js";

type Reply = Extract<PluginConversationBindingRequestResult, { status: "pending" }>["reply"];

/**
 * Binds the chat. The host asks the person first (`pending`: its reply holds the buttons) unless it has leave
 * already. Where the host does not bind, no thread binding stays behind.
 */
export async function bindConversation(
  host: PluginHost,
  ctx: CommandContext,
  args: BindArguments,
): Promise<Reply> {
  const pluginConfig = currentPluginConfig(host);
  const current = readCodexConversationBindingData(await ctx.getCurrentConversationBinding());
  const sessionFile =
    current?.sessionFile ??
    sessionFileOf(host.runtime.state.resolveStateDir(), { ...ctx, threadId: ctx.messageThreadId });
  let data;
  try {
    const { threadId } = args;
    if (threadId !== undefined && (await isBoundElsewhere(sessionFile, threadId))) {
      return { text: words.threadBoundElsewhere };
    }
    // An existing thread keeps its own folder.
    const workspaceDir =
      threadId === undefined ? await workspaceOf(pluginConfig, args.cwd) : undefined;
    data = await startCodexConversationThread({
      pluginConfig,
      sessionFile,
      ...(workspaceDir === undefined ? {} : { workspaceDir }),
      ...(args.threadId === undefined ? {} : { threadId: args.threadId }),
      ...(args.model === undefined ? {} : { model: args.model }),
      ...(args.provider === undefined ? {} : { modelProvider: args.provider }),
    });
  } catch (error) {
    if (error instanceof WorkspaceFolderError) return { text: error.message };
    return { text: words.bindFailed(error) };
  }
  // The host is about to drop what it still holds of a detached chat, so that is nothing to build on.
  const isBound = current !== undefined && !(await wasDetached(sessionFile));
  const binding = await readCodexAppServerBinding(sessionFile);
  const cwd = binding?.cwd ?? data.workspaceDir;
  const bound = {
    text: words.bound({
      threadId: binding?.threadId ?? "",
      cwd,
      resumed: args.threadId !== undefined,
    }),
  };
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

/** Whether another chat of this gateway is bound to the thread: two would meet in each other's turns. */
async function isBoundElsewhere(sessionFile: string, threadId: string): Promise<boolean> {
  const sessions = await listCodexAppServerBindings(path.dirname(sessionFile));
  const bindings = await Promise.all(
    sessions
      .filter((other) => other !== sessionFile)
      .map((other) => readCodexAppServerBinding(other)),
  );
  return bindings.some((binding) => binding?.threadId === threadId);
}

/** The folder to work in, checked; undefined leaves the choice to the settings. */
async function workspaceOf(
  pluginConfig: unknown,
  cwd: string | undefined,
): Promise<string | undefined> {
  const runtime = resolveCodexAppServerRuntimeOptions({ pluginConfig });
  const folder = cwd ?? runtime.defaultWorkspaceDir ?? runtime.workspaceRoots[0];
  // The folders of an app-server on another machine cannot be looked at from here.
  if (folder === undefined || runtime.start.transport === "websocket") return folder;
  return checkWorkspaceFolder(folder, cwd === undefined ? [] : runtime.workspaceRoots);
}
