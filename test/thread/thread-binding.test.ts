import { lstat, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import {
  clearCodexAppServerBinding,
  codexAppServerBindingFile,
  inspectCodexAppServerBinding,
  readCodexAppServerBinding,
  updateCodexAppServerBinding,
  writeCodexAppServerBinding,
} from "../../src/thread/thread-binding.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

const MINIMAL = { threadId: "thread-1", cwd: "/repo" };

async function session() {
  const folder = path.join(await temporaryFolder(), "state");
  const sessionFile = path.join(folder, "chat");
  return { folder, sessionFile, file: codexAppServerBindingFile(sessionFile) };
}

/** A session whose binding file holds this. */
async function sessionWith(content: unknown) {
  const names = await session();
  await mkdir(names.folder, { recursive: true });
  await writeFile(names.file, typeof content === "string" ? content : JSON.stringify(content));
  return names;
}

/** A session in place of whose file somebody put a link to another one. */
async function planted() {
  const names = await session();
  const victim = path.join(names.folder, "victim");
  await mkdir(names.folder, { recursive: true });
  await writeFile(victim, JSON.stringify({ schemaVersion: 1, threadId: "planted", cwd: "/" }));
  await symlink(victim, names.file);
  return { ...names, victim };
}

test("a binding lies beside its session file and reads as it was written", async () => {
  const { sessionFile } = await session();
  const binding = {
    ...MINIMAL,
    authProfileId: "work",
    model: "gpt-x",
    modelProvider: "acme",
    approvalPolicy: "untrusted",
    approvalsReviewer: "auto_review",
    sandbox: "read-only",
    serviceTier: "flex",
    hasRun: true,
  } as const;
  await writeCodexAppServerBinding(sessionFile, binding);
  const written: unknown = JSON.parse(
    await readFile(`${sessionFile}.codex-app-server.json`, "utf8"),
  );
  const times = { createdAt: expect.any(String), updatedAt: expect.any(String) };
  expect(written).toEqual({ schemaVersion: 1, ...binding, ...times });
  expect(await readCodexAppServerBinding(sessionFile)).toEqual(written);
});

test("the time of its making stays, that of its change moves on", async () => {
  const { sessionFile } = await session();
  const createdAt = "2026-05-01T00:00:00.000Z";
  await writeCodexAppServerBinding(sessionFile, { ...MINIMAL, createdAt });
  const changed = await updateCodexAppServerBinding(sessionFile, { model: "gpt-x" });
  expect(changed).toMatchObject({ createdAt });
  expect(Date.parse(changed?.updatedAt ?? "")).toBeGreaterThan(Date.parse(createdAt));
});

test("only this user can read the file and its folder, and no temporary file is left", async () => {
  const { folder, sessionFile, file } = await session();
  await writeCodexAppServerBinding(sessionFile, MINIMAL);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect(await readdir(folder)).toEqual([path.basename(file)]);
});

describe("reading", () => {
  test("a session without a binding has none", async () => {
    const { sessionFile } = await session();
    expect(await readCodexAppServerBinding(sessionFile)).toBeUndefined();
    expect(await inspectCodexAppServerBinding(sessionFile)).toEqual({ kind: "none" });
  });

  test("a binding of another maker needs no more than version and thread", async () => {
    const { sessionFile } = await sessionWith({ schemaVersion: 1, threadId: "thread-1" });
    expect(await readCodexAppServerBinding(sessionFile)).toMatchObject({
      threadId: "thread-1",
      cwd: "",
    });
  });

  test("the retired policy on-failure reads as on-request", async () => {
    const { sessionFile } = await sessionWith({
      schemaVersion: 1,
      ...MINIMAL,
      approvalPolicy: "on-failure",
    });
    expect(await readCodexAppServerBinding(sessionFile)).toMatchObject({
      approvalPolicy: "on-request",
    });
  });

  test.each([
    { approvalPolicy: "always" },
    { approvalPolicy: 7 },
    { approvalsReviewer: "nobody" },
    { sandbox: "none" },
    { sandbox: null },
    { serviceTier: "slow" },
    { model: "" },
    { model: {} },
    { modelProvider: 3 },
    { authProfileId: " " },
    { hasRun: "yes" },
  ])("a value that is not known reads as absent: %o", async (unknown) => {
    const { sessionFile } = await sessionWith({ schemaVersion: 1, ...MINIMAL, ...unknown });
    const binding = await readCodexAppServerBinding(sessionFile);
    expect(binding).toMatchObject(MINIMAL);
    for (const name of Object.keys(unknown)) expect(binding).toHaveProperty(name, undefined);
  });

  const damaged = [
    { content: "{ half a fi", reason: /JSON/ },
    { content: "", reason: /JSON/ },
    { content: "null", reason: /version 1/ },
    { content: [], reason: /version 1/ },
    { content: MINIMAL, reason: /version 1/ },
    { content: { ...MINIMAL, schemaVersion: 2 }, reason: /version 1/ },
    { content: { schemaVersion: 1, cwd: "/repo" }, reason: /version 1/ },
    { content: { schemaVersion: 1, threadId: " " }, reason: /version 1/ },
  ];

  test.each(damaged)("a damaged file is told from a missing one: $content", async (row) => {
    const { sessionFile, file } = await sessionWith(row.content);
    const before = await readFile(file, "utf8");
    expect(await inspectCodexAppServerBinding(sessionFile)).toEqual({
      kind: "unreadable",
      file,
      reason: expect.stringMatching(row.reason),
    });
    expect(await readCodexAppServerBinding(sessionFile)).toBeUndefined();
    expect(await readFile(file, "utf8")).toBe(before);
  });
});

describe("a damaged file", () => {
  test("is set aside when a binding is written in its place", async () => {
    const { folder, sessionFile } = await sessionWith("{ half a fi");
    await writeCodexAppServerBinding(sessionFile, MINIMAL);
    expect(await readCodexAppServerBinding(sessionFile)).toMatchObject(MINIMAL);
    const aside = (await readdir(folder)).find((name) => name.includes(".unreadable-"));
    expect(await readFile(path.join(folder, aside ?? ""), "utf8")).toBe("{ half a fi");
  });

  test("is not changed by an update, which finds no binding", async () => {
    const { sessionFile, file } = await sessionWith("{ half a fi");
    expect(await updateCodexAppServerBinding(sessionFile, { model: "gpt-x" })).toBeUndefined();
    expect(await readFile(file, "utf8")).toBe("{ half a fi");
  });
});

describe("a link planted in place of the file", () => {
  test("is not followed when reading", async () => {
    const { sessionFile } = await planted();
    expect(await readCodexAppServerBinding(sessionFile)).toBeUndefined();
    expect(await inspectCodexAppServerBinding(sessionFile)).toMatchObject({ kind: "unreadable" });
  });

  test("is not written through", async () => {
    const { sessionFile, file, victim } = await planted();
    await writeCodexAppServerBinding(sessionFile, MINIMAL);
    expect(await readFile(victim, "utf8")).toContain("planted");
    expect((await lstat(file)).isFile()).toBe(true);
    expect(await readCodexAppServerBinding(sessionFile)).toMatchObject(MINIMAL);
  });
});

describe("changing", () => {
  test("leaves the other fields, and returns the whole", async () => {
    const { sessionFile } = await session();
    await writeCodexAppServerBinding(sessionFile, { ...MINIMAL, model: "gpt-x", hasRun: true });
    const changed = await updateCodexAppServerBinding(sessionFile, { serviceTier: "fast" });
    expect(changed).toMatchObject({
      ...MINIMAL,
      model: "gpt-x",
      hasRun: true,
      serviceTier: "fast",
    });
    expect(await readCodexAppServerBinding(sessionFile)).toEqual(changed);
  });

  test("a session without a binding makes none", async () => {
    const { sessionFile } = await session();
    expect(await updateCodexAppServerBinding(sessionFile, { model: "gpt-x" })).toBeUndefined();
    expect(await inspectCodexAppServerBinding(sessionFile)).toEqual({ kind: "none" });
  });

  test("several things at once loses none of them", async () => {
    const { sessionFile } = await session();
    await writeCodexAppServerBinding(sessionFile, MINIMAL);
    const changes = [
      { model: "gpt-x" },
      { serviceTier: "fast" },
      { hasRun: true },
      { sandbox: "read-only" },
      { approvalPolicy: "untrusted" },
    ] as const;
    await Promise.all(changes.map((change) => updateCodexAppServerBinding(sessionFile, change)));
    expect(await readCodexAppServerBinding(sessionFile)).toMatchObject(
      Object.assign({}, MINIMAL, ...changes),
    );
  });

  test("goes by the binding as it stands, and leaves it where that is not what was expected", async () => {
    const { sessionFile } = await session();
    await writeCodexAppServerBinding(sessionFile, MINIMAL);
    const onlyOn = (expected: string) =>
      updateCodexAppServerBinding(sessionFile, ({ threadId }) =>
        threadId === expected ? { hasRun: true } : undefined,
      );
    const [chosen, late] = await Promise.all([
      updateCodexAppServerBinding(sessionFile, { threadId: "chosen" }),
      onlyOn(MINIMAL.threadId),
    ]);
    expect(late).toBeUndefined();
    expect(await readCodexAppServerBinding(sessionFile)).toEqual(chosen);
    expect(await onlyOn("chosen")).toMatchObject({ threadId: "chosen", hasRun: true });
  });

  test("by a fresh copy of the module, as after a reload, waits for the old copy's changes", async () => {
    const { sessionFile } = await session();
    await writeCodexAppServerBinding(sessionFile, MINIMAL);
    vi.resetModules();
    const fresh = await import("../../src/thread/thread-binding.js");
    expect(fresh.updateCodexAppServerBinding).not.toBe(updateCodexAppServerBinding);
    await Promise.all([
      updateCodexAppServerBinding(sessionFile, { hasRun: true }),
      fresh.updateCodexAppServerBinding(sessionFile, { model: "gpt-x" }),
    ]);
    expect(await readCodexAppServerBinding(sessionFile)).toMatchObject({
      hasRun: true,
      model: "gpt-x",
    });
  });

  test("goes on after a change that failed", async () => {
    const { folder, sessionFile } = await session();
    await writeFile(folder, "a file in the folder's place");
    const failing = writeCodexAppServerBinding(sessionFile, MINIMAL);
    await expect(failing).rejects.toMatchObject({ code: expect.any(String) });
    await rm(folder);
    await writeCodexAppServerBinding(sessionFile, MINIMAL);
    expect(await readCodexAppServerBinding(sessionFile)).toMatchObject(MINIMAL);
  });
});

describe("clearing", () => {
  test("takes the binding away, once or twice", async () => {
    const { folder, sessionFile } = await session();
    await writeCodexAppServerBinding(sessionFile, MINIMAL);
    await clearCodexAppServerBinding(sessionFile);
    await clearCodexAppServerBinding(sessionFile);
    expect(await readdir(folder)).toEqual([]);
  });

  test("is not undone by a change that was asked for before it or after it", async () => {
    const { sessionFile } = await session();
    await writeCodexAppServerBinding(sessionFile, MINIMAL);
    await Promise.all([
      updateCodexAppServerBinding(sessionFile, { model: "gpt-x" }),
      clearCodexAppServerBinding(sessionFile),
      updateCodexAppServerBinding(sessionFile, { hasRun: true }),
    ]);
    expect(await inspectCodexAppServerBinding(sessionFile)).toEqual({ kind: "none" });
  });
});
