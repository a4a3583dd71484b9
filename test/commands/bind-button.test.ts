/** Binding a chat by a button, on a channel of which OpenClaw cannot tell which chat a command was typed in. */
import { beforeEach, expect, test, vi } from "vitest";
import { registerBindButton } from "../../src/commands/bind-click.js";
import { clientSource } from "../support/conversation/client-source.js";
import { Clicks } from "../support/conversation/clicks.js";
import { registerChannelPlugins } from "../support/conversation/channel-plugins.js";
import { commands } from "../support/conversation/commands.js";
import { hostBindings } from "../support/conversation/host-bindings.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);
vi.mock(
  "openclaw/plugin-sdk/conversation-runtime",
  () => import("../support/conversation/host-bindings.js"),
);

const typed = { channel: "slack", from: "slack:U1", to: "user:U1", senderId: "u1" };
const DIRECT = { channel: "slack", accountId: "default", conversationId: "user:U1" };

beforeEach(() => registerChannelPlugins([{ id: "slack", bindings: {} }]));

async function onSlack() {
  const all = await commands();
  const payloads: Record<string, unknown>[] = [];
  all.host.channels.set("slack", {
    sendPayload: async (sent) => {
      payloads.push(sent);
      return {};
    },
  });
  // A command that was typed has no chat for OpenClaw.
  const nowhere = {
    ...typed,
    requestConversationBinding: async () => ({ status: "error" as const, message: "no chat" }),
    detachConversationBinding: async () => ({ removed: false }),
    getCurrentConversationBinding: async () => null,
  };
  const clicks = new Clicks((api) => registerBindButton({ ...all.host.api, ...api }), "slack");
  const said: unknown[] = [];
  const click = async (payload: string, more: object = {}): Promise<void> =>
    clicks.bring({
      ...all.inHost.command(undefined),
      senderId: "U1",
      conversationId: "D1",
      interaction: { payload },
      auth: { isAuthorizedSender: true },
      respond: {
        reply: async (message: unknown) => void said.push(message),
        editMessage: async (message: unknown) => void said.push(message),
      },
      ...more,
    });
  return {
    ...all,
    payloads,
    said,
    click,
    type: (args: string, more: object = {}) => all.reply(args, { ...nowhere, ...more }),
  };
}

const buttonOf = (reply: object): string =>
  /"value":"codexbind:(?<payload>.*?)"\}/.exec(JSON.stringify(reply))?.groups?.["payload"] ?? "";

test("the command answers with a button, and starts nothing", async () => {
  const { codex, type, inHost, state } = await onSlack();
  const reply = await type("bind");
  expect(reply.text).toMatch(/^Press the button to bind this chat/);
  expect(JSON.stringify(reply.presentation)).toContain('"label":"Bind this chat"');
  expect(codex.calls).toEqual([]);
  expect(inHost.requests).toEqual([]);
  expect(await state()).toEqual([]);
});

test("the click asks OpenClaw, whose question comes into the chat with its buttons", async () => {
  const { type, click, inHost, payloads, said, codex } = await onSlack();
  const question = { text: "Plugin bind approval required", interactive: { blocks: [] } };
  inHost.onRequest = () => ({ status: "pending", approvalId: "1", reply: question });
  const payload: unknown = JSON.parse(`"${buttonOf(await type("bind --model best"))}"`);
  await click(String(payload));
  expect(inHost.requests).toHaveLength(1);
  expect(codex.of("thread/start")).toMatchObject([{ params: { model: "best" } }]);
  expect(payloads).toMatchObject([{ to: "user:U1", payload: question }]);
  expect(said).toEqual([{ text: expect.stringMatching(/^Press the button/), blocks: [] }]);
});

test("the button begins the thread on the server that was named, and there is none for a server that there is not", async () => {
  const { type, click, host } = await onSlack();
  host.pluginConfig = { servers: { north: {} } };
  expect((await type("bind --on nrth")).text).toMatch(/^There is no Codex server `nrth`\./);
  const payload: unknown = JSON.parse(`"${buttonOf(await type("bind --on north"))}"`);
  await click(String(payload));
  expect(clientSource.requests.map(({ startOptions }) => startOptions.server)).toEqual(["north"]);
});

