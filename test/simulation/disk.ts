/**
 * A disk that forgets. What is written stands in the page cache, which outlives a process but not the machine's power:
 * then a file keeps what was synced and any part of the rest, and a folder may lose the names that were made, taken or
 * changed since it was synced.
 */
import path from "node:path";
import type { Seeded } from "../support/seeded.js";

type Facts = { ino: number; mode: number; mtimeMs: number };
export type FileNode = Facts & {
  kind: "file";
  content: Buffer;
  synced: Buffer;
  /** When the first of what is not synced was written. */
  dirtySince: number;
};
export type FolderNode = Facts & {
  kind: "folder";
  entries: Map<string, DiskNode>;
  /** Since the last sync. */
  changes: Change[];
};
export type DiskNode = FileNode | FolderNode;

/** The names that one act changes in a folder: what each was, and what it became. */
type Change = {
  at: number;
  names: { name: string; before: DiskNode | undefined; after: DiskNode | undefined }[];
};

/** The kernel writes by itself what has waited for so long. */
const WRITTEN_BACK_AFTER_MS = 30_000;

/** With their parts, which change nothing of what a path means. */
const REMEMBERED_PATHS = 5000;

export class DiskError extends Error {
  readonly code: string;
  readonly syscall: string;
  readonly path: string;

  constructor(code: string, syscall: string, file: string) {
    super(`${code}: ${REASONS[code] ?? "failed"}, ${syscall} '${file}'`);
    this.code = code;
    this.syscall = syscall;
    this.path = file;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EEXIST: "file already exists",
  ENOTDIR: "not a directory",
  EISDIR: "illegal operation on a directory",
  ENOTEMPTY: "directory not empty",
  ENOSPC: "no space left on device",
  EIO: "i/o error",
  EMFILE: "too many open files",
  EINVAL: "invalid argument",
};

export class Disk {
  #inodes = 1;
  readonly root: FolderNode;
  readonly #clock: () => number;
  readonly #now: () => number;

  /** `clock` is the time of day, `now` one that only goes forward. */
  constructor(clock: () => number, now: () => number) {
    this.#clock = clock;
    this.#now = now;
    this.root = this.#newFolder(0o755);
  }

  find(file: string): DiskNode | undefined {
    let node: DiskNode | undefined = this.root;
    for (const name of partsOf(file)) {
      if (node?.kind !== "folder") return undefined;
      node = node.entries.get(name);
    }
    return node;
  }

  require(file: string, syscall: string): DiskNode {
    const node = this.find(file);
    if (!node) throw new DiskError("ENOENT", syscall, file);
    return node;
  }

  requireFile(file: string, syscall: string): FileNode {
    const node = this.require(file, syscall);
    if (node.kind !== "file") throw new DiskError("EISDIR", syscall, file);
    return node;
  }

  requireFolder(file: string, syscall: string): FolderNode {
    const node = this.require(file, syscall);
    if (node.kind !== "folder") throw new DiskError("ENOTDIR", syscall, file);
    return node;
  }

  create(file: string, mode: number): FileNode {
    const node: FileNode = {
      kind: "file",
      ...this.#facts(mode),
      content: Buffer.alloc(0),
      synced: Buffer.alloc(0),
      dirtySince: Infinity,
    };
    this.#change(file, "open", node);
    return node;
  }

  /** Returns the topmost folder that it made. */
  makeFolder(file: string, mode: number, recursive: boolean): string | undefined {
    const found = this.find(file);
    if (found) {
      if (recursive && found.kind === "folder") return undefined;
      throw new DiskError("EEXIST", "mkdir", file);
    }
    const above = path.posix.dirname(file);
    const topmost = recursive ? this.makeFolder(above, mode, true) : undefined;
    this.#change(file, "mkdir", this.#newFolder(mode));
    return topmost ?? file;
  }

  remove(file: string): void {
    this.#change(file, "rm", undefined);
  }

