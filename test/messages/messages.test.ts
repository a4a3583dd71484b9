/** The life of accepted messages, across deliveries that fail and processes that end. */
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { CodexLocalError } from "../../src/app-server/errors.js";
import { noteBoundConversation } from "../../src/host/bound-conversation.js";
import { clearCodexAppServerBinding } from "../../src/thread/thread-binding.js";
import { ConversationMessages } from "../../src/messages/messages.js";
import { digestOf } from "../../src/messages/outbox-ids.js";
import { enqueueConversationTurn } from "../../src/messages/queue.js";
import { textInput } from "../../src/chat/turn-input.js";
import type { ReplyAddress } from "../../src/chat/delivery.js";
import { turnWords } from "../../src/words/turn-words.js";
import type { Chat } from "../support/conversation/chat.js";
import { clientSource } from "../support/conversation/client-source.js";
import { conversation } from "../support/conversation/conversation.js";
import { ScriptedCodex, ScriptedTurn } from "../support/conversation/scripted-codex.js";
import { settled, until } from "../support/conversation/settled.js";
import { quietChat, sendsText } from "../support/conversation/quiet-chat.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

type Send = (address: ReplyAddress, text: string) => Promise<void>;

const ADDRESS = { channel: "telegram", to: "telegram:7" };

/** A process that takes messages: what it sent, and the words that it warned with. */
class Process {
  readonly sent: string[] = [];
  readonly warnings: string[] = [];
  readonly messages: ConversationMessages;
  #waiting: { count: number; done: () => void }[] = [];

  /** As the operator has them at the moment. */
  settings: Record<string, unknown> | undefined;

  /** An answer becomes the messages that its text names, between strokes. */
  constructor(send?: Send) {
    const record: Send = async (address, text) => {
      await send?.(address, text);
      this.sent.push(text);
      for (const { count, done } of this.#waiting) if (this.sent.length >= count) done();
    };
    this.messages = new ConversationMessages({
      ...quietChat,
      partsOf: async (_address, text) => text.split("|").map((part) => ({ text: part })),
      sendMessage: sendsText(record),
      pluginConfig: () => this.settings,
      warn: (text) => void this.warnings.push(text),
    });
    onTestFinished(() => this.messages.stop());
  }

  accept(chat: Chat, text: string, messageId?: string): Promise<void> {
    const input = [textInput(text)];
    return this.messages.accept({ data: chat.data, input, address: ADDRESS, messageId });
  }

  recover(chat: Chat): Promise<void> {
    return this.messages.recover(path.dirname(chat.sessionFile));
  }

  sends(count = 1): Promise<void> {
    const sent = Promise.withResolvers<void>();
    if (this.sent.length >= count) sent.resolve();
    this.#waiting.push({ count, done: sent.resolve });
    return sent.promise;
  }
}

const inboxOf = (chat: Chat): string => `${chat.sessionFile}.inbox`;
const outboxOf = (chat: Chat): string => `${chat.sessionFile}.outbox`;

async function textsIn(folder: string): Promise<string> {
  const names = await readdir(folder);
  return (await Promise.all(names.map((name) => readFile(path.join(folder, name), "utf8")))).join();
}

/** What the next process finds of a turn in the thread. */
function threadWith(turns: Record<string, unknown>[]): ScriptedCodex {
  const codex = new ScriptedCodex();
  codex.stored.add("thread-1");
  codex.answer("thread/turns/list", () => ({ data: turns }));
  clientSource.serve(codex);
  return codex;
}

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d]).toString("base64");

const agentMessage = (text: string): Record<string, unknown> => ({
  type: "agentMessage",
  id: `item-${text}`,
  text,
  phase: null,
});

/** A process that ends in the middle of a turn, whose message it has accepted under the id `m1`. */
async function endedMidTurn() {
  const { codex, chat } = await conversation();
  await chat.bind();
  const process = new Process();
  await process.accept(chat, "hi", "m1");
  await codex.turn();
  await onDisk(chat, /"turnId":"turn-1"/);
  await process.messages.stop();
  codex.close(new Error("the process ends"));
  await lineFree(chat);
  return { codex, chat, process };
}

/** Waits until the inbox holds this text, or none at all. */
function onDisk(chat: Chat, text: RegExp): Promise<void> {
  const look = async (): Promise<void> => expect(await textsIn(inboxOf(chat))).toMatch(text);
  return vi.waitFor(look, { interval: 5, timeout: 14_000 });
}

