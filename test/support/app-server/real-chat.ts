/** A chat that is bound to a new thread of the real Codex. */
import { join } from "node:path";
import { textInput } from "../../../src/chat/turn-input.js";
import { startCodexConversationThread } from "../../../src/conversation-binding.js";
import { createCodexConversationBindingData } from "../../../src/host/binding-data.js";
import { answerMessage } from "../../../src/messages/answer.js";
import { findCodexBinary } from "../codex-home.js";
import type { RealCodex } from "./real-codex.js";

export type RealChat = {
  sessionFile: string;
  /** Gives Codex a message, by default under the settings that the chat was bound with, and returns the answer. */
  say(this: void, text: string, pluginConfig?: object): Promise<string | undefined>;
};

/** `appServer`: settings beside the usual ones; `name` tells several chats of one folder apart. */
export async function realChat(
  { workspace: workspaceDir }: RealCodex,
  appServer: object = {},
  name = "session",
): Promise<RealChat> {
  const sessionFile = join(workspaceDir, name);
  const command = await findCodexBinary();
  const usual = { appServer: { command, requestTimeoutMs: 60_000, ...appServer } };
  await startCodexConversationThread({ pluginConfig: usual, sessionFile, workspaceDir });
  const data = createCodexConversationBindingData({ sessionFile, workspaceDir });
  let messages = 0;
  return {
    sessionFile,
    async say(text, pluginConfig = usual) {
      const input = [textInput(text)];
      const clientId = `${name} ${(messages += 1)}`;
      const message = { data, input, clientId, pluginConfig: () => pluginConfig };
      return (await answerMessage(message))?.text;
    },
  };
}
