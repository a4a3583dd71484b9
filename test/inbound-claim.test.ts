import { mkdir, rename, stat } from "node:fs/promises";
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { PluginHookInboundClaimEvent } from "openclaw/plugin-sdk/plugin-entry";
import { writePrivateFile } from "../src/host/private-files.js";
import { readBoundConversation } from "../src/host/bound-conversation.js";
import { takeBackDetach, wasDetached } from "../src/host/detach.js";
import { claimInboundMessage } from "../src/inbound-claim.js";
import { mediaWords } from "../src/words/media-words.js";
import { inUsedFolder } from "../src/host/session-place.js";
import { openQuestions } from "../src/questions/board.js";
import { turnWords } from "../src/words/turn-words.js";
import { hostBinding, message } from "./support/conversation/chat.js";
import { clientSource } from "./support/conversation/client-source.js";
import { conversation } from "./support/conversation/conversation.js";
import { opened } from "./support/conversation/questions.js";
import { hostBindings, TELEGRAM } from "./support/conversation/host-bindings.js";
import { ScriptedHost } from "./support/conversation/host.js";
import { settled, until } from "./support/conversation/settled.js";
import { messagesThrough } from "./support/conversation/messages.js";

vi.mock(
  "../src/app-server/shared-client.js",
  () => import("./support/conversation/shared-client.js"),
);
vi.mock("../src/host/session-place.js", { spy: true });
vi.mock(
  "openclaw/plugin-sdk/conversation-runtime",
  () => import("./support/conversation/host-bindings.js"),
);

/** A bound chat whose messages the host hands to the hook. */
async function hooked() {
  const { codex, chat, folder } = await conversation();
  const host = new ScriptedHost(folder);
  const messages = messagesThrough(host);
  await chat.bind();
  const claim = (
    content: string,
    more: Partial<PluginHookInboundClaimEvent> = {},
  ): ReturnType<typeof claimInboundMessage> =>
    claimInboundMessage(
      host.api,
      messages,
      message(content, { metadata: { originatingTo: "telegram:7" }, ...more }),
      { channelId: "telegram", pluginBinding: hostBinding(chat.data) },
    );
  return { codex, chat, host, messages, claim };
}

/** The same after a detach that the host did not store. */
async function detached() {
  const all = await hooked();
  const mark = JSON.stringify({
    channel: "telegram",
    accountId: "default",
    conversationId: "telegram:7",
  });
  await writePrivateFile(`${all.chat.sessionFile}.detached`, mark);
  expect(await wasDetached(all.chat.sessionFile)).toBe(true);
  return all;
}

test("a conversation that is not ours is left alone", async () => {
  const { host, messages } = await hooked();
  const ctx = { channelId: "telegram", pluginBinding: hostBinding({ kind: "another" }) };
  expect(await claimInboundMessage(host.api, messages, message("hi"), ctx)).toBeUndefined();
  expect(
    await claimInboundMessage(host.api, messages, message("hi"), { channelId: "telegram" }),
  ).toBeUndefined();
});

test("an answer of Codex's that a channel brings back as a message starts no turn", async () => {
  const { codex, host, claim } = await hooked();
  host.channels.set("irc", {});
  const inRoom = { channel: "irc", metadata: { originatingTo: "#room" } };
  await claim("hello", { ...inRoom, messageId: "1" });
  (await codex.turn()).reply("Hello to you, too.");
  await host.delivered();
  expect(await claim("Hello to you, too.", { ...inRoom, messageId: "2" })).toEqual({
    handled: true,
  });
  await claim("and again", { ...inRoom, messageId: "3" });
  expect((await codex.turn(2)).prompt).toContain("and again");
});

