/** A change of the start options while a turn keeps the old process, which alone can load its threads. */
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { textInput } from "../../src/chat/turn-input.js";
import { codexClientPool, disposeCodexAppServerClients } from "../../src/app-server/client-pool.js";
import { startCodexConversationThread } from "../../src/conversation-binding.js";
import { createCodexConversationBindingData } from "../../src/host/binding-data.js";
import { answerMessage } from "../../src/messages/answer.js";
import { steerCodexConversationTurn } from "../../src/messages/control.js";
import { RealCodex } from "../support/app-server/real-codex.js";
import { findCodexBinary } from "../support/codex-home.js";
import { codexTraits } from "../support/codex-traits.js";
import { Gate } from "../support/responses-api.js";

let codex: RealCodex;

beforeEach(async () => {
  codex = await RealCodex.prepare();
});

afterEach(async () => {
  await disposeCodexAppServerClients();
  await codex.dispose();
});

test("the other chats of the old process go on at once, a steer reaches its turn, and it ends after that", async () => {
  const command = await findCodexBinary();
  const settings = (...more: string[]) => ({
    appServer: { mode: "yolo", command, args: ["app-server", ...more], requestTimeoutMs: 20_000 },
  });
  const [before, after] = [settings(), settings("-c", "hide_agent_reasoning=true")];
  const workspaceDir = codex.workspace;
  const sessionFile = (chat: string): string => join(workspaceDir, chat);
  const say = async (chat: string, text: string, pluginConfig: object): Promise<unknown> => {
    const data = createCodexConversationBindingData({
      sessionFile: sessionFile(chat),
      workspaceDir,
    });
    return answerMessage({
      data,
      input: [textInput(text)],
      pluginConfig: () => pluginConfig,
      clientId: `${chat} ${text}`,
    });
  };
  for (const chat of ["a", "b"]) {
    // oxlint-disable-next-line no-await-in-loop
    await startCodexConversationThread({
      pluginConfig: before,
      sessionFile: sessionFile(chat),
      workspaceDir,
    });
    // oxlint-disable-next-line no-await-in-loop
    await say(chat, "hello", before);
  }
  const [old] = codexClientPool().clients();

  const gate = new Gate();
  codex.api.script = ({ said }) =>
    said === "work"
      ? [
          { do: "say", text: "Working.", phase: "commentary" },
          { do: "hold", gate },
        ]
      : [{ do: "say", text: `Heard ${said}.`, phase: "final_answer" }];
  const working = say("a", "work", before);
  await codex.api.waitForRequest(/^work$/);
  expect(await say("b", "a word", after)).toMatchObject({ text: "Heard a word." });
  expect(codexClientPool().clients()).toEqual([old]);

  const steer = { sessionFile: sessionFile("a"), pluginConfig: after, message: "go left" };
  expect(await steerCodexConversationTurn(steer)).toMatchObject({ steered: true });
  if (!codexTraits.cutsSpeechForInput) gate.open();
  expect(await working).toMatchObject({ text: "Heard go left." });
  expect(await say("a", "the last word", after)).toMatchObject({ text: "Heard the last word." });
  expect(codexClientPool().clients()).not.toContain(old);
});
