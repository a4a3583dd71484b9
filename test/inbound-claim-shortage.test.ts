/** A message that comes while the machine allows no more open files. */
import path from "node:path";
import { symlink } from "node:fs/promises";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import type * as privateFiles from "../src/host/private-files.js";
import { claimInboundMessage } from "../src/inbound-claim.js";
import { turnWords } from "../src/words/turn-words.js";
import { hostBinding, message } from "./support/conversation/chat.js";
import { conversation } from "./support/conversation/conversation.js";
import { ScriptedHost } from "./support/conversation/host.js";
import { textInput } from "../src/chat/turn-input.js";
import { ConversationInbox } from "../src/messages/inbox.js";
import { newMessage } from "../src/messages/incoming-message.js";
import { messagesThrough } from "./support/conversation/messages.js";
import { settled } from "./support/conversation/settled.js";

const files = vi.hoisted(() => ({ left: true, refused: 0 }));

vi.mock(
  "../src/app-server/shared-client.js",
  () => import("./support/conversation/shared-client.js"),
);
vi.mock("../src/host/private-files.js", async (importOriginal) => {
  const original = await importOriginal<typeof privateFiles>();
  return {
    ...original,
    readPrivateFile: async (file: string) => {
      if (files.left) return original.readPrivateFile(file);
      files.refused += 1;
      throw Object.assign(new Error(`EMFILE: too many open files, open '${file}'`), {
        code: "EMFILE",
      });
    },
  };
});

beforeEach(() => {
  files.left = true;
  files.refused = 0;
});

async function bound() {
  const { codex, chat, folder } = await conversation();
  const host = new ScriptedHost(folder);
  const messages = messagesThrough(host);
  await chat.bind();
  codex.repliesWith(({ prompt }) => `re: ${prompt}`);
  const claim = (text: string): ReturnType<typeof claimInboundMessage> =>
    claimInboundMessage(
      host.api,
      messages,
      message(text, { metadata: { originatingTo: "telegram:7" } }),
      { channelId: "telegram", pluginBinding: hostBinding(chat.data) },
    );
  const mark = `${chat.sessionFile}.detached`;
  return { codex, chat, messages, host, claim, mark };
}

/** Waits by the clock pass at once; the disk works in real time. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) {
    vi.advanceTimersByTime(1000);
    await settled();
  }
}

function fakeClock(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
}

test("waits with its chat told, and runs once when they can be opened again", async () => {
  const { codex, host, claim } = await bound();
  fakeClock();
  files.left = false;
  expect(await claim("hello")).toEqual({ handled: true });
  await until(() => host.sent.length === 1);
  expect(host.sent[0]?.text).toMatch(/^Codex cannot be reached: .*chat's files.*EMFILE[^]*wait/);
  expect(codex.turns).toEqual([]);
  files.left = true;
  await until(() => host.sent.length === 2);
  expect(host.sent[1]?.text).toBe("re: hello");
  expect(codex.turns).toHaveLength(1);
});

test("that an earlier process left is taken up when it can be opened again, in this process", async () => {
  const { codex, chat, messages, host } = await bound();
  codex.answer("thread/turns/list", () => ({ data: [] }));
  const address = { channel: "telegram", to: "telegram:7" };
  const left = { data: chat.data, input: [textInput("hello")], address, messageId: "m1" };
  await new ConversationInbox(() => {}).accept(chat.sessionFile, "m1", newMessage("ours", left));
  fakeClock();
  files.left = false;
  await messages.recover(path.dirname(chat.sessionFile));
  files.left = true;
  vi.advanceTimersByTime(30_000);
  // The turn's own bounds stand still meanwhile.
  while (host.sent.length === 0) await settled();
  expect(host.sent[0]?.text).toBe("re: hello");
});

test("reaches no Codex from a chat that was detached, though a bind is asked for", async () => {
  const { codex, host, claim, mark } = await bound();
  const { writePrivateFile } = await import("../src/host/private-files.js");
  await writePrivateFile(mark, "{}\n");
  fakeClock();
  files.left = false;
  expect(await claim("hello")).toEqual({ handled: true });
  await until(() => files.refused > 3);
  files.left = true;
  await until(() => host.sent.length > 0);
  expect(host.sent.at(-1)?.text).toBe(turnWords.detachedMeanwhile);
  expect(codex.turns).toEqual([]);
});

test("is told in our own words where the mark of a detach cannot be read for good", async () => {
  const { codex, claim, mark } = await bound();
  await symlink("/etc/hostname", mark);
  expect(await claim("hello")).toEqual({
    handled: true,
    reply: { text: expect.stringMatching(/^Codex app-server turn failed: ELOOP/) },
  });
  expect(codex.turns).toEqual([]);
});