describe("a plain message while Codex asks", () => {
  test("is the answer if it is one, and no turn of its own", async () => {
    const { codex, chat, claim } = await hooked();
    const { ended } = opened(chat.sessionFile);
    expect(await claim("Yes")).toEqual({ handled: true, reply: { text: "➡️ Allowed once." } });
    expect(await ended).toMatchObject({ by: "choice", choice: { id: "once" } });
    expect(codex.turns).toEqual([]);
  });

  test("is a message if it says more, or if the sender may not command", async () => {
    const { codex, chat, claim } = await hooked();
    const question = opened(chat.sessionFile);
    await claim("yes", { commandAuthorized: false });
    await claim("yes, but keep the tests");
    await codex.turn();
    expect(openQuestions(chat.sessionFile)).toMatchObject([{ id: question.id }]);
  });

  type More = Partial<PluginHookInboundClaimEvent>;
  const toAnn: More = { isGroup: true, replyToBody: "Lunch?", replyToSender: "Ann" };
  const forwarded: More = { body: "[Forwarded from Ann at 2026-11-22T10:00:00Z]\nyes" };
  const captioned: More = { media: [{ path: "/in/a.pdf", kind: "document" }] };
  const spoken: More = { media: [{ path: "/in/a.ogg", kind: "audio" }] };

  test.each([
    { what: "is the caption of a file", more: captioned },
    { what: "is forwarded", more: forwarded },
    { what: "replies to another person in a group", more: toAnn },
  ])("is a message if it $what", async ({ more }) => {
    const { codex, chat, claim } = await hooked();
    const question = opened(chat.sessionFile);
    await claim("yes", more);
    await codex.turn();
    expect(openQuestions(chat.sessionFile)).toMatchObject([{ id: question.id }]);
  });

  test.each([
    { what: "replies to the bot in a group", more: { ...toAnn, replyToSender: "Loopback (you)" } },
    { what: "replies to something in a private chat", more: { ...toAnn, isGroup: false } },
    { what: "was spoken", more: spoken },
  ])("is the answer if it $what", async ({ more }) => {
    const { chat, claim } = await hooked();
    const { ended } = opened(chat.sessionFile);
    await claim("yes", more);
    expect(await ended).toMatchObject({ by: "choice", choice: { id: "once" } });
  });
});

describe("where the channel can be written to", () => {
  test("the claim ends at once, and the reply follows on its own", async () => {
    const { codex, host, claim } = await hooked();
    expect(await claim("hi", { threadId: 55 })).toEqual({ handled: true });
    expect(host.sent).toEqual([]);
    (await codex.turn()).reply("Hello.");
    await host.delivered();
    expect(host.sent).toMatchObject([
      { to: "telegram:7", text: "Hello.", accountId: "default", threadId: 55 },
    ]);
  });

  test("messages are answered in order, each once", async () => {
    const { codex, host, claim } = await hooked();
    codex.repliesWith((turn) => `re: ${turn.prompt}`);
    // The host hands on a chat's next message once the claim of the one before has ended.
    await claim("1");
    await claim("2");
    await claim("3");
    await host.delivered(3);
    await settled();
    expect(host.sent.map(({ text }) => text)).toEqual(["re: 1", "re: 2", "re: 3"]);
  });

  test("messages claimed at once keep their order, though the first one's claim is slower", async () => {
    const { codex, chat, host, claim } = await hooked();
    codex.repliesWith((turn) => `re: ${turn.prompt}`);
    const { outbound } = host.api.runtime.channel;
    const load = outbound.loadAdapter;
    const slow = Promise.withResolvers<void>();
    vi.spyOn(outbound, "loadAdapter").mockImplementationOnce(async (id) => {
      await slow.promise;
      return load(id);
    });
    const claims = [claim("1"), claim("2"), claim("3")];
    // Time enough for the later ones to pass, which look at one file each, if they could.
    for (let look = 0; look < 50; look += 1) await stat(chat.sessionFile).catch(() => undefined);
    slow.resolve();
    await Promise.all(claims);
    await host.delivered(3);
    expect(host.sent.map(({ text }) => text)).toEqual(["re: 1", "re: 2", "re: 3"]);
  });

  test("messages keep their order, though it takes the first one longer to find its session", async () => {
    const { codex, host, claim } = await hooked();
    codex.repliesWith((turn) => `re: ${turn.prompt}`);
    const slow = Promise.withResolvers<void>();
    const { state } = host.api.runtime;
    vi.mocked(inUsedFolder).mockImplementationOnce(async (_host, data) => {
      await slow.promise;
      return data;
    });
    const claims = [claim("1"), claim("2"), claim("3")];
    for (let look = 0; look < 50; look += 1)
      await stat(state.resolveStateDir()).catch(() => undefined);
    slow.resolve();
    await Promise.all(claims);
    await host.delivered(3);
    expect(host.sent.map(({ text }) => text)).toEqual(["re: 1", "re: 2", "re: 3"]);
  });

  test("a message with nothing that Codex can take is answered at once, unless the chat was detached", async () => {
    const { chat, host, claim } = await hooked();
    const voice = { media: [{ path: "/media/voice.ogg", kind: "audio" as const }] };
    expect(await claim("", voice)).toEqual({
      handled: true,
      reply: { text: mediaWords.soundNeedsTranscript },
    });
    await writePrivateFile(`${chat.sessionFile}.detached`, "{}");
    expect(await claim("", voice)).toMatchObject({
      reply: { text: expect.stringMatching(/detached/) },
    });
    expect(host.sent).toEqual([]);
  });

  test("a failure is a reply too", async () => {
    const { codex, host, claim } = await hooked();
    await claim("hi");
    (await codex.turn()).fail("no luck");
    await host.delivered();
    expect(host.sent).toMatchObject([{ text: "Codex app-server turn failed: no luck" }]);
  });

  test("a sender without leave gets no answer at all", async () => {
    const { host, claim } = await hooked();
    expect(await claim("hi", { commandAuthorized: false })).toEqual({ handled: true });
    await settled();
    expect(host.sent).toEqual([]);
    expect(clientSource.requests).toEqual([]);
  });

  test("an anonymous admin of a Telegram group hears why nothing comes, once an hour", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const { codex, claim } = await hooked();
    const admin = { commandAuthorized: false, isGroup: true, senderId: "1087968824" };
    const told = { handled: true, reply: { text: turnWords.anonymousAdmin } };
    expect(await claim("hi", admin)).toEqual(told);
    expect(await claim("hi?", admin)).toEqual({ handled: true });
    expect(await claim("hi", { ...admin, senderId: "42" })).toEqual({ handled: true });
    vi.advanceTimersByTime(3_600_000);
    expect(await claim("hi", admin)).toEqual(told);
    expect(codex.turns).toEqual([]);
  });

  test("settings are read as they stand now", async () => {
    const { codex, host, claim } = await hooked();
    codex.repliesWith(() => "Hello.");
    await claim("one");
    await host.delivered(1);
    host.pluginConfig = { appServer: { mode: "yolo" } };
    await claim("two");
    await host.delivered(2);
    expect(codex.of("turn/start").map(({ params }) => params.approvalPolicy)).toEqual([
      "on-request",
      "never",
    ]);
  });
});

