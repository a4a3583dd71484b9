/** `/codexchat worktree [remove]`: the git worktree that `new --worktree` has made for this chat. */
import path from "node:path";
import { auditCommand } from "../host/audit.js";
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import { readCodexConversationActiveTurn } from "../messages/control.js";
import { queuedConversationTurns } from "../messages/queue.js";
import { requireBinding, runtimeOfBinding } from "../thread/bound-codex.js";
import { GitError } from "../thread/git.js";
import { listCodexAppServerBindings, readCodexAppServerBinding } from "../thread/thread-binding.js";
import { isInside } from "../thread/workspace-folder.js";
import {
  isClean,
  isOnBranch,
  removeWorktree,
  WorktreeError,
  worktreeAt,
  type Worktree,
} from "../thread/worktree.js";
import { reasonOf } from "../words/failure-words.js";
import { worktreeWords } from "../words/worktree-words.js";
import { startNew } from "./bind.js";
import { withSession, type Session, type Subcommand } from "./subcommand.js";

export const worktree: Subcommand = async (host, ctx, args) => {
  const [verb, ...rest] = args.map((arg) => arg.toLowerCase());
  if (rest.length > 0 || (verb !== undefined && verb !== "remove")) return undefined;
  return withSession(host, ctx, async (session) => {
    const binding = await requireBinding(session.sessionFile);
    const { cwd } = binding;
    const runtime = runtimeOfBinding(session.pluginConfig, binding);
    try {
      const own = await worktreeAt(cwd || session.data.workspaceDir, runtime);
      if (verb === "remove") return await remove(host, ctx, session, own);
      return worktreeWords.is({ ...own, isClean: await isClean(own) });
    } catch (error) {
      if (error instanceof WorktreeError || error instanceof GitError) return reasonOf(error);
      throw error;
    }
  });
};

/** The chat moves to the repository's own folder first: nothing may be at work in a folder that goes. */
async function remove(
  host: PluginHost,
  ctx: CommandContext,
  { sessionFile }: Session,
  own: Worktree,
): Promise<string> {
  const isAtWork =
    queuedConversationTurns(sessionFile) > 0 ||
    readCodexConversationActiveTurn(sessionFile) !== undefined;
  if (isAtWork) return worktreeWords.isAtWork;
  if (await isOthers(sessionFile, own.folder)) return worktreeWords.isShared;
  if (!(await isClean(own))) return worktreeWords.refused("unclean");
  // Nothing else leads to them once its folder is gone.
  if (!(await isOnBranch(own))) return worktreeWords.refused("on no branch");
  const moved = await startNew(host, ctx, ["--cwd", own.main], "");
  const { cwd } = await requireBinding(sessionFile);
  // It says why there is no thread there.
  if (isInside(cwd, own.folder)) return (typeof moved === "string" ? moved : moved?.text) ?? "";
  try {
    await removeWorktree(own);
  } catch (error) {
    return worktreeWords.movedOnly(reasonOf(error));
  }
  await auditCommand(host, ctx, {
    event: "worktree removed",
    session: sessionFile,
    outcome: own.branch,
    text: own.folder,
  });
  return worktreeWords.removed(own);
}

async function isOthers(sessionFile: string, folder: string): Promise<boolean> {
  const sessions = await listCodexAppServerBindings(path.dirname(sessionFile));
  const others = await Promise.all(
    sessions.filter((other) => other !== sessionFile).map(readCodexAppServerBinding),
  );
  return others.some((other) => other !== undefined && isInside(other.cwd, folder));
}