/** Waits until no message of the chat is on its way any more, and all that was posted has been sent. */
function allAnswered(chat: Chat): Promise<void> {
  const look = (): void => {
    for (const folder of [inboxOf(chat), outboxOf(chat)]) {
      expect(readdirSync(folder).filter((name) => !name.endsWith(".done"))).toEqual([]);
    }
  };
  return vi.waitFor(look, { interval: 5, timeout: 14_000 });
}

/** Waits until all turns of the chat are over that this process has begun or queued. */
function lineFree(chat: Chat): Promise<void> {
  return enqueueConversationTurn(chat.sessionFile, async () => undefined);
}

/** The process ends while Codex has not answered turn/start: nobody knows whether it took the message. */
async function endedAtStart() {
  const { codex, chat } = await conversation();
  await chat.bind();
  const start = Promise.withResolvers<never>();
  codex.answer("turn/start", () => start.promise);
  const process = new Process();
  await process.accept(chat, "hi", "m1");
  const { params } = await codex.called("turn/start");
  await process.messages.stop();
  start.reject(new Error("the process ends"));
  await lineFree(chat);
  return { chat, clientId: params.clientUserMessageId };
}

/** Codex has a second message for the turn that runs, and the process ends before it hears of that. */
async function endedAtSteer() {
  const { codex, chat } = await conversation();
  await chat.bind();
  const steer = Promise.withResolvers<never>();
  codex.answer("turn/steer", () => steer.promise);
  const process = new Process();
  process.settings = { turn: { whileRunning: "steer" } };
  await process.accept(chat, "one", "m1");
  await codex.turn();
  await onDisk(chat, /"turnId":"turn-1"/);
  await process.accept(chat, "two", "m2");
  const { params } = await codex.called("turn/steer");
  await process.messages.stop();
  steer.reject(new Error("the process ends"));
  codex.close(new Error("the process ends"));
  await lineFree(chat);
  const steered = { type: "userMessage", id: "u2", clientId: params.clientUserMessageId };
  return { chat, steered };
}

/** A chat with a running turn and a message behind it. */
async function waiting() {
  const { codex, chat } = await conversation();
  await chat.bind();
  const process = new Process();
  await process.accept(chat, "one", "m1");
  await process.accept(chat, "two", "m2");
  return { codex, chat, process, turn: await codex.turn() };
}

/** The channel is in the middle of the answer's message number `part`, of `of`. */
async function sending(part: number, of: number) {
  const { codex, chat } = await conversation();
  await chat.bind();
  codex.repliesWith(() => Array.from({ length: of }, (_, index) => `part ${index + 1}`).join("|"));
  const begun = Promise.withResolvers<void>();
  const channel = Promise.withResolvers<void>();
  const process = new Process(async (_address, text) => {
    if (text !== `part ${part}`) return;
    begun.resolve();
    await channel.promise;
  });
  await process.accept(chat, "hi", "m1");
  await begun.promise;
  return { chat, process, channelTakesIt: channel.resolve };
}

describe("a message", () => {
  test("is on disk, for this user only, when it has been accepted, and gone when answered", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const process = new Process();
    await process.accept(chat, "remember me", "m1");
    const [name = ""] = await readdir(inboxOf(chat));
    expect((await stat(path.join(inboxOf(chat), name))).mode & 0o777).toBe(0o600);
    expect((await stat(inboxOf(chat))).mode & 0o777).toBe(0o700);
    expect(await textsIn(inboxOf(chat))).toContain("remember me");

    (await codex.turn()).reply("Hello.");
    await process.sends();
    await onDisk(chat, /^$/);
    expect(process.sent).toEqual(["Hello."]);
  });

  test("with an id that was taken before is not run again: at once, later, after a restart", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.repliesWith((turn) => `re: ${turn.prompt}`);
    const process = new Process();
    await process.accept(chat, "one", "m1");
    await process.accept(chat, "one", "m1");
    await process.sends(1);
    await process.accept(chat, "one", "m1");
    await process.messages.stop();
    const next = new Process();
    await next.recover(chat);
    await next.accept(chat, "one", "m1");
    await next.accept(chat, "two", "m2");
    await next.sends(1);
    expect(codex.turns.map(({ prompt }) => prompt)).toEqual(["one", "two"]);
    expect([process.sent, next.sent]).toEqual([["re: one"], ["re: two"]]);
  });

  test("without an id is never taken for another", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.repliesWith((turn) => `re: ${turn.prompt}`);
    const process = new Process();
    await process.accept(chat, "again");
    await process.accept(chat, "again");
    await process.sends(2);
    expect(process.sent).toEqual(["re: again", "re: again"]);
  });

  test("with the same id in another chat is another message", async () => {
    const { codex, chat } = await conversation();
    const other = chat.other("other");
    await chat.bind();
    await other.bind({ threadId: "thread-2" });
    codex.repliesWith((turn) => turn.prompt);
    const process = new Process();
    await process.accept(chat, "mine", "m1");
    await process.accept(other, "theirs", "m1");
    await process.sends(2);
    expect(process.sent.toSorted()).toEqual(["mine", "theirs"]);
  });

  test("that cannot be stored is answered all the same, and the operator told", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    await writeFile(inboxOf(chat), "a file in the folder's place");
    codex.repliesWith(() => "Hello.");
    const process = new Process();
    await process.accept(chat, "hi", "m1");
    await process.sends();
    expect(process.sent).toEqual(["Hello."]);
    expect(process.warnings).toEqual([expect.stringContaining("could not be stored")]);
  });

  test("that cannot be stored is not run twice if its channel brings it again", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    await writeFile(inboxOf(chat), "a file in the folder's place");
    codex.repliesWith((turn) => turn.prompt);
    const process = new Process();
    for (const text of ["hi", "hi", "and?"]) await process.accept(chat, text, text);
    await process.sends(2);
    expect(process.sent).toEqual(["hi", "and?"]);
    expect(codex.turns).toHaveLength(2);
  });

  test("carries an id of ours to Codex, by which its turn can be found again", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const process = new Process();
    await process.accept(chat, "hi", "m1");
    const turn = await codex.turn();
    const id = turn.params.clientUserMessageId;
    expect(id).toMatch(/^[\da-f-]{36}$/);
    expect(await textsIn(inboxOf(chat))).toContain(String(id));
    turn.reply("Hello.");
    await process.sends();
  });
});

