/** Deliveries over time: what is tried again, how often, and what passes what. */
import { beforeEach, expect, test, vi } from "vitest";
import type { InboxEntry } from "../../src/messages/inbox.js";
import { ConversationOutbox } from "../../src/messages/outbox.js";

const MINUTE = 60_000;

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

/** A chat whose channel fails for texts that `fails` names. */
function chatThat(fails: (text: string) => boolean) {
  const tried: string[] = [];
  const sent: string[] = [];
  const finished: string[] = [];
  const warnings: string[] = [];
  const inbox = {
    setStage: async () => {},
    finish: async ({ message }: InboxEntry) => void finished.push(message.id),
  };
  const outbox = new ConversationOutbox(inbox, () => ({
    send: async (_address, text) => {
      tried.push(text);
      if (fails(text)) throw new Error(`cannot send ${text}`);
      sent.push(text);
    },
    warn: (text) => void warnings.push(text),
  }));
  const add = async (text: string): Promise<void> => {
    outbox.add(entryOf(text), text);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { outbox, add, tried, sent, finished, warnings };
}

function entryOf(id: string): InboxEntry {
  const address = { channel: "telegram", to: "telegram:7" };
  const stage = { name: "answered", text: id, sent: 0 } as const;
  const message = {
    id,
    acceptedAt: 0,
    workspaceDir: "/",
    bindingCreatedAt: "",
    address,
    input: [],
    stage,
  };
  return { sessionFile: "/state/chat", file: undefined, message };
}

test("answers go out in order while the channel is down and when it is back", async () => {
  let down = true;
  const { add, sent, tried, finished } = chatThat(() => down);
  await add("one");
  await add("two");
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(new Set(tried)).toEqual(new Set(["one"]));
  down = false;
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(sent).toEqual(["one", "two"]);
  expect(finished).toEqual(["one", "two"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("an answer that fails for ten minutes lets those behind it pass, and stays stored", async () => {
  const { add, sent, tried, finished, warnings } = chatThat((text) => text === "poison");
  await add("poison");
  await add("two");
  await vi.advanceTimersByTimeAsync(9 * MINUTE);
  expect(sent).toEqual([]);
  await vi.advanceTimersByTimeAsync(3 * MINUTE);
  expect(sent).toEqual(["two"]);
  expect(finished).toEqual(["two"]);
  expect(warnings).toEqual([expect.stringContaining("cannot send poison")]);
  expect(vi.getTimerCount()).toBe(0);

  // It has another try with each answer that comes, and keeps none of them waiting.
  const before = tried.length;
  await add("three");
  expect(tried.slice(before)).toEqual(["poison", "three"]);
  expect(sent).toEqual(["two", "three"]);
  expect(warnings).toHaveLength(1);
});

test("answers that come in a burst during a short outage do not use up the attempts of the first", async () => {
  let failuresLeft = 30;
  const { add, sent } = chatThat(() => failuresLeft-- > 0);
  const answers = Array.from({ length: 30 }, (_, index) => `answer ${index}`);
  for (const answer of answers) await add(answer);
  await vi.advanceTimersByTimeAsync(60 * MINUTE);
  expect(sent).toEqual(answers);
});

test("after a stop nothing is begun", async () => {
  const { outbox, add, tried } = chatThat(() => true);
  await add("one");
  await outbox.stop();
  const before = tried.length;
  await add("two");
  await vi.advanceTimersByTimeAsync(60 * MINUTE);
  expect(tried).toHaveLength(before);
  expect(vi.getTimerCount()).toBe(0);
});
