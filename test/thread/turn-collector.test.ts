import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  CodexTurnFailedError,
  CodexTurnInterruptedError,
  CodexTurnTimeoutError,
  createCodexConversationTurnCollector,
} from "../../src/thread/turn-collector.js";
import { settled, unhandledDuring } from "../support/conversation/settled.js";

const THREAD = "thread-1";
const TURN = "turn-1";
const IDS = { threadId: THREAD, turnId: TURN };

type Item = {
  id: string;
  text?: string;
  phase?: string | null;
  delivery?: string;
  moderation?: unknown;
};
type Notification = { method: string; params: Record<string, unknown> };

const agentMessage = (item: Item): Record<string, unknown> => ({ type: "agentMessage", ...item });

const started = (item: Item, ids = IDS): Notification => ({
  method: "item/started",
  params: { ...ids, item: agentMessage({ text: "", ...item }) },
});
const completed = (item: Item, ids = IDS): Notification => ({
  method: "item/completed",
  params: { ...ids, item: agentMessage(item) },
});
const itemDone = (item: Record<string, unknown>): Notification => ({
  method: "item/completed",
  params: { ...IDS, item },
});
const userMessage = (id: string): Notification => itemDone({ type: "userMessage", id });
const delta = (itemId: string, text: string, ids = IDS): Notification => ({
  method: "item/agentMessage/delta",
  params: { ...ids, itemId, delta: text },
});
const end = (
  turn: { status?: string; items?: unknown; error?: unknown } = {},
  ids = IDS,
): Notification => ({
  method: "turn/completed",
  params: {
    threadId: ids.threadId,
    turn: { id: ids.turnId, status: "completed", items: [], error: null, ...turn },
  },
});
const shown = (ids = IDS): Notification => ({
  method: "turn/started",
  params: { threadId: ids.threadId, turn: { id: ids.turnId, status: "inProgress", items: [] } },
});
const error = (message: string, willRetry: boolean): Notification => ({
  method: "error",
  params: { ...IDS, error: { message, codexErrorInfo: "other" }, willRetry },
});

function collectorOf(...notifications: Notification[]) {
  const collector = createCodexConversationTurnCollector(THREAD);
  collector.setTurnId(TURN);
  for (const notification of notifications) collector.handleNotification(notification);
  return collector;
}

/** The reply of a turn with these notifications, its end included. */
async function replyOf(...notifications: Notification[]): Promise<string> {
  const { replyText } = await collectorOf(...notifications).wait({ timeoutMs: 1000 });
  return replyText;
}

/** How a turn with these notifications fails. */
async function failureOf(...notifications: Notification[]): Promise<unknown> {
  return collectorOf(...notifications)
    .wait({ timeoutMs: 1000 })
    .catch((reason: unknown) => reason);
}

