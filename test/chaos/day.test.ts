/** A day of a few chats, by a clock that is moved: what a long life leaves in memory, in the queue and on disk. */
import { readdir } from "node:fs/promises";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test, vi } from "vitest";
import { ConversationMessages } from "../../src/messages/messages.js";
import { readCodexConversationActiveTurn } from "../../src/messages/control.js";
import { queuedConversationTurns } from "../../src/messages/queue.js";
import { textInput } from "../../src/chat/turn-input.js";
import { createPluginService } from "../../src/plugin-service.js";
import type { Chat } from "../support/conversation/chat.js";
import { conversation } from "../support/conversation/conversation.js";
import type { ScriptedCodex } from "../support/conversation/scripted-codex.js";
import { settled } from "../support/conversation/settled.js";
import { Seeded } from "../support/seeded.js";
import { quietChat, sendsText } from "../support/conversation/quiet-chat.js";

const pool = vi.hoisted(() => ({ clients: new Array<unknown>() }));
vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);
vi.mock("../../src/app-server/client-pool.js", () => ({
  codexClientPool: () => ({ clients: () => pool.clients }),
  disposeCodexAppServerClients: async () => undefined,
  retireCodexAppServerClient: async () => undefined,
}));

const SEED = 24;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Delivered messages are remembered by so many empty files of a chat. */
const REMEMBERED = 200;
/** And their answers by so many. */
const REMEMBERED_POSTS = 500;
/** Bytes. About a third of it was measured over the last 18 hours, and over four days it levels off. */
const GROWTH_LIMIT = 1_500_000;

/** How often each chat speaks, in minutes: one nearly always, one now and then, one twice a day. */
const PACES = [3, 8, 20, 75, 600] as const;

test(
  "24 hours of chats grow neither memory nor handlers, timers, queues or files",
  { timeout: 240_000 },
  async () => {
    const { codex, chat, folder } = await conversation();
    const chats = PACES.map((_, index) => (index === 0 ? chat : chat.other(`chat-${index}`)));
    for (const [index, one] of chats.entries()) await one.bind({ threadId: `thread-${index}` });
    answerAtOnce(codex);
    pool.clients.push(codex);
    let delivered = 0;
    const messages = new ConversationMessages({
      sendMessage: sendsText((_address, text) => {
        expect(text).toMatch(/^re: /);
        delivered += 1;
      }),
      ...quietChat,
      // What is said of a turn that takes long hangs on how fast the files are.
      pluginConfig: () => ({ progress: "off" }),
      warn: (text) => expect.fail(text),
    });
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
    });
    try {
      const service = createPluginService(messages, path.join(folder, "state"), () => undefined);
      await service.start();
      const idleTimers = vi.getTimerCount();
      const startedAt = Date.now();
      const random = new Seeded(SEED, "day");
      const next = PACES.map((pace) => Date.now() + random.int(1, pace) * MINUTE);
      let sent = 0;
      let heapEarly = 0;
      const lastTurnAt = new Map<string, number>();
      const leftAfter: number[] = [];
      codex.answer("thread/unsubscribe", ({ threadId }) => {
        leftAfter.push(Date.now() - (lastTurnAt.get(String(threadId)) ?? 0));
        codex.unload(String(threadId));
        return { status: "unsubscribed" };
      });

      while (Date.now() - startedAt < 24 * HOUR) {
        const at = Math.min(...next);
        const index = next.indexOf(at);
        await vi.advanceTimersByTimeAsync(Math.max(0, at - Date.now()));
        const one = chats[index];
        const pace = PACES[index];
        if (!one || pace === undefined) throw new Error("a chat is missing");
        next[index] = at + random.int(1, pace * 2) * MINUTE;
        sent += 1;
        await say(messages, one, sent);
        await until(async () => delivered === sent && (await waitingIn(one)) === 0);
        lastTurnAt.set(`thread-${index}`, Date.now());
        expect(codex.handlers).toBe(handlersOf(codex.loaded.size));
        expect(vi.getTimerCount()).toBe(idleTimers);
        // The stand-in's own memory.
        codex.calls.length = 0;
        codex.turns.length = 0;
        if (heapEarly === 0 && Date.now() - startedAt > 6 * HOUR) heapEarly = heapAfterCollection();
      }
      await vi.advanceTimersByTimeAsync(HOUR);

      expect(sent).toBeGreaterThan(600);
      expect(heapAfterCollection() - heapEarly).toBeLessThan(GROWTH_LIMIT);
      expect(leftAfter.length).toBeGreaterThan(PACES.length);
      // Idle threads are looked for every 5 minutes.
      expect(Math.min(...leftAfter)).toBeGreaterThanOrEqual(30 * MINUTE);
      expect(Math.max(...leftAfter)).toBeLessThanOrEqual(36 * MINUTE);
      expect(codex.loaded.size).toBe(0);
      expect(codex.handlers).toBe(0);
      for (const one of chats) {
        expect(queuedConversationTurns(one.sessionFile)).toBe(0);
        expect(readCodexConversationActiveTurn(one.sessionFile)).toBeUndefined();
        expect((await readdir(inboxOf(one))).length).toBeLessThanOrEqual(REMEMBERED + 1);
        const posted = await readdir(`${one.sessionFile}.outbox`);
        expect(posted.filter((name) => !name.endsWith(".done"))).toEqual([]);
        expect(posted.length).toBeLessThanOrEqual(REMEMBERED_POSTS);
      }
      // The binding, the inbox and the outbox of each.
      expect((await readdir(path.join(folder, "state"))).length).toBe(3 * chats.length);

      await service.gatewayStopping("the day is over");
      service.stop();
      await vi.advanceTimersByTimeAsync(MINUTE);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
      pool.clients.length = 0;
    }
  },
);

/** A loaded thread's session listens in three ways, and so does its client for threads that no session knows, and for limits. */
function handlersOf(loadedThreads: number): number {
  return loadedThreads === 0 ? 0 : 4 + 3 * loadedThreads;
}

/** Each turn is over as soon as it was begun; its ids are of this turn alone. */
function answerAtOnce(codex: ScriptedCodex): void {
  codex.repliesWith((turn) => `re: ${turn.prompt}`);
}

function say(messages: ConversationMessages, chat: Chat, number: number): Promise<void> {
  return messages.accept({
    data: chat.data,
    input: [textInput(`message ${number}`)],
    address: { channel: "telegram", to: "telegram:7" },
    messageId: `m${number}`,
  });
}

function inboxOf(chat: Chat): string {
  return `${chat.sessionFile}.inbox`;
}

async function waitingIn(chat: Chat): Promise<number> {
  return (await readdir(inboxOf(chat))).filter((name) => name.endsWith(".json")).length;
}

/** Lets timers and files have their way until something is so. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  // The clock of this loop is the real one: files take their time.
  for (const end = process.hrtime.bigint() + 10_000_000_000n; process.hrtime.bigint() < end;) {
    if (await isSo()) return;
    await vi.advanceTimersByTimeAsync(1);
    await settled();
  }
  throw new Error("a message was not answered");
}

function heapAfterCollection(): number {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("the heap cannot be collected");
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
