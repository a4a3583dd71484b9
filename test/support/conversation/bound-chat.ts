/** A chat whose thread has answered its first message, with all that reaches it from then on. */
import { onTestFinished } from "vitest";
import { textInput } from "../../../src/chat/turn-input.js";
import { noteBoundConversation } from "../../../src/host/bound-conversation.js";
import { readCodexConversationActiveTurn } from "../../../src/messages/control.js";
import { ConversationMessages } from "../../../src/messages/messages.js";
import { queuedConversationTurns } from "../../../src/messages/queue.js";
import { Journal } from "../journal.js";
import { conversation } from "./conversation.js";
import { quietChat, sendsText } from "./quiet-chat.js";
import { ScriptedTurn } from "./scripted-codex.js";
import { until } from "./settled.js";

// A channel without a pace of its own.
const ADDRESS = { channel: "test", to: "test:7" };
const GOAL = {
  objective: "All tests pass",
  status: "active",
  tokenBudget: null,
  tokensUsed: 1200,
  timeUsedSeconds: 5,
  createdAt: Math.floor(Date.now() / 1000),
  updatedAt: 0,
};

export async function boundChat(settings: Record<string, unknown> = {}) {
  const { codex, chat } = await conversation();
  await chat.bind();
  const conversationOf = {
    channel: "telegram",
    accountId: "default",
    conversationId: "7",
  };
  await noteBoundConversation(chat.sessionFile, { conversation: conversationOf, address: ADDRESS });
  const sent = new Journal<string>("what the chat got", (text) => text);
  const notes = new Journal<string>("its notes", (text) => text);
  let goal: Record<string, unknown> | null = null;
  codex.answer("thread/goal/get", () => ({ goal }));
  codex.answer("thread/goal/set", (params) => {
    goal = { ...GOAL, ...goal, ...params };
    codex.notify({ method: "thread/goal/updated", params: { threadId: "thread-1", goal } });
    return { goal };
  });
  codex.answer("thread/backgroundTerminals/clean", () => ({}));
  codex.answer("thread/read", ({ threadId }) => ({ thread: { id: threadId } }));
  const messages = new ConversationMessages({
    ...quietChat,
    sendMessage: sendsText((_address, text) => sent.append(text)),
    sendNote: async (_address, text) => {
      notes.append(text);
      return {
        edit: async (changed) => {
          notes.append(`changed: ${changed}`);
          return true;
        },
      };
    },
    pluginConfig: () => settings,
    warn: (text) => {
      throw new Error(text);
    },
  });
  onTestFinished(() => messages.stop());
  const say = (text: string): Promise<void> =>
    messages.accept({
      data: chat.data,
      input: [textInput(text)],
      address: ADDRESS,
      messageId: undefined,
    });
  await say("hi");
  (await codex.turn(1)).reply("Hello.");
  await sent.waitFor((text) => text === "Hello.");
  await until(() => queuedConversationTurns(chat.sessionFile) === 0);

  /** Codex says that there is a goal, in this state. */
  const tellGoal = (status: string, turnId: string | null = null): void => {
    goal = { ...GOAL, ...goal, status };
    const params = { threadId: "thread-1", turnId, goal };
    codex.notify({ method: "thread/goal/updated", params });
  };
  /** Codex begins a turn by itself. */
  const begins = async (turnId: string): Promise<ScriptedTurn> => {
    const turn = new ScriptedTurn(codex, "thread-1", turnId, {});
    turn.show();
    await until(() => readCodexConversationActiveTurn(chat.sessionFile)?.turnId === turnId);
    return turn;
  };
  /** A turn of the goal, from its beginning to its end. */
  const goalTurn = async (number: number, text: string, status = "active"): Promise<void> => {
    const turn = await begins(`goal-turn-${number}`);
    turn.say(text, "final_answer");
    tellGoal(status, turn.turnId);
    turn.end();
    await until(() => queuedConversationTurns(chat.sessionFile) === 0);
  };
  return { codex, chat, messages, sent, notes, say, tellGoal, begins, goalTurn };
}