describe("a message with a mention before it", () => {
  const inGroup = { isGroup: true, wasMentioned: true };

  test.each([
    "@bot /codexchat status",
    "  @bot, /CodexChat@bot   status",
    "<@U1> /codexchat status",
  ])("that is a command is carried out: %s", async (text) => {
    const { codex, claim } = await hooked();
    const answer = await claim(text, inGroup);
    expect(answer?.reply?.text).toContain("Codex thread: thread-1");
    expect(codex.turns).toEqual([]);
  });

  test("that stops the turn does not wait for the messages before it", async () => {
    const { codex, host, claim } = await hooked();
    await claim("go", inGroup);
    const turn = await codex.turn();
    const answer = await claim("@bot /codexchat stop", inGroup);
    expect(answer?.reply?.text).toBe("Codex stop requested.");
    await codex.called("turn/interrupt");
    turn.end({ status: "interrupted" });
    await host.delivered();
    expect(codex.turns).toHaveLength(1);
  });

  test.each(["detach", "unbind"])(
    "that is %s frees the chat, where OpenClaw takes no command of its own",
    async (name) => {
      const { chat, host, claim } = await hooked();
      hostBindings.hold(chat.data, "/plugins/codex-conversation");
      const answer = await claim(`@bot /codexchat ${name}`, inGroup);
      expect(answer?.reply?.text).toMatch(/^This chat is detached/);
      expect(hostBindings.record()).toBeNull();
      expect(await chat.binding()).toBeUndefined();
      expect(await wasDetached(chat.sessionFile)).toBe(true);
      expect(host.warnings).toEqual([]);
    },
  );

  test("that is bind gives the chat a new thread, as it is bound already", async () => {
    const { chat, claim } = await hooked();
    const before = await chat.binding();
    const answer = await claim("@bot /codexchat bind", inGroup);
    expect(answer?.reply?.text).toMatch(/^This chat is bound to a new Codex thread/);
    expect((await chat.binding())?.threadId).not.toBe(before?.threadId);
  });

  test("that is of use in other chats only says how to send it", async () => {
    const { claim } = await hooked();
    const answer = await claim("@bot /codexchat allow", inGroup);
    expect(answer?.reply?.text).toMatch(/allow.* without the mention before it\.$/);
  });

  test("that is another bot's command is neither carried out nor a prompt", async () => {
    const { codex, claim } = await hooked();
    const more = { isGroup: true, wasMentioned: false };
    expect(await claim("@other_bot /codexchat stop", more)).toEqual({ handled: true });
    expect(codex.turns).toEqual([]);
  });

  test("that only speaks of the command is for Codex", async () => {
    const { codex, claim } = await hooked();
    await claim("@bot what does /codexchat stop do?", inGroup);
    expect((await codex.turn()).prompt).toBe("@bot what does /codexchat stop do?");
  });

  test("is carried out for those alone who may", async () => {
    const { codex, claim } = await hooked();
    await claim("go");
    await codex.turn();
    const answer = await claim("@bot /codexchat stop", { ...inGroup, commandAuthorized: false });
    expect(answer).toEqual({ handled: true });
    await settled();
    expect(codex.of("turn/interrupt")).toEqual([]);
  });
});