test("a message on its way to Codex when the process ends is left to the next one", async () => {
  const { codex, chat } = await conversation();
  await chat.bind();
  const account = Promise.withResolvers<unknown>();
  codex.answerOnce("account/read", () => account.promise);
  const process = new Process();
  await process.accept(chat, "hi", "m1");
  await codex.called("account/read");
  await process.messages.stop();
  account.resolve({ requiresOpenaiAuth: false });
  await lineFree(chat);
  expect(codex.of("turn/start")).toEqual([]);
  // It had nothing ahead of it, so the next one asks the thread before it runs it.
  expect(await textsIn(inboxOf(chat))).toMatch(/"stage":\{"name":"running"\}\}\n$/);
});

test("a message is given to Codex when it is on disk, and not before", async () => {
  const { codex, chat } = await conversation();
  await chat.bind();
  const process = new Process();
  let names: string[] = [];
  codex.answerOnce("turn/start", () => {
    names = readdirSync(inboxOf(chat));
    return { turn: { id: "turn-1", status: "inProgress", items: [] } };
  });
  await process.accept(chat, "hi", "m1");
  await codex.called("turn/start");
  expect(names).toEqual([expect.stringMatching(/\.json$/)]);
  await process.messages.stop();
});

test("an answer is on disk before it is sent, lest a crash in between has it told otherwise", async () => {
  const { codex, chat } = await conversation();
  await chat.bind();
  codex.repliesWith(() => "Hello.");
  let stored = "";
  // Looked at in the very moment in which a crash would leave it.
  const process = new Process(async () => {
    const [file = ""] = readdirSync(outboxOf(chat));
    stored = readFileSync(path.join(outboxOf(chat), file), "utf8");
  });
  await process.accept(chat, "hi", "m1");
  await process.sends();
  expect(stored).toContain('"kind":"answer"');
  expect(stored).toContain('"text":"Hello."');
});

test("a message that Codex took without a word of it is followed, and not left to run into the next one", async () => {
  const { codex, chat } = await conversation();
  await chat.bind();
  codex.answerOnce("turn/start", () => {
    throw new CodexLocalError("REQUEST_TIMEOUT", "no answer");
  });
  codex.answer("thread/turns/list", () => {
    const clientId = codex.only("turn/start").params.clientUserMessageId;
    const items = [{ type: "userMessage", id: "u1", clientId }];
    return { data: [{ id: "turn-9", status: "inProgress", items }] };
  });
  const process = new Process();
  await process.accept(chat, "hi", "m1");
  await codex.called("thread/turns/list");
  await settled();
  const ids = { threadId: "thread-1", turnId: "turn-9" };
  codex.notify({ method: "item/completed", params: { ...ids, item: agentMessage("Taken.") } });
  const turn = { id: "turn-9", status: "completed", items: [] };
  codex.notify({ method: "turn/completed", params: { threadId: "thread-1", turn } });
  await process.sends();
  expect(process.sent).toEqual(["Taken."]);
});

