/** What a chat hears while its message waits. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { CodexAppServerStartOptions } from "../../src/app-server/start-options.js";
import type { ChatButton } from "../../src/chat/buttons.js";
import { createTurnPresenter } from "../../src/messages/turn-presenter.js";
import { occupyTurnPlace, takeTurnPlace } from "../../src/thread/turn-places.js";
import { waitingButtons } from "../../src/messages/waiting-buttons.js";

const ADDRESS = { channel: "telegram", to: "telegram:7" };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function presenter(pluginConfig?: unknown) {
  let settings = pluginConfig;
  const told: string[] = [];
  const edits: string[] = [];
  const buttons: ChatButton[] = [];
  const message = { sessionFile: "/state/chat", id: "message-1" };
  const made = createTurnPresenter(message, () => ({
    tell: async (text) => void told.push(text),
    address: ADDRESS,
    askOperator: async () => undefined,
    sendFile: async () => {},
    sendModelsFile: async () => ({ isSent: true, text: "Sent." }),
    audit: () => {},
    noteNotice: () => {},
    giveAnswer: async () => {},
    over: new AbortController().signal,
    sendNote: async (text, given) => {
      told.push(text);
      buttons.push(...given);
      return {
        edit: async (edited) => {
          edits.push(edited);
          return true;
        },
      };
    },
    pluginConfig: () => settings,
    warn: () => {},
  }));
  return { made, told, edits, buttons, set: (changed: unknown) => void (settings = changed) };
}

test("a message that waits for over five seconds is told so, once", async () => {
  const { made, told } = presenter();
  made.waits(1);
  await vi.advanceTimersByTimeAsync(4999);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([expect.stringMatching(/^Queued behind the running turn\./)]);
  made.dispose();
});

describe("a message that waits for a place", () => {
  const WAITS = /^Waiting for a free place: 2 turns are running in all chats/;
  const start: CodexAppServerStartOptions = {
    transport: "stdio",
    command: "crowded",
    commandSource: "config",
    args: [],
    headers: {},
    clearEnv: [],
  };

  /** Two other chats have the places that this one waits for; `over` ends that. */
  function crowded() {
    const leave = ["a", "b"].map((name) => occupyTurnPlace(name, start));
    const over = new AbortController();
    const taken = takeTurnPlace({
      sessionFile: "/state/chat",
      start,
      max: 2,
      isHeld: () => false,
      listed: (until) => until,
      over: over.signal,
      onWaits: () => undefined,
    });
    return async (): Promise<void> => {
      over.abort();
      await taken;
      for (const each of leave) each();
    };
  }

  test("is told so after five seconds", async () => {
    const over = crowded();
    const { made, told } = presenter();
    made.waitsForPlace();
    await vi.advanceTimersByTimeAsync(4999);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual([expect.stringMatching(WAITS)]);
    made.dispose();
    await over();
  });

  test("has its note changed that says that it waits for an earlier one", async () => {
    const over = crowded();
    const { made, told, edits } = presenter();
    made.waits(1);
    await vi.advanceTimersByTimeAsync(5000);
    made.waitsForPlace();
    await vi.advanceTimersByTimeAsync(5000);
    expect(told).toEqual([expect.stringMatching(/^Queued behind the running turn\./)]);
    expect(edits).toEqual([expect.stringMatching(WAITS)]);
    made.dispose();
    await over();
  });

  test("is not told of one that it has by then, nor without progress", async () => {
    const { made, told } = presenter();
    made.waitsForPlace();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual([]);
    made.dispose();
    const over = crowded();
    const quiet = presenter({ progress: "off" });
    quiet.made.waitsForPlace();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(quiet.told).toEqual([]);
    quiet.made.dispose();
    await over();
  });
});

test("a turn is shown as the settings say when it begins, not when its message came", async () => {
  const { made, told, set } = presenter({ progress: "off" });
  set({ progress: "brief" });
  made.runs();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(told).toHaveLength(1);
  made.dispose();

  const quiet = presenter({ progress: "brief" });
  quiet.set({ progress: "off" });
  quiet.made.runs();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(quiet.told).toEqual([]);
  quiet.made.dispose();
});

