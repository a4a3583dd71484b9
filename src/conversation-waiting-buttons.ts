/** The button below a note that a message waits, and what a click on it does. */
import type { OpenClawPluginApi } from "openclaw/plugin-sdk/plugin-entry";
import * as z from "zod/mini";
import { CLICK_CHANNEL, type ChatButton } from "./chat-buttons.js";
import { steerConversationTurn } from "./conversation-queue.js";
import { words } from "./words/words.js";
import { queueWords } from "./words/queue-words.js";

const NAMESPACE = "codexqueue";

/** The part of a click on Telegram that is used here. */
const clickSchema = z.object({
  callback: z.object({ payload: z.string() }),
  auth: z.object({ isAuthorizedSender: z.boolean() }),
  respond: z.object({
    reply: z.custom<(message: { text: string }) => Promise<unknown>>(
      (value) => typeof value === "function",
    ),
  }),
});

/** `id` is the message's in the queue. */
export function waitingButtons(id: string): ChatButton[] {
  return [{ label: queueWords.steerButton, value: `${NAMESPACE}:${id}` }];
}

/** Takes the clicks. */
export function registerWaitingButtons(
  api: Pick<OpenClawPluginApi, "registerInteractiveHandler">,
): void {
  api.registerInteractiveHandler({
    channel: CLICK_CHANNEL,
    namespace: NAMESPACE,
    handler: async (context) => {
      const click = clickSchema.safeParse(context);
      if (click.success) {
        const { callback, auth, respond } = click.data;
        const text = auth.isAuthorizedSender ? await steer(callback.payload) : words.notAuthorized;
        await respond.reply({ text });
      }
      return { handled: true };
    },
  });
}

async function steer(id: string): Promise<string> {
  try {
    return queueWords.steered(await steerConversationTurn(id));
  } catch (error) {
    return words.commandFailed("steer", error);
  }
}
