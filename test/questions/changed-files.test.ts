import { describe, expect, test } from "vitest";
import {
  changesToShow,
  createFileChanges,
  type FileChange,
} from "../../src/questions/changed-files.js";

const CHANGES = [
  { path: "/repo/new.ts", kind: { type: "add" }, diff: "one\ntwo\n" },
  { path: "/repo/old.ts", kind: { type: "delete" }, diff: "" },
  { path: "/repo/a.ts", kind: { type: "update", move_path: null }, diff: "@@ -1 +1 @@\n-a\n+b" },
];
const IDS = { threadId: "thread-1", turnId: "turn-1" };

/** What is known of `item-1` after Codex has begun it. */
function changesOf(item: Record<string, unknown>, method = "item/started"): unknown {
  const files = createFileChanges();
  files.handleNotification({ method, params: { ...IDS, item: { id: "item-1", ...item } } });
  return files.of("item-1");
}

/** Whether each of these news about `item-1`, after it has begun, is told as a change. */
function toldAfter(...news: { method: string; params: Record<string, unknown> }[]): string[] {
  const told: string[] = [];
  const files = createFileChanges((itemId) => void told.push(itemId));
  const item = { type: "fileChange", id: "item-1", changes: CHANGES };
  files.handleNotification({ method: "item/started", params: { ...IDS, item } });
  for (const one of news) files.handleNotification(one);
  return told;
}

const updated = (changes: unknown, itemId = "item-1") => ({
  method: "item/fileChange/patchUpdated",
  params: { ...IDS, itemId, changes },
});

describe("what an item changes", () => {
  test("is known from its beginning, and from an older turn's record", () => {
    expect(changesOf({ type: "fileChange", changes: CHANGES })).toEqual(CHANGES);
    const files = createFileChanges();
    files.readRecord([{ type: "fileChange", id: "item-1", changes: CHANGES }, { type: "plan" }]);
    expect(files.of("item-1")).toEqual(CHANGES);
  });

  test("is not known of other items, of other news, and where a part of it cannot be read", () => {
    expect(changesOf({ type: "commandExecution", changes: CHANGES })).toBeUndefined();
    expect(changesOf({ type: "fileChange", changes: CHANGES }, "item/completed")).toBeUndefined();
    expect(changesOf({ type: "fileChange", id: "item-2", changes: CHANGES })).toBeUndefined();
    for (const changes of ["none", [], [...CHANGES, { path: "/etc/hosts" }], [{}]]) {
      expect(changesOf({ type: "fileChange", changes })).toBeUndefined();
    }
  });

  test("is told when it becomes another, and only then", () => {
    expect(toldAfter(updated(CHANGES))).toEqual([]);
    expect(toldAfter(updated(CHANGES, "item-2"))).toEqual([]);
    expect(toldAfter(updated(CHANGES.slice(1)))).toEqual(["item-1"]);
    expect(toldAfter(updated("unreadable"))).toEqual(["item-1"]);
  });
});

const shown = (...changes: FileChange[]): string[] => changesToShow(changes);

describe("changes are shown", () => {
  test("with all files first where they are several", () => {
    expect(shown(...CHANGES)).toEqual([
      "add /repo/new.ts\ndelete /repo/old.ts\nupdate /repo/a.ts",
      "add /repo/new.ts\n│ one\n│ two\ndelete /repo/old.ts\nupdate /repo/a.ts\n│ @@ -1 +1 @@\n│ -a\n│ +b",
    ]);
  });

  test("with the place that a file is moved to", () => {
    const kind = { type: "update", move_path: "/etc/cron.d/a" };
    expect(shown({ path: "/repo/a.ts", kind, diff: "" })).toEqual([
      "update /repo/a.ts → /etc/cron.d/a",
    ]);
  });

  test("by their bare kind, as an older Codex names it", () => {
    expect(shown({ path: "a.ts", kind: "add", diff: "" })).toEqual(["add a.ts"]);
  });

  test("so that neither a name nor a content passes for a file of its own", () => {
    expect(shown({ path: "a\ndelete b", kind: "add", diff: "update /safe/file" })).toEqual([
      "add a\n│ delete b\n│ update /safe/file",
    ]);
  });
});
