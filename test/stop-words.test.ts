/** Words to stop that OpenClaw takes for itself, and tells of afterwards. */
import path from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { noteBoundConversation } from "../src/host/bound-conversation.js";
import { writePrivateFile } from "../src/host/private-files.js";
import { conversationsFolder } from "../src/host/state.js";
import { stopOnHeardWord } from "../src/stop-words.js";
import { textInput } from "../src/chat/turn-input.js";
import { conversation } from "./support/conversation/conversation.js";
import { ScriptedHost } from "./support/conversation/host.js";
import { messagesThrough } from "./support/conversation/messages.js";
import { settled } from "./support/conversation/settled.js";

vi.mock(
  "../src/app-server/shared-client.js",
  () => import("./support/conversation/shared-client.js"),
);
/** What OpenClaw has bound, by conversation. */
const bound = new Map<string, Record<string, unknown>>();
vi.mock("openclaw/plugin-sdk/conversation-runtime", () => ({
  getSessionBindingService: () => ({
    resolveByConversation: ({ channel, accountId, conversationId }: Record<string, string>) =>
      bound.get([channel, accountId, conversationId].join(" ")) ?? null,
  }),
}));
vi.mock("openclaw/plugin-sdk/command-primitives-runtime", () => ({
  isAbortRequestText: () => false,
}));

beforeEach(() => bound.clear());

/** A chat with the id `id` at `to`, with a turn that runs and, where asked for, messages behind it. */
async function runningIn({ id, to, behind = [] }: { id: string; to: string; behind?: string[] }) {
  const { codex, chat, folder } = await conversation();
  const host = new ScriptedHost(folder);
  const messages = messagesThrough(host);
  await chat.bind();
  bound.set(`telegram default ${id}`, {
    targetSessionKey: "agent:main:main",
    metadata: { pluginId: "codex-conversation", data: chat.data },
  });
  const address = { channel: "telegram", to, accountId: "default" };
  for (const text of ["go", ...behind]) {
    // oxlint-disable-next-line no-await-in-loop
    await messages.accept({ data: chat.data, input: [textInput(text)], address, messageId: text });
  }
  const turn = await codex.turn();
  await settled();
  const hear = (content: string, more: { to?: string; threadId?: number } = {}): Promise<void> =>
    stopOnHeardWord(
      host.api,
      messages,
      { content, threadId: more.threadId, metadata: { originatingTo: more.to ?? to } },
      { channelId: "telegram", accountId: "default", conversationId: more.to ?? to },
    );
  return { codex, chat, host, turn, hear };
}

const PRIVATE = { id: "7", to: "telegram:7" };
const GROUP = { id: "-100", to: "telegram:-100" };
const TOPIC = { id: "-100:topic:55", to: "telegram:-100" };

describe("a word to stop", () => {
  test.each(["stop", "/stop", "Please stop!", "@bot halt"])(
    "interrupts the chat's turn, which tells the rest itself: %s",
    async (word) => {
      const { codex, host, turn, hear } = await runningIn(PRIVATE);
      await hear(word);
      await codex.called("turn/interrupt");
      turn.end({ status: "interrupted" });
      await host.delivered();
      expect(host.sent.map(({ text }) => text)).toEqual(["Codex was stopped."]);
    },
  );

  test("says what it does not stop: the messages that wait", async () => {
    const { codex, host, hear } = await runningIn({ ...PRIVATE, behind: ["and then", "and"] });
    await hear("stop");
    await codex.called("turn/interrupt");
    await host.delivered();
    expect(host.sent).toMatchObject([
      {
        to: "telegram:7",
        text: "Codex stop requested. 2 messages are still waiting and run next. `/codexchat stop all` drops them.",
      },
    ]);
  });

  test("says that nothing ran, though OpenClaw says that something was aborted", async () => {
    const { codex, host, turn, hear } = await runningIn(PRIVATE);
    turn.reply("Hello.");
    await host.delivered();
    await hear("stop");
    await host.delivered(2);
    expect(host.sent.map(({ text }) => text)).toEqual(["Hello.", "No active Codex run to stop."]);
    expect(codex.of("turn/interrupt")).toEqual([]);
  });

  test("stops the turn of a topic from that topic alone", async () => {
    const { codex, hear } = await runningIn(TOPIC);
    await hear("stop");
    await hear("stop", { threadId: 56 });
    await settled();
    expect(codex.of("turn/interrupt")).toEqual([]);
    await hear("stop", { threadId: 55 });
    await codex.called("turn/interrupt");
  });

  test("in a topic does not stop the turn of the whole group", async () => {
    const { codex, hear } = await runningIn(GROUP);
    await hear("stop", { threadId: 55 });
    await settled();
    expect(codex.of("turn/interrupt")).toEqual([]);
    await hear("stop");
    await codex.called("turn/interrupt");
  });

  test("finds a private chat though Telegram names a topic that it has not", async () => {
    const { codex, hear } = await runningIn(PRIVATE);
    await hear("stop", { threadId: 44 });
    expect((await codex.called("turn/interrupt")).params).toMatchObject({ turnId: "turn-1" });
  });

  test("finds a chat whose name in OpenClaw nobody can tell by where its messages came from", async () => {
    const id = "some other name";
    const { codex, host, hear } = await runningIn({ id, to: "telegram:7" });
    await hear("stop");
    expect(codex.of("turn/interrupt")).toEqual([]);
    await noteBoundConversation(path.join(conversationsFolder(host.stateDir), "chat"), {
      conversation: { channel: "telegram", accountId: "default", conversationId: id },
      address: { channel: "telegram", to: "telegram:7" },
    });
    await hear("stop");
    await codex.called("turn/interrupt");
  });

  test.each([
    ["another text", "stop the server on port 80", {}],
    ["another chat's", "stop", { to: "telegram:8" }],
  ])("is not %s", async (_what, text, where) => {
    const { codex, host, hear } = await runningIn(PRIVATE);
    await hear(text, where);
    await settled();
    expect(codex.of("turn/interrupt")).toEqual([]);
    expect(host.sent).toEqual([]);
  });

  test("says nothing in a chat that was detached, or that has no thread", async () => {
    const { chat, host, turn, hear } = await runningIn(PRIVATE);
    turn.reply("Hello.");
    await host.delivered();
    await writePrivateFile(`${chat.sessionFile}.detached`, "{}");
    await hear("stop");
    expect(host.sent).toHaveLength(1);
  });
});
