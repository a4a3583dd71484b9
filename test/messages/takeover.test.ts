/** An update while the gateway runs: the older version's work goes on in the hands of the newer one. */
import path from "node:path";
import { attachConversationMessages } from "../../src/messages/process-messages.js";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ConversationMessages } from "../../src/messages/messages.js";
import type { MessagesHost } from "../../src/messages/messages-host.js";
import {
  readCodexConversationActiveTurn,
  stopCodexConversationTurn,
} from "../../src/messages/control.js";
import { ConversationInbox } from "../../src/messages/inbox.js";
import { textInput } from "../../src/chat/turn-input.js";
import { boundChat } from "../support/conversation/bound-chat.js";
import type { Chat } from "../support/conversation/chat.js";
import { conversation } from "../support/conversation/conversation.js";
import { quietChat, sendsText } from "../support/conversation/quiet-chat.js";
import { ScriptedTurn } from "../support/conversation/scripted-codex.js";
import { settled, until } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const ADDRESS = { channel: "telegram", to: "telegram:7" };

const keyOf = (name: string): symbol => Symbol.for(`openclaw-codex-conversation.${name}`);

function hang(name: string, value: unknown): void {
  Reflect.set(globalThis, keyOf(name), value);
  onTestFinished(() => void Reflect.deleteProperty(globalThis, keyOf(name)));
}

/** A copy of the plugin in this process, and what it sent. */
class Copy {
  readonly sent: string[] = [];
  readonly warnings: string[] = [];
  readonly host: MessagesHost = {
    ...quietChat,
    sendMessage: sendsText((_address, text) => {
      this.sent.push(text);
      this.#more();
    }),
    pluginConfig: () => undefined,
    warn: (text) => void this.warnings.push(text),
  };
  #more: () => void = () => {};

  attach(chat: Chat): ConversationMessages {
    const messages = attachConversationMessages(this.host, path.dirname(chat.sessionFile));
    onTestFinished(() => messages.stop());
    return messages;
  }

