import type * as FileSystem from "node:fs/promises";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { openWorkspaceFile } from "../../src/chat/workspace-file.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

/** What somebody else does to the folder while a file is looked at: around those calls that get this path. */
const meanwhile = vi.hoisted(() => ({
  during: new Map<string, { at: string; before(): Promise<void>; after(): Promise<void> }>(),
  hasProc: true,
}));

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof FileSystem>();
  return {
    ...real,
    open: (...args: Parameters<typeof real.open>) =>
      around("open", args[0], () => real.open(...args)),
    stat: (file: string) => around("stat", file, () => real.stat(file)),
    lstat: (file: string, options: { bigint: true }) =>
      around("lstat", file, () => real.lstat(file, options)),
    readlink: (file: string) =>
      meanwhile.hasProc || !file.startsWith("/proc/")
        ? real.readlink(file)
        : Promise.reject(new Error("no /proc")),
  };
});

async function around<Result>(
  name: string,
  file: unknown,
  call: () => Promise<Result>,
): Promise<Result> {
  const trick = meanwhile.during.get(name);
  if (!trick || trick.at !== file) return call();
  await trick.before();
  try {
    return await call();
  } finally {
    await trick.after();
  }
}

beforeEach(() => {
  meanwhile.during.clear();
  meanwhile.hasProc = true;
});

/** `work/d/f` to be opened, and a way to put another folder in the place of `d` for a moment. */
async function workspace() {
  const folder = await temporaryFolder();
  const cwd = path.join(folder, "work");
  const [d, out] = [path.join(cwd, "d"), path.join(folder, "out")];
  const file = path.join(d, "f");
  for (const [at, content] of [
    [d, "inside"],
    [out, "secret"],
  ] as const) {
    await mkdir(at, { recursive: true });
    await writeFile(path.join(at, "f"), content);
  }
  const swap = async (): Promise<void> => {
    await rename(d, path.join(cwd, "aside"));
    await symlink(out, d);
  };
  const swapBack = async (): Promise<void> => {
    await rm(d);
    await rename(path.join(cwd, "aside"), d);
  };
  const opened = async (): Promise<string> => {
    const { handle } = await openWorkspaceFile("d/f", { cwd, roots: [], maxBytes: 100 });
    onTestFinished(() => handle.close());
    return handle.readFile("utf8");
  };
  const swapDuring = (...calls: string[]): void => {
    for (const call of calls) {
      meanwhile.during.set(call, { at: file, before: swap, after: swapBack });
    }
  };
  return { cwd, file, opened, swapDuring };
}

describe.runIf(process.platform === "linux")("where the kernel tells where a file lies", () => {
  test("one outside is not given, whatever its path leads to before and after", async () => {
    const { opened, swapDuring } = await workspace();
    swapDuring("open", "stat", "lstat");
    await expect(opened()).rejects.toThrow(/^Only files inside/);
  });

  test("one that was replaced since is given as it was", async () => {
    const { file, opened } = await workspace();
    const after = (): Promise<void> => rm(file);
    meanwhile.during.set("open", { at: file, before: async () => {}, after });
    expect(await opened()).toBe("inside");
  });
});

describe("where the kernel does not tell", () => {
  beforeEach(() => {
    meanwhile.hasProc = false;
  });

  test("a file is given if its path leads to it", async () => {
    const { opened } = await workspace();
    expect(await opened()).toBe("inside");
  });

  test.each([
    { name: "the opening", calls: ["open"] },
    { name: "each look at it", calls: ["open", "stat", "lstat"] },
  ])("one outside is not given where the folder is another during $name", async ({ calls }) => {
    const { opened, swapDuring } = await workspace();
    swapDuring(...calls);
    await expect(opened()).rejects.toThrow(/is being changed right now/);
  });

  test("one outside is not given where the folder stays a link", async () => {
    const { file, opened, swapDuring } = await workspace();
    swapDuring("open");
    const trick = meanwhile.during.get("open");
    if (trick) meanwhile.during.set("open", { ...trick, at: file, after: async () => {} });
    await expect(opened()).rejects.toThrow(/is being changed right now/);
  });
});
