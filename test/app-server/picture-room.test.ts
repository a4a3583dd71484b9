/** Pictures of many chats at once: Codex is given so many pixels at a time. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { pictureRoom } from "../../src/app-server/picture-room.js";
import type { CodexUserInput } from "../../src/app-server/protocol.js";
import { message } from "../support/conversation/chat.js";
import { conversation } from "../support/conversation/conversation.js";
import { refuse, ScriptedCodex } from "../support/conversation/scripted-codex.js";
import { settled, until } from "../support/conversation/settled.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

/** The beginning of a picture with so many megapixels. */
function pngOf(megapixels: number): Buffer {
  const head = Buffer.alloc(40);
  head.write("\u0089PNG\r\n\u001A\n", "latin1");
  head.writeUInt32BE(1000 * megapixels, 16);
  head.writeUInt32BE(1000, 20);
  return head;
}

const picture = (megapixels: number): CodexUserInput => ({
  type: "image",
  url: `data:image/png;base64,${pngOf(megapixels).toString("base64")}`,
});

/** Asks for room for these, thread after thread; `entered` lists who has it. */
function asking(codex: ScriptedCodex, ...inputs: CodexUserInput[][]) {
  const entered: number[] = [];
  const calledOff = new AbortController();
  const leaves = inputs.map(async (input, index) => {
    const leave = await pictureRoom(codex, `thread-${index}`, input, calledOff.signal);
    entered.push(index);
    return leave;
  });
  return { entered, leaves, calledOff };
}

/** Codex shows the person's message of that thread. */
function shows(codex: ScriptedCodex, index: number, type = "userMessage"): void {
  const params = { threadId: `thread-${index}`, turnId: "turn", item: { type, id: "item" } };
  codex.notify({ method: "item/started", params });
}

test("one large picture at a time, in order, each until Codex shows its message", async () => {
  const codex = new ScriptedCodex();
  const large = [picture(40)];
  const { entered } = asking(codex, large, large, large);
  await until(() => entered.length > 0);
  shows(codex, 0, "agentMessage");
  shows(codex, 1);
  await settled();
  expect(entered).toEqual([0]);
  shows(codex, 0);
  await until(() => entered.length > 1);
  shows(codex, 0);
  await settled();
  expect(entered).toEqual([0, 1]);
  shows(codex, 1);
  await until(() => entered.length > 2);
  shows(codex, 2);
  expect(codex.handlers).toBe(0);
});

test("several that have room together, and none past one that waits", async () => {
  const codex = new ScriptedCodex();
  const { entered } = asking(codex, [picture(12)], [picture(12)], [picture(30)], [picture(1)], []);
  await until(() => entered.length === 3);
  await settled();
  expect(new Set(entered)).toEqual(new Set([0, 1, 4]));
  shows(codex, 1);
  shows(codex, 0);
  await until(() => entered.length === 5);
});

test("an album counts as its largest, since Codex reads one after another", async () => {
  const codex = new ScriptedCodex();
  const { entered } = asking(codex, [picture(20), picture(20), picture(20)], [picture(20)]);
  await until(() => entered.length === 2);
  expect(entered).toEqual([0, 1]);
});

test.each(["the turn's end", "the connection's", "a minute", "a turn that does not start"])(
  "room is there again after %s",
  async (end) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const codex = new ScriptedCodex();
    const { entered, leaves } = asking(codex, [picture(40)], [picture(40)]);
    const leave = await leaves[0];
    expect(entered).toEqual([0]);
    const ends: Record<string, () => void> = {
      "the turn's end": () =>
        codex.notify({ method: "turn/completed", params: { threadId: "thread-0" } }),
      "the connection's": () => codex.close(new Error("it died")),
      "a minute": () => void vi.advanceTimersByTime(60_000),
      "a turn that does not start": () => leave?.(),
    };
    ends[end]?.();
    await until(() => entered.length === 2);
  },
);

test("one that is stopped waits no more, and takes no room from those behind", async () => {
  const codex = new ScriptedCodex();
  const first = asking(codex, [picture(40)]);
  await until(() => first.entered.length === 1);
  const stopped = asking(codex, [picture(40)]);
  await settled();
  const behind = asking(codex, [picture(40)]);
  stopped.calledOff.abort();
  await until(() => stopped.entered.length === 1);
  await settled();
  expect(behind.entered).toEqual([]);
  shows(codex, 0);
  await until(() => behind.entered.length === 1);
});

test("another Codex has room of its own", async () => {
  const first = asking(new ScriptedCodex(), [picture(40)]);
  const second = asking(new ScriptedCodex(), [picture(40)]);
  await until(() => first.entered.length + second.entered.length === 2);
  expect([first.entered, second.entered]).toEqual([[0], [0]]);
});

test("of two chats that send one each the second's turn begins when Codex has the first's", async () => {
  const { codex, chat } = await conversation();
  const file = path.join(await temporaryFolder(), "large.png");
  await writeFile(file, pngOf(40));
  const beside = chat.other("beside");
  await chat.bind();
  await beside.bind({ threadId: "thread-2" });
  const media = [{ path: file, contentType: "image/png" }];
  const first = chat.claim(message("one", { media }));
  const turn = await codex.turn(1);
  const second = beside.claim(message("two", { media }));
  await codex.called("thread/resume", 2);
  await settled();
  expect(codex.turns).toHaveLength(1);
  turn.notify("item/started", { turnId: turn.turnId, item: { type: "userMessage", id: "u" } });
  (await codex.turn(2)).reply("Two.");
  turn.reply("One.");
  expect(await Promise.all([first, second])).toMatchObject([
    { reply: { text: "One." } },
    { reply: { text: "Two." } },
  ]);
});

test("a turn that Codex refuses leaves its room to the next", async () => {
  const { codex, chat } = await conversation();
  const file = path.join(await temporaryFolder(), "large.png");
  await writeFile(file, pngOf(40));
  await chat.bind();
  codex.answerOnce("turn/start", refuse("input too large"));
  const media = [{ path: file, contentType: "image/png" }];
  await chat.claim(message("one", { media }));
  const second = chat.claim(message("two", { media }));
  (await codex.turn(1)).reply("Two.");
  expect(await second).toMatchObject({ reply: { text: "Two." } });
});
