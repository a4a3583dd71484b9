/** The thread that a bind, `new` or `resume` puts its chat on, on the server that was chosen for it. */
import { resolveCodexAppServerRuntimeOptions } from "../app-server/config.js";
import { oneAtATime } from "../common/one-at-a-time.js";
import type { CodexConversationBindingData } from "../host/binding-data.js";
import { startCodexConversationThread } from "../messages/start-thread.js";
import { checkWorkspaceFolder } from "../thread/workspace-folder.js";
import { addWorktree } from "../thread/worktree.js";
import { turnWords } from "../words/turn-words.js";
import type { BindArguments } from "./arguments.js";
import { threadsTakenElsewhere, type ThreadTaken } from "./bound-threads.js";

/** What a chat is to be bound to; `inheritedCwd` is its folder so far, which nobody typed. */
export type Wanted = BindArguments & { inheritedCwd?: string };

/** The settings, and in them the server; undefined is that of `appServer`. */
export type ServerSettings = { pluginConfig: unknown; server: string | undefined };

const TAKEN: Record<ThreadTaken, string> = {
  bound: turnWords.threadBoundElsewhere,
  running: turnWords.threadRunsElsewhere,
};

const inOrder = oneAtATime();

/** Binds the session to a new thread or to the one that is named; a string says why that cannot be had. */
export async function takeThread(
  settings: ServerSettings,
  sessionFile: string,
  { threadId, cwd, inheritedCwd, model, provider, worktree }: Wanted,
): Promise<CodexConversationBindingData | string> {
  const wanted = {
    ...settings,
    sessionFile,
    ...(model === undefined ? {} : { model }),
    ...(provider === undefined ? {} : { modelProvider: provider }),
  };
  if (threadId === undefined) {
    const folder = await workspaceOf(settings, cwd, inheritedCwd);
    const workspaceDir =
      worktree === undefined ? folder : await worktreeFor(settings, worktree, folder);
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

/** A worktree of the repository that the chat would work in otherwise. @throws WorktreeError, GitError */
async function worktreeFor(
  settings: ServerSettings,
  branch: string,
  folder = process.cwd(),
): Promise<string> {
  const runtime = resolveCodexAppServerRuntimeOptions(settings);
  return (await addWorktree(folder, branch, runtime)).folder;
}

/** The folder to work in, checked; undefined leaves the choice to the settings. */
async function workspaceOf(
  settings: ServerSettings,
  typed: string | undefined,
  inherited: string | undefined,
): Promise<string | undefined> {
  const runtime = resolveCodexAppServerRuntimeOptions(settings);
  const { defaultWorkspaceDir, workspaceRoots } = runtime;
  const folder = typed ?? inherited ?? defaultWorkspaceDir ?? workspaceRoots[0];
  if (folder === undefined) return undefined;
  return checkWorkspaceFolder(folder, runtime, { isTyped: typed !== undefined });
}
