/** Clicks on our buttons: taken from the host in one way, whatever they are about. */
import { keepNewest } from "../common/keep-newest.js";
import type { OpenClawPluginApi } from "openclaw/plugin-sdk/plugin-entry";
import { processWide } from "../common/process-wide.js";
import { CHANNELS } from "./abilities.js";
import { CLICK_READERS, type ClickedChat, type ReadClick } from "./click-readers.js";
import { noteClicked } from "./clicked-messages.js";
import type { ReplyAddress } from "./delivery.js";
import { turnWords } from "../words/turn-words.js";

export type { ClickedChat } from "./click-readers.js";

export type ChatClick = {
  /** What stands in the button behind its namespace. */
  payload: string;
  chat: ClickedChat;
  senderId: string | undefined;
  /** The message with the button, where it can be changed by that name. */
  messageId: string | undefined;
  /** Answers whoever has clicked. */
  say(this: void, text: string): Promise<void>;
  /** Takes the buttons away. `text` is the message's, where it is known. */
  clearButtons(this: void, text?: string): Promise<void>;
  /** All that the host tells of it, for those who need more. */
  context: unknown;
};

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
  for (const [channel, read] of Object.entries(CLICK_READERS)) {
    api.registerInteractiveHandler({
      channel,
      namespace,
      handler: async (context: unknown) => {
        try {
          const click = read(context);
          if (click) await handle(click, context, onClick);
        } catch (error) {
          api.logger.warn(`a click could not be answered: ${String(error)}`);
        }
        return { handled: true };
      },
    });
  }
}

/** Whether a click came from the chat that something was sent to. */
export function isSameChat(clicked: ClickedChat, sentTo: ReplyAddress): boolean {
  if (clicked.channel !== sentTo.channel) return false;
  if ((clicked.accountId ?? "default") !== (sentTo.accountId ?? "default")) return false;
  const to =
    /^(?:(?:telegram|discord|slack|group|channel|user):)*(?<chatId>.*?)(?::(?:direct-)?topic:(?<topicId>.*))?$/.exec(
      sentTo.to,
    )?.groups;
  if (to?.chatId === undefined) return false;
  if (![clicked.chatId, clicked.personId].includes(to.chatId)) return false;
  const topic = String(sentTo.threadId ?? to.topicId ?? "");
  // Telegram leaves the topic out of some clicks, and who is in one is in all.
  return clicked.threadId === undefined || topic === "" || clicked.threadId === topic;
}

/** Takes the buttons away, if the channel leaves the message's text as it is then. */
export async function clearButtonsOnly({ chat, clearButtons }: ChatClick): Promise<void> {
  const { keepsBlocks, replacesButtons } = CHANNELS[chat.channel] ?? {};
  if (keepsBlocks !== true && replacesButtons !== true) await clearButtons();
}

async function handle(
  {
    payload,
    chat,
    senderId,
    messageId,
    isAuthorized,
    seenByAll,
    say,
    clearButtons,
    change,
  }: ReadClick,
  context: unknown,
  onClick: (click: ChatClick) => Promise<void>,
): Promise<void> {
  if (isAuthorized) {
    const { channel, accountId } = chat;
    if (change) noteClicked({ channel, accountId, messageId: change.messageId }, change.to);
    return onClick({ payload, chat, senderId, messageId, say, clearButtons, context });
  }
  if (seenByAll === undefined || !isToldAlready(seenByAll)) await say(turnWords.notAuthorized);
}

/** The host lets no plugin answer a click but by a message: in a group one below each of ours is enough. */
function isToldAlready(message: string): boolean {
  if (told.has(message)) return true;
  told.add(message);
  keepNewest(told, REMEMBERED);
  return false;
}
