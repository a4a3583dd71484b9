/** A person's answers to what Codex asked without waiting, on their way to whoever asked. */
import { randomUUID } from "node:crypto";
import type { ReplyAddress } from "../chat/delivery.js";
import { textInput } from "../chat/turn-input.js";
import { createCodexConversationBindingData } from "../host/binding-data.js";
import { readCodexAppServerBinding } from "../thread/thread-binding.js";
import { questionWords } from "../words/question-words.js";
import type { AskingTurn } from "./async-questions.js";
import { steeredIntoTurn } from "./control.js";
import type { IncomingMessage } from "./incoming-message.js";
import type { ConversationOutbox } from "./outbox.js";

export type GivenAnswer = {
  sessionFile: string;
  /** The chat in which it was given. */
  address: ReplyAddress;
  text: string;
  turn: AskingTurn;
};

type AnswersHost = Pick<ConversationOutbox, "post"> & {
  pluginConfig: () => unknown;
  accept: (message: IncomingMessage) => Promise<void>;
  warn: (text: string) => void;
};

/** Gives it to the turn that asked, or to Codex as the next message if that turn has ended. Never rejects. */
export async function giveAnswer(
  { sessionFile, address, text, turn }: GivenAnswer,
  host: AnswersHost,
): Promise<void> {
  const input = [textInput(text)];
  try {
    const binding = await readCodexAppServerBinding(sessionFile);
    // Another thread would not know what it is the answer to.
    if (!binding || (!turn.isAgents && binding.threadId !== turn.threadId)) {
      const { askerGone } = questionWords;
      const notice = { id: randomUUID(), kind: "notice", text: askerGone } as const;
      await host.post(sessionFile, address, notice);
      return;
    }
    const session = { sessionFile, pluginConfig: host.pluginConfig() };
    if (await steeredIntoTurn(session, turn, input)) return;
    const data = createCodexConversationBindingData({ sessionFile, workspaceDir: binding.cwd });
    await host.accept({ data, input, address, messageId: undefined });
  } catch (error) {
    host.warn(`an answer to a question of Codex was lost: ${String(error)}`);
  }
}
