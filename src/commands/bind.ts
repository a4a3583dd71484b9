/** `/codexchat bind`, `resume` and `new`: a Codex thread for this chat, then the host's leave to receive its messages. */
import { shownServer } from "../app-server/config.js";
import {
  abilitiesOf,
  bindableChannels,
  CHANNELS,
  type ChannelAbilities,
} from "../chat/abilities.js";
import { forgetMessageBefore } from "../chat/joined-messages.js";
import {
  clearCodexAppServerBinding,
  readCodexAppServerBinding,
  restoreCodexAppServerBinding,
  updateCodexAppServerBinding,
  type CodexAppServerBinding,
} from "../thread/thread-binding.js";
import { noteAskedBind } from "../thread/asked-binds.js";
import { leaveOnAllClients } from "../thread/leave-everywhere.js";
import { parseBindArguments, type BindArguments } from "./arguments.js";
import type { CodexConversationBindingData } from "../host/binding-data.js";
import { bindingOfChat, type ChatBinding } from "../host/chat-binding.js";
import { noteAskedChat } from "../host/asked-chats.js";
import { auditCommand } from "../host/audit.js";
import { takeBackDetach, wasDetached } from "../host/detach.js";
import { forgetBound, keepBound } from "../host/keep-bound.js";
import { nameOfMessages } from "../host/second-name.js";
import { queuedConversationTurns } from "../messages/queue.js";
import type { Goal } from "../thread/goal.js";
import { losesNativeCommands } from "../chat/native-commands.js";
import { goalWords } from "../words/goal-words.js";
import { pauseGoalBeforeBind } from "./goal-at-bind.js";
import { bindButton } from "./bind-button.js";
import { lastSaid } from "./history.js";
import { channelWords } from "../words/channel-words.js";
import { isInPlanMode } from "../thread/plan-mode.js";
import { planWords } from "../words/answer-words.js";
import { turnWords } from "../words/turn-words.js";
import { currentPluginConfig, type CommandContext, type PluginHost } from "../host/plugin-host.js";
import { threadWords } from "../words/thread-words.js";
import { WorktreeError } from "../thread/worktree.js";
import { WorkspaceFolderError } from "../thread/workspace-folder.js";
import { folderRefused } from "../words/folder-words.js";
import { worktreeWords } from "../words/worktree-words.js";
import { projectsOf, withProject } from "./projects.js";
import { giveBackThreadAllowance, takeThreadAllowance } from "./thread-allowance.js";
import { typedServer } from "./server-choice.js";
import { takeThread, type Wanted } from "./take-thread.js";
import { sessionFileOfChat, sessionOf, type Reply, type Subcommand } from "./subcommand.js";
import { addressOf } from "./reply-address.js";
import { askToType } from "./typed-approval.js";

export const bind = async (
  host: PluginHost,
  ctx: CommandContext,
  args: string[],
): Promise<Reply | string | undefined> => {
  const parsed = readArguments(host, args);
  if (!parsed) return undefined;
  const ofNew = parsed.cwd ?? parsed.worktree;
  if (parsed.threadId !== undefined && ofNew !== undefined) return turnWords.cwdWithThread;
  return bindConversation(host, ctx, parsed);
};

function readArguments(host: PluginHost, args: string[]): BindArguments | undefined {
  const parsed = parseBindArguments(args);
  return parsed && withProject(parsed, projectsOf(currentPluginConfig(host)));
}

/** A thread that is there already, in the place of this chat's. */
export const resume: Subcommand = async (host, ctx, args) => {
  const parsed = parseBindArguments(args);
  const { threadId, on, ...others } = parsed ?? {};
  if (threadId === undefined || Object.keys(others).length > 0) return undefined;
  return bindConversation(host, ctx, { threadId, ...(on === undefined ? {} : { on }) });
};

