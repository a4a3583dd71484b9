/** Clicks on our buttons: taken from the host in one way, whatever they are about. */
import type { OpenClawPluginApi } from "openclaw/plugin-sdk/plugin-entry";
import * as z from "zod/mini";
import { CLICK_CHANNEL } from "./buttons.js";
import { words } from "../words/words.js";

export type ChatClick = {
  /** What stands in the button behind its namespace. */
  payload: string;
  /** Answers below. */
  say(this: void, text: string): Promise<void>;
  /** Takes the buttons away. */
  clearButtons(this: void): Promise<void>;
  /** All that the host tells of it, for those who need more. */
  context: unknown;
};

const callable = <T extends (...args: never[]) => unknown>() =>
  z.custom<T>((value) => typeof value === "function");

/** The part of a click on Telegram that all use. */
const clickSchema = z.object({
  callback: z.object({ payload: z.string() }),
  auth: z.object({ isAuthorizedSender: z.boolean() }),
  respond: z.object({
    reply: callable<(message: { text: string }) => Promise<unknown>>(),
    clearButtons: callable<() => Promise<unknown>>(),
  }),
});

/**
 * Takes the clicks on buttons of a namespace; those of senders who may not command are answered here. A click is done
 * with whatever comes of it: one that fails would be brought again and again by OpenClaw 2026.9.6, before anything
 * else of its chat.
 */
export function takeClicks(
  api: Pick<OpenClawPluginApi, "registerInteractiveHandler" | "logger">,
  namespace: string,
  onClick: (click: ChatClick) => Promise<void>,
): void {
  api.registerInteractiveHandler({
    channel: CLICK_CHANNEL,
    namespace,
    handler: async (context) => {
      try {
        await handle(context, onClick);
      } catch (error) {
        api.logger.warn(`a click could not be answered: ${String(error)}`);
      }
      return { handled: true };
    },
  });
}

async function handle(
  context: unknown,
  onClick: (click: ChatClick) => Promise<void>,
): Promise<void> {
  const read = clickSchema.safeParse(context);
  if (!read.success) return;
  const { callback, auth, respond } = read.data;
  const say = async (text: string): Promise<void> => void (await respond.reply({ text }));
  if (!auth.isAuthorizedSender) return say(words.notAuthorized);
  const clearButtons = async (): Promise<void> => void (await respond.clearButtons());
  return onClick({ payload: callback.payload, say, clearButtons, context });
}
