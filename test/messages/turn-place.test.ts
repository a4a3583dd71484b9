/** Messages that wait for a place among the turns that may run at once: told, dropped, stopped, and run in their time. */
import { expect, test, vi } from "vitest";
import type { Chat } from "../support/conversation/chat.js";
import { boundCommands } from "../support/conversation/commands.js";
import { until } from "../support/conversation/settled.js";
import { turnsAheadOfPlace } from "../../src/thread/turn-places.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const NEEDS_ONE = { pluginConfig: { appServer: { maxRunningTurns: 1 } } };
const WAITS =
  "Waiting for a free place: 1 turn is running in all chats, as many as may run at once.";

/** A chat whose messages wait, since another one's turn has the only place. */
async function crowded(...messages: string[]) {
  const all = await boundCommands();
  const busy: Chat = all.chat.other("busy");
  await busy.bind({ threadId: "thread-2" });
  const running = busy.say("running", NEEDS_ONE);
  const turn = await all.codex.turn();
  const replies = messages.map((text) => all.chat.say(text, NEEDS_ONE));
  await until(() => turnsAheadOfPlace(all.chat.sessionFile) !== undefined);
  return { ...all, replies, running, turn };
}

test("a message has its turn once another chat's is over", async () => {
  const { codex, replies, running, turn } = await crowded("mine");
  expect(codex.turns).toHaveLength(1);
  turn.reply("Done.");
  expect(await running).toBe("Done.");
  (await codex.turn(2)).reply("Yours.");
  expect(await replies[0]).toBe("Yours.");
});

test("the queue and the status say what it waits for", async () => {
  const { codex, say, replies, running, turn } = await crowded("mine", "and mine");
  const queue = await say("queue");
  expect(queue.split("\n").slice(0, 4)).toEqual([
    "2 messages waiting:",
    WAITS,
    "1. mine",
    "2. and mine",
  ]);
  expect(await say("status")).toContain(`\n${WAITS}\n`);
  codex.repliesWith(() => "Done.");
  turn.reply("Done.");
  await Promise.all([running, ...replies]);
  expect(await say("status")).toContain("\nNo turn is running.\n");
});

test("it can be dropped", async () => {
  const { codex, say, replies, running, turn } = await crowded("mine");
  expect(await say("queue drop 1")).toBe("Dropped from the queue, so Codex did not get it: “mine”");
  expect(await replies[0]).toBeUndefined();
  turn.reply("Done.");
  await running;
  expect(codex.turns).toHaveLength(1);
});

test("it can be stopped", async () => {
  const { codex, say, replies, running, turn } = await crowded("mine");
  await say("stop");
  expect(await replies[0]).toBe("Codex was stopped before it started on this message.");
  turn.reply("Done.");
  await running;
  expect(codex.turns).toHaveLength(1);
});

test("it cannot be given to another chat's turn, and keeps its place", async () => {
  const { codex, say, replies, running, turn } = await crowded("mine");
  await say("steer");
  expect(codex.of("turn/steer")).toEqual([]);
  turn.reply("Done.");
  await running;
  (await codex.turn(2)).reply("Yours.");
  expect(await replies[0]).toBe("Yours.");
});

test("a turn that fails gives its place back", async () => {
  const { codex, replies, running, turn } = await crowded("mine");
  turn.fail("no more tokens");
  await running;
  (await codex.turn(2)).reply("Yours.");
  expect(await replies[0]).toBe("Yours.");
});

test("without the setting many chats have their turns at once", async () => {
  const { codex, chat } = await boundCommands();
  const replies = Array.from({ length: 20 }, async (_, number) => {
    const other = chat.other(`chat ${number}`);
    await other.bind({ threadId: `thread of ${number}` });
    return other.say("hi");
  });
  await codex.turn(20);
  for (const each of codex.turns) each.reply("Done.");
  expect(new Set(await Promise.all(replies))).toEqual(new Set(["Done."]));
});
