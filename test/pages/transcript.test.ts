import { describe, expect, test } from "vitest";
import { diffLines } from "../../pages/diff-lines.js";
import { foreignCode, foreignText } from "../../pages/foreign-line.js";
import { Transcript } from "../../pages/transcript.js";
import { roomOfAnswer, shownTurn } from "../../src/operator/transcript.js";
import type { ThreadTurn } from "../../src/operator/thread-facts.js";

const turn = (id: string, ...items: ThreadTurn["items"]): ThreadTurn => ({
  id,
  status: "completed",
  items,
});
const shown = (...items: object[]) =>
  shownTurn({ id: "turn-1", status: "completed", items }, roomOfAnswer()).items;
const keys = (transcript: Transcript): string[] => transcript.entries.map(({ key }) => key);

describe("the turns that a page has read", () => {
  test("are replaced from the first of the latest on, so that one that was taken back is gone", () => {
    const transcript = new Transcript();
    transcript.takeLatest({ turns: [turn("1"), turn("2"), turn("3")], earlier: "before 1" });
    transcript.takeLatest({ turns: [turn("2"), turn("4")], earlier: "before 2" });
    expect(keys(transcript)).toEqual(["1", "2", "4"]);
    expect(transcript.earlier).toBe("before 1");
  });

  test("begin anew if so many are new that some between are missing", () => {
    const transcript = new Transcript();
    transcript.takeLatest({ turns: [turn("1")], earlier: undefined });
    transcript.takeLatest({ turns: [turn("7"), turn("8")], earlier: "before 7" });
    expect(keys(transcript)).toEqual(["7", "8"]);
    expect(transcript.earlier).toBe("before 7");
  });

  test("get those before them, each once", () => {
    const transcript = new Transcript();
    transcript.takeLatest({ turns: [turn("3")], earlier: "before 3" });
    transcript.takeEarlier({ turns: [turn("1"), turn("2"), turn("3")], earlier: undefined });
    expect(keys(transcript)).toEqual(["1", "2", "3"]);
    expect(transcript.earlier).toBeUndefined();
  });
});

describe("a turn as a page shows it", () => {
  test("has words, commands with their output, edits by file, plans and the rest in a line", () => {
    expect(
      shown(
        { type: "userMessage", id: "1", content: [{ type: "text", text: "Fix it" }] },
        { type: "agentMessage", id: "2", text: "I look.", phase: "commentary" },
        {
          type: "commandExecution",
          id: "3",
          command: "/bin/bash -lc ls",
          aggregatedOutput: "a\n",
          status: "completed",
          exitCode: 0,
          durationMs: 5,
        },
        {
          type: "fileChange",
          id: "4",
          status: "completed",
          changes: [{ path: "/a", kind: { type: "add" }, diff: "new" }],
        },
        { type: "plan", id: "5", text: "1. Do" },
        { type: "mcpToolCall", id: "6", server: "files", tool: "read" },
        { type: "agentMessage", id: "7", text: "Done.", phase: "final_answer" },
      ),
    ).toEqual([
      { kind: "asked", id: "1", said: { text: "Fix it" } },
      { kind: "said", id: "2", said: { text: "I look." }, isAnswer: false },
      {
        kind: "command",
        id: "3",
        command: { text: "ls" },
        output: { text: "a\n" },
        isRunning: false,
        exitCode: 0,
        durationMs: 5,
      },
      {
        kind: "change",
        id: "4",
        status: "completed",
        files: [{ path: "/a", kind: "add", diff: { text: "new" } }],
      },
      { kind: "plan", id: "5", said: { text: "1. Do" } },
      { kind: "other", id: "6", type: "mcpToolCall", about: "files read" },
      { kind: "said", id: "7", said: { text: "Done." }, isAnswer: true },
    ]);
  });

  test("says of a line of 10 MB how much of it is left out", () => {
    expect(shown({ type: "agentMessage", id: "1", text: "x".repeat(10_000_000) })).toEqual([
      expect.objectContaining({ said: { text: "x".repeat(20_000), left: 9_980_000 } }),
    ]);
  });

  test("never makes an answer that the connection does not take, however much a turn holds", () => {
    const items = Array.from({ length: 500 }, (_, at) => ({
      type: "commandExecution",
      id: `${at}`,
      command: "cat",
      aggregatedOutput: "x".repeat(50_000),
    }));
    expect(JSON.stringify(shown(...items)).length).toBeLessThan(1_200_000);
  });

  test("bounds what is no text, too: names, paths and how many there are; the latest have the room", () => {
    const long = "x".repeat(3_000_000);
    const edit = { type: "fileChange", id: long, changes: [{ path: long, diff: "+1" }] };
    const many = Array.from({ length: 20_000 }, (_, at) => ({ type: `odd ${at}`, path: long }));
    const items = shown(edit, ...many);
    expect(JSON.stringify(items).length).toBeLessThan(2_000_000);
    expect(items[0]).toMatchObject({ kind: "other", type: "leftOut", about: expect.any(String) });
    expect(items.at(-1)).toMatchObject({ kind: "other", type: "odd 19999" });
    expect(JSON.stringify(shown(edit)).length).toBeLessThan(1000);
  });

  test("reads what it does not know as nothing more than its kind", () => {
    expect(shown({ type: "<b>odd</b>", id: 7, tool: { nested: true } }, {})).toEqual([
      { kind: "other", id: "", type: "<b>odd</b>", about: "" },
      { kind: "other", id: "", type: "unknown", about: "" },
    ]);
  });
});

describe("a diff by its lines", () => {
  test("tells what was added, taken away and stayed", () => {
    expect(
      diffLines("@@ -1 +1 @@\n-old\n+new\n same\n", undefined).map(({ kind }) => kind),
    ).toEqual(["place", "removed", "added", "same"]);
  });

  test("shows a new file as added, and a deleted one as taken away", () => {
    expect(diffLines("one\n", "add")).toEqual([{ kind: "added", text: "+one" }]);
    expect(diffLines("one\n", "delete")).toEqual([{ kind: "removed", text: "-one" }]);
  });
});

test("a text with lines keeps them, and nothing that turns them around", () => {
  expect(foreignText("one\r\ntwo\u202E\u0007\tthree")).toBe("one\ntwo\tthree");
});

test("a command, a grant or a diff stands in the order in which a machine reads it", () => {
  // A browser shows it as `cp ב / א` unless something keeps the words apart.
  expect(foreignCode("cp \u05D0 / \u05D1")).toBe("cp \u200E\u05D0\u200E / \u200E\u05D1\u200E");
});
