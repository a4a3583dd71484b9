import { describe, expect, test } from "vitest";
import { ChatList } from "../../pages/chat-list.js";
import { ChatsReader } from "../../pages/chats-reader.js";
import type { BoundChat } from "../../src/operator/facts.js";

type Asked = { sessions: readonly string[] | undefined; titles: boolean; follow: boolean };

/** A gateway whose answers the test gives. */
class Source {
  readonly asked: Asked[] = [];
  isConnected = true;
  mayRead = true;
  #answers: PromiseWithResolvers<BoundChat[]>[] = [];

  chats(
    sessions: readonly string[] | undefined,
    options: { titles: boolean; follow: boolean },
  ): Promise<BoundChat[]> {
    this.asked.push({ sessions, ...options });
    const answer = Promise.withResolvers<BoundChat[]>();
    this.#answers.push(answer);
    return answer.promise;
  }

  async answer(...chats: readonly BoundChat[]): Promise<void> {
    this.#answers.shift()?.resolve([...chats]);
    await settled();
  }

  async fail(reason: string): Promise<void> {
    this.#answers.shift()?.reject(new Error(reason));
    await settled();
  }
}

/** All that follows from an answer without another. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

function reading() {
  const source = new Source();
  const list = new ChatList();
  const read: unknown[] = [];
  const reader = new ChatsReader(source, list, (error) => void read.push(error));
  return { source, list, read, reader };
}

const chat = (session: string): BoundChat => ({ session, channel: "telegram", state: "idle" });
const all: Asked = { sessions: undefined, titles: false, follow: true };

describe("the reader of the chats", () => {
  test("asks nothing while nobody looks, whatever changes", async () => {
    const { source, reader } = reading();
    reader.changed(["one"]);
    reader.setSeen(false);
    await settled();
    expect(source.asked).toEqual([]);
  });

  test("reads all when somebody looks, and then only what has changed, one reading at a time", async () => {
    const { source, reader, list } = reading();
    reader.setSeen(true);
    reader.changed(["one"]);
    reader.changed(["two", "one"]);
    expect(source.asked).toEqual([all]);
    // The first answer may have been made before the changes.
    await source.answer(chat("one"), chat("two"));
    expect(source.asked).toEqual([all, { ...all, sessions: ["one", "two"] }]);
    await source.answer(chat("two"));
    expect(source.asked).toHaveLength(2);
    expect(list.all.map((shown) => shown.chat.session)).toEqual(["two"]);
  });

  test("reads all again for somebody who comes back to it", async () => {
    const { source, reader } = reading();
    reader.setSeen(true);
    await source.answer(chat("one"));
    reader.setSeen(false);
    reader.changed(["one"]);
    reader.setSeen(true);
    expect(source.asked).toEqual([all, all]);
  });

  test("says why a reading failed, and reads all with the next change", async () => {
    const { source, reader, read } = reading();
    reader.setSeen(true);
    await source.fail("the gateway is busy");
    expect(read).toEqual([new Error("the gateway is busy")]);
    expect(source.asked).toHaveLength(1);
    reader.changed(["one"]);
    expect(source.asked).toEqual([all, all]);
  });

  test("asks for titles after the chats, and only for those that it does not know", async () => {
    const { source, reader, list } = reading();
    const one = { ...chat("one"), thread: "thread-1" };
    reader.setSeen(true);
    await source.answer(one, chat("two"));
    expect(source.asked).toEqual([all, { sessions: ["one"], titles: true, follow: false }]);
    await source.answer({ ...one, title: "Fix the login" });
    expect(list.titleOf(one)).toBe("Fix the login");
    reader.changed(["one"]);
    await source.answer(one);
    expect(source.asked).toHaveLength(3);
  });

  test("asks nothing without a connection or the right to read, nor after its page was closed", async () => {
    const { source, reader, read } = reading();
    source.isConnected = false;
    reader.setSeen(true);
    source.isConnected = true;
    source.mayRead = false;
    reader.changed(undefined);
    expect(source.asked).toEqual([]);
    source.mayRead = true;
    reader.changed(undefined);
    reader.end();
    await source.answer(chat("one"));
    reader.changed(undefined);
    expect(source.asked).toEqual([all]);
    expect(read).toEqual([]);
  });
});
