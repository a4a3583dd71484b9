/** A person's message shows that it was seen, from the moment it is taken until its answer is there. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { textInput } from "../../src/chat/turn-input.js";
import { showSeen } from "../../src/chat/note.js";
import { ConversationMessages } from "../../src/messages/messages.js";
import { conversation } from "../support/conversation/conversation.js";
import { quietChat, sendsText } from "../support/conversation/quiet-chat.js";
import { until } from "../support/conversation/settled.js";

const gateway = vi.hoisted((): { calls: unknown[][] } => ({ calls: [] }));

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);
vi.mock("openclaw/plugin-sdk/agent-harness-runtime", () => ({
  callGatewayTool: async (...call: unknown[]) => void gateway.calls.push(call),
}));

const ADDRESS = { channel: "telegram", to: "telegram:7" };

/** What is shown, and what is sent, in order. */
async function chatWith({
  settings = {},
  fails = false,
}: { settings?: object; fails?: boolean } = {}) {
  const { codex, chat } = await conversation();
  await chat.bind();
  const seen: string[] = [];
  const isOver = Promise.withResolvers<void>();
  const note = (what: string): void => {
    seen.push(what);
    if (seen.length === 3) isOver.resolve();
  };
  const sending = Promise.withResolvers<void>();
  const messages = new ConversationMessages({
    ...quietChat,
    showSeen: async (_address, messageId, isSeen) => {
      if (fails) throw new Error("no reactions here");
      note(`${messageId} ${isSeen ? "seen" : "not seen"}`);
    },
    sendMessage: sendsText(async (_address, text) => {
      await sending.promise;
      note(text);
    }),
    pluginConfig: () => settings,
    warn: () => {},
  });
  onTestFinished(() => messages.stop());
  codex.repliesWith(() => "Done.");
  const say = (messageId: string | undefined): Promise<void> =>
    messages.accept({ data: chat.data, input: [textInput("go")], address: ADDRESS, messageId });
  return { codex, say, seen, isOver: isOver.promise, send: () => sending.resolve() };
}

describe("the sign that a message was seen", () => {
  test("comes at once, and goes when the answer was sent", async () => {
    const { say, seen, isOver, send, codex } = await chatWith();
    await say("55");
    expect(seen).toEqual(["55 seen"]);
    await codex.turn();
    send();
    await isOver;
    expect(seen).toEqual(["55 seen", "Done.", "55 not seen"]);
  });

  test.each([
    { title: "progress is off", options: { settings: { progress: "off" } }, id: "55" },
    { title: "the channel names no message", options: {}, id: undefined },
    { title: "the channel has none", options: { fails: true }, id: "55" },
  ])("is left out if $title", async ({ options, id }) => {
    const { say, seen, send, codex } = await chatWith(options);
    send();
    await say(id);
    await codex.turn();
    await until(() => seen.length > 0);
    expect(seen).toEqual(["Done."]);
  });
});

test.each([
  ["telegram", "👀"],
  ["discord", "👀"],
  ["slack", "eyes"],
])("on %s it is a reaction of the bot's", async (channel, emoji) => {
  gateway.calls = [];
  await showSeen({ channel, to: "there" }, "55", true);
  await showSeen({ channel, to: "there" }, "55", false);
  const params = { to: "there", messageId: "55", emoji };
  expect(gateway.calls.map((call) => call[2])).toEqual([
    expect.objectContaining({ channel, action: "react", params }),
    expect.objectContaining({ channel, action: "react", params: { ...params, remove: true } }),
  ]);
});

test("a channel without it is asked nothing", async () => {
  gateway.calls = [];
  await showSeen({ channel: "line", to: "there" }, "55", true);
  expect(gateway.calls).toEqual([]);
});
