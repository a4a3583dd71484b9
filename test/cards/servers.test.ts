/** Where there are several app-servers, cards and lists offer a choice of them. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { readCodexAppServerBinding } from "../../src/thread/thread-binding.js";
import { clientSource } from "../support/conversation/client-source.js";
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

const SERVERS = { servers: { north: {}, south: {} } };

const asked = (): (string | undefined)[] =>
  clientSource.requests.map(({ startOptions }) => startOptions.server);

async function bound() {
  const all = await boundCommands({ server: "north" });
  all.host.pluginConfig = SERVERS;
  all.codex.answer("thread/list", () => ({
    data: [{ id: "t9", name: "Whale work", preview: "", cwd: all.folder, updatedAt: 0 }],
    nextCursor: null,
  }));
  return { ...all, ...cardChat(all, gateway) };
}

describe("a bound chat's card", () => {
  test("names its server, and leads to a new thread on another one", async () => {
    const { show, edits, folder, chat, sent } = await bound();
    const card = await show();
    expect(card.text).toMatch(/^Server: north$/m);
    await card.press("New thread");
    await edits().at(-1)!.press("Other servers");
    expect(edits().at(-1)!.rows).toEqual([
      ["default"],
      ["north (this chat)"],
      ["south"],
      ["‹ Back"],
    ]);
    await edits().at(-1)!.press("south");
    const folders = edits().at(-1)!;
    expect(folders.rows.flat()).toContain("Its usual folder");
    const name = folders.rows.flat().find((label) => folder.endsWith(label)) ?? "";
    await folders.press(name);
    expect(await readCodexAppServerBinding(chat.sessionFile)).toMatchObject({ server: "south" });
    expect(sent().at(-1)?.text).toMatch(/^Server: south$/m);
  });

  test("leads to the threads of another one, which continue there", async () => {
    const { show, edits, chat, codex } = await bound();
    codex.stored.add("t9");
    await (await show()).press("Threads");
    await edits().at(-1)!.press("Other servers");
    await edits().at(-1)!.press("south");
    expect(asked().at(-1)).toBe("south");
    await edits().at(-1)!.press("1. Whale work");
    expect(await readCodexAppServerBinding(chat.sessionFile)).toMatchObject({
      threadId: "t9",
      server: "south",
    });
  });

  test("offers no servers where there is only one", async () => {
    const { show, edits, host } = await bound();
    host.pluginConfig = { servers: {} };
    await (await show()).press("Threads").catch(() => undefined);
    for (const { rows } of edits()) expect(rows.flat()).not.toContain("Other servers");
  });
});

describe("a chat that is not bound", () => {
  test("chooses a server first, then a folder", async () => {
    const all = await commands();
    all.host.pluginConfig = SERVERS;
    const { show, edits } = cardChat(all, gateway);
    await (await show()).press("Choose a folder");
    expect(edits().at(-1)!.rows.flat()).toEqual(["default", "north", "south", "‹ Back"]);
    await edits().at(-1)!.press("north");
    await edits().at(-1)!.press("Its usual folder");
    expect(all.inHost.requests.at(-1)?.summary).toContain(" on the server north. ");
  });

  test("without buttons names it by its number", async () => {
    const all = await commands();
    all.host.pluginConfig = SERVERS;
    all.host.channelConfig = { telegram: { capabilities: { inlineButtons: "off" } } };
    const on = { senderId: "7" };
    const first = await all.say("", on);
    const folders = /^(\d+) +Choose a folder$/m.exec(first)?.[1] ?? "";
    const listed = await all.say(folders, on);
    expect(listed).toMatch(/^On which Codex server\?/);
    const south = /^(\d+) +south$/m.exec(listed)?.[1] ?? "";
    const last = await all.say(south, on);
    const usual = /^(\d+) +Its usual folder$/m.exec(last)?.[1] ?? "";
    await all.say(usual, on);
    expect(all.inHost.requests.at(-1)?.summary).toContain(" on the server south. ");
  });
});