describe("the reply is what the turn answered", () => {
  const table: { condition: string; notifications: Notification[]; reply: string }[] = [
    {
      condition: "the only message",
      notifications: [completed({ id: "a", text: "Hello" }), end()],
      reply: "Hello",
    },
    {
      condition: "the last of several without a phase",
      notifications: [
        completed({ id: "a", text: "first" }),
        completed({ id: "b", text: "second", phase: null }),
        end(),
      ],
      reply: "second",
    },
    {
      condition: "all final answers, in order",
      notifications: [
        completed({ id: "a", text: "first", phase: "final_answer" }),
        completed({ id: "b", text: "second", phase: "final_answer" }),
        end(),
      ],
      reply: "first\n\nsecond",
    },
    {
      condition: "a part of the answer that came early, before the rest",
      notifications: [
        completed({ id: "a", text: "part", phase: "partial_answer" }),
        completed({ id: "b", text: "rest", phase: "final_answer" }),
        end(),
      ],
      reply: "part\n\nrest",
    },
    {
      condition: "without phases, the last message and the one that the person steered after",
      notifications: [
        completed({ id: "a", text: "looking" }),
        completed({ id: "b", text: "first answer" }),
        userMessage("steered"),
        completed({ id: "c", text: "looking again" }),
        completed({ id: "d", text: "second answer" }),
        end(),
      ],
      reply: "first answer\n\nsecond answer",
    },
    {
      condition: "a final answer once, though the completed turn repeats it",
      notifications: [
        completed({ id: "a", text: "first", phase: "final_answer" }),
        completed({ id: "b", text: "second", phase: "final_answer" }),
        end({ items: [agentMessage({ id: "b", text: "second", phase: "final_answer" })] }),
      ],
      reply: "first\n\nsecond",
    },
    {
      condition: "no question that Codex does not wait for",
      notifications: [
        completed({ id: "q", text: "May I?", phase: "final_answer", delivery: "async" }),
        completed({ id: "a", text: "Done.", phase: "final_answer" }),
        end(),
      ],
      reply: "Done.",
    },
    {
      condition: "no message that its provider withholds",
      notifications: [
        completed({
          id: "q",
          text: "withheld",
          phase: "final_answer",
          moderation: { moderated: true, display: { mode: "hide" } },
        }),
        completed({ id: "a", text: "Done.", phase: "final_answer" }),
        end(),
      ],
      reply: "Done.",
    },
    {
      condition: "a plan, in its place",
      notifications: [
        completed({ id: "a", text: "Here it is:", phase: "final_answer" }),
        itemDone({ type: "plan", id: "p", text: "1. Look" }),
        end(),
      ],
      reply: "Here it is:\n\n1. Look",
    },
    {
      condition: "a final answer before a message without a phase",
      notifications: [
        completed({ id: "a", text: "answer", phase: "final_answer" }),
        completed({ id: "b", text: "plain" }),
        end(),
      ],
      reply: "answer",
    },
    {
      condition: "a final answer before later commentary",
      notifications: [
        completed({ id: "a", text: "answer", phase: "final_answer" }),
        completed({ id: "b", text: "by the way", phase: "commentary" }),
        end(),
      ],
      reply: "answer",
    },
    {
      condition: "a message without a phase before later commentary",
      notifications: [
        completed({ id: "a", text: "plain" }),
        completed({ id: "b", text: "by the way", phase: "commentary" }),
        end(),
      ],
      reply: "plain",
    },
    {
      condition: "the last commentary where nothing else came",
      notifications: [
        completed({ id: "a", text: "looking", phase: "commentary" }),
        completed({ id: "b", text: "found", phase: "commentary" }),
        end(),
      ],
      reply: "found",
    },
    {
      condition: "an answer before an empty one",
      notifications: [
        completed({ id: "a", text: "answer", phase: "final_answer" }),
        completed({ id: "b", text: " \n", phase: "final_answer" }),
        end(),
      ],
      reply: "answer",
    },
    {
      condition: "a message without a phase where the final answer is empty",
      notifications: [
        completed({ id: "a", text: "plain" }),
        completed({ id: "b", text: "", phase: "final_answer" }),
        end(),
      ],
      reply: "plain",
    },
    {
      condition: "nothing where every text is empty",
      notifications: [completed({ id: "a", text: "" }), end()],
      reply: "",
    },
    { condition: "nothing where no message came", notifications: [end()], reply: "" },
    {
      condition: "the text without the blank around it",
      notifications: [completed({ id: "a", text: "\n Hello \n\n" }), end()],
      reply: "Hello",
    },
    {
      condition: "the deltas where no completed text came",
      notifications: [started({ id: "a" }), delta("a", "Hel"), delta("a", "lo"), end()],
      reply: "Hello",
    },
    {
      condition: "the deltas of an item that was never announced",
      notifications: [delta("a", "Hello"), end()],
      reply: "Hello",
    },
    {
      condition:
        "the deltas of each message to which the person replied, and of the last, where no completed text came",
      notifications: [
        started({ id: "a", phase: "final_answer" }),
        delta("a", "first"),
        userMessage("u"),
        started({ id: "b", phase: "final_answer" }),
        delta("b", "stale"),
        started({ id: "c", phase: "final_answer" }),
        delta("c", "second"),
        end(),
      ],
      reply: "first\n\nsecond",
    },
    {
      condition: "the completed text, not stale deltas of the same item",
      notifications: [
        delta("a", "PARTIAL "),
        delta("a", "Hello"),
        completed({ id: "a", text: "Hello" }),
        end(),
      ],
      reply: "Hello",
    },
    {
      condition: "no stale deltas even where the completed text is empty",
      notifications: [delta("a", "PARTIAL"), completed({ id: "a", text: "" }), end()],
      reply: "",
    },
    {
      condition: "a completed plain text before the deltas of a later one",
      notifications: [completed({ id: "a", text: "whole" }), delta("b", "PARTIAL"), end()],
      reply: "whole",
    },
    {
      condition: "a final answer's deltas before a plain message's",
      notifications: [
        started({ id: "a", phase: "final_answer" }),
        delta("a", "answer"),
        delta("b", "plain"),
        end(),
      ],
      reply: "answer",
    },
    {
      condition: "a plain message's deltas before completed commentary",
      notifications: [
        completed({ id: "a", text: "looking", phase: "commentary" }),
        delta("b", "plain"),
        end(),
      ],
      reply: "plain",
    },
    {
      condition: "commentary's deltas where nothing else came",
      notifications: [started({ id: "a", phase: "commentary" }), delta("a", "looking"), end()],
      reply: "looking",
    },
    {
      condition: "the phase that item/started told where item/completed does not",
      notifications: [
        started({ id: "a", phase: "commentary" }),
        completed({ id: "a", text: "looking" }),
        completed({ id: "b", text: "plain" }),
        started({ id: "c", phase: "commentary" }),
        completed({ id: "c", text: "still looking" }),
        end(),
      ],
      reply: "plain",
    },
    {
      condition: "a message that only the completed turn holds",
      notifications: [end({ items: [agentMessage({ id: "a", text: "Hello" })] })],
      reply: "Hello",
    },
    {
      condition: "the completed turn's text over the deltas of the same item",
      notifications: [
        delta("a", "PARTIAL"),
        end({ items: [agentMessage({ id: "a", text: "Hello" })] }),
      ],
      reply: "Hello",
    },
    {
      condition: "what the items told where the completed turn holds none",
      notifications: [completed({ id: "a", text: "Hello" }), end({ items: undefined })],
      reply: "Hello",
    },
    {
      condition: "agent messages only",
      notifications: [
        completed({ id: "a", text: "Hello" }),
        {
          method: "item/completed",
          params: { ...IDS, item: { type: "reasoning", id: "r", text: "thinking" } },
        },
        {
          method: "item/completed",
          params: { ...IDS, item: { type: "commandExecution", id: "c", text: "ls" } },
        },
        end({ items: [{ type: "userMessage", id: "u", text: "question" }] }),
      ],
      reply: "Hello",
    },
    {
      condition: "the same after notifications without sense",
      notifications: [
        completed({ id: "a", text: "Hello" }),
        { method: "item/completed", params: { ...IDS } },
        { method: "item/completed", params: { ...IDS, item: "text" } },
        { method: "item/completed", params: { ...IDS, item: { type: "agentMessage", text: "x" } } },
        { method: "item/agentMessage/delta", params: { ...IDS, itemId: 3, delta: "x" } },
        { method: "item/agentMessage/delta", params: { ...IDS, itemId: "a" } },
        { method: "warning", params: { ...IDS, message: "x" } },
        end({ items: [null, "text", 7] }),
      ],
      reply: "Hello",
    },
  ];

  test.each(table)("$condition", async ({ notifications, reply }) => {
    expect(await replyOf(...notifications)).toBe(reply);
  });
});

