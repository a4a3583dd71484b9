/** A channel that brings our own messages back must not have Codex answer itself. */
import { expect, test } from "vitest";
import { isEcho, noteSent } from "../../src/chat/echoes.js";
import { ScriptedHost } from "../support/conversation/host.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

const ANSWER = "The tests pass.\n\n- 12 of them took a second, and nothing else was changed.";
const room = { channel: "irc", to: "#room", accountId: "default" };

async function hears(text: string, address = room, now = 1000): Promise<boolean> {
  const { api } = new ScriptedHost(await temporaryFolder());
  return isEcho(api, address, text, now);
}

test("what was just sent comes back, whole, folded into one line or cut", async () => {
  noteSent(room, ANSWER, 1000);
  expect(await hears(ANSWER)).toBe(true);
  expect(await hears(ANSWER.replaceAll("\n", " "))).toBe(true);
  expect(await hears("- 12 of them took a second, and nothing else was changed.")).toBe(true);
});

test("what a person types is none: a short piece, another text, another chat, later", async () => {
  noteSent(room, ANSWER, 1000);
  expect(await hears("The tests pass.")).toBe(false);
  expect(await hears("Do the tests pass?")).toBe(false);
  expect(await hears(ANSWER, { ...room, to: "#other" })).toBe(false);
  expect(await hears(ANSWER, room, 62_000)).toBe(false);
});

test("on a channel that knows its own messages a person may repeat what Codex said", async () => {
  const chat = { channel: "telegram", to: "telegram:7", accountId: "default" };
  noteSent(chat, "yes", 1000);
  expect(await hears("yes", chat)).toBe(false);
});
