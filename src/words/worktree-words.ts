/** What a chat hears of its git worktree. */
import type { WorktreeRefusal } from "../thread/worktree.js";
import { harmlessText } from "./foreign-text.js";

const REFUSALS: Record<WorktreeRefusal, string> = {
  off: "There is no folder for worktrees on this gateway: its operator can set one (worktreesDir).",
  far: "Codex works on another machine, so no worktree can be made there.",
  "no repository": "That folder is not in a git repository, so it can have no worktree.",
  "bad branch": "That is not a valid branch name. Try: `/codexchat new --worktree fix-login`",
  taken: "There is already a worktree of that name, on another branch. Choose another branch name.",
  "no worktree":
    "This chat does not work in a worktree that was made for it. `/codexchat new --worktree BRANCH` makes one.",
  unclean:
    "The worktree has uncommitted changes, so it was not removed. Ask Codex to commit or discard them.",
  "on no branch":
    "The worktree has commits that are on no branch, so it was not removed. Ask Codex to put them on one.",
};

export const worktreeWords = {
  refused: (code: WorktreeRefusal): string => REFUSALS[code],
  gitRefused: (reason: string): string => `git refused: ${harmlessText(reason, 300)}`,
  is: (facts: { folder: string; branch: string; isClean: boolean }): string =>
    [
      `Worktree: ${harmlessText(facts.folder)}`,
      `Branch: ${facts.branch === "" ? "none" : harmlessText(facts.branch, 100)}`,
      facts.isClean
        ? `Everything is committed. \`/codexchat worktree remove\` removes the worktree${facts.branch === "" ? "." : "; the branch stays."}`
        : "It has uncommitted changes.",
    ].join("\n"),
  isAtWork:
    "Codex is working in it. Wait for the answer, or send `/codexchat stop`, then try again.",
  isShared: "Another chat works in it, too. Detach that chat first, or move it to another folder.",
  removed: (facts: { branch: string; main: string }): string =>
    `The worktree is removed${facts.branch === "" ? "" : `; the branch ${harmlessText(facts.branch, 100)} stays`}. This chat has a new thread in ${harmlessText(facts.main)}.`,
  movedOnly: (reason: string): string =>
    `This chat has a new thread in the repository's own folder, but the worktree could not be removed: ${reason}`,
};
