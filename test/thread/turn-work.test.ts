/** What a turn did, as its notifications and its record tell it. */
import { describe, expect, test } from "vitest";
import { createTurnWork, type TurnWork } from "../../src/thread/turn-work.js";

const NOTHING = { commands: 0, lastCommand: undefined, files: [], unfinished: undefined, said: "" };

const command = (id: string, text: string, more: Record<string, unknown> = {}) => ({
  type: "commandExecution",
  id,
  command: `/bin/bash -lc '${text}'`,
  commandActions: [{ type: "unknown", command: text }],
  processId: `p-${id}`,
  status: "completed",
  ...more,
});

const change = (id: string, paths: string[], status = "completed") => ({
  type: "fileChange",
  id,
  status,
  changes: paths.map((path) => ({ path, kind: { type: "update", move_path: null }, diff: "" })),
});

function notify(work: TurnWork, method: string, item: Record<string, unknown>): void {
  work.handleNotification({ method, params: { threadId: "t", turnId: "1", item } });
}

function happen(work: TurnWork, item: Record<string, unknown>): void {
  notify(work, "item/started", { ...item, status: "inProgress" });
  notify(work, "item/completed", item);
}

describe("the notifications of a turn", () => {
  test("tell its commands, the last one's text and the files, each once", () => {
    const work = createTurnWork();
    expect(work.done()).toEqual(NOTHING);
    happen(work, command("1", "npm ci"));
    happen(work, command("2", "npm test", { status: "failed", exitCode: 1 }));
    happen(work, change("3", ["/repo/a.ts", "/repo/b.ts"]));
    happen(work, change("4", ["/repo/b.ts"]));
    expect(work.done()).toEqual({
      commands: 2,
      lastCommand: "npm test",
      files: ["/repo/a.ts", "/repo/b.ts"],
      unfinished: undefined,
      said: "",
    });
  });

  test("do not count what was declined, failed to apply, or was not begun in this turn", () => {
    const work = createTurnWork();
    happen(work, command("1", "rm -rf /", { status: "declined" }));
    happen(work, change("2", ["/repo/a.ts"], "failed"));
    notify(work, "item/completed", command("0", "sleep 300", { status: "failed" }));
    notify(work, "item/completed", change("00", ["/repo/b.ts"]));
    notify(work, "turn/started", {});
    work.handleNotification({ method: "item/started", params: { item: null } });
    expect(work.done()).toEqual(NOTHING);
  });

  test("tell what still runs, by Codex's ids of the processes", () => {
    const work = createTurnWork();
    notify(work, "item/started", command("1", "npm run dev"));
    notify(work, "item/started", command("2", "sleep 300"));
    notify(work, "item/started", command("3", "old", { processId: null }));
    notify(work, "item/completed", command("2", "sleep 300"));
    expect(work.runningProcesses()).toEqual(["p-1"]);
    expect(work.done()).toMatchObject({ commands: 1, unfinished: "old" });
  });

  test("tell a moved file by its new place", () => {
    const work = createTurnWork();
    const kind = { type: "update", move_path: "/repo/new.ts" };
    happen(work, { ...change("1", []), changes: [{ path: "/repo/old.ts", kind }] });
    expect(work.done().files).toEqual(["/repo/new.ts"]);
  });
});

describe("a command's text", () => {
  test.each([
    { command: "/bin/bash -lc 'npm test'", actions: [], text: "npm test" },
    { command: "/bin/zsh -lc ls", actions: [], text: "ls" },
    { command: "npm test", actions: [], text: "npm test" },
    {
      command: "/bin/bash -lc 'cat a | grep b'",
      actions: [{ command: "cat a" }, { command: "grep b" }],
      text: "cat a | grep b",
    },
    { command: "/bin/bash -lc 'a '\"'\"'b'", actions: [{ command: "a 'b" }], text: "a 'b" },
  ])("of $command is $text", ({ command: whole, actions, text }) => {
    const work = createTurnWork();
    happen(work, command("1", "", { command: whole, commandActions: actions }));
    expect(work.done().lastCommand).toBe(text);
  });
});

test("the record of a turn tells the same, and what follows it counts on", () => {
  const work = createTurnWork();
  work.readRecord([
    { type: "userMessage", id: "u" },
    command("1", "npm ci"),
    command("2", "npm test", { status: "inProgress" }),
    change("3", ["/repo/a.ts"]),
  ]);
  expect(work.done()).toEqual({
    commands: 1,
    lastCommand: "npm ci",
    files: ["/repo/a.ts"],
    unfinished: "npm test",
    said: "",
  });
  notify(work, "item/completed", command("2", "npm test"));
  expect(work.done()).toMatchObject({ commands: 2, unfinished: undefined });
});

test("what was seen already is not counted again from the record", () => {
  const work = createTurnWork();
  happen(work, command("1", "npm ci"));
  notify(work, "item/started", command("2", "npm test"));
  work.readRecord([command("1", "npm ci"), command("2", "npm test", { status: "failed" })]);
  expect(work.done()).toMatchObject({
    commands: 2,
    lastCommand: "npm test",
    unfinished: undefined,
  });
});
