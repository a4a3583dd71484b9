/** Clicks on our buttons: taken from the host in one way, whatever they are about. */
import type { OpenClawPluginApi } from "openclaw/plugin-sdk/plugin-entry";
import * as z from "zod/mini";
import { processWide } from "../common/process-wide.js";
import { CLICK_CHANNEL } from "./buttons.js";
import type { ReplyAddress } from "./delivery.js";
import { words } from "../words/words.js";

/** The chat that a click came from, as the channel names it. */
export type ClickedChat = {
  channel: string;
  accountId: string | undefined;
  chatId: string;
  threadId: string | undefined;
};

export type ChatClick = {
  /** What stands in the button behind its namespace. */
  payload: string;
  chat: ClickedChat;
  senderId: string | undefined;
  /** Answers below. */
  say(this: void, text: string): Promise<void>;
  /** Takes the buttons away. */
  clearButtons(this: void): Promise<void>;
  /** All that the host tells of it, for those who need more. */
  context: unknown;
};

const callable = <T extends (...args: never[]) => unknown>() =>
  z.custom<T>((value) => typeof value === "function");

const id = z.union([z.string(), z.number()]);

/** The part of a click on Telegram that all use. */
const clickSchema = z.object({
  accountId: z.optional(z.string()),
  senderId: z.optional(z.string()),
  threadId: z.optional(id),
  isGroup: z.optional(z.boolean()),
  callback: z.object({ payload: z.string(), chatId: id, messageId: z.optional(id) }),
  auth: z.object({ isAuthorizedSender: z.boolean() }),
  respond: z.object({
    reply: callable<(message: { text: string }) => Promise<unknown>>(),
    clearButtons: callable<() => Promise<unknown>>(),
  }),
});

type Clicked = z.infer<typeof clickSchema>;

/** Below so many messages strangers have been told once that they may not use their buttons. */
const REMEMBERED = 500;
const told = processWide("strangers-told", () => new Set<string>());

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

/** Whether a click came from the chat that something was sent to. */
export function isSameChat(clicked: ClickedChat, sentTo: ReplyAddress): boolean {
  if (clicked.channel !== sentTo.channel) return false;
  if ((clicked.accountId ?? "default") !== (sentTo.accountId ?? "default")) return false;
  const to = /^(?:telegram:)?(?:group:)?(?<chatId>.*?)(?::(?:direct-)?topic:(?<topicId>.*))?$/.exec(
    sentTo.to,
  )?.groups;
  if (clicked.chatId !== to?.chatId) return false;
  const topic = String(sentTo.threadId ?? to.topicId ?? "");
  // Telegram leaves the topic out of some clicks, and who is in one is in all.
  return clicked.threadId === undefined || topic === "" || clicked.threadId === topic;
}

async function handle(
  context: unknown,
  onClick: (click: ChatClick) => Promise<void>,
): Promise<void> {
  const read = clickSchema.safeParse(context);
  if (!read.success) return;
  const { accountId, senderId, threadId, callback, auth, respond } = read.data;
  const say = async (text: string): Promise<void> => void (await respond.reply({ text }));
  if (!auth.isAuthorizedSender)
    return isToldAlready(read.data) ? undefined : say(words.notAuthorized);
  const clearButtons = async (): Promise<void> => void (await respond.clearButtons());
  const chat = {
    channel: CLICK_CHANNEL,
    accountId,
    chatId: String(callback.chatId),
    threadId: threadId === undefined ? undefined : String(threadId),
  };
  return onClick({ payload: callback.payload, chat, senderId, say, clearButtons, context });
}

/** The host lets no plugin answer a click but by a message: in a group one below each of ours is enough. */
function isToldAlready({ isGroup, accountId, callback }: Clicked): boolean {
  if (isGroup !== true) return false;
  const message = `${accountId} ${callback.chatId} ${callback.messageId}`;
  if (told.has(message)) return true;
  told.add(message);
  const [oldest] = told;
  if (told.size > REMEMBERED && oldest !== undefined) told.delete(oldest);
  return false;
}
