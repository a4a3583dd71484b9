/** Cards in a chat: how they are shown, and what their buttons do. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { trackCodexConversationActiveTurn } from "../../src/thread/active-turns.js";
import {
  enqueueConversationTurn,
  queuedConversationTurns,
  waitingConversationTurns,
} from "../../src/messages/queue.js";
import { boundCommands, commands } from "../support/conversation/commands.js";
import { cardChat } from "./card-chat.js";
import { gateway } from "./gateway-calls.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);
vi.mock("openclaw/plugin-sdk/agent-harness-runtime", () => import("./gateway-calls.js"));

afterEach(() => {
  gateway.calls = [];
});

async function bound(binding?: Parameters<typeof boundCommands>[0]) {
  const all = await boundCommands(binding);
  return { ...all, ...cardChat(all, gateway) };
}

describe("a card", () => {
  test("is sent by the plugin itself, so that it can change, and the command adds nothing", async () => {
    const { reply, sent } = await bound({ model: "gpt-x" });
    expect(await reply("")).toEqual({ suppressReply: true });
    expect(sent().map(({ rows }) => rows)).toEqual([
      [
        ["New thread", "Threads"],
        ["Model", "Permissions"],
        ["Diff", "Files", "More…"],
      ],
    ]);
  });

  test("is the command's answer where OpenClaw would add that there was none", async () => {
    const { host, reply, sent } = await bound();
    host.version = "2026.6.11";
    expect(await reply("")).toMatchObject({
      text: expect.stringContaining("Permissions: ask"),
      presentation: { blocks: expect.anything() },
    });
    expect(sent()).toEqual([]);
  });

  test("that OpenClaw has sent changes in place from its first press on", async () => {
    const { host, show, edits } = await bound();
    host.version = "2026.6.11";
    const card = await show();
    await card.press("Permissions");
    expect(edits().map(({ text }) => text)).toEqual([
      expect.stringContaining("What may Codex do in this chat?"),
    ]);
  });

  test("of a chat that is not bound offers to bind it", async () => {
    const all = await commands();
    const { show } = cardChat(all, gateway);
    const { text, rows } = await show();
    expect(text).toMatch(/^This chat is not bound to Codex\./);
    expect(rows.flat()).toEqual(["Bind this chat", "Choose a folder", "Threads", "All commands"]);
  });
});

describe("a press", () => {
  test("does what the command does, and says so on the card", async () => {
    const { chat, show, edits } = await bound();
    const card = await show();
    await card.press("More…");
    const [more] = edits();
    await more?.press("Fast mode: turn on");
    expect(await chat.binding()).toMatchObject({ serviceTier: "fast" });
    expect(edits().at(-1)?.text).toMatch(/^Codex fast mode: on\.\n\n/);
    expect(edits().at(-1)?.rows.flat()).toContain("Fast mode: turn off");
  });

  test("on a card that is still to be changed works as on the changed one", async () => {
    const { show, edits } = await bound();
    const card = await show();
    await card.press("Permissions");
    await card.press("More…");
    expect(edits().map(({ text }) => text.split("\n", 1)[0])).toEqual([
      "What may Codex do in this chat?",
      "More",
    ]);
  });

  test("changes nothing in a thread that the button was not shown for", async () => {
    const { chat, show, edits } = await bound();
    const card = await show();
    await card.press("More…");
    await chat.bind({ threadId: "thread-2" });
    await edits()[0]?.press("Fast mode: turn on");
    expect((await chat.binding())?.serviceTier).toBeUndefined();
    expect(edits().at(-1)?.text).toMatch(/^This chat has moved to another thread/);
  });

  test("on Stop leaves a turn alone that the button was not shown for", async () => {
    const { chat, codex, show, edits } = await bound();
    const { sessionFile } = chat;
    const turn = { sessionFile, threadId: "thread-1" };
    const first = trackCodexConversationActiveTurn({ ...turn, turnId: "turn-1" });
    const card = await show();
    first();
    const second = trackCodexConversationActiveTurn({ ...turn, turnId: "turn-2" });
    await card.press("Stop");
    expect(codex.calls.filter(({ method }) => method === "turn/interrupt")).toEqual([]);
    expect(edits().at(-1)?.text).toMatch(/^That turn has ended/);
    await edits().at(-1)?.press("Stop");
    expect(codex.only("turn/interrupt").params).toMatchObject({ turnId: "turn-2" });
    second();
  });

  test("on Drop leaves a message alone that has the number of another one by now", async () => {
    const { chat, show, edits } = await bound();
    const line = (label: string): { over: () => void } => {
      const { promise, resolve } = Promise.withResolvers<void>();
      void enqueueConversationTurn(chat.sessionFile, () => promise);
      const job = { id: `id of ${label}`, label, steer: async () => false };
      enqueueConversationTurn(chat.sessionFile, async () => {}, job).catch(() => undefined);
      return { over: resolve };
    };
    const before = line("an old one");
    await (await show()).press("Queue (1)");
    const old = edits().at(-1);
    expect(old?.text).toMatch(/2\. an old one$/);
    before.over();
    await vi.waitFor(() => expect(queuedConversationTurns(chat.sessionFile)).toBe(0));
    const now = line("a new one");
    await old?.press("Drop 2");
    expect(edits().at(-1)?.text).toMatch(/^That message is not waiting any more/);
    const [waiting] = waitingConversationTurns(chat.sessionFile);
    expect(waiting).toMatchObject({ number: 2, label: "a new one" });
    await edits().at(-1)?.press("Queue (1)");
    await edits().at(-1)?.press("Drop 2");
    expect(edits().at(-1)?.text).toMatch(/^Dropped from the queue.*“a new one”/);
    now.over();
  });

  test("by somebody who may not command does nothing", async () => {
    const { show, edits } = await bound();
    const card = await show();
    expect((await card.press("Model", { authorized: false })).said).toEqual([
      "You are not allowed to use Codex here.",
    ]);
    expect(edits()).toEqual([]);
  });

  test("in another chat shows that chat's own card, and leaves the first one alone", async () => {
    const { show, edits, inHost, sent } = await bound();
    const card = await show();
    inHost.binding = null;
    await card.press("Model", { chatId: "8", messageId: 40, more: { to: "telegram:8" } });
    expect(edits().map(({ text }) => text)).toEqual([
      expect.stringMatching(/^That button was out of date\.[^]*not bound/),
    ]);
    expect(sent()).toHaveLength(1);
  });

  test("that no card of this process knows shows a fresh one in its place", async () => {
    const { press, edits } = await bound();
    await press("codexcard:AAAAAAAAAAAAAAAAAAAAAA:3");
    expect(edits().map(({ text }) => text)).toEqual([
      expect.stringMatching(/^That button was out of date\.[^]*Permissions: ask/),
    ]);
  });
});