describe("other threads and turns change nothing", () => {
  const foreign = [
    { of: "another thread", ids: { threadId: "sub-agent", turnId: TURN } },
    { of: "another turn", ids: { threadId: THREAD, turnId: "turn-2" } },
  ];

  test.each(foreign)("no text, delta, failure or end of $of counts", async ({ ids }) => {
    const collector = collectorOf(
      completed({ id: "a", text: "mine" }),
      completed({ id: "b", text: "theirs", phase: "final_answer" }, ids),
      completed({ id: "a", text: "theirs" }, ids),
      delta("c", "theirs", ids),
      shown(ids),
      end({ status: "failed", error: { message: "theirs" } }, ids),
    );
    let over = false;
    void collector.ended.then(() => (over = true));
    await settled();
    expect(over).toBe(false);

    collector.handleNotification(end());
    expect(await collector.wait({ timeoutMs: 1000 })).toEqual({ replyText: "mine" });
  });

  test.each(foreign)("no delta of $of goes the short way", async ({ ids }) => {
    const collector = collectorOf(started({ id: "a" }));
    expect(collector.takeDelta(delta("a", "mine"))).toBe(true);
    for (const other of [
      delta("a", "theirs", ids),
      delta("b", "another message's"),
      { ...delta("a", "a command's"), method: "item/commandExecution/outputDelta" },
      { method: "item/agentMessage/delta", params: { ...IDS, itemId: "a", delta: 7 } },
      end(),
    ]) {
      expect(collector.takeDelta(other)).toBe(false);
    }
    collector.handleNotification(end());
    expect(await collector.wait({ timeoutMs: 1000 })).toEqual({ replyText: "mine" });
  });

  test("a notification without a thread is nobody's", async () => {
    expect(
      await replyOf(
        { method: "item/completed", params: { turnId: TURN, item: agentMessage({ id: "x" }) } },
        { method: "error", params: {} },
        completed({ id: "a", text: "mine" }),
        end(),
      ),
    ).toBe("mine");
  });
});

