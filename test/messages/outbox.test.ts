/** What must reach a chat, over time: what is tried again and how often, and what passes what. */
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { ReplyAddress } from "../../src/chat/delivery.js";
import { ConversationOutbox } from "../../src/messages/outbox.js";
import { memoryOutbox } from "../support/conversation/memory-outbox.js";
import {
  away,
  lost,
  refused,
  StrictChannel,
  TAKEN,
  type Fate,
} from "../support/conversation/strict-channel.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const REPEAT = "(This may be a repeat.)";
const SESSION = "/state/chat";
const DM: ReplyAddress = { channel: "telegram", to: "telegram:7" };
const GROUP: ReplyAddress = { channel: "telegram", to: "telegram:-42" };

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

function chatOn(fate: StrictChannel["fate"] = () => TAKEN, at = DM) {
  const channel = new StrictChannel();
  channel.fate = fate;
  const store = memoryOutbox();
  const moved: ReplyAddress[] = [];
  const outbox = new ConversationOutbox(
    store,
    () => channel.host,
    async (_sessionFile, address) => void moved.push(address),
  );
  onTestFinished(() => outbox.stop());
  /** Posts answers, each under its own text for an id. */
  const post = async (...texts: string[]): Promise<void> => {
    for (const text of texts) {
      await outbox.post(SESSION, at, { id: text, kind: "answer", text });
    }
    await vi.advanceTimersByTimeAsync(0);
  };
  return { channel, store, outbox, moved, post, pass: vi.advanceTimersByTimeAsync.bind(vi) };
}

/** The first ones of a kind of message end in their own way, then all is well. */
function first(count: number, ...fates: Fate[]): () => Fate {
  let left = count;
  return () =>
    left-- > 0 ? (fates[Math.min(count - left - 1, fates.length - 1)] ?? TAKEN) : TAKEN;
}

