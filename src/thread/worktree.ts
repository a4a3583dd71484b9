/** Git worktrees for chats: each on a branch of its own, in the folder that the operator has set aside for them. */
import { isFar } from "../app-server/start-options.js";
import { mkdir, realpath } from "node:fs/promises";
import path from "node:path";
import type { CodexAppServerRuntimeOptions } from "../app-server/config.js";
import { Git } from "./git.js";
import { workspaceRules, WorkspaceFolderError } from "./workspace-folder.js";

export type WorktreeRefusal =
  /** The operator has set no folder for worktrees. */
  | "off"
  /** Codex works on another machine. */
  | "far"
  | "no repository"
  | "bad branch"
  /** Something else stands where it would be. */
  | "taken"
  /** The chat works in no worktree of ours. */
  | "no worktree"
  /** It has changes that no commit holds, and is to be removed. */
  | "unclean"
  /** It has commits that no branch holds, and is to be removed. */
  | "on no branch";

export class WorktreeError extends Error {
  override readonly name = "WorktreeError";
  readonly code: WorktreeRefusal;

  constructor(code: WorktreeRefusal) {
    super(code);
    this.code = code;
  }
}

export type Worktree = {
  folder: string;
  /** The folder of the repository that it belongs to. */
  main: string;
  /** Empty if none is checked out. */
  branch: string;
};

const BRANCH = /^\w[\w./-]{0,99}$/;

/**
 * A worktree of the repository in `folder` on a branch, which is made if there is none; one that is there already is used
 * again. @throws WorktreeError, WorkspaceFolderError, GitError
 */
export async function addWorktree(
  folder: string,
  branch: string,
  runtime: CodexAppServerRuntimeOptions,
): Promise<Worktree> {
  const parent = await parentOf(runtime);
  if (!BRANCH.test(branch)) throw new WorktreeError("bad branch");
  const git = await repositoryAt(folder);
  if (!(await git.holds(["check-ref-format", "--branch", branch]))) {
    throw new WorktreeError("bad branch");
  }
  const main = await mainOf(git, runtime);
  const target = path.join(parent, `${path.basename(main)}-${branch.replaceAll("/", "-")}`);
  const known = await worktreesOf(git);
  const existing = known.find((other) => other.folder === target);
  if (existing?.branch === branch) return { folder: target, main, branch };
  if (existing) throw new WorktreeError("taken");
  await git.run(["worktree", "prune"]);
  await git.run(["worktree", "add", ...(await branchArguments(git, branch, target))]);
  return { folder: target, main, branch };
}

/** The worktree of ours that a folder lies in. @throws WorktreeError, GitError */
export async function worktreeAt(
  folder: string,
  runtime: CodexAppServerRuntimeOptions,
): Promise<Worktree> {
  const parent = await parentOf(runtime);
  const git = await repositoryAt(folder);
  const top = await realpath(await git.run(["rev-parse", "--show-toplevel"]));
  const known = (await worktreesOf(git)).find((other) => other.folder === top);
  const isOurs = path.dirname(top) === parent && known !== undefined;
  if (!isOurs) throw new WorktreeError("no worktree");
  return { folder: top, main: await mainOf(git, runtime), branch: known.branch };
}

/** Whether commits hold all that is in it, but for what the repository ignores. @throws GitError */
export async function isClean({ folder }: Worktree): Promise<boolean> {
  const git = await Git.at(folder);
  const changes = await git.run([
    "status",
    "--porcelain",
    "--untracked-files=all",
    "--ignore-submodules=all",
  ]);
  return changes === "";
}

/** Whether a branch, or another name that stays, holds what is checked out in it. @throws GitError */
export async function isOnBranch({ folder, branch }: Worktree): Promise<boolean> {
  if (branch !== "") return true;
  const git = await Git.at(folder);
  return (await git.run(["for-each-ref", "--count=1", "--contains", "HEAD"])) !== "";
}

/** Its branch stays, with all commits. @throws GitError, also where it has changes that no commit holds */
export async function removeWorktree({ folder, main }: Worktree): Promise<void> {
  const git = await Git.at(main);
  await git.run(["worktree", "remove", "--", folder]);
}

/** The folder that the worktrees lie in, by its real path. */
async function parentOf(runtime: CodexAppServerRuntimeOptions): Promise<string> {
  if (isFar(runtime.start)) throw new WorktreeError("far");
  if (runtime.worktreesDir === undefined) throw new WorktreeError("off");
  await mkdir(runtime.worktreesDir, { recursive: true });
  return realpath(runtime.worktreesDir);
}

/** @throws WorktreeError where there is none, GitError */
export async function repositoryAt(
  folder: string,
  limit?: Parameters<typeof Git.at>[1],
): Promise<Git> {
  const git = await Git.at(folder, limit);
  if (await git.holds(["rev-parse", "--show-toplevel"])) return git;
  throw new WorktreeError("no repository");
}

/**
 * The repository's own folder. A file in a workspace can name any repository of the machine as the one that the workspace
 * belongs to, so this must be a folder that chats may work in.
 */
export async function mainOf(git: Git, runtime: CodexAppServerRuntimeOptions): Promise<string> {
  const common = await realpath(
    await git.run(["rev-parse", "--path-format=absolute", "--git-common-dir"]),
  );
  if (path.basename(common) !== ".git") throw new WorktreeError("no repository");
  const main = path.dirname(common);
  const refusal = await (await workspaceRules(runtime)).refusal(main);
  if (refusal !== undefined) throw new WorkspaceFolderError(refusal, main);
  return main;
}

async function worktreesOf(git: Git): Promise<{ folder: string; branch: string }[]> {
  const listed = await git.run(["worktree", "list", "--porcelain", "-z"]);
  const records = listed.split("\0\0").map((record) => record.split("\0"));
  const found = await Promise.all(
    records.map(async (lines) => {
      const valueOf = (name: string): string | undefined =>
        lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
      const named = valueOf("worktree");
      const folder = named && (await realpath(named).catch(() => undefined));
      return folder
        ? [{ folder, branch: valueOf("branch")?.replace("refs/heads/", "") ?? "" }]
        : [];
    }),
  );
  return found.flat();
}

/** A branch that only a remote has is taken from there, as git does it by itself. */
async function branchArguments(git: Git, branch: string, target: string): Promise<string[]> {
  const isLocal = await git.holds(["show-ref", "--verify", "--quiet", `refs/heads/${branch}`]);
  const remotes = await git.run([
    "for-each-ref",
    "--format=%(refname)",
    `refs/remotes/*/${branch}`,
  ]);
  return isLocal || remotes !== "" ? ["--", target, branch] : ["-b", branch, "--", target];
}