describe("before the turn has its name", () => {
  test("what comes counts, its end included, in the order in which it came", async () => {
    const collector = createCodexConversationTurnCollector(THREAD);
    for (const notification of [
      shown(),
      completed({ id: "a", text: "first" }),
      completed({ id: "b", text: "second" }),
      end(),
    ]) {
      collector.handleNotification(notification);
    }
    collector.setTurnId(TURN);
    await collector.started;
    await collector.ended;
    expect(await collector.wait({ timeoutMs: 1000 })).toEqual({ replyText: "second" });
  });

  test("what turns out to be of an earlier turn does not count", async () => {
    const collector = createCodexConversationTurnCollector(THREAD);
    const earlier = { threadId: THREAD, turnId: "turn-0" };
    collector.handleNotification(completed({ id: "a", text: "late" }, earlier));
    collector.handleNotification(end({ status: "interrupted" }, earlier));
    collector.setTurnId(TURN);
    collector.handleNotification(completed({ id: "b", text: "mine" }));
    collector.handleNotification(end());
    expect(await collector.wait({ timeoutMs: 1000 })).toEqual({ replyText: "mine" });
  });
});

describe("a failed turn", () => {
  test("fails with Codex's message and its name for the cause", async () => {
    const failure = await failureOf(
      completed({ id: "a", text: "half" }),
      end({ status: "failed", error: { message: "limit", codexErrorInfo: "usageLimitExceeded" } }),
    );
    expect(failure).toBeInstanceOf(CodexTurnFailedError);
    expect(failure).toMatchObject({ message: "limit", codexErrorInfo: "usageLimitExceeded" });
  });

  test("names a cause that Codex tells as an object by the object's key", async () => {
    const codexErrorInfo = { httpConnectionFailed: { httpStatusCode: 503 } };
    expect(
      await failureOf(end({ status: "failed", error: { message: "no model", codexErrorInfo } })),
    ).toMatchObject({ message: "no model", codexErrorInfo: "httpConnectionFailed" });
  });

  test.each([{ blank: null }, { blank: {} }, { blank: { message: " " } }])(
    "takes the last error notification's message where its own says nothing: $blank",
    async ({ blank }) => {
      expect(
        await failureOf(
          error("Reconnecting… 1/5", true),
          error("stream disconnected", false),
          end({ status: "failed", error: blank }),
        ),
      ).toMatchObject({ message: "stream disconnected", codexErrorInfo: "other" });
    },
  );

  test("says so where nobody gave a reason", async () => {
    const failure = await failureOf(end({ status: "failed" }));
    expect(failure).toBeInstanceOf(CodexTurnFailedError);
    expect(failure).toMatchObject({ message: "Codex gave no reason." });
  });

  test("error notifications alone neither end a turn nor spoil its reply", async () => {
    expect(
      await replyOf(error("Reconnecting… 1/5", true), completed({ id: "a", text: "Hello" }), end()),
    ).toBe("Hello");
  });
});

