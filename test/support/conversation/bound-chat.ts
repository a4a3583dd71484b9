/** A chat whose thread has answered its first message, with all that reaches it from then on. */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { onTestFinished } from "vitest";
import { textInput } from "../../../src/chat/turn-input.js";
import { noteBoundConversation } from "../../../src/host/bound-conversation.js";
import { readCodexConversationActiveTurn } from "../../../src/messages/control.js";
import { ConversationMessages } from "../../../src/messages/messages.js";
import { queuedConversationTurns } from "../../../src/messages/queue.js";
import { Journal } from "../journal.js";
import { clientSource } from "./client-source.js";
import { conversation } from "./conversation.js";
import { quietChat, sendsText } from "./quiet-chat.js";
import { ScriptedCodex, ScriptedTurn } from "./scripted-codex.js";
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

/** The goal of `thread-1`, which Codex stores: another process of it has the same. */
class StoredGoal {
  value: Record<string, unknown> | null = null;

  /** Has this Codex know the goal, and tell of what is done to it. */
  serve(codex: ScriptedCodex): void {
    codex.answer("thread/goal/get", () => ({ goal: this.value }));
    codex.answer("thread/goal/set", (params) => {
      this.change(params);
      const told = { threadId: "thread-1", goal: this.value };
      codex.notify({ method: "thread/goal/updated", params: told });
      return { goal: this.value };
    });
    codex.answer("thread/goal/clear", () => {
      const cleared = this.value !== null;
      this.value = null;
      codex.notify({ method: "thread/goal/cleared", params: { threadId: "thread-1" } });
      return { cleared };
    });
    codex.answer("thread/backgroundTerminals/clean", () => ({}));
    codex.answer("thread/read", ({ threadId }) => ({ thread: { id: threadId } }));
  }

  change(fields: Record<string, unknown>): void {
    this.value = { ...GOAL, ...this.value, ...fields };
  }
}

/** What the operator is warned of fails a test that does not ask for it. */
function unexpected(text: string): void {
  throw new Error(text);
}

export async function boundChat(
  settings: Record<string, unknown> = {},
  warn: (text: string) => void = unexpected,
) {
  const { codex, chat, folder } = await conversation();
  const cwd = path.join(folder, "work");
  await mkdir(cwd);
  await chat.bind({ cwd });
  const conversationOf = {
    channel: "telegram",
    accountId: "default",
    conversationId: "7",
  };
  await noteBoundConversation(chat.sessionFile, { conversation: conversationOf, address: ADDRESS });
  const sent = new Journal<string>("what the chat got", (text) => text);
  const notes = new Journal<string>("its notes", (text) => text);
  /** It takes a message when this is settled. */
  const channel = { free: Promise.resolve() };
  const goal = new StoredGoal();
  goal.serve(codex);
  let isOver = false;
  const newMessages = (): ConversationMessages => {
    const made = new ConversationMessages({
      ...quietChat,
      sendMessage: sendsText(async (_address, text) => {
        await channel.free;
        sent.append(text);
      }),
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
        // What is on its way to the disk when a test is over finds its folder gone.
        if (!isOver) warn(text);
      },
    });
    onTestFinished(async () => {
      isOver = true;
      await made.stop();
    });
    return made;
  };
  const messages = newMessages();
  const sayTo = (to: ConversationMessages, text: string): Promise<void> =>
    to.accept({
      data: chat.data,
      input: [textInput(text)],
      address: ADDRESS,
      messageId: undefined,
    });
  const say = (text: string): Promise<void> => sayTo(messages, text);
  await say("hi");
  (await codex.turn(1)).reply("Hello.");
  await sent.waitFor((text) => text === "Hello.");
  await until(() => queuedConversationTurns(chat.sessionFile) === 0);

  /** Codex says that there is a goal, in this state. */
  const tellGoal = (status: string, turnId: string | null = null): void => {
    goal.change({ status });
    const params = { threadId: "thread-1", turnId, goal: goal.value };
    codex.notify({ method: "thread/goal/updated", params });
  };
  /** Codex begins a turn by itself. */
  const begins = (turnId: string): Promise<ScriptedTurn> => begun(codex, chat.sessionFile, turnId);
  /** A turn of the goal, from its beginning to its end. */
  const goalTurn = async (number: number, text: string, status = "active"): Promise<void> => {
    const turn = await begins(`goal-turn-${number}`);
    turn.say(text, "final_answer");
    tellGoal(status, turn.turnId);
    turn.end();
    await until(() => queuedConversationTurns(chat.sessionFile) === 0);
  };
  /**
   * The gateway ends and starts again, with another process of Codex; which `prepare` gets first, or none that can be
   * reached. The turns of the old one have ended with it.
   */
  const restart = async (prepare: (codex: ScriptedCodex) => void = () => {}, away?: Error) => {
    await messages.stop();
    codex.close(new Error("The gateway is ending."));
    const next = new ScriptedCodex();
    next.stored.add("thread-1");
    goal.serve(next);
    prepare(next);
    clientSource.serve(away ?? next);
    const nextMessages = newMessages();
    await nextMessages.recover(path.dirname(chat.sessionFile));
    return {
      codex: next,
      messages: nextMessages,
      say: (text: string): Promise<void> => sayTo(nextMessages, text),
      begins: (turnId: string): Promise<ScriptedTurn> => begun(next, chat.sessionFile, turnId),
    };
  };
  const said = { sent, notes, channel, say };
  return { codex, chat, cwd, goal, messages, ...said, tellGoal, begins, goalTurn, restart };
}

async function begun(
  codex: ScriptedCodex,
  sessionFile: string,
  turnId: string,
): Promise<ScriptedTurn> {
  const turn = new ScriptedTurn(codex, "thread-1", turnId, {});
  turn.show();
  await until(() => readCodexConversationActiveTurn(sessionFile)?.turnId === turnId);
  return turn;
}