test("a second button in a chat that is bound by now leaves the chat's thread as it is", async () => {
  const { click, chat, inHost, said, codex } = await onSlack();
  await chat.bind();
  inHost.bind(chat.data);
  await click("[]");
  expect(said).toEqual([
    { text: "This chat is bound to Codex already." },
    { text: expect.stringMatching(/^Press the button/), blocks: [] },
  ]);
  expect(codex.of("thread/start")).toEqual([]);
  expect(await chat.binding()).toMatchObject({ threadId: "thread-1" });
});

test.each(["", "{}", "[7]", "not json"])(
  "a button that is not ours binds nothing: %j",
  async (payload) => {
    const { click, inHost, payloads } = await onSlack();
    await click(payload);
    expect([inHost.requests, payloads]).toEqual([[], []]);
  },
);

test("what a button carries is checked like what is typed", async () => {
  const { click, inHost, codex } = await onSlack();
  await click(JSON.stringify(["../../etc", "--model", "a b"]));
  expect([inHost.requests, codex.calls]).toEqual([[], []]);
});

test("a command in a bound chat finds its session by OpenClaw's record, and a detach drops it", async () => {
  const { chat, type } = await onSlack();
  await chat.bind();
  hostBindings.hold(chat.data, "/any", { place: DIRECT });
  expect((await type("status")).text).toContain("thread-1");
  expect((await type("status", { to: "user:U2", from: "slack:U2" })).text).toMatch(/not bound/);
  expect((await type("detach")).text).toMatch(/detached/);
  expect(hostBindings.record(DIRECT)).toBeNull();
  expect((await type("status")).text).toMatch(/not bound/);
});

test("a slash command in a private chat, which names the person only, finds the session", async () => {
  const { chat, type } = await onSlack();
  await chat.bind();
  hostBindings.hold(chat.data, "/any", { place: DIRECT });
  expect((await type("status", { to: "slash:U1" })).text).toContain("thread-1");
});

test("a thread of a bound channel can be bound by itself, and its channel stays as it is", async () => {
  const { chat, type, codex } = await onSlack();
  await chat.bind();
  const inRoom = { from: "slack:channel:C1", to: "channel:C1" };
  hostBindings.hold(chat.data, "/any", { place: { ...DIRECT, conversationId: "C1" } });
  expect((await type("bind", { ...inRoom, messageThreadId: "1.2" })).text).toMatch(/^Press the/);
  expect(codex.of("thread/start")).toEqual([]);
  expect((await type("bind", inRoom)).text).toMatch(/^This chat is bound to a new Codex thread/);
});

test.each([
  { to: "channel:C1", from: "slack:channel:C1", parentConversationId: "C1" },
  { to: "user:U1", from: "slack:U1", parentConversationId: "user:U1" },
])(
  "a thread that is bound by itself is found with $to",
  async ({ parentConversationId, ...more }) => {
    const { chat, type } = await onSlack();
    await chat.bind();
    const place = { ...DIRECT, conversationId: "1.2", parentConversationId };
    hostBindings.hold(chat.data, "/any", { place });
    const inThread = { ...more, messageThreadId: "1.2" };
    expect((await type("status", inThread)).text).toContain("thread-1");
    expect((await type("status", more)).text).toMatch(/not bound/);
    expect((await type("detach", inThread)).text).toMatch(/detached/);
    expect(hostBindings.record(place)).toBeNull();
  },
);

test("a thread's own record comes first; one without is the channel's", async () => {
  const { chat, type } = await onSlack();
  await chat.bind();
  const room = { ...DIRECT, conversationId: "C1" };
  const inRoom = { from: "slack:channel:C1", to: "channel:C1", messageThreadId: "1.2" };
  hostBindings.hold(chat.data, "/any", { place: room });
  expect((await type("status", inRoom)).text).toContain("thread-1");
  hostBindings.hold(undefined, "/any", {
    place: { ...room, conversationId: "1.2", parentConversationId: "C1" },
    metadata: { pluginId: "another" },
  });
  expect((await type("status", inRoom)).text).toMatch(/not bound/);
});