  rename(from: string, to: string): void {
    const node = this.require(from, "rename");
    const source = this.requireFolder(path.posix.dirname(from), "rename");
    const target = this.requireFolder(path.posix.dirname(to), "rename");
    const [oldName, newName] = [path.posix.basename(from), path.posix.basename(to)];
    const names: Change["names"] = [
      { name: oldName, before: node, after: undefined },
      { name: newName, before: target.entries.get(newName), after: node },
    ];
    if (source !== target) throw new DiskError("EINVAL", "rename", from);
    source.entries.delete(oldName);
    source.entries.set(newName, node);
    source.changes.push({ at: this.#now(), names });
  }

  write(node: FileNode, content: Buffer): void {
    node.content = content;
    node.dirtySince = Math.min(node.dirtySince, this.#now());
    node.mtimeMs = this.#clock();
  }

  sync(node: DiskNode): void {
    if (node.kind === "folder") node.changes = [];
    else {
      node.synced = node.content;
      node.dirtySince = Infinity;
    }
  }

  /** All paths of files below a folder. */
  files(folder: string): string[] {
    const node = this.find(folder);
    if (node?.kind !== "folder") return [];
    return [...node.entries].flatMap(([name, child]) => {
      const file = path.posix.join(folder, name);
      return child.kind === "file" ? [file] : this.files(file);
    });
  }

  losePower(random: Seeded): void {
    this.#forget(this.root, random, this.#now() - WRITTEN_BACK_AFTER_MS, new Set());
  }

  /** What was written before `kept` is on the disk, synced or not. */
  #forget(folder: FolderNode, random: Seeded, kept: number, seen: Set<DiskNode>): void {
    folder.changes = folder.changes.filter(({ at }) => at >= kept);
    forgetNames(folder, random);
    for (const node of folder.entries.values()) {
      if (seen.has(node)) continue;
      seen.add(node);
      if (node.kind === "folder") this.#forget(node, random, kept, seen);
      else if (node.dirtySince >= kept) forgetContent(node, random);
      else this.sync(node);
    }
  }

  #change(file: string, syscall: string, after: DiskNode | undefined): void {
    const folder = this.requireFolder(path.posix.dirname(file), syscall);
    const name = path.posix.basename(file);
    const before = folder.entries.get(name);
    folder.changes.push({ at: this.#now(), names: [{ name, before, after }] });
    if (after) folder.entries.set(name, after);
    else folder.entries.delete(name);
  }

  #newFolder(mode: number): FolderNode {
    return { kind: "folder", ...this.#facts(mode), entries: new Map(), changes: [] };
  }

  #facts(mode: number): Facts {
    return { ino: this.#inodes++, mode, mtimeMs: this.#clock() };
  }
}

/** A journal keeps the first changes and loses the last; file systems without one may keep any of them. */
function forgetNames(folder: FolderNode, random: Seeded): void {
  const { changes, entries } = folder;
  if (changes.length === 0) return;
  for (const change of changes.toReversed()) {
    for (const { name, before } of change.names.toReversed()) {
      if (before) entries.set(name, before);
      else entries.delete(name);
    }
  }
  const inOrder = random.chance(0.5);
  const kept = inOrder
    ? changes.slice(0, random.int(0, changes.length))
    : changes.filter(() => random.chance(0.5));
  for (const change of kept) {
    for (const { name, after } of change.names) {
      if (after) entries.set(name, after);
      else entries.delete(name);
    }
  }
  folder.changes = [];
}

function forgetContent(node: FileNode, random: Seeded): void {
  const { content, synced } = node;
  if (content === synced) return;
  const isLonger = content.length > synced.length;
  const grew = isLonger && content.subarray(0, synced.length).equals(synced);
  if (grew) {
    const rest = Buffer.from(content.subarray(synced.length));
    const keeps = random.weighted({ nothing: 3, all: 2, prefix: 4, torn: 1 });
    const length = random.int(0, rest.length);
    // Of a torn piece the length came to the disk, and its first blocks did not.
    if (keeps === "torn") rest.fill(0, 0, length);
    const kept = { nothing: 0, all: rest.length, prefix: length, torn: rest.length }[keeps];
    node.content = Buffer.concat([synced, rest.subarray(0, kept)]);
  } else if (random.chance(0.5)) {
    node.content = synced;
  }
  node.synced = node.content;
}

/** Split once for each path: there are few, and each is asked for again and again. */
const partsByPath = new Map<string, readonly string[]>();

function partsOf(file: string): readonly string[] {
  const known = partsByPath.get(file);
  if (known) return known;
  const parts = path.posix
    .resolve("/", file)
    .split("/")
    .filter((part) => part !== "");
  if (partsByPath.size >= REMEMBERED_PATHS) partsByPath.clear();
  partsByPath.set(file, parts);
  return parts;
}
