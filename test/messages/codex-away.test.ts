/** While Codex cannot be reached, messages wait for it: they are told of once, and can be listed and dropped. */
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { CodexLocalError, type CodexLocalErrorCode } from "../../src/app-server/errors.js";
import { textInput } from "../../src/chat/turn-input.js";
import { queue, stop } from "../../src/commands/running-turn.js";
import { noteBoundConversation } from "../../src/host/bound-conversation.js";
import { ConversationMessages } from "../../src/messages/messages.js";
import { enqueueConversationTurn, waitingConversationTurns } from "../../src/messages/queue.js";
import { clearCodexAppServerBinding } from "../../src/thread/thread-binding.js";
import { turnWords } from "../../src/words/turn-words.js";
import type { Chat } from "../support/conversation/chat.js";
import { clientSource } from "../support/conversation/client-source.js";
import { commands } from "../support/conversation/commands.js";
import { quietChat, sendsText } from "../support/conversation/quiet-chat.js";
import { ScriptedCodex } from "../support/conversation/scripted-codex.js";
import { settled } from "../support/conversation/settled.js";
import { Journal } from "../support/journal.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const ADDRESS = { channel: "telegram", to: "telegram:7" };

const error = (code: CodexLocalErrorCode, text = "it does not start"): CodexLocalError =>
  new CodexLocalError(code, text);

/** A process on the folder of a bound chat. */
function processOf(chat: Chat) {
  const said = new Journal<string>("the chat", (text) => text);
  const notes: string[] = [];
  const messages = new ConversationMessages({
    ...quietChat,
    sendNote: async (_address, text) => {
      notes.push(text);
      return { edit: async () => true };
    },
    sendMessage: sendsText((_address, text) => said.append(text)),
    pluginConfig: () => undefined,
    warn: () => {},
  });
  onTestFinished(() => messages.stop());
  return {
    messages,
    said,
    notes,
    accept: (text: string): Promise<void> =>
      messages.accept({
        data: chat.data,
        input: [textInput(text)],
        address: ADDRESS,
        messageId: text,
      }),
    recover: (): Promise<void> => messages.recover(path.dirname(chat.sessionFile)),
    says: (text: RegExp): Promise<string> => said.waitFor((entry) => text.test(entry)),
  };
}

/** A bound chat whose Codex cannot be had; `asked` counts how often it was asked for. */
async function withoutCodex(code: CodexLocalErrorCode = "START_FAILED") {
  const all = await commands();
  const { chat, codex, inHost } = all;
  await chat.bind();
  inHost.bind(chat.data);
  codex.repliesWith(({ prompt }) => `re: ${prompt}`);
  clientSource.serve(error(code));
  return { ...all, ...processOf(chat), back: () => clientSource.serve(codex) };
}

/** Only what waits by the clock: the disk goes on in real time. */
function fakeClock(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
}

/** Looks again whenever something has happened. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await settled();
}

/** Lets so much time pass, second by second. */
async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    await vi.advanceTimersByTimeAsync(1000);
    await settled();
  }
}

