/** `node:fs/promises` of one process, over the disk of its machine: each call takes its time, and can fail. */
import { constants } from "node:fs";
import path from "node:path";
import { type Disk, DiskError, type DiskNode, type FileNode, type FolderNode } from "./disk.js";
import type { Life, Time } from "./time.js";

/** What goes wrong with a call, decided by the world. */
export type DiskTrouble = (call: { syscall: string; file: string }) => {
  code?: string | undefined;
  /** Beyond what such a call takes. */
  slowMs: number;
};

type Encoding = "utf8" | undefined;
type Pending = { call: { syscall: string; file: string }; apply: () => unknown };

/** Calls of a read that change nothing are not tried at a kill. */
const READS = new Set(["stat", "read", "readdir", "realpath", "readlink", "close"]);

export class SimFs {
  readonly disk: Disk;
  readonly #scheduler: Time;
  readonly #life: Life;
  readonly #trouble: DiskTrouble;
  readonly #pending = new Set<Pending>();
  readonly #open = new Map<SimFile, string>();
  #fds = 20;

  constructor(disk: Disk, scheduler: Time, life: Life, trouble: DiskTrouble) {
    this.disk = disk;
    this.#scheduler = scheduler;
    this.#life = life;
    this.#trouble = trouble;
  }

  get openFiles(): string[] {
    return [...this.#open.values()];
  }

  /** The process is gone: of what it had asked for, some was done. */
  die(): void {
    for (const { apply, call } of this.#pending) {
      if (READS.has(call.syscall) || !this.#scheduler.random.chance(0.5)) continue;
      try {
        apply();
        this.#scheduler.note(`disk ${call.syscall} ${call.file} as it dies`);
      } catch (error) {
        if (!(error instanceof DiskError)) throw error;
      }
    }
    this.#pending.clear();
  }

  async call<T>(syscall: string, file: string, apply: () => T): Promise<T> {
    const { random } = this.#scheduler;
    const call = { syscall, file };
    const pending: Pending = { call, apply };
    const { code, slowMs } = this.#trouble(call);
    // Most take a moment, some a hundred times as long.
    const ms = random.chance(0.02) ? random.next() * 20 : random.next() * 0.3;
    const settled = Promise.withResolvers<T>();
    this.#pending.add(pending);
    this.#scheduler.after(ms + slowMs, this.#life, () => {
      this.#pending.delete(pending);
      this.#scheduler.note(`disk ${syscall} ${file} ${code ?? ""}`);
      try {
        if (code !== undefined) throw new DiskError(code, syscall, file);
        settled.resolve(apply());
      } catch (error) {
        settled.reject(error);
      }
    });
    return settled.promise;
  }

  closed(file: SimFile): void {
    this.#open.delete(file);
  }

  /** What a plugin can import. */
  module(): Record<string, unknown> {
    const { disk } = this;
    const stat = (file: string, options?: { bigint?: boolean }): Promise<SimStats> =>
      this.call("stat", file, () => statsOf(disk.require(file, "stat"), options?.bigint === true));
    return {
      stat,
      lstat: stat,
      open: (file: string, flags: number | string, mode = 0o666) =>
        this.call("open", file, () => this.#openFile(file, flags, mode)),
      mkdir: (file: string, options: { recursive?: boolean; mode?: number } = {}) =>
        this.call("mkdir", file, () =>
          disk.makeFolder(file, options.mode ?? 0o777, options.recursive === true),
        ),
      chmod: (file: string, mode: number) =>
        this.call("chmod", file, () => void (disk.require(file, "chmod").mode = mode)),
      readdir: (file: string, options?: { withFileTypes?: boolean }) =>
        this.call("readdir", file, () => namesIn(disk.requireFolder(file, "scandir"), options)),
      rename: (from: string, to: string) => this.call("rename", from, () => disk.rename(from, to)),
      rm: (file: string, options: { recursive?: boolean; force?: boolean } = {}) =>
        this.call("rm", file, () => removeFrom(disk, file, options)),
      truncate: (file: string, length = 0) =>
        this.call("truncate", file, () => {
          const node = disk.requireFile(file, "open");
          disk.write(node, node.content.subarray(0, length));
        }),
      copyFile: (from: string, to: string) =>
        this.call("copyfile", to, () => {
          if (disk.find(to)) throw new DiskError("EEXIST", "copyfile", to);
          const { content } = disk.requireFile(from, "copyfile");
          disk.write(disk.create(to, 0o600), Buffer.from(content));
        }),
      writeFile: async (file: string, data: string | Uint8Array, options?: { mode?: number }) => {
        const handle = await this.call("open", file, () =>
          this.#openFile(file, "w", options?.mode ?? 0o666),
        );
        await handle.writeFile(data);
        await handle.close();
      },
      realpath: (file: string) =>
        this.call("realpath", file, () => {
          disk.require(file, "realpath");
          return path.posix.resolve(file);
        }),
      readlink: (file: string) =>
        this.call("readlink", file, () => {
          throw new DiskError("EINVAL", "readlink", file);
        }),
    };
  }

  #openFile(file: string, flags: number | string, mode: number): SimFile {
    const bits = typeof flags === "number" ? flags : FLAGS[flags];
    if (bits === undefined) throw new Error(`the simulated disk knows no flags ${flags}`);
    const has = (flag: number): boolean => (bits & flag) !== 0;
    let node = this.disk.find(file);
    if (node && has(constants.O_CREAT) && has(constants.O_EXCL)) {
      throw new DiskError("EEXIST", "open", file);
    }
    if (!node && !has(constants.O_CREAT)) throw new DiskError("ENOENT", "open", file);
    node ??= this.disk.create(file, mode);
    if (node.kind === "file" && has(constants.O_TRUNC)) this.disk.write(node, Buffer.alloc(0));
    const opened = new SimFile(this, this.disk, node, file, this.#fds++);
    this.#open.set(opened, file);
    return opened;
  }
}

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_TRUNC } = constants;
const FLAGS: Readonly<Record<string, number>> = {
  r: O_RDONLY,
  w: O_WRONLY | O_CREAT | O_TRUNC,
  wx: O_WRONLY | O_CREAT | O_EXCL,
};

