import { execFileSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { diffOfTurn } from "../../src/thread/turn-diff.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

const CWD = "/repo";

function item(changes: object[], more: object = {}): Record<string, unknown> {
  return { type: "fileChange", id: "i", status: "completed", changes, ...more };
}

function added(file: string, diff: string): object {
  return { path: path.join(CWD, file), kind: { type: "add" }, diff };
}

/** As Codex 0.169 records it. */
const EDITS = [
  item([
    { path: "/repo/gone.txt", kind: { type: "delete" }, diff: "bye\n" },
    added("new/a b.txt", "hello\nworld"),
    added("empty.txt", ""),
    {
      path: "/repo/old.txt",
      kind: { type: "update", move_path: null },
      diff: "@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n",
    },
  ]),
  item([
    {
      path: "/repo/old.txt",
      kind: { type: "update", move_path: null },
      diff: "@@ -1,3 +1,3 @@\n one\n-TWO\n+2\n three\n",
    },
    {
      path: "/repo/here.txt",
      kind: { type: "update", move_path: "/repo/there.txt" },
      diff: "@@ -1,2 +1,2 @@\n a\n-b\n+B\n\n\nMoved to: /repo/there.txt",
    },
  ]),
];

test("a turn's patches make one diff, which git can apply", async () => {
  const diff = diffOfTurn({ items: [{ type: "userMessage" }, ...EDITS] }, CWD);
  expect(diff).toMatchObject({
    files: ["gone.txt", "new/a b.txt", "empty.txt", "old.txt", "there.txt"],
    added: 5,
    removed: 4,
  });
  const folder = await temporaryFolder();
  const at = (name: string): string => path.join(folder, name);
  await writeFile(at("gone.txt"), "bye\n");
  await writeFile(at("old.txt"), "one\ntwo\nthree\n");
  await writeFile(at("here.txt"), "a\nb\n");
  execFileSync("git", ["apply", "--verbose"], { cwd: folder, input: diff?.text ?? "" });
  expect((await readdir(folder)).toSorted()).toEqual(["empty.txt", "new", "old.txt", "there.txt"]);
  expect(await readFile(at("old.txt"), "utf8")).toBe("one\n2\nthree\n");
  expect(await readFile(at("there.txt"), "utf8")).toBe("a\nB\n");
  expect(await readFile(at("new/a b.txt"), "utf8")).toBe("hello\nworld");
});

test("a patch that was refused, failed or is not applied yet changed nothing", () => {
  const items = ["declined", "failed", "inProgress"].map((status) =>
    item([added("a.txt", "a\n")], { status }),
  );
  expect(diffOfTurn({ items }, CWD)).toBeUndefined();
});

test.each([
  {},
  { items: [] },
  { items: [{ type: "commandExecution" }] },
  { items: [item([])] },
  { items: [{ type: "fileChange", changes: "none" }] },
  { items: [item([{ path: "/repo/a" }])] },
])("a record without changes has no diff: %o", (turn) => {
  expect(diffOfTurn(turn, CWD)).toBeUndefined();
});

test("a file outside the thread's folder keeps its whole name", () => {
  const change = { path: "/etc/hosts", kind: { type: "add" }, diff: "a\n" };
  const diff = diffOfTurn({ items: [item([change])] }, CWD);
  expect(diff?.text).toBe(
    "diff --git a/etc/hosts b/etc/hosts\nnew file mode 100644\n--- /dev/null\n+++ b/etc/hosts\n@@ -0,0 +1,1 @@\n+a\n",
  );
});
