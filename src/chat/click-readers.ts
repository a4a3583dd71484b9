/** A click as each channel's plugin tells it, in one shape. */
import * as z from "zod/mini";
import { channelWords } from "../words/channel-words.js";

/** The chat that a click came from, as the channel names it. */
export type ClickedChat = {
  channel: string;
  accountId: string | undefined;
  chatId: string;
  /** A private chat can go by the person as well. */
  personId?: string | undefined;
  threadId: string | undefined;
  /** Where the chat can be written to. */
  to: string;
};

export type ReadClick = {
  payload: string;
  chat: ClickedChat;
  senderId: string | undefined;
  isAuthorized: boolean;
  /** The message with the button, where the channel names it in a way that it can be changed by. */
  messageId?: string;
  /** Names the message, where everybody in the chat sees what the click is answered. */
  seenByAll: string | undefined;
  say(this: void, text: string): Promise<void>;
  /** Takes the buttons away. `text` is the message's, where it is known: a channel may have listed the buttons in it. */
  clearButtons(this: void, text?: string): Promise<void>;
  /** How the click can change its message, where nothing else can. */
  change?: { messageId: string; to: (this: void, text: string) => Promise<void> };
};

/** Undefined: it is not a click as the channel tells one. */
type ClickReader = (context: unknown) => ReadClick | undefined;

const callable = <T extends (...args: never[]) => unknown>() =>
  z.custom<T>((value) => typeof value === "function");

const id = z.union([z.string(), z.number()]);

const every = {
  accountId: z.optional(z.string()),
  senderId: z.optional(z.string()),
  threadId: z.optional(id),
  auth: z.object({ isAuthorizedSender: z.boolean() }),
};

const telegramSchema = z.object({
  ...every,
  isGroup: z.optional(z.boolean()),
  callback: z.object({ payload: z.string(), chatId: id, messageId: z.optional(id) }),
  respond: z.object({
    reply: callable<(message: { text: string }) => Promise<unknown>>(),
    clearButtons: callable<() => Promise<unknown>>(),
  }),
});

function readTelegramClick(context: unknown): ReadClick | undefined {
  const { data } = telegramSchema.safeParse(context);
  if (!data) return undefined;
  const { accountId, senderId, threadId, callback, auth, respond } = data;
  return {
    payload: callback.payload,
    chat: {
      channel: "telegram",
      accountId,
      chatId: String(callback.chatId),
      threadId: threadId === undefined ? undefined : String(threadId),
      to: `telegram:${callback.chatId}`,
    },
    senderId,
    isAuthorized: auth.isAuthorizedSender,
    ...(callback.messageId === undefined ? {} : { messageId: String(callback.messageId) }),
    seenByAll:
      data.isGroup === true ? `${accountId} ${callback.chatId} ${callback.messageId}` : undefined,
    // OpenClaw sends it as it is, and the marks of code would be seen.
    say: async (text) => void (await respond.reply({ text: withoutCodeMarks(text) })),
    clearButtons: async () => void (await respond.clearButtons()),
  };
}

function withoutCodeMarks(text: string): string {
  return text.replace(/(?<!`)`([^`\n]+)`(?!`)/g, "$1");
}

const slackSchema = z.object({
  ...every,
  conversationId: z.string(),
  interaction: z.object({ payload: z.string() }),
  respond: z.object({
    reply: callable<(message: { text: string }) => Promise<unknown>>(),
    editMessage: callable<(message: { text?: string; blocks: unknown[] }) => Promise<unknown>>(),
  }),
});

/** Slack's direct messages, each of which belongs to one person. */
const SLACK_DIRECT = /^D/;

function readSlackClick(context: unknown): ReadClick | undefined {
  const { data } = slackSchema.safeParse(context);
  if (!data) return undefined;
  const { accountId, senderId, threadId, conversationId, interaction, auth, respond } = data;
  const personId = SLACK_DIRECT.test(conversationId) ? senderId : undefined;
  return {
    payload: interaction.payload,
    chat: {
      channel: "slack",
      accountId,
      chatId: conversationId,
      personId,
      threadId: threadId === undefined ? undefined : String(threadId),
      to: personId === undefined ? `channel:${conversationId}` : `user:${personId}`,
    },
    senderId,
    isAuthorized: auth.isAuthorizedSender,
    // Only who has clicked sees it.
    seenByAll: undefined,
    say: async (text) => void (await respond.reply({ text })),
    // Without a text the message shows the one that it has beside its blocks, which names the buttons.
    clearButtons: async (text) =>
      void (await respond.editMessage({ ...(text === undefined ? {} : { text }), blocks: [] })),
  };
}

const discordSchema = z.object({
  ...every,
  conversationId: z.string(),
  interaction: z.object({ payload: z.string(), messageId: z.optional(z.string()) }),
  respond: z.object({
    reply: callable<(message: { text: string }) => Promise<unknown>>(),
    editMessage: callable<(message: { components: unknown[] }) => Promise<unknown>>(),
  }),
});

/** https://discord.com/developers/docs/components/reference: a message with buttons holds its text in a component. */
const CONTAINER = 17;
const TEXT_DISPLAY = 10;

function readDiscordClick(context: unknown): ReadClick | undefined {
  const { data } = discordSchema.safeParse(context);
  if (!data) return undefined;
  const { accountId, senderId, conversationId, interaction, auth, respond } = data;
  const { payload, messageId } = interaction;
  const change = async (text: string): Promise<void> => {
    const components = [{ type: TEXT_DISPLAY, content: text }];
    await respond.editMessage({ components: [{ type: CONTAINER, components }] });
  };
  return {
    payload,
    chat: {
      channel: "discord",
      accountId,
      chatId: conversationId.replace(/^(?:channel|user):/, ""),
      // A thread is a channel of its own.
      threadId: undefined,
      to: conversationId,
    },
    senderId,
    isAuthorized: auth.isAuthorizedSender,
    // Only who has clicked sees it.
    seenByAll: undefined,
    say: async (text) => void (await respond.reply({ text })),
    // Without its buttons the message would be empty.
    clearButtons: (text = channelWords.buttonsGone) => change(text),
    ...(messageId === undefined ? {} : { change: { messageId, to: change } }),
  };
}

/** The channels whose clicks this plugin takes. */
export const CLICK_READERS: Readonly<Record<string, ClickReader>> = {
  telegram: readTelegramClick,
  discord: readDiscordClick,
  slack: readSlackClick,
};
