import { execFileSync } from "node:child_process";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { openWorkspaceFile } from "../../src/chat/workspace-file.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

async function workspace() {
  const folder = await temporaryFolder();
  const cwd = path.join(folder, "work");
  await mkdir(path.join(cwd, "sub"), { recursive: true });
  await writeFile(path.join(cwd, "sub", "a b.txt"), "inside");
  await writeFile(path.join(folder, "secret.txt"), "outside");
  const opened = async (
    named: string,
    { roots = [], maxBytes = 100 }: { roots?: string[]; maxBytes?: number } = {},
  ): Promise<string> => {
    const file = await openWorkspaceFile(named, { cwd, roots, maxBytes });
    onTestFinished(() => file.handle.close());
    return `${file.name} ${file.size} ${await file.handle.readFile("utf8")}`;
  };
  return { folder, cwd, opened };
}

test("a file is found by its relative and by its absolute name", async () => {
  const { cwd, opened } = await workspace();
  expect(await opened("sub/a b.txt")).toBe("a b.txt 6 inside");
  expect(await opened(path.join(cwd, "sub", "..", "sub", "a b.txt"))).toBe("a b.txt 6 inside");
});

test("a link to a file inside is followed, and the file keeps the name that was asked for", async () => {
  const { cwd, opened } = await workspace();
  await symlink(path.join(cwd, "sub", "a b.txt"), path.join(cwd, "link.txt"));
  expect(await opened("link.txt")).toBe("link.txt 6 inside");
});

describe("what lies outside is not opened, and not told whether it exists:", () => {
  test.each(["../secret.txt", "../nothing.txt", "sub/../../secret.txt", "/etc/passwd", ".."])(
    "%s",
    async (named) => {
      const { opened } = await workspace();
      await expect(opened(named)).rejects.toThrow(/^Only files inside this thread's folder/);
    },
  );

  test("a link that leads out, of the file or of a folder above it", async () => {
    const { folder, cwd, opened } = await workspace();
    await symlink(path.join(folder, "secret.txt"), path.join(cwd, "link.txt"));
    await symlink(folder, path.join(cwd, "up"));
    await expect(opened("link.txt")).rejects.toThrow(/^Only files inside/);
    await expect(opened("up/secret.txt")).rejects.toThrow(/^Only files inside/);
  });

  test.each(["link.txt", "link/there.txt", "link/no/where.txt", "inside/link.txt", "chain.txt"])(
    "a link that leads out, be there something at its end or not: %s",
    async (named) => {
      const { folder, cwd, opened } = await workspace();
      const answers = [];
      await symlink(path.join(cwd, "sub"), path.join(cwd, "inside"));
      for (const target of ["there.txt", "nothing.txt", ".", "nowhere"]) {
        await writeFile(path.join(folder, "there.txt"), "outside");
        const links = [
          ["link", target],
          ["link.txt", target],
          [path.join("sub", "link.txt"), target],
          ["chain.txt", path.join("work", "link.txt")],
        ] as const;
        for (const [link, to] of links) {
          await rm(path.join(cwd, link), { force: true });
          await symlink(path.join(folder, to), path.join(cwd, link));
        }
        answers.push(await opened(named).catch((error: unknown) => String(error)));
      }
      expect(new Set(answers).size).toBe(1);
      expect(answers[0]).toMatch(/Only files inside this thread's folder/);
    },
  );

  test("a file inside the folder, yet outside the operator's", async () => {
    const { folder, cwd, opened } = await workspace();
    const other = path.join(folder, "other");
    await mkdir(other);
    await expect(opened("sub/a b.txt", { roots: [other] })).rejects.toThrow(/^Only files inside/);
    expect(await opened("sub/a b.txt", { roots: [other, cwd] })).toBe("a b.txt 6 inside");
  });
});

describe("what cannot be sent is said so:", () => {
  test("a missing file", async () => {
    const { opened } = await workspace();
    await expect(opened("sub/missing.txt")).rejects.toThrow(/^sub\/missing\S* was not found/);
  });

  test("a missing file in a folder that is missing or a link to another one inside", async () => {
    const { cwd, opened } = await workspace();
    await symlink(path.join(cwd, "sub"), path.join(cwd, "link"));
    await expect(opened("no/such/file")).rejects.toThrow(/^no\/such\/file was not found/);
    await expect(opened("link/no/file")).rejects.toThrow(/^link\/no\/file was not found/);
  });

  test("a folder", async () => {
    const { opened } = await workspace();
    await expect(opened("sub")).rejects.toThrow(/^sub is not a file/);
  });

  test("an empty file", async () => {
    const { cwd, opened } = await workspace();
    await writeFile(path.join(cwd, "empty"), "");
    await expect(opened("empty")).rejects.toThrow(/^empty is empty/);
  });

  test("a file that is too large", async () => {
    const { opened } = await workspace();
    await expect(opened("sub/a b.txt", { maxBytes: 5 })).rejects.toThrow(
      /is 6 B; the limit is 5 B/,
    );
  });

  test.skipIf(process.platform === "win32")("a pipe, which nobody writes to", async () => {
    const { cwd, opened } = await workspace();
    execFileSync("mkfifo", [path.join(cwd, "pipe")]);
    await expect(opened("pipe")).rejects.toThrow(/^pipe is not a file/);
  });
});