describe("a process that ends while an answer is being sent", () => {
  test("ends once the channel has taken it, and the next one does not send it again", async () => {
    const { chat, process, channelTakesIt } = await sending(2, 2);
    let ended = false;
    const stop = process.messages.stop().then(() => (ended = true));
    await settled();
    expect(ended).toBe(false);
    channelTakesIt();
    await stop;
    const next = new Process();
    await next.recover(chat);
    await settled();
    expect(next.sent).toEqual([]);
    expect(readdirSync(inboxOf(chat))).toEqual([expect.stringMatching(/\.done$/)]);
    expect(readdirSync(outboxOf(chat))).toEqual([expect.stringMatching(/\.done$/)]);
  });

  test("leaves the messages after it to the next one", async () => {
    const { chat, process, channelTakesIt } = await sending(2, 4);
    const stop = process.messages.stop();
    channelTakesIt();
    await stop;
    expect(process.sent).toEqual(["part 1", "part 2"]);
    const next = new Process();
    await next.recover(chat);
    await next.sends(2);
    expect(next.sent).toEqual(["part 3", "part 4"]);
    expect(process.warnings).toEqual([]);
  });

  test("waits for a channel that does not answer no longer than the gateway waits for it", async () => {
    const { process, channelTakesIt } = await sending(1, 1);
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
      channelTakesIt();
    });
    let ended = false;
    const stop = process.messages.stop().then(() => (ended = true));
    await vi.advanceTimersByTimeAsync(3999);
    expect(ended).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await stop;
    expect(ended).toBe(true);
  });
});

test("an answer with a picture comes before that of the next message", async () => {
  const { codex, chat } = await conversation();
  await chat.bind();
  const process = new Process();
  await process.accept(chat, "one", "m1");
  const turn = await codex.turn(1);
  await process.accept(chat, "two", "m2");
  codex.repliesWith(({ prompt }) => `re: ${prompt}`);
  turn.item({ type: "imageGeneration", id: "p", result: PNG });
  turn.reply("one");
  await process.sends(3);
  expect(process.sent.filter((text) => !text.startsWith("picture"))).toEqual(["one", "re: two"]);
});

