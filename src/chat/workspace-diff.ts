/**
 * What has changed in a folder since the repository's last commit, whoever changed it: files that git does not know yet
 * too. Nothing that the repository names is run, and no more is told than files of that folder.
 */
import { isFar } from "../app-server/start-options.js";
import { realpath, type FileHandle } from "node:fs/promises";
import type { CodexAppServerRuntimeOptions } from "../app-server/config.js";
import type { Git } from "../thread/git.js";
import { diffOfNewFile } from "../thread/turn-diff.js";
import { allowedFolders, isInside } from "../thread/workspace-folder.js";
import { mainOf, repositoryAt } from "../thread/worktree.js";
import { openWorkspaceFile } from "./workspace-file.js";

/** A command's answer is waited for. */
const ENDS_WITHIN_MS = 8000;
/** Nobody reads a longer one. */
const MAX_DIFF = 5_000_000;
/** Of the files that git does not know. */
const MAX_NEW = 500;
const MAX_NEW_BYTES = 1_000_000;
const MAX_READ_BYTES = 5_000_000;

const DIFF = [
  "diff",
  "--no-ext-diff",
  "--no-textconv",
  "--no-color",
  "--ignore-submodules=all",
  "--find-renames",
  "-l300",
  "--src-prefix=a/",
  "--dst-prefix=b/",
  // Below the folder, and named from there.
  "--relative",
];

export type ChangedFile = {
  path: string;
  /** What it was called. */
  from?: string | undefined;
  kind: "new" | "changed" | "deleted" | "renamed";
  /** Lines; undefined where it is no text, or too large to count. */
  lines: { added: number; removed: number } | undefined;
};

export type WorkspaceDiff = {
  /** Undefined if none is checked out. */
  branch: string | undefined;
  files: ChangedFile[];
  /** There are more. */
  isCut: boolean;
};

/** A folder whose changes can be told. */
export class ComparableFolder {
  readonly #git: Git;
  readonly #folder: string;
  readonly #roots: readonly string[];
  #read = 0;

  private constructor(git: Git, folder: string, roots: readonly string[]) {
    this.#git = git;
    this.#folder = folder;
    this.#roots = roots;
  }

  /** Undefined if it lies in no repository that the chat may work in. The folder itself must be one that it may. */
  static async at(
    folder: string,
    runtime: CodexAppServerRuntimeOptions,
  ): Promise<ComparableFolder | undefined> {
    if (isFar(runtime.start)) return undefined;
    try {
      const git = await repositoryAt(folder, { withinMs: ENDS_WITHIN_MS });
      await mainOf(git, runtime);
      // A repository can name any folder of the machine as the one that it is about.
      const top = await realpath(await git.run(["rev-parse", "--show-toplevel"]));
      if (!isInside(await realpath(folder), top)) return undefined;
      return new ComparableFolder(git, folder, allowedFolders(runtime));
    } catch {
      return undefined;
    }
  }

  /** @throws GitError */
  async summary(): Promise<WorkspaceDiff> {
    const git = this.#git;
    const base = await this.#base();
    const listed = await git.run([...DIFF, "--raw", "--numstat", "-z", base, "--"]);
    const tracked = readChanges(listed);
    const { names, isCut } = await this.#newNames();
    const added: ChangedFile[] = [];
    for (const name of names) {
      // oxlint-disable-next-line no-await-in-loop
      const content = await this.#contentOf(name);
      const lines = content === undefined ? undefined : { added: linesOf(content), removed: 0 };
      added.push({ path: name, kind: "new", lines });
    }
    const branch = await git.run(["branch", "--show-current"]).catch(() => "");
    return { branch: branch || undefined, files: [...tracked, ...added], isCut };
  }

  /** All of it, in git's form. @throws GitError */
  async whole(): Promise<{ text: string; isCut: boolean }> {
    const tracked = await this.#git.runUpTo([...DIFF, await this.#base(), "--"], MAX_DIFF);
    const { names, isCut } = await this.#newNames();
    const parts = [tracked];
    let length = tracked.length;
    for (const name of names) {
      if (length > MAX_DIFF) break;
      // oxlint-disable-next-line no-await-in-loop
      const content = await this.#contentOf(name);
      const part =
        content === undefined
          ? `Binary files /dev/null and b/${name} differ\n`
          : diffOfNewFile(name, content);
      parts.push(part);
      length += part.length;
    }
    const text = parts.join("");
    return { text: text.slice(0, MAX_DIFF), isCut: isCut || text.length > MAX_DIFF };
  }

  /** The last commit; in a repository without one, an empty folder. */
  async #base(): Promise<string> {
    const hasCommit = await this.#git.holds(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
    return hasCommit ? "HEAD" : this.#git.run(["hash-object", "-t", "tree", "--stdin"]);
  }

  async #newNames(): Promise<{ names: string[]; isCut: boolean }> {
    const listed = await this.#git.run(["ls-files", "--others", "--exclude-standard", "-z"]);
    const names = listed.split("\0").filter((name) => name !== "");
    return { names: names.slice(0, MAX_NEW), isCut: names.length > MAX_NEW };
  }

  /** The text of a file that git does not know; undefined where it is none, or none that is read here. */
  async #contentOf(name: string): Promise<string | undefined> {
    if (this.#read > MAX_READ_BYTES || !this.#git.hasTimeLeft) return undefined;
    let handle: FileHandle | undefined;
    try {
      const file = await openWorkspaceFile(name, {
        cwd: this.#folder,
        roots: this.#roots,
        maxBytes: MAX_NEW_BYTES,
        mayBeEmpty: true,
      });
      handle = file.handle;
      this.#read += file.size;
      const bytes = Buffer.alloc(file.size);
      const { bytesRead } = await handle.read(bytes, 0, file.size, 0);
      const read = bytes.subarray(0, bytesRead);
      return read.includes(0) ? undefined : read.toString("utf8");
    } catch {
      // A link that leads out, a repository in the repository, a file that has gone.
      return undefined;
    } finally {
      await handle?.close();
    }
  }
}

/** Reads what `--raw --numstat -z` tells: first how each file has changed, then by how many lines. */
function readChanges(listed: string): ChangedFile[] {
  const words = listed.split("\0");
  const files = new Map<string, ChangedFile>();
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (word.startsWith(":")) {
      const status = word.split(" ").at(-1)?.charAt(0) ?? "";
      const isMoved = status === "R" || status === "C";
      const from = isMoved ? words[(at += 1)] : undefined;
      const path = words[(at += 1)] ?? "";
      files.set(path, { path, from, kind: kindOf(status), lines: undefined });
      continue;
    }
    const [, added = "", removed = "", name = ""] = /^(\d+|-)\t(\d+|-)\t([^]*)$/.exec(word) ?? [];
    if (added === "") continue;
    // A renamed file's names follow it.
    const path = name === "" ? (words[(at += 2)] ?? "") : name;
    const file = files.get(path);
    if (file && added !== "-") file.lines = { added: Number(added), removed: Number(removed) };
  }
  return [...files.values()];
}

function kindOf(status: string): ChangedFile["kind"] {
  switch (status) {
    case "A":
    case "C":
      return "new";
    case "D":
      return "deleted";
    case "R":
      return "renamed";
    default:
      return "changed";
  }
}

function linesOf(content: string): number {
  const breaks = content.split("\n").length - 1;
  return content === "" || content.endsWith("\n") ? breaks : breaks + 1;
}