describe("an interrupted turn", () => {
  test("is no success, and tells what was said until then", async () => {
    const failure = await failureOf(
      completed({ id: "a", text: "looking", phase: "commentary" }),
      delta("b", "The answer "),
      delta("b", "is"),
      end({ status: "interrupted" }),
    );
    expect(failure).toBeInstanceOf(CodexTurnInterruptedError);
    expect(failure).toMatchObject({ partialText: "The answer is" });
  });

  test("has an empty text where nothing was said", async () => {
    expect(await failureOf(end({ status: "interrupted" }))).toMatchObject({
      name: "CodexTurnInterruptedError",
      partialText: "",
    });
  });
});

describe("the wait", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("ends with a time-out that names the time, and leaves `ended` to Codex", async () => {
    const collector = collectorOf(delta("a", "half"));
    const failure = collector.wait({ timeoutMs: 120_000 }).catch((reason: unknown) => reason);
    let over = false;
    void collector.ended.then(() => (over = true));

    await vi.advanceTimersByTimeAsync(119_999);
    collector.handleNotification(delta("a", " more"));
    await vi.advanceTimersByTimeAsync(1);
    expect(await failure).toBeInstanceOf(CodexTurnTimeoutError);
    expect(await failure).toMatchObject({ message: expect.stringContaining("2 minutes") });
    expect(over).toBe(false);

    collector.handleNotification(end({ status: "interrupted" }));
    await collector.ended;
  });

  test("leaves no timer behind, however the turn ends", async () => {
    await replyOf(completed({ id: "a", text: "Hello" }), end());
    await failureOf(end({ status: "failed" }));
    const failing = collectorOf();
    failing.fail(new Error("closed"));
    await expect(failing.wait({ timeoutMs: 1000 })).rejects.toThrow("closed");
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("fail", () => {
  test("ends the wait with its error, before or during the wait", async () => {
    const before = collectorOf();
    before.fail(new Error("closed"));
    await expect(before.wait({ timeoutMs: 1000 })).rejects.toThrow("closed");

    const during = collectorOf();
    const waiting = during.wait({ timeoutMs: 1000 });
    during.fail(new Error("closed"));
    await expect(waiting).rejects.toThrow("closed");
  });

  test("changes nothing once the turn has ended, and the first of two counts", async () => {
    const over = collectorOf(completed({ id: "a", text: "Hello" }), end());
    over.fail(new Error("closed"));
    expect(await over.wait({ timeoutMs: 1000 })).toEqual({ replyText: "Hello" });

    const failing = collectorOf();
    failing.fail(new Error("first"));
    failing.fail(new Error("second"));
    await expect(failing.wait({ timeoutMs: 1000 })).rejects.toThrow("first");
  });

  test("of a collector that nobody waits for goes unnoticed", async () => {
    const unhandled = await unhandledDuring(() => {
      collectorOf().fail(new Error("nobody hears this"));
      collectorOf(end({ status: "failed" }));
    });
    expect(unhandled).toEqual([]);
  });

  test("leaves `ended` to Codex", async () => {
    const collector = collectorOf();
    collector.fail(new Error("silence"));
    let over = false;
    void collector.ended.then(() => (over = true));
    await settled();
    expect(over).toBe(false);
    collector.handleNotification(end());
    await collector.ended;
  });
});

describe("started", () => {
  test.each([
    { sign: "turn/started", notification: shown() },
    { sign: "an item", notification: completed({ id: "a", text: "Hello" }) },
    { sign: "a delta", notification: delta("a", "Hello") },
  ])("comes with $sign of this turn, not before", async ({ notification }) => {
    const collector = collectorOf(shown({ threadId: THREAD, turnId: "turn-0" }));
    let running = false;
    void collector.started.then(() => (running = true));
    await settled();
    expect(running).toBe(false);
    collector.handleNotification(notification);
    await collector.started;
  });
});