/** An opened file; writes go to its end, which is where all of the plugin's go. */
export class SimFile {
  readonly fd: number;
  readonly #fs: SimFs;
  readonly #disk: Disk;
  readonly #node: DiskNode;
  readonly #path: string;

  constructor(fs: SimFs, disk: Disk, node: DiskNode, file: string, fd: number) {
    this.#fs = fs;
    this.#disk = disk;
    this.#node = node;
    this.#path = file;
    this.fd = fd;
  }

  stat(options?: { bigint?: boolean }): Promise<SimStats> {
    return this.#call("stat", () => statsOf(this.#node, options?.bigint === true));
  }

  chmod(mode: number): Promise<void> {
    return this.#call("chmod", () => void (this.#node.mode = mode));
  }

  readFile(encoding?: Encoding): Promise<string | Buffer> {
    return this.#call("read", () => {
      const { content } = this.#file("read");
      return encoding === "utf8" ? content.toString("utf8") : Buffer.from(content);
    });
  }

  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ buffer: Buffer; bytesRead: number }> {
    return this.#call("read", () => {
      const bytesRead = this.#file("read").content.copy(
        buffer,
        offset,
        position,
        position + length,
      );
      return { buffer, bytesRead };
    });
  }

  async writeFile(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? Buffer.from(data, "utf8") : Buffer.from(data);
    const append = (piece: Buffer): void => {
      const node = this.#file("write");
      this.#disk.write(node, Buffer.concat([node.content, piece]));
    };
    try {
      await this.#call("write", () => append(bytes));
    } catch (error) {
      // A full disk takes what there is room for.
      const part = bytes.subarray(0, bytes.length >> 1);
      if (error instanceof DiskError && error.code === "ENOSPC") append(part);
      throw error;
    }
  }

  sync(): Promise<void> {
    return this.#call("sync", () => this.#disk.sync(this.#node));
  }

  datasync(): Promise<void> {
    return this.sync();
  }

  async close(): Promise<void> {
    await this.#fs.call("close", this.#path, () => this.#fs.closed(this));
  }

  #file(syscall: string): FileNode {
    if (this.#node.kind !== "file") throw new DiskError("EISDIR", syscall, this.#path);
    return this.#node;
  }

  #call<T>(syscall: string, apply: () => T): Promise<T> {
    return this.#fs.call(syscall, this.#path, apply);
  }
}

export const USER = 1000;

type SimStats = {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  [fact: string]: unknown;
};

function statsOf(node: DiskNode, isBig: boolean): SimStats {
  const { kind, ino, mode, mtimeMs } = node;
  const size = node.kind === "file" ? node.content.length : 4096;
  const facts = { ino, mode, size, uid: USER, dev: 1, nlink: 1 };
  const numbers = isBig
    ? Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, BigInt(value)]))
    : facts;
  return {
    isFile: () => kind === "file",
    isDirectory: () => kind === "folder",
    isSymbolicLink: () => false,
    ...numbers,
    mtimeMs,
    ctimeMs: mtimeMs,
  };
}

function namesIn(folder: FolderNode, options?: { withFileTypes?: boolean }): unknown[] {
  if (options?.withFileTypes !== true) return [...folder.entries.keys()];
  return [...folder.entries].map(([name, { kind }]) => ({
    name,
    isFile: () => kind === "file",
    isDirectory: () => kind === "folder",
  }));
}

function removeFrom(
  disk: Disk,
  file: string,
  { recursive = false, force = false }: { recursive?: boolean; force?: boolean },
): void {
  const node = disk.find(file);
  if (!node) {
    if (force) return;
    throw new DiskError("ENOENT", "rm", file);
  }
  if (node.kind === "folder" && !recursive) throw new DiskError("EISDIR", "rm", file);
  disk.remove(file);
}