test("a turn that begins when nothing more is to be said leaves no timer", () => {
  const { made } = presenter();
  made.dispose();
  made.runs();
  expect(vi.getTimerCount()).toBe(0);
});

test("the note names how many are before it", async () => {
  const { made, told } = presenter();
  made.waits(3);
  await vi.advanceTimersByTimeAsync(5000);
  expect(told).toEqual([expect.stringContaining("behind 3 others")]);
  made.dispose();
});

test("a message whose turn comes sooner is not told, nor one whose answer is there", async () => {
  const soon = presenter();
  soon.made.waits(1);
  soon.made.runs();
  const answered = presenter();
  answered.made.waits(1);
  answered.made.dispose();
  await vi.advanceTimersByTimeAsync(10_000);
  soon.made.dispose();
  expect([...soon.told, ...answered.told]).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test("a long turn is told of as the settings have it", async () => {
  const brief = presenter();
  brief.made.runs();
  const off = presenter({ progress: "off" });
  off.made.runs();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(brief.told).toEqual(["⏳ 20 seconds"]);
  expect(off.told).toEqual([]);
  brief.made.dispose();
  off.made.dispose();
});

test("settings that cannot be used ask nothing and tell nothing", async () => {
  const { made, told } = presenter({ progress: "loud" });
  made.runs();
  const requests = made.takeRequests({ threadId: "thread-1", during: (wait) => wait });
  const answer = await requests.answer({
    id: 0,
    method: "item/commandExecution/requestApproval",
    params: { threadId: "thread-1", turnId: "turn-1", itemId: "item-1", command: "npm publish" },
  });
  expect(answer).toEqual({ decision: "decline" });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([]);
  made.dispose();
});

/** A message whose note stands in the chat. */
async function noted() {
  const all = presenter();
  all.made.waits(1);
  await vi.advanceTimersByTimeAsync(5000);
  return all;
}

describe("the note that a message waits", () => {
  test("has a button that gives it to the running turn", async () => {
    const { made, buttons } = await noted();
    expect(buttons).toEqual(waitingButtons("message-1", ADDRESS));
    made.dispose();
  });

  test("says so when its turn has come, and loses the button", async () => {
    const { made, edits } = await noted();
    made.runs();
    await vi.advanceTimersByTimeAsync(4000);
    expect(edits).toEqual(["Now running."]);
    made.end();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(edits).toHaveLength(1);
  });

  test("changes once where the answer follows at once, and after the answer", async () => {
    const { made, edits } = await noted();
    made.runs();
    await vi.advanceTimersByTimeAsync(3000);
    made.end();
    await vi.advanceTimersByTimeAsync(3999);
    expect(edits).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(edits).toEqual(["No longer queued."]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("stands in a chat twice at most, however many messages wait, and again when those are over", async () => {
    const waiting = Array.from({ length: 7 }, () => presenter());
    for (const { made } of waiting) made.waits(1);
    await vi.advanceTimersByTimeAsync(5000);
    expect(waiting.flatMap(({ told }) => told)).toHaveLength(2);
    for (const { made } of waiting) made.end();
    await vi.advanceTimersByTimeAsync(4000);
    expect(waiting.flatMap(({ edits }) => edits)).toHaveLength(2);
    const { made, told } = await noted();
    expect(told).toHaveLength(1);
    made.dispose();
  });

  test("says so when it has gone into the running turn, or was dropped", async () => {
    const { made, edits } = await noted();
    made.end();
    await vi.advanceTimersByTimeAsync(4000);
    expect(edits).toEqual(["No longer queued."]);
  });

  test("stays as it is where the process ends: the next one takes its button", async () => {
    const { made, edits } = await noted();
    made.dispose();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(edits).toEqual([]);
  });
});