/** A new thread with the folder and the settings of this chat's, as far as nothing else was typed. */
export const startNew: Subcommand = async (host, ctx, args) => {
  const parsed = readArguments(host, args);
  if (!parsed || parsed.threadId !== undefined) return undefined;
  const session = await sessionOf(host, ctx);
  const current = session && (await readCodexAppServerBinding(session.sessionFile));
  if (!session || !current || isOnOther(session.pluginConfig, parsed, current)) {
    return bindConversation(host, ctx, parsed);
  }
  // A model belongs to its provider, and an effort and a personality to their model.
  const keepsProvider = parsed.provider === undefined || parsed.provider === current.modelProvider;
  const model = parsed.model ?? (keepsProvider ? current.model : undefined);
  const provider = parsed.provider ?? current.modelProvider;
  const answer = await bindConversation(host, ctx, {
    ...(parsed.cwd === undefined ? {} : { cwd: parsed.cwd }),
    ...(current.cwd === "" ? {} : { inheritedCwd: current.cwd }),
    ...(model === undefined ? {} : { model }),
    ...(provider === undefined ? {} : { provider }),
    ...(parsed.worktree === undefined ? {} : { worktree: parsed.worktree }),
  });
  const { threadId, effort, personality } = current;
  if (effort !== undefined || personality !== undefined) {
    await updateCodexAppServerBinding(session.sessionFile, (fresh) =>
      fresh.threadId !== threadId && fresh.model === current.model
        ? { effort: fresh.effort ?? effort, personality: fresh.personality ?? personality }
        : undefined,
    );
  }
  return answer;
};

/** On another server the folder and the model can be others. One that does not exist is no reason to stay here. */
function isOnOther(
  pluginConfig: unknown,
  { on }: BindArguments,
  current: CodexAppServerBinding,
): boolean {
  const choice = on === undefined ? undefined : typedServer(pluginConfig, on);
  if (choice === undefined) return false;
  return typeof choice === "string" || choice.server !== current.server;
}

/**
 * Binds the chat. The host asks the person first (`pending`: its reply holds the buttons) unless it has leave
 * already. Where the host does not bind, the session has the thread that it had before.
 */
async function bindConversation(
  host: PluginHost,
  ctx: CommandContext,
  args: Wanted,
): Promise<Reply> {
  const pluginConfig = currentPluginConfig(host);
  const sessionFile = await sessionFileOfChat(host, ctx);
  // What is written from now on is meant for the other thread.
  forgetMessageBefore(sessionFile);
  // The host is about to drop what it still holds of a detached chat, so that is nothing to build on.
  const isBoundNow = async (): Promise<boolean> => {
    const held = await bindingOfChat(host, ctx);
    return held !== undefined && isOwn(held, ctx) && !(await wasDetached(sessionFile));
  };
  const isBound = await isBoundNow();
  const abilities = await abilitiesOf(host, ctx.channel);
  if (typeof abilities.bind !== "string" && !isBound) {
    const { refused } = abilities.bind;
    return { text: channelWords.cannotBind(abilities.name, refused, bindableChannels()) };
  }
  const earlier = await readCodexAppServerBinding(sessionFile);
  // It stays on its server, unless another one is named.
  const server =
    args.on === undefined
      ? { server: isBound ? earlier?.server : undefined }
      : typedServer(pluginConfig, args.on);
  if (typeof server === "string") return { text: server };
  if (abilities.bind === "button" && !isBound && ctx.isClick !== true) return bindButton(args);
  const settings = { pluginConfig, ...server };
  const tooMany = args.threadId === undefined ? takeThreadAllowance(sessionFile) : undefined;
  if (tooMany) return { text: threadWords.tooManyThreads(tooMany) };
  let data;
  let goal: Goal | undefined;
  try {
    if (args.threadId !== undefined) {
      goal = await pauseGoalBeforeBind(sessionFile, settings, args.threadId);
    }
    data = await takeThread(settings, sessionFile, args);
    if (typeof data === "string") return { text: data };
    if (isBound && !(await isBoundNow())) {
      await clearCodexAppServerBinding(sessionFile);
      throw new Error(turnWords.detachedWhileBinding);
    }
  } catch (error) {
    if (error instanceof WorkspaceFolderError) {
      // Nothing was made.
      if (args.threadId === undefined) giveBackThreadAllowance(sessionFile);
      return { text: folderRefused(error) };
    }
    if (error instanceof WorktreeError) return { text: worktreeWords.refused(error.code) };
    return {
      text: turnWords.bindFailed(error, args.threadId, shownServer(pluginConfig, server.server)),
    };
  }
  const binding = await readCodexAppServerBinding(sessionFile);
  const cwd = binding?.cwd ?? data.workspaceDir;
  const said = turnWords.bound({
    threadId: binding?.threadId ?? "",
    cwd,
    resumed: args.threadId !== undefined,
    server: shownServer(pluginConfig, binding?.server),
  });
  const plans = binding !== undefined && isInPlanMode(binding.threadId);
  const isOther = binding?.threadId !== earlier?.threadId;
  const goesOn = isBound && isOther && queuedConversationTurns(sessionFile) > 0;
  // Only a chat that is bound at once is told all of it, so nothing is asked of Codex for the others.
  const boundText = async (): Promise<string> => {
    const recap =
      args.threadId === undefined ? undefined : await lastSaid({ sessionFile, pluginConfig });
    return [
      said,
      ...(goal ? [goalWords.atBind(goal)] : []),
      ...(plans ? [planWords.atBind] : []),
      ...(recap === undefined ? [] : [recap]),
      ...(goesOn ? [threadWords.runningGoesOn] : []),
    ].join("\n");
  };
  const noteBind = (outcome: string): Promise<void> =>
    auditCommand(host, ctx, { event: "bind", session: sessionFile, outcome, text: cwd });
  const threadId = binding?.threadId ?? "";
  // Bound already, to the same session file: the host has nothing to decide.
  if (isBound) {
    await noteBind(threadId);
    // Nothing was ever said on it, so nobody comes back to it.
    if (earlier && isOther && earlier.hasRun === false) leaveOnAllClients(earlier.threadId);
    return { text: await boundText() };
  }
  const { approval, name } = abilities;
  const chat = { ...ctx, threadId: ctx.messageThreadId };
  const hint = losesNativeCommands(host.runtime.config.current(), chat)
    ? [channelWords.mentionBeforeCommand(name)]
    : [];
  const answer = await askHost(host, ctx, {
    data,
    summary: [
      turnWords.bindSummary(cwd, shownServer(pluginConfig, binding?.server)),
      ...(goal ? [goalWords.inBindQuestion(goal)] : []),
      ...(plans ? [planWords.inBindQuestion] : []),
      ...hint,
    ].join(" "),
    binding,
    approval,
  });
  await noteBind(answer.kind === "bound" ? threadId : `${answer.kind}: ${threadId}`);
  if (answer.kind === "bound") return { text: [await boundText(), ...hint].join("\n") };
  if (answer.kind === "refused" && binding) {
    await restoreCodexAppServerBinding(sessionFile, binding.threadId, earlier);
    if (isOther) leaveOnAllClients(binding.threadId);
  }
  return answer.reply;
}