describe("while a network is away", () => {
  test("answers wait for a quarter of an hour, and come in order when it is back", async () => {
    let isAway = true;
    const { channel, post, pass } = chatOn(() => (isAway ? away() : TAKEN));
    await post("one", "two");
    await pass(15 * MINUTE);
    expect(new Set(channel.tried)).toEqual(new Set(["one"]));
    isAway = false;
    await pass(3 * MINUTE);
    expect(channel.texts).toEqual(["one", "two"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("they are tried every few minutes for a week, then kept for whoever looks, and the operator told", async () => {
    const { channel, post, pass, store } = chatOn(() => away());
    await post("one");
    await pass(HOUR);
    const before = channel.tried.length;
    await pass(DAY);
    expect(channel.tried.length - before).toBe(DAY / (3 * MINUTE));
    await pass(5 * DAY);
    expect(store.given).toEqual([]);
    await pass(DAY);
    expect(store.given).toHaveLength(1);
    expect(channel.warnings.at(-1)).toMatch(/given up, it lies in \/one\.json/);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("they are tried at once when the chat writes, or has something more to be told", async () => {
    const { channel, outbox, post, pass } = chatOn(() => away());
    await post("one");
    await pass(HOUR);
    const before = channel.tried.length;
    outbox.wake(SESSION);
    await pass(0);
    expect(channel.tried).toHaveLength(before + 1);
    await pass(HOUR);
    const again = channel.tried.length;
    channel.fate = () => TAKEN;
    await post("two");
    expect(channel.tried.slice(again)).toEqual(["one", "two"]);
  });

  test("a burst of answers comes whole, and in order", async () => {
    const { channel, post, pass } = chatOn(first(10, away()));
    const answers = Array.from({ length: 30 }, (_, index) => `answer ${index}`);
    await post(...answers);
    await pass(HOUR);
    expect(channel.texts).toEqual(answers);
  });

  test("the parts that were sent are not sent again", async () => {
    const { channel, post, pass } = chatOn();
    let failures = 3;
    channel.fate = (text) => (text === "b" && failures-- > 0 ? away() : TAKEN);
    await post("a|b|c");
    await pass(MINUTE);
    expect(channel.texts).toEqual(["a", "b", "c"]);
    expect(channel.tried).toEqual(["a", "b", "b", "b", "b", "c"]);
  });
});

describe("a message whose sending was lost sight of", () => {
  test("is sent once more, marked, and not again", async () => {
    const { channel, post, pass } = chatOn(first(1, lost(true)));
    await post("one", "two");
    await pass(HOUR);
    expect(channel.texts).toEqual(["one", `one\n\n${REPEAT}`, "two"]);
  });

  test("that is lost sight of twice is told of, since it may be missing", async () => {
    const { channel, post, pass } = chatOn((text) =>
      text.startsWith("one") ? lost(false) : TAKEN,
    );
    await post("one", "two");
    await pass(DAY);
    expect(channel.tried.filter((text) => text.startsWith("one"))).toHaveLength(2);
    expect(channel.texts).toEqual([expect.stringMatching(/may be missing above.*“one”/), "two"]);
    expect(channel.warnings.join()).toContain("nobody knows whether it arrived");
  });

  test("that is lost sight of with the words that it may be missing has them repeated until they have arrived", async () => {
    const { channel, post, pass } = chatOn(first(4, lost(false)));
    await post("one", "two");
    await pass(MINUTE);
    expect(channel.texts).toEqual(["two"]);
    await pass(MINUTE);
    expect(channel.texts).toEqual([
      "two",
      expect.stringMatching(/may be missing above.*“one”\n\n\(This may be a repeat\.\)$/),
    ]);
    await pass(8 * DAY);
    expect(channel.texts).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("on a channel that never says what became of anything is told of a few times, ever more seldom, and the others come", async () => {
    const { channel, outbox, post, pass } = chatOn(() => lost(true));
    await post("one", "two|three");
    await pass(HOUR);
    const wordsOf = (start: string): string[] =>
      channel.texts.filter((text) => text.includes(`may be missing above. It begins: “${start}”`));
    expect(channel.texts.filter((text) => /^(?:one|two|three)/.test(text))).toEqual(
      ["one", "two", "three"].flatMap((text) => [text, `${text}\n\n${REPEAT}`]),
    );
    expect(wordsOf("one")).toHaveLength(5);
    outbox.wake(SESSION);
    await pass(0);
    expect(wordsOf("one")).toHaveLength(5);
    await pass(7 * DAY);
    expect(wordsOf("one")).toHaveLength(9);
    expect(wordsOf("one").filter((text) => text.endsWith(REPEAT))).toHaveLength(8);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("keeps nobody waiting for more than its repeat, and the words that it may be missing twice", async () => {
    const { outbox, pass } = chatOn(() => lost(false));
    const { done } = await outbox.post(SESSION, DM, { id: "one", kind: "answer", text: "one" });
    let isDone = false;
    void done.then(() => (isDone = true));
    await pass(MINUTE - SECOND);
    expect(isDone).toBe(true);
  });

  test("is tried again for as long as its repeat surely does not go out", async () => {
    const { channel, post, pass } = chatOn(first(21, lost(true), ...Array<Fate>(20).fill(away())));
    await post("one");
    await pass(3 * HOUR);
    expect(channel.texts).toEqual(["one", `one\n\n${REPEAT}`]);
  });

  test("is one part of an answer, and the others come once", async () => {
    const { channel, post, pass } = chatOn();
    let failures = 1;
    channel.fate = (text) => (text === "b" && failures-- > 0 ? lost(true) : TAKEN);
    await post("a|b|c");
    await pass(MINUTE);
    expect(channel.texts).toEqual(["a", "b", `b\n\n${REPEAT}`, "c"]);
  });
});

describe("a channel that is too fast", () => {
  test("is left alone for as long as it says, also where the chat writes", async () => {
    const limited = refused(429, "Too Many Requests: retry after 35", { retry_after: 35 });
    const { channel, outbox, post, pass } = chatOn(first(1, limited));
    await post("one");
    await pass(20 * SECOND);
    outbox.wake(SESSION);
    await post("two");
    await pass(14 * SECOND);
    expect(channel.tried).toEqual(["one"]);
    await pass(SECOND);
    expect(channel.texts).toEqual(["one", "two"]);
  });

  test("gets one message a second in the long run", async () => {
    const { channel, post, pass } = chatOn();
    await post(Array.from({ length: 30 }, (_, index) => index).join("|"));
    expect(channel.texts).toHaveLength(5);
    await pass(10 * SECOND);
    expect(channel.texts.length).toBeLessThanOrEqual(15);
    await pass(20 * SECOND);
    expect(channel.texts).toHaveLength(30);
  });

  test("gets 20 messages a minute in a group of Telegram's, all its topics together", async () => {
    const { channel, outbox, pass } = chatOn(undefined, GROUP);
    for (const topic of [1, 2]) {
      const text = Array.from({ length: 20 }, (_, index) => index).join("|");
      const post = { id: `${topic}`, kind: "answer", text } as const;
      await outbox.post(`${SESSION}-${topic}`, { ...GROUP, threadId: topic }, post);
    }
    await pass(59 * SECOND);
    expect(channel.texts).toHaveLength(20);
    await pass(MINUTE);
    expect(channel.texts).toHaveLength(40);
  });
});

describe("a message that its channel will never take", () => {
  const empty = refused(400, "Bad Request: message text is empty");

  test("is told of in its place, and the ones behind it come at once", async () => {
    const { channel, post } = chatOn((text) => (text === "bad" ? empty : TAKEN));
    await post("a|bad|c", "two");
    expect(channel.texts).toEqual([
      "a",
      expect.stringMatching(/could not be shown here: message text is empty\.$/),
      "c",
      "two",
    ]);
    expect(channel.warnings.join()).toContain("message text is empty");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is not told of where that is not taken either", async () => {
    const { channel, post } = chatOn((text) => (text === "two" ? TAKEN : empty));
    await post("one", "two");
    expect(channel.texts).toEqual(["two"]);
    expect(channel.tried).toHaveLength(3);
  });

  test("and is a notice, is left out", async () => {
    const { channel, outbox, pass } = chatOn(() => empty);
    const { done } = await outbox.post(SESSION, DM, { id: "n", kind: "notice", text: "bad" });
    await pass(0);
    await done;
    expect(channel.tried).toEqual(["bad"]);
  });

  test("and is a file, is told of by whoever asked for it, or else in the chat", async () => {
    const tooLarge = refused(413, "Request Entity Too Large");
    const { channel, outbox, pass } = chatOn((text) => (text.endsWith(".zip") ? tooLarge : TAKEN));
    const reasons: string[] = [];
    for (const isTold of [true, false]) {
      const file = { name: `${isTold}.zip`, path: "/tmp/x" };
      const told = (reason: string): boolean => reasons.push(reason) > 0 && isTold;
      await outbox.post(SESSION, DM, { id: file.name, kind: "file", file, refused: told });
    }
    await pass(0);
    expect(reasons).toHaveLength(2);
    expect(channel.texts.map((text) => text.replaceAll("\u2060", ""))).toEqual([
      expect.stringMatching(/^false\.zip could not be sent: .*Too Large/),
    ]);
  });

  test.each(["ENOSPC", "EMFILE"])(
    "for want of room or files on this machine (%s), comes when there is some",
    async (code) => {
      const error = Object.assign(new Error(`${code}: not now`), { code });
      let isShort = true;
      const { channel, outbox, pass } = chatOn(() => (isShort ? { taken: false, error } : TAKEN));
      const file = { name: "picture-1.png", path: "/tmp/x" };
      await outbox.post(SESSION, DM, { id: "picture", kind: "file", file });
      await pass(MINUTE);
      isShort = false;
      await pass(3 * MINUTE);
      expect(channel.texts).toEqual(["picture-1.png"]);
    },
  );

  test("and is a long answer's file, comes as messages", async () => {
    const { channel, outbox, pass } = chatOn();
    channel.fate = (text) =>
      text === "answer.md" ? refused(400, "not enough rights to x") : TAKEN;
    channel.fate = (text) =>
      text === "answer.md" ? refused(400, "Bad Request: wrong file") : TAKEN;
    channel.host.partsOf = async (_address, text, { filesToo }) =>
      filesToo
        ? [{ text: "a (rest in file)" }, { document: { name: "answer.md", text } }]
        : text.split("|").map((part) => ({ text: part }));
    await outbox.post(SESSION, DM, { id: "1", kind: "answer", text: "a|b|c" });
    await pass(0);
    expect(channel.texts).toEqual(["a (rest in file)", "b", "c"]);
  });
});

test.each([
  ["that is gone", refused(400, "Bad Request: chat not found")],
  ["that has blocked the bot", refused(403, "Forbidden: bot was blocked by the user")],
  ["whose topic was deleted", refused(400, "Bad Request: message thread not found")],
])("what is for a chat %s waits for it, and the operator is told once", async (_title, fate) => {
  const { channel, post, pass } = chatOn(() => fate, { ...GROUP, threadId: 5 });
  await post("one", "two");
  await pass(DAY);
  expect(channel.texts).toEqual([]);
  expect(channel.warnings).toHaveLength(1);
  channel.fate = () => TAKEN;
  await pass(3 * MINUTE);
  expect(channel.texts).toEqual(["one", "two"]);
});

test("a message that fails for no known reason lets the others pass after ten minutes, and is tried on", async () => {
  const broken: Fate = { taken: false, error: new Error("cannot do that") };
  const { channel, post, pass } = chatOn((text) => (text === "poison" ? broken : TAKEN));
  await post("poison", "two");
  await pass(5 * MINUTE);
  expect(channel.texts).toEqual([]);
  await pass(7 * MINUTE);
  expect(channel.texts).toEqual(["two"]);
  expect(channel.warnings).toEqual([expect.stringContaining("cannot do that")]);
  await post("three");
  expect(channel.texts).toEqual(["two", "three"]);
  channel.fate = () => TAKEN;
  await pass(3 * MINUTE);
  expect(channel.texts).toEqual(["two", "three", "poison"]);
});

describe("a group that became a supergroup", () => {
  const upgraded = refused(400, "Bad Request: group chat was upgraded to a supergroup chat", {
    migrate_to_chat_id: -100_200,
  });

  test("is followed with all that waits, and told of once", async () => {
    const { channel, outbox, post, moved } = chatOn(
      (_text, { to }) => (to === GROUP.to ? upgraded : TAKEN),
      GROUP,
    );
    await post("one", "two");
    expect(channel.shown.entries).toEqual([
      { to: "telegram:-100200", text: "one" },
      { to: "telegram:-100200", text: "two" },
    ]);
    expect(moved).toEqual([{ channel: "telegram", to: "telegram:-100200" }]);
    await post("three");
    expect(channel.tried).toEqual(["one", "one", "two", "three"]);
    expect(outbox.addressNow(GROUP).to).toBe("telegram:-100200");
  });

  test("whose new id nobody names is waited for", async () => {
    const nameless = refused(400, "Bad Request: group chat was upgraded to a supergroup chat");
    const { channel, post, pass, moved } = chatOn(() => nameless, GROUP);
    await post("one");
    await pass(HOUR);
    expect(channel.texts).toEqual([]);
    expect(moved).toEqual([]);
    expect(channel.warnings).toHaveLength(1);
  });
});

test("a private chat that has no topics is written to without one, and keeps to that", async () => {
  const noTopic = refused(400, "Bad Request: message thread not found");
  const { channel, post } = chatOn(
    (_text, { threadId }) => (threadId === undefined ? TAKEN : noTopic),
    { ...DM, threadId: 44 },
  );
  await post("one", "two");
  await post("three");
  expect(channel.texts).toEqual(["one", "two", "three"]);
  expect(channel.tried).toEqual(["one", "one", "two", "three"]);
});

describe("an id", () => {
  test("is posted once", async () => {
    const { channel, post, pass } = chatOn();
    await Promise.all([post("one"), post("one")]);
    await pass(MINUTE);
    await post("one");
    expect(channel.texts).toEqual(["one"]);
  });
});

test("chats do not wait for each other", async () => {
  const { channel, outbox, pass } = chatOn((_text, { to }) => (to === DM.to ? away() : TAKEN));
  await outbox.post(SESSION, DM, { id: "1", kind: "answer", text: "mine" });
  await outbox.post("/state/other", GROUP, { id: "1", kind: "answer", text: "theirs" });
  await pass(MINUTE);
  expect(channel.texts).toEqual(["theirs"]);
});

test("after a stop nothing is begun", async () => {
  const { outbox, post, channel, pass } = chatOn(() => away());
  await post("one");
  await outbox.stop();
  const before = channel.tried.length;
  await post("two");
  await pass(HOUR);
  expect(channel.tried).toHaveLength(before);
  expect(vi.getTimerCount()).toBe(0);
});