describe("after a restart", () => {
  test("a turn that finished meanwhile has its answer read from the thread, and is not run again", async () => {
    const { chat } = await endedMidTurn();
    const codex = threadWith([
      { id: "turn-1", status: "completed", items: [agentMessage("Done meanwhile.")] },
    ]);
    const next = new Process();
    await next.recover(chat);
    await next.sends();
    expect(next.sent).toEqual(["Done meanwhile."]);
    expect(codex.of("turn/start")).toEqual([]);
  });

  test("an answer whose words were posted has its pictures posted as well", async () => {
    const { chat } = await endedMidTurn();
    const [name = ""] = readdirSync(inboxOf(chat));
    const file = path.join(inboxOf(chat), name);
    const stored = readFileSync(file, "utf8");
    const [, id] = /"id":"([^"]+)"/.exec(stored) ?? [];
    // Their process ended between the words and the pictures.
    const stage = { name: "running", turnId: "turn-1", pictures: true };
    await writeFile(file, `${stored}\n${JSON.stringify({ stage })}\n`);
    await mkdir(outboxOf(chat), { mode: 0o700 });
    await writeFile(path.join(outboxOf(chat), `000000000001-${digestOf(`answer:${id}`)}.done`), "");
    const picture = { type: "imageGeneration", id: "item-2", result: PNG };
    threadWith([
      { id: "turn-1", status: "completed", items: [agentMessage("Here it is."), picture] },
    ]);
    const next = new Process();
    await next.recover(chat);
    await next.sends();
    expect(next.sent).toEqual(["picture-1.png"]);
    await until(() => readdirSync(inboxOf(chat)).every((each) => each.endsWith(".done")));
    expect(readdirSync(inboxOf(chat))).toHaveLength(1);
  });

  test("the token count that a resume tells of a finished turn keeps no message waiting", async () => {
    const { chat } = await endedMidTurn();
    const codex = threadWith([
      { id: "turn-1", status: "completed", items: [agentMessage("Done meanwhile.")] },
    ]);
    codex.repliesWith(({ prompt }) => `re: ${prompt}`);
    codex.answer("thread/resume", () => {
      codex.loaded.add("thread-1");
      codex.notify({
        method: "thread/tokenUsage/updated",
        params: { threadId: "thread-1", turnId: "turn-1", tokenUsage: {} },
      });
      return { thread: { id: "thread-1" }, cwd: "/repo", model: "m", modelProvider: "p" };
    });
    const next = new Process();
    await next.recover(chat);
    await next.accept(chat, "next", "m2");
    await next.sends(2);
    expect(next.sent).toEqual(["Done meanwhile.", "re: next"]);
  });

  test("a turn that was cut off is reported, with what it had said", async () => {
    const { chat } = await endedMidTurn();
    const codex = threadWith([
      { id: "turn-1", status: "interrupted", items: [agentMessage("Half an answer")] },
    ]);
    const next = new Process();
    await next.recover(chat);
    await next.sends();
    expect(next.sent).toEqual([expect.stringContaining("Half an answer")]);
    expect(next.sent[0]).not.toBe("Half an answer");
    expect(codex.of("turn/start")).toEqual([]);
  });

  test("and with what it had done", async () => {
    const { chat } = await endedMidTurn();
    const command = { type: "commandExecution", id: "c", command: "npm ci", status: "completed" };
    const changes = [{ path: "/repo/a.ts", kind: { type: "update" } }];
    const change = { type: "fileChange", id: "f", status: "completed", changes };
    threadWith([{ id: "turn-1", status: "interrupted", items: [command, change] }]);
    const next = new Process();
    await next.recover(chat);
    await next.sends();
    expect(next.sent[0]?.replaceAll("\u2060", "")).toMatch(
      /Done so far: 1 command \(npm ci\), 1 file changed \(a\.ts\)\.$/,
    );
  });

  test("a turn that failed meanwhile after it had answered is reported with that answer", async () => {
    const { chat } = await endedMidTurn();
    const error = { message: "the stream was cut" };
    threadWith([{ id: "turn-1", status: "failed", error, items: [agentMessage("Done at last.")] }]);
    const next = new Process();
    await next.recover(chat);
    await next.sends();
    expect(next.sent).toEqual([
      expect.stringMatching(/the stream was cut.*It had said:\n\nDone at last\.$/s),
    ]);
  });

  test("a turn that nobody remembers is reported, not run twice", async () => {
    const { chat } = await endedMidTurn();
    const codex = threadWith([]);
    const next = new Process();
    await next.recover(chat);
    await next.sends();
    expect(next.sent).toHaveLength(1);
    expect(codex.of("turn/start")).toEqual([]);
  });

  test.each([
    { how: "bound anew", leave: (chat: Chat) => chat.bind({ threadId: "thread-2" }) },
    { how: "detached", leave: (chat: Chat) => clearCodexAppServerBinding(chat.sessionFile) },
  ])(
    "a turn whose chat was $how before it was looked for is not called unsent",
    async ({ leave }) => {
      const { chat } = await endedMidTurn();
      await leave(chat);
      const next = new Process();
      await next.recover(chat);
      await next.sends();
      expect(next.sent).toEqual([turnWords.leftWhileRunning]);
    },
  );

  test.each(["account/read", "thread/resume", "thread/turns/list"])(
    "a turn is looked for again if Codex does not answer %s in time",
    async (method) => {
      const { chat } = await endedMidTurn();
      const codex = threadWith([
        { id: "turn-1", status: "completed", items: [agentMessage("Done meanwhile.")] },
      ]);
      codex.answerOnce(method, () => {
        throw new CodexLocalError("REQUEST_TIMEOUT", `Codex did not answer ${method}.`);
      });
      const next = new Process();
      await next.recover(chat);
      await next.sends();
      expect(next.sent).toEqual(["Done meanwhile."]);
    },
  );

  test("a turn that ended as its message was looked for is told of once, and as the chat's", async () => {
    const { chat, clientId } = await endedAtStart();
    const conversationOf = { channel: "telegram", accountId: "default", conversationId: "7" };
    const bound = { conversation: conversationOf, address: ADDRESS };
    await noteBoundConversation(chat.sessionFile, bound);
    const question = { type: "userMessage", id: "u1", clientId };
    const items = [question, agentMessage("Done.")];
    const codex = threadWith([]);
    Object.assign(codex, { isShared: true });
    codex.answerOnce("thread/turns/list", () => ({
      data: [{ id: "turn-1", status: "inProgress", items }],
    }));
    codex.answer("thread/turns/list", () => {
      // Its end comes between the two looks.
      new ScriptedTurn(codex, "thread-1", "turn-1", {}).end();
      return { data: [{ id: "turn-1", status: "completed", items }] };
    });
    const next = new Process();
    await next.recover(chat);
    await next.sends();
    // Whatever it comes to, it comes after all that the turn could still be told of with.
    await next.accept(chat, "next", "m2");
    await next.sends(2);
    expect(next.sent.filter((text) => text.includes("Done."))).toEqual(["Done."]);
  });

  test("a turn that still runs has what it said before delivered too", async () => {
    const { chat } = await endedMidTurn();
    const items = [{ ...agentMessage("First."), phase: "final_answer" }];
    const codex = threadWith([{ id: "turn-1", status: "inProgress", items }]);
    const next = new Process();
    await next.recover(chat);
    await codex.called("thread/turns/list", 2);
    const turn = new ScriptedTurn(codex, "thread-1", "turn-1", {});
    turn.say("Second.", "final_answer");
    turn.end();
    await next.sends();
    expect(next.sent).toEqual(["First.\n\nSecond."]);
  });

  test("a turn that still runs is followed to its end", async () => {
    const { chat } = await endedMidTurn();
    const codex = threadWith([{ id: "turn-1", status: "inProgress", items: [] }]);
    const next = new Process();
    await next.recover(chat);
    await codex.called("thread/turns/list");
    await settled();
    const ids = { threadId: "thread-1", turnId: "turn-1" };
    codex.notify({ method: "item/completed", params: { ...ids, item: agentMessage("Late.") } });
    codex.notify({
      method: "turn/completed",
      params: { threadId: "thread-1", turn: { id: "turn-1", status: "completed", items: [] } },
    });
    await next.sends();
    expect(next.sent).toEqual(["Late."]);
  });

  test.each([
    ["has answered", { status: "completed" }, "Both done."],
    [
      "failed",
      { status: "failed", error: { message: "no model", codexErrorInfo: null } },
      "Codex app-server turn failed: no model\n\nIt had said:\n\nBoth done.",
    ],
    ["was cut off", { status: "interrupted" }, /^The gateway restarted .*Both done\.$/s],
  ])(
    "a turn that %s has that told once, though a second message went into it",
    async (_how, end, told) => {
      const { chat, steered } = await endedAtSteer();
      const codex = threadWith([
        { id: "turn-1", items: [steered, agentMessage("Both done.")], ...end },
      ]);
      const next = new Process();
      await next.recover(chat);
      await allAnswered(chat);
      expect(next.sent).toEqual([expect.stringMatching(told)]);
      expect(codex.of("turn/start")).toEqual([]);
    },
  );

  test("a turn's pictures come once, though a second message went into it", async () => {
    const { chat, steered } = await endedAtSteer();
    const picture = { type: "imageGeneration", id: "item-2", result: PNG };
    const items = [steered, agentMessage("Here it is."), picture];
    threadWith([{ id: "turn-1", status: "completed", items }]);
    const next = new Process();
    await next.recover(chat);
    await allAnswered(chat);
    expect(next.sent).toEqual(["Here it is.", "picture-1.png"]);
  });

  test("a turn that Codex took without our hearing of it is found by our id", async () => {
    const { chat, clientId } = await endedAtStart();
    const question = { type: "userMessage", id: "u1", clientId };
    const codex = threadWith([
      { id: "other", status: "completed", items: [agentMessage("Another's.")] },
      { id: "turn-9", status: "completed", items: [question, agentMessage("Found.")] },
    ]);
    const next = new Process();
    await next.recover(chat);
    await next.sends();
    expect(next.sent).toEqual(["Found."]);
    expect(codex.of("turn/start")).toEqual([]);
  });

  test("a message that Codex never took runs", async () => {
    const { chat } = await endedAtStart();
    const codex = threadWith([]);
    codex.repliesWith((turn) => `re: ${turn.prompt}`);
    const next = new Process();
    await next.recover(chat);
    await next.sends();
    expect(next.sent).toEqual(["re: hi"]);
  });

  test("messages that had not begun run in their order, those that come then after them", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const process = new Process();
    await process.accept(chat, "one", "m1");
    await process.accept(chat, "two", "m2");
    await process.accept(chat, "three", "m3");
    await codex.turn();
    await onDisk(chat, /"turnId":"turn-1"/);
    await process.messages.stop();
    codex.close(new Error("the process ends"));
    await lineFree(chat);
    // Nothing of them may have reached Codex by way of the process that was ending.
    expect(codex.turns.map(({ prompt }) => prompt)).toEqual(["one"]);

    const after = threadWith([
      { id: "turn-1", status: "completed", items: [agentMessage("re: one")] },
    ]);
    after.repliesWith((turn) => `re: ${turn.prompt}`);
    const next = new Process();
    const recovery = next.recover(chat);
    await next.accept(chat, "four", "m4");
    await recovery;
    await next.sends(4);
    expect(next.sent).toEqual(["re: one", "re: two", "re: three", "re: four"]);
  });

  test("an answer that was not delivered is delivered, from where it stopped, without a turn", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.repliesWith(() => "one|two");
    const failed = Promise.withResolvers<void>();
    const process = new Process(async (_address, text) => {
      if (text !== "two") return;
      failed.resolve();
      throw new Error("the network is gone");
    });
    await process.accept(chat, "hi", "m1");
    await failed.promise;
    await process.messages.stop();

    const after = threadWith([]);
    const next = new Process();
    await next.recover(chat);
    await next.sends();
    expect(next.sent).toEqual(["two"]);
    expect(after.calls).toEqual([]);
  });

  test("a stored message that cannot be read is set aside, and the others run", async () => {
    const { chat } = await endedAtStart();
    await writeFile(path.join(inboxOf(chat), "00000000000001-000000-x.json"), "no message\n");
    threadWith([]).repliesWith(() => "Hello.");
    const next = new Process();
    await next.recover(chat);
    await next.sends();
    expect(next.sent).toEqual(["Hello."]);
    expect(next.warnings).toEqual([expect.stringContaining("set aside")]);
    await onDisk(chat, /^no message\n,?$|^,?no message\n$/);
  });

  describe("what cannot be the inbox of a chat", () => {
    const kinds = {
      file: (place: string) => writeFile(place, "no folder"),
      link: (place: string) => symlink(path.dirname(place), place),
    };

    test.each(["file", "link"] as const)(
      "a %s, keeps no other chat's messages, and the operator is told",
      async (kind) => {
        const { chat } = await endedAtStart();
        const bad = chat.other("a-chat-before-it");
        await kinds[kind](inboxOf(bad));
        threadWith([]).repliesWith(() => "Hello.");
        const next = new Process();
        await next.recover(chat);
        await next.sends();
        expect(next.sent).toEqual(["Hello."]);
        expect(next.warnings).toEqual([
          expect.stringMatching(/the messages of one chat cannot be read.*a-chat-before-it/),
        ]);
        await bad.bind();
        await next.accept(bad, "and me?", "m1");
        await next.sends(2);
        expect(next.sent).toEqual(["Hello.", "Hello."]);
      },
    );
  });

  test("no message is refused that was accepted, though fewer may wait now", async () => {
    const { codex, chat, process } = await waiting();
    for (const text of ["three", "four", "five"]) {
      // oxlint-disable-next-line no-await-in-loop
      await process.accept(chat, text);
    }
    await onDisk(chat, /"turnId":"turn-1"/);
    await process.messages.stop();
    codex.close(new Error("the process ends"));
    await lineFree(chat);

    const items = [agentMessage("re: one")];
    const after = threadWith([{ id: "turn-1", status: "completed", items }]);
    after.repliesWith((turn) => `re: ${turn.prompt}`);
    const next = new Process();
    next.settings = { turn: { maxQueued: 1 } };
    await next.recover(chat);
    await next.sends(5);
    expect(next.sent).toEqual(["re: one", "re: two", "re: three", "re: four", "re: five"]);
  });

  describe("a message that seems to be over a week old, since the machine's clock was set right meanwhile,", () => {
    const DAY = 24 * 3_600_000;
    const OLD = /^By the gateway's clock this message has been waiting for over a week, so /;

    async function restartedAfter(days: number, chat: Chat): Promise<Process> {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + days * DAY });
      onTestFinished(() => void vi.useRealTimers());
      const next = new Process();
      await next.recover(chat);
      await next.sends();
      return next;
    }

    test("is not run, and its chat, after the answers before it, and the operator are told", async () => {
      const { codex, chat, process } = await waiting();
      await onDisk(chat, /"turnId":"turn-1"/);
      await process.messages.stop();
      codex.close(new Error("the process ends"));
      await lineFree(chat);
      const items = [agentMessage("re: one")];
      const after = threadWith([{ id: "turn-1", status: "completed", items }]);
      const next = await restartedAfter(25, chat);
      await next.sends(2);
      expect(next.sent).toEqual([
        "re: one",
        expect.stringMatching(new RegExp(`${OLD.source}Codex did not get it\\. .*“two”$`)),
      ]);
      expect(next.warnings).toEqual([expect.stringContaining("over a week")]);
      expect(after.of("turn/start")).toEqual([]);
      await onDisk(chat, /^,*$/);
    });

    test("is said to have perhaps reached Codex where it was on its way", async () => {
      const { chat } = await endedAtStart();
      const after = threadWith([]);
      const next = await restartedAfter(25, chat);
      expect(next.sent).toEqual([expect.stringMatching(/Codex may have got it before\. .*“hi”$/)]);
      expect(after.of("turn/start")).toEqual([]);
    });

    test("runs where it is not quite that old, or where the clock has been set back", async () => {
      for (const days of [6, -25]) {
        // oxlint-disable-next-line no-await-in-loop
        const { chat } = await endedAtStart();
        threadWith([]).repliesWith(() => "Hello.");
        // oxlint-disable-next-line no-await-in-loop
        expect((await restartedAfter(days, chat)).sent).toEqual(["Hello."]);
        vi.useRealTimers();
      }
    });
  });

  test("nothing is there to take up where nothing was left", async () => {
    const { chat } = await conversation();
    const process = new Process();
    await process.recover(chat);
    expect(process.warnings).toEqual([]);
  });
});