/** Whether a thread is bound by itself: one of a bound channel's can become a chat of its own. */
function isOwn({ binding }: ChatBinding, { messageThreadId }: CommandContext): boolean {
  const isByButton = CHANNELS[binding.channel]?.bind === "button";
  return (
    !isByButton ||
    messageThreadId === undefined ||
    binding.conversationId === String(messageThreadId)
  );
}

type HostAnswer = { kind: "bound" } | { kind: "asked" | "refused"; reply: Reply };

/** Has the host hand the chat's messages over; never rejects. */
async function askHost(
  host: PluginHost,
  ctx: CommandContext,
  wanted: {
    data: CodexConversationBindingData;
    summary: string;
    binding: CodexAppServerBinding | undefined;
    approval: ChannelAbilities["approval"];
  },
): Promise<HostAnswer> {
  const { data, summary, binding, approval } = wanted;
  const { sessionFile } = data;
  const chat = { address: addressOf(ctx), heardAs: nameOfMessages(ctx) };
  try {
    const result = await ctx.requestConversationBinding({
      summary,
      detachHint: turnWords.detachHint,
      data,
    });
    switch (result.status) {
      case "bound":
        await takeBackDetach(host, sessionFile);
        await keepBound(host, { conversation: result.binding, ...chat });
        return { kind: "bound" };
      case "pending":
        // It would not ask if it held a binding of the chat. A mark of a detach stays until somebody allows the bind.
        await forgetBound(host, sessionFile);
        noteAskedChat(sessionFile, chat);
        if (binding) await noteAskedBind(sessionFile, summary, binding);
        return {
          kind: "asked",
          reply: approval === "typed" ? askToType(sessionFile, ctx, result) : result.reply,
        };
      case "error":
        return { kind: "refused", reply: { text: turnWords.hostCannotBind(result.message) } };
    }
  } catch (error) {
    host.logger.warn(`the host threw while it bound a conversation: ${String(error)}`);
    // With a standing approval OpenClaw 2026.9.6 binds a Telegram chat, then throws since it cannot store that.
    // The chat is bound all the same, and stored with its limits.
    const after = await bindingOfChat(host, ctx).catch(() => undefined);
    if (after?.data.sessionFile === sessionFile) {
      await takeBackDetach(host, sessionFile);
      await keepBound(host, { conversation: after.binding, ...chat });
      return { kind: "bound" };
    }
    const reason = error instanceof Error ? error.message : "";
    return { kind: "refused", reply: { text: turnWords.hostCannotBind(reason) } };
  }
}
