/** The button below a note that a message waits, and what a click on it does. */
import type { ChatButton } from "../chat/buttons.js";
import { isSameChat, takeClicks, type ClickedChat } from "../chat/clicks.js";
import type { ReplyAddress } from "../chat/delivery.js";
import { processWide } from "../common/process-wide.js";
import { steerConversationTurn } from "./queue.js";
import { turnWords } from "../words/turn-words.js";
import { queueWords } from "../words/queue-words.js";

const NAMESPACE = "codexqueue";

/** The chats of the messages that have a button, by the message's id: a click from another chat is none. */
const chats = processWide("waiting-buttons", () => new Map<string, ReplyAddress>());

/** `id` is the message's in the queue. Whoever shows the buttons forgets them when the message waits no more. */
export function waitingButtons(id: string, chat: ReplyAddress): ChatButton[] {
  chats.set(id, chat);
  return [{ label: queueWords.steerButton, value: `${NAMESPACE}:${id}` }];
}

export function forgetWaitingButtons(id: string): void {
  chats.delete(id);
}

/** Takes the clicks. */
export function registerWaitingButtons(api: Parameters<typeof takeClicks>[0]): void {
  takeClicks(api, NAMESPACE, async ({ payload, chat, say }) => say(await steer(payload, chat)));
}

async function steer(id: string, clicked: ClickedChat): Promise<string> {
  const chat = chats.get(id);
  if (!chat || !isSameChat(clicked, chat)) return queueWords.steered("gone");
  try {
    return queueWords.steered(await steerConversationTurn(id));
  } catch (error) {
    return turnWords.commandFailed("steer", error);
  }
}