  async sends(count: number): Promise<string[]> {
    while (this.sent.length < count) {
      // oxlint-disable-next-line no-await-in-loop
      await new Promise<void>((resolve) => (this.#more = resolve));
    }
    return this.sent;
  }
}

function accept(messages: ConversationMessages, chat: Chat, text: string): Promise<void> {
  const input = [textInput(text)];
  return messages.accept({ data: chat.data, input, address: ADDRESS, messageId: text });
}

/** A bound chat in a process in which nothing is at work yet. */
async function fresh() {
  onTestFinished(() => void Reflect.deleteProperty(globalThis, keyOf("conversation-messages")));
  const all = await conversation();
  await all.chat.bind();
  return all;
}

/** What a thread holds of the turn that the older version followed. */
function turnEnds(codex: Awaited<ReturnType<typeof fresh>>["codex"], said: string): void {
  const item = { type: "agentMessage", id: "a", text: said, phase: "final_answer" };
  codex.answer("thread/turns/list", () => ({
    data: [{ id: "turn-1", status: "completed", items: [{ type: "userMessage", id: "u" }, item] }],
  }));
}

const said = (text: string) => ({ type: "agentMessage", id: text, text, phase: "final_answer" });

test("a copy of the same version, as after a change of the configuration, goes on with the work", async () => {
  const { codex, chat } = await fresh();
  const [first, second] = [new Copy(), new Copy()];
  const messages = first.attach(chat);
  await accept(messages, chat, "one");
  const turn = await codex.turn();
  expect(second.attach(chat)).toBe(messages);
  turn.reply("re: one");
  expect(await second.sends(1)).toEqual(["re: one"]);
  expect(first.sent).toEqual([]);
});

/** The older one with a turn under way and a message behind it. */
async function updated() {
  const { codex, chat } = await fresh();
  const [older, newer] = [new Copy(), new Copy()];
  const before = older.attach(chat);
  Object.assign(before, { version: "0.1.9" });
  await accept(before, chat, "one");
  await accept(before, chat, "two");
  const turn = await codex.turn();
  turn.show();
  await settled();
  const after = newer.attach(chat);
  return { codex, chat, older, newer, before, after, turn };
}

describe("a copy of another version", () => {
  test("lets the running turn end, tells its answer once, and runs what waits after it, in order", async () => {
    const { codex, chat, older, newer, before, after, turn } = await updated();
    expect(after).not.toBe(before);
    expect(before.isStopped).toBe(true);
    const third = accept(after, chat, "three");
    turnEnds(codex, "re: one");
    turn.reply("re: one");
    await third;
    codex.repliesWith(({ prompt }) => `re: ${prompt}`);
    expect(await newer.sends(3)).toEqual(["re: one", "re: two", "re: three"]);
    expect(older.sent).toEqual([]);
    expect(codex.turns.map(({ prompt }) => prompt)).toEqual(["one", "two", "three"]);
  });

  test("has what a goal's turn came to told that the older one followed", async () => {
    const { codex, chat, messages, sent, tellGoal, begins } = await boundChat();
    tellGoal("active");
    const turn = await begins("turn-2");
    const newer = new Copy();
    const after = new ConversationMessages(newer.host);
    onTestFinished(() => after.stop());
    void after.takeOver(messages, path.dirname(chat.sessionFile));
    codex.answer("thread/turns/list", () => {
      const items = [{ type: "agentMessage", id: "a", text: "Step 1.", phase: "final_answer" }];
      return { data: [{ id: "turn-2", status: "completed", items }] };
    });
    turn.reply("Step 1.");
    expect(await newer.sends(1)).toEqual(["Step 1."]);
    expect(sent.entries).toEqual(["Hello."]);
  });

  test("has that told before it follows the goal's next turn, which ends before it has looked", async () => {
    const { codex, chat, messages, tellGoal, begins } = await boundChat();
    tellGoal("active");
    const turn = await begins("turn-2");
    const newer = new Copy();
    const after = new ConversationMessages(newer.host);
    onTestFinished(() => after.stop());
    void after.takeOver(messages, path.dirname(chat.sessionFile));
    codex.answer("thread/turns/list", () => ({
      data: [
        { id: "turn-3", status: "completed", items: [said("Step 2.")] },
        { id: "turn-2", status: "completed", items: [said("Step 1.")] },
      ],
    }));
    turn.reply("Step 1.");
    await until(() => readCodexConversationActiveTurn(chat.sessionFile) === undefined);
    const next = new ScriptedTurn(codex, "thread-1", "turn-3", {});
    next.show();
    next.reply("Step 2.");
    expect(await newer.sends(2)).toEqual(["Step 1.", "Step 2."]);
  });

  test("begins nothing in the chat while the older one's turn runs", async () => {
    const { codex, chat, newer, after, turn } = await updated();
    await accept(after, chat, "three");
    await settled();
    expect(codex.turns.map(({ prompt }) => prompt)).toEqual(["one"]);
    turnEnds(codex, "re: one");
    codex.repliesWith(({ prompt }) => `re: ${prompt}`);
    turn.reply("re: one");
    await newer.sends(3);
  });
});

/** Version 0.1.0 as it is found on globalThis, with a turn under way in the chat. */
async function firstVersion() {
  const { codex, chat } = await fresh();
  const over = Promise.withResolvers<void>();
  const attempt = new AbortController();
  const messages = {
    stops: 0,
    hosts: new Array<unknown>(),
    get isStopped() {
      return this.stops > 0;
    },
    attach(host: unknown) {
      this.hosts.push(host);
    },
    async stop() {
      this.stops += 1;
    },
  };
  hang("messages", messages);
  hang("queue", new Map([[chat.sessionFile, { tail: over.promise, length: 2 }]]));
  const attempts = Reflect.get(globalThis, keyOf("turn-attempts"));
  if (!(attempts instanceof Map)) throw new Error("there are no attempts");
  attempts.set(chat.sessionFile, attempt);
  onTestFinished(() => void attempts.delete(chat.sessionFile));
  // What it has stored: one message whose turn runs, and one that waits.
  const inbox = new ConversationInbox(() => {});
  for (const [text, stage] of [
    ["one", { name: "running", turnId: "turn-1" }],
    ["two", { name: "waiting" }],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop
    await inbox.accept(chat.sessionFile, text, {
      id: `id-${text}`,
      acceptedAt: Date.now(),
      workspaceDir: "/repo",
      bindingCreatedAt: (await chat.binding())?.createdAt ?? "",
      address: ADDRESS,
      input: [textInput(text)],
      stage,
    });
  }
  const newer = new Copy();
  return { codex, chat, over, attempt, messages, newer };
}

describe("version 0.1.0, whose state hangs on other keys,", () => {
  test("is stopped, once, and asks through the newer one's host what its turn asks", async () => {
    const { chat, messages, newer } = await firstVersion();
    newer.attach(chat);
    expect(messages.stops).toBe(1);
    const [host] = messages.hosts;
    expect(host).toMatchObject({ sendNote: newer.host.sendNote, send: expect.any(Function) });
    newer.attach(chat);
    expect(messages.stops).toBe(1);
  });

  test("has its turn's answer told when it is over, and what waited run after it", async () => {
    const { codex, chat, over, newer } = await firstVersion();
    const messages = newer.attach(chat);
    await accept(messages, chat, "three");
    await settled();
    expect(codex.calls).toEqual([]);
    turnEnds(codex, "re: one");
    codex.repliesWith(({ prompt }) => `re: ${prompt}`);
    over.resolve();
    expect(await newer.sends(3)).toEqual(["re: one", "re: two", "re: three"]);
    expect(codex.turns.map(({ prompt }) => prompt)).toEqual(["two", "three"]);
  });

  test("has its turn stopped by a stop that comes after the update, and the chat is told so", async () => {
    const { codex, chat, over, attempt, newer } = await firstVersion();
    const messages = newer.attach(chat);
    await accept(messages, chat, "three");
    const { stopped } = await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    expect(stopped).toBe(true);
    expect(attempt.signal.aborted).toBe(true);
    codex.answer("thread/turns/list", () => ({
      data: [{ id: "turn-1", status: "interrupted", items: [] }],
    }));
    codex.repliesWith(({ prompt }) => `re: ${prompt}`);
    over.resolve();
    const told = await newer.sends(3);
    expect(told[0]).toMatch(/^Codex was stopped/);
    expect(told.slice(1)).toEqual(["re: two", "re: three"]);
  });

  test("that has stopped already is left alone", async () => {
    const { chat, messages, newer } = await firstVersion();
    messages.stops = 1;
    newer.attach(chat);
    expect(messages.stops).toBe(1);
    expect(messages.hosts).toEqual([]);
  });
});