describe("a message that is a word to stop, where OpenClaw hands it on", () => {
  test.each(["stop", "Halt!", "@bot stop", "/abort", "/cancel"])(
    "stops the turn: %s",
    async (text) => {
      const { codex, claim } = await hooked();
      await claim("go");
      await codex.turn();
      const answer = await claim(text);
      expect(answer?.reply?.text).toBe("Codex stop requested.");
      await codex.called("turn/interrupt");
      expect(codex.turns).toHaveLength(1);
    },
  );

  test("is no prompt where nothing runs", async () => {
    const { codex, claim } = await hooked();
    expect((await claim("stop"))?.reply?.text).toBe("No active Codex run to stop.");
    expect(codex.turns).toEqual([]);
  });
});

describe("the claim is held, and the reply its result", () => {
  test("where the channel has no adapter, or one that cannot send", async () => {
    const { codex, host, claim } = await hooked();
    codex.repliesWith((turn) => `re: ${turn.prompt}`);
    host.channels.set("telegram", { writable: false });
    expect(await claim("1")).toEqual({ handled: true, reply: { text: "re: 1" } });
    host.channels.delete("telegram");
    expect(await claim("2")).toEqual({ handled: true, reply: { text: "re: 2" } });
    expect(host.sent).toEqual([]);
  });

  test("where the host names no recipient", async () => {
    const { codex, host, claim } = await hooked();
    codex.repliesWith(() => "Hello.");
    expect(await claim("hi", { metadata: {} })).toEqual({
      handled: true,
      reply: { text: "Hello." },
    });
    expect(host.sent).toEqual([]);
  });
});

describe("a chat that was detached, though the host does not know it", () => {
  test("is told so, and Codex hears nothing", async () => {
    const { host, claim } = await detached();
    const result = await claim("hi");
    const told = [result?.reply?.text, ...host.sent.map(({ text }) => text)].filter(Boolean);
    expect(result).toMatchObject({ handled: true });
    expect(told).toEqual([expect.stringMatching(/detached.*\/codexchat bind/)]);
    expect(clientSource.requests).toEqual([]);
  });

  test("says nothing to a sender without leave", async () => {
    const { host, claim } = await detached();
    expect(await claim("hi", { commandAuthorized: false })).toEqual({ handled: true });
    expect(host.sent).toEqual([]);
  });

  test("answers again once it was bound again", async () => {
    const { codex, chat, host, claim } = await detached();
    await takeBackDetach(host.api, chat.sessionFile);
    codex.repliesWith(() => "Hello.");
    await claim("hi");
    await host.delivered();
    expect(host.sent).toMatchObject([{ text: "Hello." }]);
  });
});

describe("a chat that was bound before", () => {
  test("has its session found where the state folder lies now, and its record set right", async () => {
    const { codex, chat, host, messages } = await hooked();
    // A turn looks for its folder once the chat is noted, which the message does not wait for.
    await chat.bind({ cwd: host.stateDir });
    const folder = path.join(host.stateDir, "codex-conversation", "conversations");
    await mkdir(folder, { recursive: true });
    // Of a chat that OpenClaw knows the folder has to be there.
    await chat.bind({ cwd: folder });
    const suffix = ".codex-app-server.json";
    await rename(chat.sessionFile + suffix, path.join(folder, `chat${suffix}`));
    hostBindings.hold(chat.data, "/plugins/generation-1");
    const event = message("hi", { metadata: { originatingTo: "telegram:7" } });
    const api = { ...host.api, rootDir: "/plugins/generation-2" };
    await claimInboundMessage(api, messages, event, {
      channelId: "telegram",
      pluginBinding: hostBinding(chat.data),
    });
    (await codex.turn()).reply("Hello.");
    await host.delivered();
    const sessionFile = path.join(folder, "chat");
    await until(async () => (await readBoundConversation(sessionFile)) !== undefined);
    expect(await readBoundConversation(sessionFile)).toEqual({
      conversation: TELEGRAM,
      address: { channel: "telegram", to: "telegram:7", accountId: "default" },
    });
    expect(hostBindings.record()?.metadata).toMatchObject({
      pluginRoot: "/plugins/generation-2",
      data: { sessionFile },
    });
  });
});
