import { readFile } from "node:fs/promises";
import { describe, expect, test, vi } from "vitest";
import { boundCommands } from "../support/conversation/commands.js";
import { messagesOn } from "../support/conversation/messages.js";
import { refuse } from "../support/conversation/scripted-codex.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const COVERS = "These are Codex's own edits; changes made by its commands are not included.";

function turn(diff: string | undefined, status = "completed") {
  const change = { path: "/repo/src/a.ts", kind: { type: "update" }, diff };
  const items =
    diff === undefined ? [] : [{ type: "fileChange", status: "completed", changes: [change] }];
  return { id: "t", status, items };
}

const SHORT = "@@ -1 +1 @@\n-one\n+two\n";
const LONG = `@@ -1 +1,100 @@\n-one\n${"+two\n".repeat(100)}`;

/** A bound chat whose thread has these turns, the newest first. */
async function withTurns(...turns: object[]) {
  const all = await boundCommands();
  messagesOn(all.host);
  all.codex.answer("thread/turns/list", () => ({ data: turns }));
  return all;
}

test("a short diff stands in the chat, with what it covers", async () => {
  const { say, codex } = await withTurns(turn(SHORT));
  expect(plain(await say("diff"))).toBe(
    [
      "The last turn changed src/a.ts (+1 −1).",
      "```",
      "diff --git a/src/a.ts b/src/a.ts",
      "--- a/src/a.ts",
      "+++ b/src/a.ts",
      SHORT.trimEnd(),
      "```",
      COVERS,
    ].join("\n"),
  );
  expect(codex.only("thread/turns/list").params).toMatchObject({ threadId: "thread-1" });
});

test("a long diff comes as a file", async () => {
  const { say, host } = await withTurns(turn(LONG));
  let content = "";
  host.channels.set("telegram", {
    sendMedia: async ({ mediaUrl }) => {
      content = await readFile(String(mediaUrl), "utf8");
    },
  });
  const text = plain(await say("diff"));
  expect(text).toMatch(/^The last turn changed src\/a\.ts \(\+100 −1\)\.\nSent: changes\.diff/);
  expect(text).toContain(COVERS);
  expect(content).toContain(LONG);
});

describe("a diff that takes more room in the chat than it has characters", () => {
  const WIDE = `@@ -1 +1,2 @@\n-one\n+${"\u3000".repeat(400)}\n+last\n`;

  test("comes as a file", async () => {
    const { say, host } = await withTurns(turn(WIDE));
    let content = "";
    host.channels.set("telegram", {
      sendMedia: async ({ mediaUrl }) => {
        content = await readFile(String(mediaUrl), "utf8");
      },
    });
    expect(plain(await say("diff"))).toMatch(/\nSent: changes\.diff/);
    expect(content).toContain(WIDE);
  });

  test("is said to be cut where the channel has no files", async () => {
    const { say } = await withTurns(turn(WIDE));
    expect(await say("diff")).toMatch(/…\n```\nOnly the beginning is shown/);
  });

  test("since it has many carriage returns, which are written out, is said to be cut, too", async () => {
    const { say } = await withTurns(turn(`@@ -1 +1 @@\n-one\n+${"a\r".repeat(500)}\n`));
    expect(await say("diff")).toContain("Only the beginning is shown");
  });
});

test("the ends of lines of a file from Windows are not written out", async () => {
  const { say } = await withTurns(turn("@@ -1 +1 @@\r\n-one\r\n+two\r\n"));
  expect(await say("diff")).toContain("\n-one\n+two\n```");
});

test("blanks at the end of a short diff are shown", async () => {
  const { say } = await withTurns(turn("@@ -1 +1 @@\n-one\n+two \u3000\n"));
  expect(await say("diff")).toContain("\n+two \\u{3000}\n```");
});

test("where the channel has no files, the beginning of a long diff stands in the chat", async () => {
  const { say } = await withTurns(turn(`@@ -1 +1,2000 @@\n${"+two\n".repeat(2000)}`));
  const text = await say("diff");
  expect(text).toMatch(/…\n```\nOnly the beginning is shown/);
  expect(text.length).toBeLessThan(2300);
});

describe("says whose changes they are:", () => {
  test("the running turn's", async () => {
    const { say } = await withTurns(turn(SHORT, "inProgress"), turn(LONG));
    expect(await say("diff")).toMatch(/^So far the running turn changed/);
  });

  test("an earlier turn's, where the last ones made none", async () => {
    const { say, codex } = await withTurns(turn(undefined), turn(SHORT));
    expect(await say("diff")).toMatch(/^The last turn made no edits; the one before it changed/);
    codex.answer("thread/turns/list", () => ({
      data: [turn(undefined), turn(undefined), turn(SHORT)],
    }));
    expect(await say("diff")).toMatch(/^The last 2 turns made no edits; the one before them/);
  });
});

describe("says that there are none:", () => {
  test("no turn made any", async () => {
    const { say } = await withTurns(turn(undefined), turn(undefined));
    expect(await say("diff")).toMatch(/^Codex made no edits of its own in its last 2 turns\./);
  });

  test("no turn ran yet", async () => {
    const none = "This thread has no turn yet, so nothing was changed.";
    const { say, codex, chat } = await withTurns();
    expect(await say("diff")).toBe(none);
    const tooEarly = refuse("thread t is not materialized yet; unavailable before first message");
    codex.answer("thread/turns/list", tooEarly);
    codex.answer("thread/read", tooEarly);
    expect(await say("diff")).toBe(none);
    await chat.bind({ hasRun: false });
    expect(await say("diff")).toBe(none);
  });
});

test("a failure says why", async () => {
  const { say, codex } = await withTurns();
  codex.answer("thread/turns/list", refuse("rollout is garbage"));
  codex.answer("thread/read", refuse("rollout is garbage"));
  expect(await say("diff")).toMatch(/^`\/codexchat diff` failed: rollout is garbage/);
});

test("a Codex that does not record changes is told of, rather than taken at its word", async () => {
  const { say, codex } = await withTurns(turn(undefined));
  codex.serverVersion = "0.125.0";
  expect(plain(await say("diff"))).toMatch(/Codex 0\.125\.0 is too old for a diff/);
});

test("an argument is too much", async () => {
  const { say } = await withTurns();
  expect(await say("diff now")).toMatch(/Usage: `\/codexchat diff/);
});

function plain(text: string): string {
  return text.replaceAll("\u2060", "");
}