describe("a message for a Codex that cannot be reached", () => {
  test("runs when Codex is back, and a short absence is not told of", async () => {
    fakeClock();
    const { accept, back, said, says } = await withoutCodex();
    await accept("one");
    await until(() => clientSource.requests.length === 1);
    back();
    await pass(2);
    await says(/re: one/);
    expect(said.entries).toEqual(["re: one"]);
  });

  test.each<CodexLocalErrorCode>(["START_FAILED", "CONNECTION_CLOSED"])(
    "waits with those behind it, and the chat is told once: %s",
    async (code) => {
      fakeClock();
      const { accept, back, said, notes, says } = await withoutCodex(code);
      await accept("one");
      await accept("two");
      await until(() => clientSource.requests.length > 0);
      await pass(300);
      await says(/cannot be reached/);
      expect(said.entries).toEqual([expect.stringMatching(/cannot be reached: it does not start/)]);
      expect(said.entries[0]).toMatch(/`\/codexchat queue` lists.*`\/codexchat stop all` drops/);
      await accept("three");
      await pass(60);
      back();
      await pass(60);
      await says(/re: three/);
      expect(said.entries.slice(1)).toEqual(["re: one", "re: two", "re: three"]);
      // With a slow disk a turn can take long by the fake clock; that is told as ever.
      expect(notes.filter((text) => !text.startsWith("⏳"))).toEqual([]);
    },
  );

  test.each<CodexLocalErrorCode>(["COMMAND_NOT_FOUND", "TOO_OLD"])(
    "is told at once of what somebody has to mend: %s",
    async (code) => {
      const { accept, said, says, back } = await withoutCodex(code);
      await accept("one");
      await says(/cannot be reached: it does not start/);
      back();
      await accept("two");
      await says(/re: two/);
      expect(said.entries.slice(1)).toEqual(["re: one", "re: two"]);
    },
  );

  test("looks for Codex at once when the chat writes again", async () => {
    fakeClock();
    const { accept, back, says } = await withoutCodex();
    await accept("one");
    await until(() => clientSource.requests.length === 1);
    await pass(200);
    back();
    await accept("two");
    await says(/re: two/);
    expect(await says(/re: one/)).toBe("re: one");
  });

  test("is told of again in another absence", async () => {
    fakeClock();
    const { accept, back, said, says, codex } = await withoutCodex("COMMAND_NOT_FOUND");
    await accept("one");
    await says(/cannot be reached/);
    back();
    await accept("two");
    await says(/re: two/);
    // A chat gets five messages in five seconds.
    await vi.advanceTimersByTimeAsync(5000);
    clientSource.serve(error("COMMAND_NOT_FOUND", "gone again"));
    await accept("three");
    await says(/cannot be reached: gone again/);
    clientSource.serve(codex);
    await accept("four");
    await says(/re: four/);
    expect(said.entries.filter((text) => /cannot be reached/.test(text))).toHaveLength(2);
  });

  test("is listed and can be dropped, alone and with all others", async () => {
    const { accept, host, inHost, chat, says, back, said } =
      await withoutCodex("COMMAND_NOT_FOUND");
    await accept("one");
    await accept("two");
    await accept("three");
    await says(/cannot be reached/);
    await until(() => waitingConversationTurns(chat.sessionFile).length === 3);
    const ctx = inHost.command("");
    expect(await queue(host.api, ctx, [], "")).toMatch(
      /^3 messages waiting:\n1\. one\n2\. two\n3\. three/,
    );
    expect(await queue(host.api, ctx, ["drop", "1"], "")).toMatch(/Dropped .*one/);
    const asked = clientSource.requests.length;
    await until(
      () =>
        clientSource.requests.length > asked &&
        waitingConversationTurns(chat.sessionFile).length === 2,
    );
    expect(await stop(host.api, ctx, ["all"], "all")).toMatch(/2 messages dropped[^]*two[^]*three/);
    back();
    await accept("four");
    await says(/re: four/);
    // Nothing of it was told a second time.
    expect(said.entries).toEqual([expect.stringMatching(/cannot be reached/), "re: four"]);
  });

  test("can be stopped, and the next one waits in its place", async () => {
    const { accept, host, inHost, chat, says, back } = await withoutCodex("COMMAND_NOT_FOUND");
    await accept("one");
    await accept("two");
    await says(/cannot be reached/);
    expect(await stop(host.api, inHost.command(""), [], "")).toMatch(/stop requested/);
    expect(await says(/stopped/)).toBe(turnWords.stoppedBeforeItBegan);
    await until(() => waitingConversationTurns(chat.sessionFile).length === 1);
    back();
    await accept("three");
    expect(await says(/re: three/)).toBe("re: three");
  });

  test("is not run in a chat that was detached meanwhile", async () => {
    const { accept, chat, codex, said, says, back, messages } =
      await withoutCodex("COMMAND_NOT_FOUND");
    await accept("one");
    await says(/cannot be reached/);
    await clearCodexAppServerBinding(chat.sessionFile);
    back();
    await accept("two");
    // Both messages: what is still being noted of one would outlive the test's folder.
    await until(() => said.entries.length === 3);
    expect(said.entries).toEqual([
      expect.stringContaining("cannot be reached"),
      expect.stringContaining("detached"),
      expect.stringContaining("no thread binding"),
    ]);
    expect(codex.turns).toEqual([]);
    await messages.stop();
  });

  test("is left to the next process, which tells of it no second time", async () => {
    const { accept, chat, codex, messages, says } = await withoutCodex("COMMAND_NOT_FOUND");
    await accept("one");
    await says(/cannot be reached/);
    await messages.stop();
    // Whoever waits behind it in this process need not wait for Codex.
    await enqueueConversationTurn(chat.sessionFile, async () => undefined);
    clientSource.serve(error("COMMAND_NOT_FOUND"));
    const next = processOf(chat);
    await next.recover();
    await until(() => clientSource.requests.length > 0);
    codex.answer("thread/turns/list", () => ({ data: [] }));
    clientSource.serve(codex);
    await next.accept("two");
    await next.says(/re: two/);
    expect(next.said.entries).toEqual(["re: one", "re: two"]);
  });
});

test("a message that Codex may have got is not run again when the connection is lost", async () => {
  const { accept, codex, says, back } = await withoutCodex();
  codex.answer("turn/start", () => {
    throw error("CONNECTION_CLOSED", "it died");
  });
  back();
  await accept("one");
  await says(/it died/);
  expect(codex.of("turn/start")).toHaveLength(1);
});