describe("a message that waited while its chat", () => {
  test("was detached is not run, and says so", async () => {
    const { codex, chat, process, turn } = await waiting();
    await clearCodexAppServerBinding(chat.sessionFile);
    turn.reply("re: one");
    await process.sends(2);
    expect(process.sent).toEqual(["re: one", expect.stringMatching(/detached/)]);
    expect(codex.turns).toHaveLength(1);
  });

  test("was bound anew is not run on the other thread, and says so", async () => {
    const { codex, chat, process, turn } = await waiting();
    await chat.bind({ threadId: "thread-2", createdAt: "2027-01-01T00:00:00.000Z" });
    turn.reply("re: one");
    await process.sends(2);
    expect(process.sent).toEqual(["re: one", expect.stringMatching(/bound/)]);
    expect(codex.turns).toHaveLength(1);
  });
});

describe("the settings of a turn are those of the moment when it begins:", () => {
  test("messages that wait under yolo run under ask once the operator has lowered the mode", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const process = new Process();
    process.settings = { appServer: { mode: "yolo" } };
    for (const text of ["one", "two", "three"]) {
      // oxlint-disable-next-line no-await-in-loop
      await process.accept(chat, text);
    }
    (await codex.turn(1)).reply("re: one");
    process.settings = { appServer: { mode: "ask" } };
    (await codex.turn(2)).reply("re: two");
    (await codex.turn(3)).reply("re: three");
    await process.sends(3);
    const asks = { approvalPolicy: "on-request", sandboxPolicy: { type: "workspaceWrite" } };
    expect(codex.of("turn/start").map(({ params }) => params)).toMatchObject([
      { approvalPolicy: "never", sandboxPolicy: { type: "dangerFullAccess" } },
      asks,
      asks,
    ]);
  });

  test("one that cannot be used is told by the message whose turn has come, which is not run", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const process = new Process();
    await process.accept(chat, "one");
    await process.accept(chat, "two");
    const turn = await codex.turn();
    process.settings = { turn: { idleTimeoutMs: "soon" } };
    turn.reply("re: one");
    await process.sends(2);
    expect(process.sent).toEqual([
      "re: one",
      expect.stringMatching(/^Codex app-server turn failed: Invalid setting turn\.idleTimeoutMs: /),
    ]);
    expect(codex.turns).toHaveLength(1);
  });
});

