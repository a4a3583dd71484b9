import { open, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  copyOut,
  FileGrewError,
  sweepOutgoingFiles,
  writeOut,
} from "../../src/chat/outgoing-files.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

async function source(content: Buffer | string) {
  const folder = await temporaryFolder();
  const file = path.join(folder, "original");
  await writeFile(file, content);
  const handle = await open(file);
  onTestFinished(() => handle.close());
  const left = (): Promise<string[]> => readdir(path.join(folder, "media", "codex-conversation"));
  return { folder, handle, left };
}

test("a copy has the name that is asked for, is readable by this user alone, and goes", async () => {
  const content = Buffer.alloc(2_500_000, "abc");
  const { folder, handle, left } = await source(content);
  const copy = await copyOut(folder, { handle, name: "a b.txt" }, 3_000_000);
  expect(copy).toMatchObject({ name: "a b.txt", size: 2_500_000 });
  expect(path.dirname(copy.path)).toBe(copy.folder);
  expect(path.basename(copy.path)).toBe("a b.txt");
  expect((await readFile(copy.path)).equals(content)).toBe(true);
  expect((await stat(copy.path)).mode & 0o777).toBe(0o600);
  expect((await stat(copy.folder)).mode & 0o777).toBe(0o700);
  await copy.remove();
  expect(await left()).toEqual([]);
});

test("a file that has grown too large is not copied, and leaves nothing", async () => {
  const { folder, handle, left } = await source(Buffer.alloc(101));
  await expect(copyOut(folder, { handle, name: "a" }, 100)).rejects.toThrow(FileGrewError);
  expect(await left()).toEqual([]);
});

test("a copy that fails leaves nothing", async () => {
  const { folder, handle, left } = await source("a");
  await expect(copyOut(folder, { handle, name: "no/such" }, 100)).rejects.toThrow(/ENOENT/);
  expect(await left()).toEqual([]);
});

test("what a crash left is swept away, what is being sent is not", async () => {
  const { folder, left } = await source("a");
  const old = await writeOut(folder, "old.diff", "text");
  const fresh = await writeOut(folder, "new.diff", "text");
  const anHourAgo = Date.now() / 1000 - 3700;
  await utimes(old.folder, anHourAgo, anHourAgo);
  await sweepOutgoingFiles(folder);
  expect(await left()).toEqual([path.basename(fresh.folder)]);
});

test("sweeping where nothing was ever sent does nothing", async () => {
  const folder = await temporaryFolder();
  await sweepOutgoingFiles(folder);
  expect(await readdir(folder)).toEqual([]);
});
