/** Questions that Codex asks without waiting for the answer. */
import { describe, expect, test, vi } from "vitest";
import { clearCodexAppServerBinding } from "../../src/thread/thread-binding.js";
import { answerQuestion, openQuestions } from "../../src/questions/board.js";
import { boundChat } from "../support/conversation/bound-chat.js";
import { settled } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const ITEM = {
  type: "agentMessage",
  id: "call-1",
  text: "May I drop the old table?\n- Yes\n- No",
  phase: "final_answer",
  delivery: "async",
  questions: [{ title: "May I drop the old table?", options: ["Yes", "No"] }],
};
const ANSWER = "You asked: May I drop the old table?\nThe person answers: No";

/** A turn that has asked, and whose question stands in the chat. */
async function asked(settings: Record<string, unknown> = {}) {
  const bound = await boundChat(settings);
  const { codex, chat, notes, say } = bound;
  await say("Tidy up.");
  const turn = await codex.turn(2);
  turn.show();
  turn.item(ITEM);
  await notes.waitFor((text) => text.includes("May I drop the old table?"));
  const no = (): void => {
    const [question] = openQuestions(chat.sessionFile);
    answerQuestion(question?.id ?? "", "option-1", { by: "command" });
  };
  return { ...bound, turn, no };
}

describe("a question that Codex does not wait for", () => {
  test.each([{}, { appServer: { mode: "yolo" } }])(
    "is asked once, and its answer goes to the running turn (%j)",
    async (settings) => {
      const { codex, chat, notes, sent, turn, no } = await asked(settings);
      turn.item(ITEM);
      await settled();
      expect(openQuestions(chat.sessionFile)).toHaveLength(1);
      no();
      const { params } = await codex.called("turn/steer");
      expect(params).toMatchObject({
        threadId: "thread-1",
        expectedTurnId: turn.turnId,
        input: [{ type: "text", text: ANSWER }],
      });
      turn.say("Kept it.", "final_answer");
      turn.end();
      await sent.waitFor((text) => text === "Kept it.");
      expect(notes.entries.filter((text) => text.startsWith("changed:"))).toHaveLength(1);
      expect(codex.of("turn/start")).toHaveLength(2);
    },
  );

  test("outlives its turn: then the answer is the next message", async () => {
    const { codex, sent, turn, no } = await asked();
    turn.say("I went on without it.", "final_answer");
    turn.end();
    await sent.waitFor((text) => text === "I went on without it.");
    no();
    const next = await codex.turn(3);
    expect(next.params.input).toMatchObject([{ type: "text", text: ANSWER }]);
    expect(codex.of("turn/steer")).toEqual([]);
    next.reply("Then I keep it.");
    await sent.waitFor((text) => text === "Then I keep it.");
  });

  test("gets its answer as a message if the turn ends while that is on its way", async () => {
    const { codex, sent, turn, no } = await asked();
    codex.answer("turn/steer", () => {
      throw new Error("no active turn to steer");
    });
    no();
    await codex.called("turn/steer");
    turn.reply("Done.");
    const next = await codex.turn(3);
    expect(next.params.input).toMatchObject([{ type: "text", text: ANSWER }]);
    next.reply("Kept.");
    await sent.waitFor((text) => text === "Kept.");
  });

  test("ends with a turn that is interrupted", async () => {
    const { chat, sent, turn } = await asked();
    turn.end({ status: "interrupted" });
    await sent.waitFor((text) => text.startsWith("Codex was interrupted"));
    expect(openQuestions(chat.sessionFile)).toEqual([]);
  });

  test("ends when the process does, though its turn is over", async () => {
    const { chat, messages, sent, turn } = await asked();
    turn.reply("Done.");
    await sent.waitFor((text) => text === "Done.");
    await messages.stop();
    expect(openQuestions(chat.sessionFile)).toEqual([]);
  });

  test("of a thread that the chat has left gets no answer, and the chat hears so", async () => {
    const { codex, chat, sent, turn, no } = await asked();
    turn.reply("Done.");
    await sent.waitFor((text) => text === "Done.");
    await clearCodexAppServerBinding(chat.sessionFile);
    no();
    await sent.waitFor((text) => text.includes("did not get your answer"));
    expect(codex.of("turn/start")).toHaveLength(2);
  });

  test("is not asked if the operator has nothing asked", async () => {
    const { codex, chat, sent, say } = await boundChat({ approvals: "decline" });
    await say("Tidy up.");
    const turn = await codex.turn(2);
    turn.show();
    turn.item(ITEM);
    turn.say("Kept it.", "final_answer");
    turn.end();
    await sent.waitFor((text) => text === "Kept it.");
    expect(openQuestions(chat.sessionFile)).toEqual([]);
  });
});

test("a sub-agent's question names it, and the answer goes to its turn", async () => {
  const { codex, chat, notes, say, sent } = await boundChat();
  await say("Have somebody do it.");
  const turn = await codex.turn(2);
  turn.show();
  turn.item({ type: "subAgentActivity", id: "a", agentThreadId: "child", agentPath: "/root/ann" });
  await settled();
  const child = { threadId: "child", turnId: "child-turn" };
  codex.notify({ method: "item/completed", params: { ...child, item: ITEM } });
  await notes.waitFor((text) => text.includes("ann") && text.includes("May I drop"));
  const [question] = openQuestions(chat.sessionFile);
  answerQuestion(question?.id ?? "", "option-1", { by: "command" });
  const { params } = await codex.called("turn/steer");
  expect(params).toMatchObject({ threadId: "child", expectedTurnId: "child-turn" });
  turn.reply("Done.");
  await sent.waitFor((text) => text.startsWith("Done."));
});

test("a question in another client's turn is left to that client", async () => {
  const { codex, chat, begins, sent } = await boundChat();
  Object.assign(codex, { isShared: true });
  const turn = await begins("terminal-turn");
  turn.item({ type: "userMessage", id: "u", clientId: null, content: [] });
  turn.item(ITEM);
  turn.reply("From the terminal.");
  await sent.waitFor((text) => text.includes("From the terminal."));
  expect(openQuestions(chat.sessionFile)).toEqual([]);
});