/** A message's turn had begun before a restart, and has ended meanwhile in Codex, which `back` brings back. */
async function restarted() {
  const bound = await withoutCodex();
  const { chat, codex } = bound;
  await chat.bind({ cwd: path.dirname(chat.sessionFile) });
  codex.answer("turn/start", () => ({ turn: { id: "turn-0", status: "inProgress", items: [] } }));
  clientSource.serve(codex);
  await bound.accept("one");
  const { params } = await codex.called("turn/start");
  const conversation = { channel: "telegram", accountId: "default", conversationId: "7" };
  await noteBoundConversation(chat.sessionFile, { conversation, address: ADDRESS });
  await bound.messages.stop();
  codex.close(new Error("the process ends"));
  await enqueueConversationTurn(chat.sessionFile, async () => undefined);

  clientSource.serve(error("COMMAND_NOT_FOUND"));
  const next = processOf(chat);
  await next.recover();
  await next.says(/cannot be reached/);
  const after = new ScriptedCodex();
  after.stored.add("thread-1");
  after.repliesWith(({ prompt }) => `re: ${prompt}`);
  const items = [
    { type: "userMessage", id: "u", clientId: params.clientUserMessageId },
    { type: "agentMessage", id: "a", text: "Done meanwhile.", phase: null },
  ];
  after.answer("thread/turns/list", () => ({
    data: [{ id: "turn-0", status: "completed", items }],
  }));
  return { ...bound, next, back: () => clientSource.serve(after) };
}

describe("a message whose turn had begun before the gateway's restart, while Codex is away", () => {
  test("has what it came to delivered once Codex is there", async () => {
    const { next, back } = await restarted();
    back();
    await next.accept("two");
    await next.says(/re: two/);
    expect(next.said.entries.slice(1)).toEqual(["Done meanwhile.", "re: two"]);
  });

  test("can be stopped, which does not say that Codex did not begin, and its answer is told", async () => {
    const { next, back, host, inHost, chat } = await restarted();
    await until(() => waitingConversationTurns(chat.sessionFile).length === 1);
    await stop(host.api, inHost.command(""), [], "");
    expect(await next.says(/stopped/i)).toBe(turnWords.stoppedBeforeItWasFound);
    back();
    await next.accept("two");
    await next.says(/re: two/);
    expect(next.said.entries.slice(2)).toEqual([
      "Codex finished this after all:\n\nDone meanwhile.",
      "re: two",
    ]);
  });

  test("has its outcome before the message behind it, once it is stopped", async () => {
    const { next, host, inHost, chat } = await restarted();
    await until(() => waitingConversationTurns(chat.sessionFile).length === 1);
    await next.accept("two");
    await chat.bind({ threadId: "thread-2", createdAt: "2026-11-27T12:00:00.000Z" });
    await stop(host.api, inHost.command(""), [], "");
    await next.says(/another Codex thread/);
    expect(next.said.entries.slice(1)).toEqual([
      turnWords.stoppedBeforeItWasFound,
      turnWords.reboundMeanwhile,
    ]);
  });

  test("can be dropped, which does not say that Codex did not get it, and its answer is told", async () => {
    const { next, back, host, inHost, chat } = await restarted();
    await until(() => waitingConversationTurns(chat.sessionFile).length === 1);
    const ctx = inHost.command("");
    expect(await queue(host.api, ctx, ["drop", "1"], "")).toBe(
      "Dropped, though Codex may have got it before the gateway restarted: “one”",
    );
    back();
    await next.accept("two");
    await next.says(/re: two/);
    expect(next.said.entries.slice(1)).toEqual([
      "Codex finished this after all:\n\nDone meanwhile.",
      "re: two",
    ]);
  });

  test("is named by itself where all that waits is dropped, and cannot be changed", async () => {
    const { next, host, inHost, chat } = await restarted();
    await next.accept("two");
    await until(() => waitingConversationTurns(chat.sessionFile).length === 2);
    const ctx = inHost.command("");
    expect(await queue(host.api, ctx, ["edit", "1", "three"], "edit 1 three")).toBe(
      "Codex may have got message 1 before the gateway restarted, so it cannot be changed.",
    );
    expect(await stop(host.api, ctx, ["all"], "all")).toMatch(
      /Codex did not get:\n“two”\nDropped, though Codex may have got it before the gateway restarted: “one”$/,
    );
  });
});

test("a Codex that is there and not signed in answers: it says what has to be done", async () => {
  const { accept, codex, says, back } = await withoutCodex();
  codex.answer("account/read", () => ({ account: null, requiresOpenaiAuth: true }));
  back();
  await accept("one");
  expect(await says(/./)).toMatch(/^Codex app-server turn failed: .*sign/i);
});
