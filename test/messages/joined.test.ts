/** A message that belongs to the one before it, while something else happens on the thread. */
import { randomUUID } from "node:crypto";
import { expect, test, vi } from "vitest";
import { textInput } from "../../src/chat/turn-input.js";
import {
  readCodexConversationActiveTurn,
  stopCodexConversationTurn,
} from "../../src/messages/control.js";
import { holdLine, releaseLine } from "../../src/messages/line-hold.js";
import { dropConversationTurn, waitingConversationTurns } from "../../src/messages/queue.js";
import { boundChat } from "../support/conversation/bound-chat.js";
import { settled, until } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

async function chatOfSeveral(settings: Record<string, unknown> = {}) {
  const all = await boundChat(settings);
  const { chat, messages } = all;
  /** Returns the message's id. */
  const say = async (text: string, follows?: string): Promise<string> => {
    const id = randomUUID();
    await messages.accept({
      data: chat.data,
      input: [textInput(text)],
      address: { channel: "test", to: "test:7" },
      messageId: undefined,
      id,
      follows,
    });
    return id;
  };
  const runs = async (turnId: string): Promise<void> => {
    await until(() => readCodexConversationActiveTurn(chat.sessionFile)?.turnId === turnId);
  };
  /** Settles once so many messages wait, and would have been given to the turn that runs. */
  const wait = async (count: number): Promise<void> => {
    await until(() => waitingConversationTurns(chat.sessionFile).length === count);
    for (let round = 0; round < 500; round += 1) await settled();
  };
  return { ...all, say, runs, wait };
}

test("it has its own turn if that one is answered, and a goal's turn runs by now", async () => {
  const { codex, say, wait, sent, tellGoal, begins } = await chatOfSeveral();
  const first = await say("Are the tests fine?");
  (await codex.turn(2)).reply("They are.");
  await sent.waitFor((text) => text === "They are.");
  tellGoal("active");
  const goalTurn = await begins("goal-turn-1");
  await say("And the docs?", first);
  await wait(1);
  goalTurn.reply("Step 1.");
  (await codex.turn(3)).reply("The docs are fine.");
  await sent.waitFor((text) => text === "The docs are fine.");
  expect(codex.of("turn/steer")).toEqual([]);
});

test("it has its own turn if a person has stopped that one's", async () => {
  const { codex, chat, say, wait, sent } = await chatOfSeveral();
  const first = await say("Delete the docs.");
  const turn = await codex.turn(2);
  await until(() => waitingConversationTurns(chat.sessionFile).length === 0);
  const stop = stopCodexConversationTurn({ sessionFile: chat.sessionFile });
  await codex.called("turn/interrupt");
  await say("I mean the old ones.", first);
  await wait(1);
  turn.end({ status: "interrupted" });
  await stop;
  const own = await codex.turn(3);
  own.reply("Deleted.");
  await sent.waitFor((text) => text === "Deleted.");
  expect(codex.of("turn/steer")).toEqual([]);
});

test("it goes into no other message's turn if that one is dropped", async () => {
  const { codex, chat, say, wait, sent } = await chatOfSeveral();
  await say("Run the tests.");
  const running = await codex.turn(2);
  await say("Run the linter.");
  const dropped = await say("Delete the docs.");
  await say("I mean the old ones.", dropped);
  await wait(3);
  const number = waitingConversationTurns(chat.sessionFile)[1]?.number ?? 0;
  expect(dropConversationTurn(chat.sessionFile, number)?.label).toBe("Delete the docs.");
  running.reply("They pass.");
  const linter = await codex.turn(3);
  await wait(1);
  linter.reply("No warnings.");
  (await codex.turn(4)).reply("Which ones?");
  await sent.waitFor((text) => text === "Which ones?");
  expect(codex.of("turn/steer")).toEqual([]);
});

test.each(["queue", "steer"])(
  "it has a turn on the chat's new thread if that one's runs on the old one, with whileRunning: %s",
  async (whileRunning) => {
    const { codex, chat, cwd, say, runs, wait, sent } = await chatOfSeveral({
      turn: { whileRunning },
    });
    const first = await say("Run the tests.");
    const turn = await codex.turn(2);
    await runs(turn.turnId);
    await chat.bind({ threadId: "thread-new", cwd });
    await say("Write a poem.", first);
    await wait(1);
    turn.reply("They pass.");
    const poem = await codex.turn(3);
    expect(poem.threadId).toBe("thread-new");
    poem.reply("Roses are red.");
    await sent.waitFor((text) => text === "Roses are red.");
    expect(codex.of("turn/steer")).toEqual([]);
  },
);

test("it waits while the chat's line is on hold, and goes into that one's turn afterwards", async () => {
  const { codex, chat, say, wait, sent } = await chatOfSeveral();
  await say("Run the tests.");
  const running = await codex.turn(2);
  holdLine(chat.sessionFile, "person");
  const held = await say("Delete the docs.");
  await say("I mean the old ones.", held);
  await wait(2);
  running.reply("They pass.");
  await sent.waitFor((text) => text === "They pass.");
  await wait(2);
  releaseLine(chat.sessionFile);
  const turn = await codex.turn(3);
  const steer = await codex.called("turn/steer");
  expect(steer.params).toMatchObject({ expectedTurnId: turn.turnId });
  turn.reply("Deleted.");
  await sent.waitFor((text) => text === "Deleted.");
});

test("it does not go into that one's turn while the line is on hold", async () => {
  const { codex, chat, say, runs, wait } = await chatOfSeveral();
  const first = await say("Run the tests.");
  const turn = await codex.turn(2);
  await runs(turn.turnId);
  holdLine(chat.sessionFile, "person");
  await say("And the linter.", first);
  await wait(1);
  expect(codex.of("turn/steer")).toEqual([]);
  releaseLine(chat.sessionFile);
  turn.reply("They pass.");
  (await codex.turn(3)).reply("No warnings.");
});
