/** The audit log: what is noted of whom, and what becomes of its files. */
import { readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { audit, auditFile, type AuditEntry } from "../../src/host/audit.js";
import { ScriptedHost } from "../support/conversation/host.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

const ENTRY: AuditEntry = {
  event: "decision",
  by: "click",
  channel: "telegram",
  accountId: "default",
  senderId: "7",
  session: "/state/conversations/telegram-abc",
  chat: "telegram:-100",
  outcome: "Allowed once.",
  text: "npm publish",
};

async function logging() {
  const host = new ScriptedHost(await temporaryFolder());
  const file = auditFile(host.stateDir);
  return {
    host,
    file,
    folder: path.dirname(file),
    note: (more: Partial<AuditEntry> = {}) => audit(host.api, { ...ENTRY, ...more }),
    lines: async (): Promise<unknown[]> =>
      (await readFile(file, "utf8"))
        .trimEnd()
        .split("\n")
        .map((line): unknown => JSON.parse(line)),
  };
}

test("a line says when who had what done, where, and what became of it", async () => {
  const { note, lines } = await logging();
  await note();
  await note({ event: "detach", text: undefined, outcome: "thread-1" });
  expect(await lines()).toEqual([
    {
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      event: "decision",
      by: "click",
      channel: "telegram",
      accountId: "default",
      senderId: "7",
      session: "telegram-abc",
      chat: "telegram:-100",
      outcome: "Allowed once.",
      sha256: "42064321d2841d3b9ef8033b6f2374a1645cba1ca90f6aefb6bc1280dd45f046",
      text: "npm publish",
    },
    expect.objectContaining({ event: "detach", outcome: "thread-1" }),
  ]);
});

test("of a long text the beginning is kept, and the hash is of all of it", async () => {
  const { note, lines } = await logging();
  await note({ text: `${"x".repeat(5000)}a` });
  await note({ text: `${"x".repeat(5000)}b`, outcome: "y".repeat(5000) });
  const [one, other] = await lines();
  expect(one).toMatchObject({ text: `${"x".repeat(4000)}…` });
  expect(other).toMatchObject({ text: `${"x".repeat(4000)}…`, outcome: `${"y".repeat(200)}…` });
  expect(Object(one).sha256).not.toBe(Object(other).sha256);
});

test("what several chats do at once stands in lines of its own each", async () => {
  const { note, lines } = await logging();
  await Promise.all(Array.from({ length: 50 }, (_, index) => note({ outcome: `${index}` })));
  expect(await lines()).toHaveLength(50);
});

test.skipIf(process.platform === "win32")("nobody else may read it", async () => {
  const { note, file, folder } = await logging();
  await note();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

describe("a full file", () => {
  test("makes room, and of the earlier ones the last four are kept", async () => {
    const { note, file, folder, lines } = await logging();
    for (let number = 0; number < 7; number += 1) {
      // One after another: each fills the file of the one before.
      // oxlint-disable-next-line no-await-in-loop
      await note({ outcome: `${number}` });
      // oxlint-disable-next-line no-await-in-loop
      await writeFile(file, `${await readFile(file, "utf8")}${" ".repeat(5_000_000)}`);
    }
    await note({ outcome: "last" });
    expect(await lines()).toMatchObject([{ outcome: "last" }]);
    expect((await readdir(folder)).toSorted()).toEqual([
      "audit.jsonl",
      "audit.jsonl.1",
      "audit.jsonl.2",
      "audit.jsonl.3",
      "audit.jsonl.4",
    ]);
    expect(await readFile(`${file}.1`, "utf8")).toContain('"outcome":"6"');
    expect(await readFile(`${file}.4`, "utf8")).toContain('"outcome":"3"');
  });
});

describe("where it cannot be written", () => {
  test("the act goes on, and the operator hears of it once until it works again", async () => {
    const { host, note } = await logging();
    await writeFile(host.stateDir, "a file where the folder should be");
    await note();
    await note();
    expect(host.warnings).toEqual([expect.stringContaining("audit log")]);
  });

  test.skipIf(process.platform === "win32")(
    "since a link stands in its place, that is not followed",
    async () => {
      const { host, note, file, folder } = await logging();
      await note();
      const elsewhere = path.join(folder, "elsewhere");
      await writeFile(elsewhere, "");
      await rm(file);
      await symlink(elsewhere, file);
      await note();
      expect(await readFile(elsewhere, "utf8")).toBe("");
      expect(host.warnings).toHaveLength(1);
    },
  );
});
