/** Git worktrees for chats, with the real git. */
import { access, chmod, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import { enqueueConversationTurn } from "../../src/messages/queue.js";
import { boundCommands } from "../support/conversation/commands.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";
import { git } from "../support/git.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

async function repository(parent: string, name = "app"): Promise<string> {
  const folder = path.join(parent, name);
  await mkdir(folder, { recursive: true });
  await git(folder, "init", "-q", "-b", "main");
  await writeFile(path.join(folder, "a.txt"), "one\n");
  await git(folder, "add", ".");
  await git(folder, "commit", "-qm", "first");
  return folder;
}

/** A chat on a repository in the one root that there is, and a folder for worktrees outside of it. */
async function onRepository() {
  const root = await temporaryFolder();
  const worktreesDir = path.join(await temporaryFolder(), "worktrees");
  const repo = await repository(root);
  const all = await boundCommands({ cwd: repo, model: "gpt-x" });
  all.host.pluginConfig = { worktreesDir, appServer: { workspaceRoots: [root] } };
  const tree = (branch: string): string => path.join(worktreesDir, `app-${branch}`);
  return { ...all, root, repo, worktreesDir, tree };
}

describe("new --worktree", () => {
  test("works on a new branch, in a folder of its own", async () => {
    const { chat, repo, say, tree } = await onRepository();
    expect(await say("new --worktree fix-login")).toContain(`Folder: ${tree("fix-login")}`);
    expect((await chat.binding())?.cwd).toBe(tree("fix-login"));
    expect(await git(tree("fix-login"), "branch", "--show-current")).toBe("fix-login");
    expect(await git(repo, "branch", "--show-current")).toBe("main");
  });

  test("takes a branch that is there, and uses its worktree again", async () => {
    const { chat, repo, say, tree } = await onRepository();
    await git(repo, "branch", "feature/one");
    await say("new --worktree feature/one");
    await writeFile(path.join(tree("feature-one"), "new.txt"), "kept");
    await say(`new --cwd ${repo}`);
    await say("new --worktree feature/one");
    expect((await chat.binding())?.cwd).toBe(tree("feature-one"));
    expect(await exists(path.join(tree("feature-one"), "new.txt"))).toBe(true);
  });

  test.each([
    ["--help", "was not understood"],
    ["a..b", "is not a valid branch name"],
    ["../up", "is not a valid branch name"],
    ["-x", "was not understood"],
    ["main", "git refused: 'main' is already "],
  ])("leaves the chat where it is for %s", async (branch, reason) => {
    const { chat, repo, say } = await onRepository();
    expect(await say(`new --worktree ${branch}`)).toContain(reason);
    expect((await chat.binding())?.cwd).toBe(repo);
  });

  test("says that there is no folder for worktrees, and no repository", async () => {
    const { host, root, say } = await onRepository();
    await mkdir(path.join(root, "plain"));
    expect(await say(`new --cwd ${root}/plain --worktree x`)).toBe(
      "That folder is not in a git repository, so it can have no worktree.",
    );
    host.pluginConfig = { appServer: { workspaceRoots: [root] } };
    expect(await say("new --worktree x")).toContain("(worktreesDir)");
  });

  test("runs nothing that the repository names", async () => {
    const { repo, root, say, tree } = await onRepository();
    const mark = path.join(root, "ran");
    const script = path.join(root, "evil.sh");
    await writeFile(script, `#!/bin/sh\ntouch ${mark}\ncat\n`);
    await chmod(script, 0o755);
    const hook = path.join(repo, ".git", "hooks", "post-checkout");
    await writeFile(hook, `#!/bin/sh\ntouch ${mark}\n`);
    await chmod(hook, 0o755);
    await writeFile(path.join(repo, ".gitattributes"), "*.txt filter=evil\n");
    await git(repo, "add", ".");
    await git(repo, "commit", "-qm", "attributes");
    for (const name of ["filter.evil.smudge", "filter.evil.process", "core.fsmonitor"]) {
      await git(repo, "config", name, script);
    }
    await say("new --worktree fix");
    expect(await git(repo, "worktree", "list")).toContain("[fix]");
    expect(await say("worktree")).toContain("Everything is committed.");
    expect(await say("worktree remove")).toContain("The worktree is removed");
    expect(await exists(tree("fix"))).toBe(false);
    expect(await exists(mark)).toBe(false);
  });

  test("makes none of a repository that chats may not work in, though a workspace names it as its own", async () => {
    const { chat, root, say, worktreesDir } = await onRepository();
    const secret = await repository(await temporaryFolder(), "secret");
    const lure = path.join(root, "lure");
    await mkdir(lure);
    await writeFile(path.join(lure, ".git"), `gitdir: ${secret}/.git\n`);
    expect(await say(`new --cwd ${lure} --worktree x`)).toContain("outside the folders");
    expect((await chat.binding())?.cwd).not.toContain(worktreesDir);
    expect(await git(secret, "branch", "--list", "x")).toBe("");
  });
});

describe("worktree", () => {
  test("remove takes a clean one away, keeps its branch, and moves the chat to the repository", async () => {
    const { chat, repo, say, tree } = await onRepository();
    await say("new --worktree fix");
    await writeFile(path.join(tree("fix"), "b.txt"), "two\n");
    expect(await say("worktree")).toContain("uncommitted changes");
    expect(await say("worktree remove")).toContain("so it was not removed");
    expect((await chat.binding())?.cwd).toBe(tree("fix"));
    await git(tree("fix"), "add", ".");
    await git(tree("fix"), "commit", "-qm", "second");
    expect(await say("worktree remove")).toBe(
      `The worktree is removed; the branch fix stays. This chat has a new thread in ${repo}.`,
    );
    expect((await chat.binding())?.cwd).toBe(repo);
    expect(await exists(tree("fix"))).toBe(false);
    expect(await git(repo, "log", "-1", "--format=%s", "fix")).toBe("second");
  });

  test("remove takes none away whose commits are on no branch", async () => {
    const { chat, repo, say, tree } = await onRepository();
    await say("new --worktree fix");
    await git(tree("fix"), "checkout", "-q", "--detach");
    await git(tree("fix"), "commit", "-q", "--allow-empty", "-m", "second");
    expect(await say("worktree")).toContain("Branch: none\nEverything is committed.");
    expect(await say("worktree remove")).toContain("has commits that are on no branch");
    expect((await chat.binding())?.cwd).toBe(tree("fix"));
    await git(tree("fix"), "branch", "kept");
    expect(await say("worktree remove")).toBe(
      `The worktree is removed. This chat has a new thread in ${repo}.`,
    );
    expect(await exists(tree("fix"))).toBe(false);
  });

  test("remove waits for what is at work in it, and for another chat", async () => {
    const { chat, say, tree } = await onRepository();
    await say("new --worktree fix");
    const gate = Promise.withResolvers<void>();
    const turn = enqueueConversationTurn(chat.sessionFile, () => gate.promise);
    expect(await say("worktree remove")).toContain("Codex is working in it.");
    gate.resolve();
    await turn;
    const other = chat.other("other");
    await other.bind({ threadId: "thread-9", cwd: tree("fix") });
    expect(await say("worktree remove")).toContain("Another chat works in it, too.");
    expect(await exists(tree("fix"))).toBe(true);
  });

  test.each(["worktree", "worktree remove"])(
    "%s leaves a folder alone that is no worktree of ours",
    async (command) => {
      const { repo, root, say } = await onRepository();
      expect(await say(command)).toContain("does not work in a worktree that was made for it");
      await git(repo, "worktree", "add", "-q", "-b", "own", path.join(root, "own"));
      await say(`new --cwd ${root}/own`);
      expect(await say(command)).toContain("does not work in a worktree that was made for it");
      expect(await exists(path.join(root, "own", "a.txt"))).toBe(true);
    },
  );
});
