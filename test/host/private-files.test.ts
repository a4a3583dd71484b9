import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  appendPrivateFile,
  closeStateToOthers,
  hasCode,
  listPrivateFolder,
  onMendedFile,
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

/** A state folder with ours in it, and what was said of it. */
async function state() {
  const base = await temporaryFolder();
  const folder = path.join(base, "codex-conversation", "conversations");
  await mkdir(path.join(folder, "one.inbox"), { recursive: true, mode: 0o700 });
  const said: string[] = [];
  onMendedFile((text) => said.push(text));
  onTestFinished(() => onMendedFile(() => {}));
  return { base, folder, said };
}

describe("what is open to other users", () => {
  test.each([0o777, 0o755, 0o770, 0o711])(
    "is closed when it is used, and said: a folder of mode %o",
    async (mode) => {
      const { folder, said } = await state();
      await chmod(folder, mode);
      expect(await listPrivateFolder(folder)).toEqual(["one.inbox"]);
      expect(await modeOf(folder)).toBe(0o700);
      expect(said).toEqual([
        expect.stringContaining(`${folder} was open to other users (mode ${mode.toString(8)})`),
      ]);
      await listPrivateFolder(folder);
      expect(said).toHaveLength(1);
    },
  );

  test("is closed when it is read or added to: a file", async () => {
    const { folder, said } = await state();
    const file = path.join(folder, "file");
    await writePrivateFile(file, "text");
    await chmod(file, 0o666);
    expect(await readPrivateFile(file)).toBe("text");
    expect(await modeOf(file)).toBe(0o600);
    await chmod(file, 0o640);
    await appendPrivateFile(file, " more", { synced: false });
    expect(await modeOf(file)).toBe(0o600);
    expect(said).toHaveLength(2);
  });

  test("is closed when the gateway starts, with all that lies in it", async () => {
    const { base, folder, said } = await state();
    const deep = path.join(folder, "one.inbox", "1.json");
    await writeFile(deep, "{}");
    await chmod(deep, 0o644);
    for (const open of [
      base,
      path.join(base, "codex-conversation"),
      path.join(folder, "one.inbox"),
    ]) {
      // oxlint-disable-next-line no-await-in-loop
      await chmod(open, 0o777);
    }
    await closeStateToOthers(base);
    expect(await modeOf(deep)).toBe(0o600);
    expect(await modeOf(path.join(folder, "one.inbox"))).toBe(0o700);
    expect(await modeOf(path.join(base, "codex-conversation"))).toBe(0o700);
    expect(await modeOf(base)).toBe(0o775);
    expect(said).toHaveLength(4);
  });

  test("is left alone where it is not ours, as a temporary folder for all", async () => {
    const { base, said } = await state();
    const folder = path.join(base, "elsewhere");
    await mkdir(folder);
    await chmod(folder, 0o777);
    await writePrivateFile(path.join(folder, "file"), "text");
    expect(await modeOf(folder)).toBe(0o777);
    expect(said).toEqual([]);
  });

  test("a link in our folder is not followed on the way", async () => {
    const { base, folder } = await state();
    const outside = path.join(base, "outside");
    await writeFile(outside, "");
    await chmod(outside, 0o644);
    await symlink(outside, path.join(folder, "link"));
    await closeStateToOthers(base);
    expect(await modeOf(outside)).toBe(0o644);
  });

  test.runIf(process.getuid?.() === 0)("is refused where it belongs to another user", async () => {
    const { folder } = await state();
    const file = path.join(folder, "file");
    await writePrivateFile(file, "text");
    await chown(file, 12_345, 12_345);
    await expect(readPrivateFile(file)).rejects.toThrow(/another user.*chown/);
    await chown(folder, 12_345, 12_345);
    await expect(listPrivateFolder(folder)).rejects.toThrow(/another user/);
    await expect(writePrivateFile(path.join(folder, "new"), "")).rejects.toThrow(/another user/);
  });
});
