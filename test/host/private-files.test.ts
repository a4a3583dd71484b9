import { lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import {
  hasCode,
  readPrivateFile,
  removePrivateFile,
  setAside,
  writePrivateFile,
} from "../../src/host/private-files.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;

describe("writing", () => {
  test("makes a file and its missing folders that only this user can read", async () => {
    const folder = await temporaryFolder();
    const file = path.join(folder, "a", "b", "file");
    await writePrivateFile(file, "text");
    expect(await readPrivateFile(file)).toBe("text");
    expect(await modeOf(file)).toBe(0o600);
    expect(await modeOf(path.join(folder, "a"))).toBe(0o700);
    expect(await modeOf(path.join(folder, "a", "b"))).toBe(0o700);
  });

  test("replaces a file that others could read by one that they cannot", async () => {
    const file = path.join(await temporaryFolder(), "file");
    await writeFile(file, "old", { mode: 0o644 });
    await writePrivateFile(file, "new");
    expect(await readPrivateFile(file)).toBe("new");
    expect(await modeOf(file)).toBe(0o600);
  });

  test("leaves nothing but the file", async () => {
    const folder = await temporaryFolder();
    await writePrivateFile(path.join(folder, "file"), "one");
    await writePrivateFile(path.join(folder, "file"), "two");
    expect(await readdir(folder)).toEqual(["file"]);
  });

  test("that fails leaves the old text and no temporary file", async () => {
    const folder = await temporaryFolder();
    await mkdir(path.join(folder, "taken"));
    await expect(writePrivateFile(path.join(folder, "taken"), "text")).rejects.toThrow("taken");
    expect(await readdir(folder)).toEqual(["taken"]);
  });

  test("at the same time leaves one text or the other, whole", async () => {
    const folder = await temporaryFolder();
    const file = path.join(folder, "file");
    const texts = ["a", "b", "c", "d"].map((letter) => letter.repeat(100_000));
    await Promise.all(texts.map((text) => writePrivateFile(file, text)));
    expect(texts).toContain(await readPrivateFile(file));
    expect(await readdir(folder)).toEqual(["file"]);
  });

  test("does not write through a planted link but replaces it", async () => {
    const folder = await temporaryFolder();
    const [victim, file] = [path.join(folder, "victim"), path.join(folder, "file")];
    await writeFile(victim, "precious");
    await symlink(victim, file);
    await writePrivateFile(file, "text");
    expect(await readFile(victim, "utf8")).toBe("precious");
    expect((await lstat(file)).isFile()).toBe(true);
    expect(await readPrivateFile(file)).toBe("text");
  });
});

describe("reading", () => {
  test("a file that is not there gives undefined", async () => {
    expect(await readPrivateFile(path.join(await temporaryFolder(), "none"))).toBeUndefined();
  });

  test("does not follow a planted link", async () => {
    const folder = await temporaryFolder();
    await writeFile(path.join(folder, "victim"), "precious");
    await symlink(path.join(folder, "victim"), path.join(folder, "file"));
    await expect(readPrivateFile(path.join(folder, "file"))).rejects.toMatchObject({
      code: "ELOOP",
    });
  });

  test("a folder is an error", async () => {
    await expect(readPrivateFile(await temporaryFolder())).rejects.toMatchObject({
      code: "EISDIR",
    });
  });
});

describe("removing", () => {
  test("takes the file away, once or twice", async () => {
    const folder = await temporaryFolder();
    const file = path.join(folder, "file");
    await writePrivateFile(file, "text");
    await removePrivateFile(file);
    await removePrivateFile(file);
    expect(await readdir(folder)).toEqual([]);
  });

  test("takes a planted link away and not what it leads to", async () => {
    const folder = await temporaryFolder();
    await writeFile(path.join(folder, "victim"), "precious");
    await symlink(path.join(folder, "victim"), path.join(folder, "file"));
    await removePrivateFile(path.join(folder, "file"));
    expect(await readdir(folder)).toEqual(["victim"]);
  });
});

test("setting aside keeps the text beside the old name", async () => {
  const folder = await temporaryFolder();
  const file = path.join(folder, "file");
  await writeFile(file, "damaged");
  const aside = await setAside(file);
  expect(await readFile(aside, "utf8")).toBe("damaged");
  expect(path.dirname(aside)).toBe(folder);
  expect(path.basename(aside)).toMatch(/^file\.unreadable-[\dTZ.-]+$/);
  expect(await readPrivateFile(file)).toBeUndefined();
});

test("an error is known by its code", () => {
  expect(hasCode(Object.assign(new Error("x"), { code: "ENOENT" }), "ENOENT")).toBe(true);
  expect(hasCode(new Error("x"), "ENOENT")).toBe(false);
  expect(hasCode({ code: "ENOENT" }, "ENOENT")).toBe(false);
});