describe("a channel that is down", () => {
  test("gets the answers, in order, when it is back", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.repliesWith((turn) => `re: ${turn.prompt}`);
    const failed = Promise.withResolvers<void>();
    let down = true;
    const process = new Process(async () => {
      if (!down) return;
      failed.resolve();
      throw new Error("down");
    });
    await process.accept(chat, "one", "m1");
    await failed.promise;
    expect(process.sent).toEqual([]);
    down = false;
    await process.accept(chat, "two", "m2");
    await process.sends(2);
    expect(process.sent).toEqual(["re: one", "re: two"]);
  });

  test("of one chat does not keep another waiting", async () => {
    const { codex, chat } = await conversation();
    const other = chat.other("other");
    await chat.bind();
    await other.bind({ threadId: "thread-2" });
    codex.repliesWith((turn) => turn.prompt);
    const process = new Process(async (_address, text) => {
      if (text === "mine") throw new Error("down");
    });
    await process.accept(chat, "mine", "m1");
    await process.accept(other, "theirs", "m1");
    await process.sends();
    expect(process.sent).toEqual(["theirs"]);
  });
});

test("what a stopped process's turns come to is not delivered: the next process looks", async () => {
  const { chat, process } = await endedMidTurn();
  await settled();
  expect(process.sent).toEqual([]);
  expect(await textsIn(inboxOf(chat))).toMatch(/"turnId":"turn-1"/);
});
