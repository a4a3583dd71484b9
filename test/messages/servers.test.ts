/** Several app-servers: a server that is away or gone holds up its own chats and no others. */
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { CodexLocalError } from "../../src/app-server/errors.js";
import { textInput } from "../../src/chat/turn-input.js";
import { writeGoalRun } from "../../src/messages/goal-store.js";
import { ConversationMessages } from "../../src/messages/messages.js";
import { turnsAheadOfPlace } from "../../src/thread/turn-places.js";
import type { Chat } from "../support/conversation/chat.js";
import { clientSource } from "../support/conversation/client-source.js";
import { conversation } from "../support/conversation/conversation.js";
import { quietChat, sendsText } from "../support/conversation/quiet-chat.js";
import { ScriptedCodex } from "../support/conversation/scripted-codex.js";
import { until } from "../support/conversation/settled.js";
import { Journal } from "../support/journal.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const AWAY = new CodexLocalError("COMMAND_NOT_FOUND", "there is no such command");

/** Chats on the default server, on north and on south, each with a Codex of its own behind it. */
async function threeServers(settings: Record<string, unknown> = {}, { northAnswers = true } = {}) {
  const { codex, chat: own, folder } = await conversation();
  const [north, south] = [new ScriptedCodex(), new ScriptedCodex()];
  clientSource.serveOn("north", north);
  clientSource.serveOn("south", south);
  const chats = { own, north: own.other("north"), south: own.other("south") };
  await chats.own.bind({ threadId: "thread-own", cwd: folder });
  await chats.north.bind({ threadId: "thread-north", cwd: folder, server: "north" });
  await chats.south.bind({ threadId: "thread-south", cwd: folder, server: "south" });
  north.stored.add("thread-north");
  south.stored.add("thread-south");
  for (const each of [codex, south, ...(northAnswers ? [north] : [])]) {
    each.repliesWith(({ prompt }) => `re: ${prompt}`);
  }
  const said = new Journal<string>("the chats", (text) => text);
  let pluginConfig: Record<string, unknown> = { servers: { north: {}, south: {} }, ...settings };
  const messages = new ConversationMessages({
    ...quietChat,
    sendNote: async () => ({ edit: async () => true }),
    sendMessage: sendsText(({ to }, text) => said.append(`${to}: ${text}`)),
    pluginConfig: () => pluginConfig,
    warn: () => {},
  });
  onTestFinished(() => messages.stop());
  const say = (chat: Chat, text: string): Promise<void> =>
    messages.accept({
      data: chat.data,
      input: [textInput(text)],
      address: { channel: "test", to: path.basename(chat.sessionFile) },
      messageId: text,
    });
  return {
    codex,
    north,
    south,
    chats,
    said,
    messages,
    say,
    configure: (settingsNow: Record<string, unknown>) => void (pluginConfig = settingsNow),
    hears: (text: string | RegExp): Promise<string> =>
      said.waitFor((entry) => (typeof text === "string" ? entry === text : text.test(entry))),
  };
}

test("each chat's turn runs on the Codex of its own server", async () => {
  const { codex, north, south, chats, say, hears } = await threeServers();
  await Promise.all([say(chats.own, "a"), say(chats.north, "b"), say(chats.south, "c")]);
  await Promise.all([hears("chat: re: a"), hears("north: re: b"), hears("south: re: c")]);
  const threads = [codex, north, south].map((each) => each.only("turn/start").params["threadId"]);
  expect(threads).toEqual(["thread-own", "thread-north", "thread-south"]);
});

describe("a server that is away", () => {
  test("holds up its own chats, which are told its name once, and the others go on", async () => {
    const { chats, north, say, hears, said } = await threeServers();
    clientSource.serveOn("north", AWAY);
    await say(chats.north, "first");
    await say(chats.north, "second");
    await hears(/^north: Codex on the server north cannot be reached: there is no such command/);
    await say(chats.own, "a");
    await say(chats.south, "c");
    await Promise.all([hears("chat: re: a"), hears("south: re: c")]);
    clientSource.serveOn("north", north);
    await say(chats.north, "third");
    await hears("north: re: third");
    const ofNorth = said.entries.filter((text) => text.startsWith("north: "));
    expect(ofNorth.slice(1)).toEqual(["north: re: first", "north: re: second", "north: re: third"]);
  });

  test("keeps no goal of another server from continuing after a start of the gateway", async () => {
    const { chats, south, messages } = await threeServers();
    clientSource.serveOn("north", AWAY);
    const run = { objective: "All tests pass", turns: 1, held: true };
    await writeGoalRun(chats.north.sessionFile, { ...run, threadId: "thread-north" });
    await writeGoalRun(chats.south.sessionFile, { ...run, threadId: "thread-south" });
    south.answer("thread/goal/get", () => ({ goal: null }));
    await messages.recover(path.dirname(chats.own.sessionFile));
    expect((await south.called("thread/goal/get")).params).toEqual({ threadId: "thread-south" });
  });
});

describe("a server that has left the settings", () => {
  test("ends its chats' messages with that, starts nothing elsewhere, and has them again when it is back", async () => {
    const { codex, north, south, chats, say, hears, configure } = await threeServers();
    configure({ servers: { south: {} } });
    await say(chats.north, "anyone?");
    const told = await hears(/^north: Codex app-server turn failed: /);
    expect(told).toContain("`north`, which is no longer in the settings");
    expect(told).toContain("`/codexchat new --on NAME`");
    await say(chats.south, "c");
    await hears("south: re: c");
    expect([codex, north].flatMap((each) => each.calls)).toEqual([]);
    expect(south.of("thread/resume")).toHaveLength(1);
    configure({ servers: { north: {}, south: {} } });
    await say(chats.north, "again");
    await hears("north: re: again");
  });
});

test("the turns that may run at once are counted for each server", async () => {
  const servers = { north: { maxRunningTurns: 1, command: "n" }, south: { command: "s" } };
  const { north, chats, say, hears } = await threeServers({ servers }, { northAnswers: false });
  const busy = chats.north.other("busy");
  const { cwd = "" } = (await chats.north.binding()) ?? {};
  await busy.bind({ threadId: "thread-busy", cwd, server: "north" });
  north.stored.add("thread-busy");
  await say(busy, "work");
  const running = await north.turn(1);
  await say(chats.north, "b");
  await until(() => turnsAheadOfPlace(chats.north.sessionFile) !== undefined);
  await say(chats.south, "c");
  await hears("south: re: c");
  expect(north.turns).toHaveLength(1);
  running.reply("Worked.");
  (await north.turn(2)).reply("Yours.");
  await hears("north: Yours.");
});
