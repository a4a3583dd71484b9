/** What has changed in a thread's folder, with the real git. */
import { access, chmod, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import { boundCommands } from "../support/conversation/commands.js";
import { messagesOn } from "../support/conversation/messages.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";
import { git } from "../support/git.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

/** A chat on a repository in the one root that there is; the diff that it is sent. */
async function onRepository({ commits = true } = {}) {
  const root = await temporaryFolder();
  const repo = path.join(root, "app");
  await mkdir(path.join(repo, "src"), { recursive: true });
  await git(repo, "init", "-q", "-b", "main");
  await writeFile(path.join(repo, "a.txt"), "one\ntwo\n");
  await writeFile(path.join(repo, "old.txt"), "old\n");
  await writeFile(path.join(repo, "src", "b.ts"), "const b = 1;\n");
  if (commits) {
    await git(repo, "add", ".");
    await git(repo, "commit", "-qm", "first");
  }
  const all = await boundCommands({ cwd: repo });
  messagesOn(all.host);
  all.host.pluginConfig = { appServer: { workspaceRoots: [root] } };
  const sentFiles: string[] = [];
  // Without buttons the answer is a text.
  all.host.channelConfig = { telegram: { capabilities: { inlineButtons: "off" } } };
  all.host.channels.set("telegram", {
    sendMedia: async ({ mediaUrl }) => {
      sentFiles.push(await readFile(String(mediaUrl), "utf8"));
    },
  });
  return { ...all, root, repo, sentFiles };
}

const plain = (text: string): string => text.replaceAll("\u2060", "");

describe("a diff of the folder", () => {
  test("lists what has changed since the last commit, whoever changed it, new files too", async () => {
    const { say, repo } = await onRepository();
    await writeFile(path.join(repo, "a.txt"), "one\n2\n3\n");
    await rm(path.join(repo, "old.txt"));
    await git(repo, "mv", "src/b.ts", "src/c.ts");
    await writeFile(path.join(repo, "notes.md"), "x\ny");
    await writeFile(path.join(repo, "picture.png"), Buffer.from([0, 1, 2]));
    await writeFile(path.join(repo, ".gitignore"), "*.log\n");
    await writeFile(path.join(repo, "noise.log"), "x\n");
    expect(plain(await say("diff"))).toBe(
      [
        "6 files changed since the last commit (branch main): +5 −2",
        "✏️ a.txt +2 −1",
        "🗑️ old.txt −1",
        "➡️ src/b.ts → src/c.ts ±0",
        "🆕 .gitignore +1",
        "🆕 notes.md +2",
        "🆕 picture.png (not text)",
        "`/codexchat diff file` sends the whole diff. `/codexchat diff last` shows Codex's own last edits.",
      ].join("\n"),
    );
  });

  test("comes whole as a file, which git can apply", async () => {
    const { say, repo, sentFiles } = await onRepository();
    await writeFile(path.join(repo, "a.txt"), "one\n2\n");
    await writeFile(path.join(repo, "notes.md"), "x\ny");
    expect(plain(await say("diff file"))).toMatch(/^Sent: workspace\.diff/);
    const [sent = ""] = sentFiles;
    expect(sent).toContain("-two\n+2\n");
    const patch = path.join(await temporaryFolder(), "p.diff");
    await writeFile(patch, sent);
    await git(repo, "checkout", "-q", "--", "a.txt");
    await rm(path.join(repo, "notes.md"));
    await git(repo, "apply", patch);
    expect(await readFile(path.join(repo, "notes.md"), "utf8")).toBe("x\ny");
    expect(await readFile(path.join(repo, "a.txt"), "utf8")).toBe("one\n2\n");
  });

  test("says that nothing has changed", async () => {
    const { say, sentFiles } = await onRepository();
    expect(await say("diff")).toMatch(
      /^Nothing has changed in this folder since the last commit\./,
    );
    expect(await say("diff file")).toMatch(/^Nothing has changed/);
    expect(sentFiles).toEqual([]);
  });

  test("of a repository without a commit has all its files", async () => {
    const { say } = await onRepository({ commits: false });
    expect(plain(await say("diff"))).toMatch(/^3 files changed.*: \+4\n/);
  });

  test("tells of no file outside of the thread's folder", async () => {
    const { say, chat, repo } = await onRepository();
    await chat.bind({ cwd: path.join(repo, "src") });
    await writeFile(path.join(repo, "a.txt"), "secret\n");
    await writeFile(path.join(repo, "secret.txt"), "secret\n");
    await writeFile(path.join(repo, "src", "b.ts"), "const b = 2;\n");
    expect(plain(await say("diff"))).toMatch(/^1 file changed[^\n]*: \+1 −1\n✏️ b\.ts \+1 −1\n`/);
  });

  test("reads no file that a link in the folder leads to", async () => {
    const { say, repo, sentFiles } = await onRepository();
    const elsewhere = path.join(await temporaryFolder(), "secret.txt");
    await writeFile(elsewhere, "secret\n");
    await symlink(elsewhere, path.join(repo, "link.txt"));
    expect(plain(await say("diff"))).toContain("🆕 link.txt (not text)");
    await say("diff file");
    expect(sentFiles[0]).not.toContain("secret\n");
  });

  test("names at most fifteen files", async () => {
    const { say, repo } = await onRepository();
    for (let index = 0; index < 20; index += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await writeFile(path.join(repo, `n${index}.md`), "x\n");
    }
    const lines = plain(await say("diff")).split("\n");
    expect(lines[0]).toMatch(/^20 files changed.*: \+20$/);
    expect(lines.filter((line) => line.startsWith("🆕"))).toHaveLength(15);
    expect(lines.at(-2)).toBe("and 5 more");
  });

  test("writes nothing into the repository", async () => {
    const { say, repo } = await onRepository();
    await writeFile(path.join(repo, "a.txt"), "changed\n");
    const index = await readFile(path.join(repo, ".git", "index"));
    await chmod(path.join(repo, ".git"), 0o500);
    await say("diff");
    await say("diff file");
    await chmod(path.join(repo, ".git"), 0o700);
    expect(await readFile(path.join(repo, ".git", "index"))).toEqual(index);
  });

  test("shows Codex's own edits where the folder is in no repository", async () => {
    const { say, chat, codex, root } = await onRepository();
    await chat.bind({ cwd: root });
    const change = { path: "x.ts", kind: { type: "update" }, diff: "@@ -1 +1 @@\n-1\n+2\n" };
    const items = [{ type: "fileChange", status: "completed", changes: [change] }];
    codex.answer("thread/turns/list", () => ({ data: [{ id: "t", status: "completed", items }] }));
    expect(plain(await say("diff"))).toMatch(/^The last turn changed x\.ts/);
    expect(await say("diff file")).toMatch(/in no git repository that this chat can use/);
  });
});

describe("a hostile repository", () => {
  const WAYS = [
    ["an external diff", "diff.external"],
    ["a diff driver", "diff.evil.command"],
    ["a text conversion", "diff.evil.textconv"],
    ["a filter", "filter.evil.clean"],
    ["a filter process", "filter.evil.process"],
    ["a file-system monitor", "core.fsmonitor"],
    ["a pager", "core.pager"],
  ] as const;

  test.each(WAYS)("runs nothing by %s", async (_title, setting) => {
    const { say, repo, sentFiles } = await onRepository();
    const proof = path.join(await temporaryFolder(), "ran");
    const program = path.join(await temporaryFolder(), "evil.sh");
    await writeFile(program, `#!/bin/sh\ntouch ${proof}\ncat "$@"\n`, { mode: 0o755 });
    await writeFile(path.join(repo, ".gitattributes"), "* diff=evil filter=evil\n");
    await git(repo, "config", setting, program);
    await writeFile(path.join(repo, "a.txt"), "changed\n");
    await say("diff");
    await say("diff file");
    expect(sentFiles[0]).toContain("+changed");
    await expect(access(proof)).rejects.toThrow("ENOENT");
  });

  test("cannot name another repository of the machine as its own", async () => {
    const { say, chat, codex, root } = await onRepository();
    const secret = path.join(await temporaryFolder(), "secret");
    await mkdir(secret);
    await git(secret, "init", "-q");
    await writeFile(path.join(secret, "key.txt"), "secret\n");
    await git(secret, "add", ".");
    await git(secret, "commit", "-qm", "x");
    const folder = path.join(root, "bait");
    await mkdir(folder);
    await writeFile(path.join(folder, ".git"), `gitdir: ${path.join(secret, ".git")}\n`);
    await chat.bind({ cwd: folder });
    codex.answer("thread/turns/list", () => ({ data: [] }));
    expect(await say("diff")).not.toContain("key");
    expect(await say("diff file")).toMatch(/in no git repository that this chat can use/);
  });

  test("cannot have another folder looked at as its own", async () => {
    const { say, codex, repo } = await onRepository();
    const secret = await temporaryFolder();
    await writeFile(path.join(secret, "key.txt"), "secret\n");
    await git(repo, "config", "core.worktree", secret);
    codex.answer("thread/turns/list", () => ({ data: [] }));
    expect(await say("diff")).not.toContain("key");
    expect(await say("diff file")).toMatch(/in no git repository that this chat can use/);
  });
});

describe("the card of a diff", () => {
  test("is what the command shows in a chat with buttons", async () => {
    const { reply, repo, host } = await onRepository();
    host.channelConfig = {};
    host.version = "2026.6.11";
    await writeFile(path.join(repo, "a.txt"), "changed\n");
    const { text = "", presentation } = await reply("diff");
    expect(plain(text)).toMatch(/^1 file changed[^]*✏️ a\.txt \+1 −2$/);
    expect(JSON.stringify(presentation)).toMatch(/Send the diff.*Codex's last edits.*Back/);
  });
});
