import { expect, test } from "vitest";
import { createFileChanges } from "../../src/questions/changed-files.js";

/** What is known of `item-1` after Codex has begun it. */
function filesOf(item: Record<string, unknown>, method = "item/started"): string[] {
  const files = createFileChanges();
  const params = { threadId: "thread-1", turnId: "turn-1", item: { id: "item-1", ...item } };
  files.handleNotification({ method, params });
  return files.of("item-1");
}

const changes = [
  { path: "/repo/new.ts", kind: { type: "add" }, diff: "+1" },
  { path: "/repo/old.ts", kind: { type: "delete" }, diff: "-1" },
  { path: "/repo/a.ts", kind: { type: "update", move_path: null }, diff: "" },
];

test("each file of a change is told with what happens to it", () => {
  expect(filesOf({ type: "fileChange", changes, status: "inProgress" })).toEqual([
    "add /repo/new.ts",
    "delete /repo/old.ts",
    "update /repo/a.ts",
  ]);
});

test("a file that is moved is told with its new place", () => {
  const kind = { type: "update", move_path: "/etc/cron.d/a" };
  expect(
    filesOf({ type: "fileChange", changes: [{ path: "/repo/a.ts", kind, diff: "" }] }),
  ).toEqual(["update /repo/a.ts → /etc/cron.d/a"]);
});

test("an older Codex names the kind alone", () => {
  expect(filesOf({ type: "fileChange", changes: [{ path: "a.ts", kind: "add" }, {}] })).toEqual([
    "add a.ts",
    "change ?",
  ]);
});

test("other items, other news and unknown items have no files", () => {
  expect(filesOf({ type: "commandExecution", changes })).toEqual([]);
  expect(filesOf({ type: "fileChange", changes }, "item/completed")).toEqual([]);
  expect(filesOf({ type: "fileChange", id: "item-2", changes })).toEqual([]);
  expect(filesOf({ type: "fileChange", changes: "none" })).toEqual([]);
});
