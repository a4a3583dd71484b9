import { describe, expect, test } from "vitest";
import { ChatList } from "../../pages/chat-list.js";
import { foreignLine } from "../../pages/foreign-line.js";
import type { BoundChat } from "../../src/operator/facts.js";
import { pageWords } from "../../src/words/page-words.js";

const NOW = 1_000_000_000;

function chat(session: string, more: Partial<BoundChat> = {}): BoundChat {
  return { session, channel: "telegram", state: "idle", thread: `thread-${session}`, ...more };
}

function listOf(...chats: readonly BoundChat[]): ChatList {
  const list = new ChatList();
  list.take(chats, undefined, NOW);
  return list;
}

const sessions = (list: ChatList, search = ""): string[] =>
  list.matching(search).map((shown) => shown.chat.session);

describe("the list of the page", () => {
  test("has first who needs somebody, then what is at work, then the latest", () => {
    const list = listOf(
      chat("old", { lastActivityAt: 1 }),
      chat("new", { lastActivityAt: 2 }),
      chat("runs", { state: "running" }),
      chat("asks", { state: "asks" }),
      chat("stray", { state: "stranded", lastActivityAt: 1 }),
    );
    expect(sessions(list)).toEqual(["stray", "asks", "runs", "new", "old"]);
  });

  test("finds a chat by its title, folder, channel, chat, thread and state, all words of the search", () => {
    const list = listOf(
      chat("one", { folder: "/home/me/shop", chat: "5001" }),
      chat("two", { folder: "/home/me/api", channel: "discord", state: "running" }),
    );
    list.takeTitles([chat("one", { title: "Fix the Login" })]);
    expect(sessions(list, "login SHOP")).toEqual(["one"]);
    expect(sessions(list, "5001")).toEqual(["one"]);
    expect(sessions(list, "discord running")).toEqual(["two"]);
    expect(sessions(list, "login api")).toEqual([]);
  });

  test("loses a chat that was asked for and is gone, and no other", () => {
    const list = listOf(chat("one"), chat("two"));
    list.take([], ["one"], NOW);
    expect(sessions(list)).toEqual(["two"]);
    list.take([chat("three")], undefined, NOW);
    expect(sessions(list)).toEqual(["three"]);
  });

  test("keeps a thread's title when the chat is read again without", () => {
    const list = listOf(chat("one"), chat("two"));
    list.takeTitles([chat("one", { title: "Fix the login" })]);
    list.take([chat("one", { state: "running" })], ["one"], NOW);
    expect(list.titleOf(chat("one"))).toBe("Fix the login");
    expect(list.withoutTitle()).toEqual(["two"]);
  });

  test("counts on how long a turn runs from when it was heard of", () => {
    const list = listOf(chat("one", { state: "running", runningMs: 60_000 }));
    expect(list.matching("")).toEqual([expect.objectContaining({ runningSince: NOW - 60_000 })]);
  });
});

describe("a text of somebody else's in one line", () => {
  test("keeps what is seen, and nothing that turns the line around or breaks it", () => {
    expect(foreignLine("evil\u202Egnp.exe\nnext\u0000 👨‍👩‍👧 שלום")).toBe("evil gnp.exe next 👨‍👩‍👧 שלום");
  });

  test("is cut, however long it is", () => {
    expect(foreignLine("x".repeat(10_000_000), 10)).toBe("xxxxxxxxx…");
  });
});

describe("what the page says of a chat", () => {
  const states: [more: Partial<BoundChat>, said: string][] = [
    [{ state: "idle" }, "Idle"],
    [{ state: "running", waiting: 2 }, "Running for 3 min, 2 waiting"],
    [{ state: "asks", questions: ["1", "2"] }, "2 questions"],
    [{ state: "goal", goal: { status: "active", turns: 4 } }, "Goal, turn 4"],
    [{ state: "held", waiting: 1 }, "On hold, 1 waiting"],
    [{ state: "waiting", waiting: 3 }, "3 waiting"],
    [{ state: "lost" }, "Thread lost"],
  ];
  test.each(states)("names the state of %o", (more, said) => {
    expect(pageWords.state(chat("one", more), 180_000)).toBe(said);
  });

  test("says what to do about a chat that nobody has used for weeks", () => {
    const quiet = chat("one", { lastActivityAt: NOW });
    const advice = (afterDays: number) => pageWords.advice(quiet, NOW + afterDays * 86_400_000);
    expect(advice(29)).toBeUndefined();
    expect(advice(31)).toContain("/codexchat detach");
  });
});
