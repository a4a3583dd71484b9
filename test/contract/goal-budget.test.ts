/** How many turns the real Codex takes for a goal that may take so many, however quick they are. */
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { disposeCodexAppServerClients } from "../../src/app-server/client-pool.js";
import { textInput } from "../../src/chat/turn-input.js";
import { startCodexConversationThread } from "../../src/conversation-binding.js";
import { noteBoundConversation } from "../../src/host/bound-conversation.js";
import type * as goalStore from "../../src/messages/goal-store.js";
import { ConversationMessages } from "../../src/messages/messages.js";
import type * as goals from "../../src/thread/goal.js";
import { RealCodex } from "../support/app-server/real-codex.js";
import { findCodexBinary } from "../support/codex-home.js";
import { codexTraits } from "../support/codex-traits.js";
import { quietChat } from "../support/conversation/quiet-chat.js";
import { Journal } from "../support/journal.js";
import { isGoalTurn, pursuesGoal } from "../support/model-scripts.js";
import { Gate, says } from "../support/responses-api.js";

const ADDRESS = { channel: "test", to: "test:7" };
const MAX_TURNS = 4;

/** Settles when Codex has been told to pause the goal. */
const paused = vi.hoisted(() => Promise.withResolvers<void>());

vi.mock("../../src/thread/goal.js", async (original) => {
  const goal = await original<typeof goals>();
  return {
    ...goal,
    setGoal: async (...set: Parameters<typeof goal.setGoal>) => {
      const changed = await goal.setGoal(...set);
      paused.resolve();
      return changed;
    },
  };
});

/** The disk is so slow that nothing is noted of the goal before that. */
vi.mock("../../src/messages/goal-store.js", async (original) => {
  const store = await original<typeof goalStore>();
  return {
    ...store,
    writeGoalRun: async (...run: Parameters<typeof store.writeGoalRun>) => {
      await paused.promise;
      await store.writeGoalRun(...run);
    },
  };
});

let codex: RealCodex;
let messages: ConversationMessages;

afterEach(async () => {
  await messages.stop();
  await disposeCodexAppServerClients();
  await codex.dispose();
});

const goalTurns = (): number =>
  new Set(codex.api.requests.entries.filter(isGoalTurn).map(({ turnId }) => turnId)).size;

test.runIf(codexTraits.hasGoals)(
  "a goal takes no turn more than it may, though each is over before the disk has noted it",
  async () => {
    codex = await RealCodex.prepare();
    const pause = new Gate();
    void paused.promise.then(() => pause.open());
    codex.api.script = pursuesGoal((turn) => {
      // A busy machine may take its time to hear of the last turn.
      const untilPaused = turn < MAX_TURNS ? [] : [{ do: "hold", gate: pause } as const];
      return [...untilPaused, says(`Round ${turn}.`)];
    });
    const sessionFile = join(codex.workspace, "session");
    const pluginConfig = {
      progress: "off",
      goals: { maxTurns: MAX_TURNS },
      appServer: { command: await findCodexBinary() },
    };
    const workspaceDir = codex.workspace;
    const data = await startCodexConversationThread({ pluginConfig, sessionFile, workspaceDir });
    const conversation = { channel: "telegram", accountId: "default", conversationId: "7" };
    await noteBoundConversation(sessionFile, { conversation, address: ADDRESS });
    const notes = new Journal<string>("the chat's notes", (text) => text);
    messages = new ConversationMessages({
      ...quietChat,
      sendMessage: async () => {},
      sendNote: async (_address, text) => {
        notes.append(text);
        return { edit: async () => true };
      },
      pluginConfig: () => pluginConfig,
      warn: (text) => {
        throw new Error(text);
      },
    });
    const input = [textInput("pursue peace")];
    await messages.accept({ data, input, address: ADDRESS, messageId: "message-1" });
    await notes.waitFor((text) => text.includes(`The goal is paused after ${MAX_TURNS} turns`));
    expect(goalTurns()).toBe(MAX_TURNS);
  },
);
