/** What was said on a thread, for somebody who comes back to it. */
import { describe, expect, test, vi } from "vitest";
import { boundCommands } from "../support/conversation/commands.js";
import { messagesOn } from "../support/conversation/messages.js";
import { refuse } from "../support/conversation/scripted-codex.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const asks = (...texts: string[]): object => ({
  type: "userMessage",
  id: `u-${texts.join()}`,
  content: texts.map((text) => ({ type: "text", text })),
});
const says = (text: string, phase = "final_answer"): object => ({
  type: "agentMessage",
  id: `a-${text}`,
  text,
  phase,
});
const turn = (items: object[], status = "completed"): object => ({
  id: `t-${JSON.stringify(items)}`,
  status,
  items,
});

const FIRST = turn([asks("fix the login"), says("Looking.", "commentary"), says("Fixed.")]);
const SECOND = turn([asks("and test it"), says("All **pass**.")]);

/** A bound chat whose thread has these turns, the newest first. */
async function withTurns(...turns: object[]) {
  const all = await boundCommands();
  messagesOn(all.host);
  all.codex.answer("thread/turns/list", () => ({ data: turns }));
  return all;
}

describe("the history", () => {
  test("shows the last questions with their answers, the newest last", async () => {
    const { say } = await withTurns(SECOND, FIRST);
    const text = await say("history");
    expect(text).toBe(
      "(2) 👤 fix the login\n🤖 Fixed.\n\n(1) 👤 and test it\n🤖 All pass.\n\n`/codexchat fork NUMBER` continues from one of these in a copy of the thread.",
    );
  });

  test("shows as many as asked for", async () => {
    const { say } = await withTurns(SECOND, FIRST);
    expect(await say("history 1")).not.toContain("fix the login");
    expect(await say("history 2")).toContain("fix the login");
  });

  test.each(["0", "11", "x", "1 2"])("takes no %s", async (count) => {
    const { say, codex } = await withTurns(FIRST);
    expect(await say(`history ${count}`)).toContain("/codexchat history [NUMBER]");
    expect(codex.of("thread/turns/list")).toEqual([]);
  });

  test.each([
    { title: "runs", last: turn([asks("go")], "inProgress"), shown: "🤖 (still at work)" },
    { title: "failed", last: turn([asks("go")], "failed"), shown: "🤖 (failed)" },
    {
      title: "was stopped",
      last: turn([asks("go"), says("Half.")], "interrupted"),
      shown: "🤖 Half. (stopped)",
    },
    { title: "said nothing", last: turn([asks("go")]), shown: "🤖 (no words)" },
    {
      title: "nobody asked for",
      last: turn([says("Step 1.")]),
      shown: "🎯 (Codex by itself)\n🤖 Step 1.",
    },
  ])("says how a turn ended that $title", async ({ last, shown }) => {
    const { say } = await withTurns(last);
    expect(await say("history")).toContain(shown);
  });

  test("has the person's own words, without what they replied to, and all that were steered in", async () => {
    const { say } = await withTurns(
      turn([asks("[A reply to a message. …]\n> old", "do this"), asks("no, that"), says("Done.")]),
    );
    expect(await say("history")).toContain("(1) 👤 do this · no, that\n🤖 Done.");
  });

  test("is short, and its words neither format nor ring", async () => {
    const { say } = await withTurns(turn([asks("@everyone **x**"), says("word ".repeat(1000))]));
    const text = await say("history");
    expect(text.length).toBeLessThan(700);
    expect(text).not.toMatch(/\*\*|@everyone/);
  });

  test("of a thread without a turn is said to be none", async () => {
    const { say, codex } = await withTurns();
    expect(await say("history")).toBe("Nothing was said on this thread yet.");
    codex.answer("thread/turns/list", refuse("thread thread-1 is not materialized yet"));
    expect(await say("history")).toBe("Nothing was said on this thread yet.");
  });
});

describe("a resume", () => {
  test("shows the last question and answer", async () => {
    const { say, codex } = await withTurns(SECOND, FIRST);
    codex.stored.add("thread-2");
    const text = await say("resume thread-2");
    expect(text).toContain("Last on this thread:\n👤 and test it\n🤖 All pass.");
    expect(text).not.toContain("fix the login");
  });

  test("does not fail where the last words cannot be read", async () => {
    const { say, codex } = await withTurns();
    codex.answer("thread/turns/list", refuse("database is locked"));
    codex.answer("thread/read", refuse("database is locked"));
    codex.stored.add("thread-2");
    const text = await say("resume thread-2");
    expect(text).toContain("thread-2, resumed");
    expect(text).not.toContain("Last on");
  });
});
