/** A message that belongs to the one before it, while something else happens on the thread. */
import { expect, test, vi } from "vitest";
import { textInput } from "../../src/chat/turn-input.js";
import { stopCodexConversationTurn } from "../../src/messages/control.js";
import { waitingConversationTurns } from "../../src/messages/queue.js";
import { boundChat } from "../support/conversation/bound-chat.js";
import { settled, until } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

/** Settles once the chat's latest message is stored and would have been given to the turn that runs. */
async function waits(sessionFile: string): Promise<void> {
  await until(() => waitingConversationTurns(sessionFile).length === 1);
  for (let round = 0; round < 500; round += 1) await settled();
}

async function chatOfSeveral() {
  const all = await boundChat();
  const add = (text: string): Promise<void> =>
    all.messages.accept({
      data: all.chat.data,
      input: [textInput(text)],
      address: { channel: "test", to: "test:7" },
      messageId: undefined,
      continues: true,
    });
  return { ...all, add };
}

test("it has its own turn if that one is answered, and a goal's turn runs by now", async () => {
  const { codex, chat, add, sent, tellGoal, begins } = await chatOfSeveral();
  tellGoal("active");
  const goalTurn = await begins("goal-turn-1");
  await add("And the docs?");
  await waits(chat.sessionFile);
  goalTurn.reply("Step 1.");
  (await codex.turn(2)).reply("The docs are fine.");
  await sent.waitFor((text) => text === "The docs are fine.");
  expect(codex.of("turn/steer")).toEqual([]);
});

test("it has its own turn if a person has stopped that one's", async () => {
  const { codex, chat, say, add, sent } = await chatOfSeveral();
  await say("Delete the docs.");
  const turn = await codex.turn(2);
  await until(() => waitingConversationTurns(chat.sessionFile).length === 0);
  const stop = stopCodexConversationTurn({ sessionFile: chat.sessionFile });
  await codex.called("turn/interrupt");
  await add("I mean the old ones.");
  await waits(chat.sessionFile);
  turn.end({ status: "interrupted" });
  await stop;
  const own = await codex.turn(3);
  own.reply("Deleted.");
  await sent.waitFor((text) => text === "Deleted.");
  expect(codex.of("turn/steer")).toEqual([]);
});
