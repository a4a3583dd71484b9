/** The button below a note that a message waits, and what a click on it does. */
import type { ChatButton } from "../chat/buttons.js";
import { takeClicks } from "../chat/clicks.js";
import { steerConversationTurn } from "./queue.js";
import { words } from "../words/words.js";
import { queueWords } from "../words/queue-words.js";

const NAMESPACE = "codexqueue";

/** `id` is the message's in the queue. */
export function waitingButtons(id: string): ChatButton[] {
  return [{ label: queueWords.steerButton, value: `${NAMESPACE}:${id}` }];
}

/** Takes the clicks. */
export function registerWaitingButtons(api: Parameters<typeof takeClicks>[0]): void {
  takeClicks(api, NAMESPACE, async ({ payload, say }) => say(await steer(payload)));
}

async function steer(id: string): Promise<string> {
  try {
    return queueWords.steered(await steerConversationTurn(id));
  } catch (error) {
    return words.commandFailed("steer", error);
  }
}
