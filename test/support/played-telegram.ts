import {
  type ChannelChats,
  type ChannelMessage,
  type ChannelSign,
  type Person,
  describeMessage,
  describeSign,
  type PlayedChannel,
  type SayOptions,
} from "./channel-service.js";
import { Journal } from "./journal.js";
import type { TelegramBotApi } from "./telegram-bot-api.js";
import type { TranscriptEntry } from "./transcript.js";
import { asArray, asObject, asString, type JsonObject, parseJson } from "./wire-guards.js";

const PERSON = 7001;
const GROUP = -7002;
const STRANGER = 9001;

const KINDS: Partial<Record<TranscriptEntry["kind"], ChannelMessage["kind"]>> = {
  edit: "edit",
  delete: "delete",
  click: "click",
  notice: "notice",
};

const CONTRACT = { chats: { private: String(PERSON), group: String(GROUP) }, person: PERSON };

/** Telegram's stand-in, which every chain has, as the contract of channels sees it. */
export class PlayedTelegram implements PlayedChannel {
  readonly channel = "telegram";
  readonly config = {};
  readonly chats: ChannelChats;
  readonly mention = "@loopback_bot";
  readonly seen = new Journal<ChannelMessage>("Telegram", describeMessage);
  readonly signs = new Journal<ChannelSign>("the reactions on Telegram", describeSign);
  readonly #entries = new Map<ChannelMessage, TranscriptEntry>();
  readonly #telegram: TelegramBotApi;
  readonly #person: number | undefined;

  /** Without a person, each chat is another person's. */
  constructor(
    telegram: TelegramBotApi,
    { chats, person }: { chats: ChannelChats; person?: number } = CONTRACT,
  ) {
    this.#telegram = telegram;
    this.#person = person;
    this.chats = chats;
    telegram.transcript.onAppend((entry) => this.#take(entry));
    telegram.calls.onAppend(({ method, params }) => {
      if (method === "setMessageReaction") this.#sign(params);
    });
  }

  /** Who may write and command, for `channels.telegram`. */
  static readonly settings = {
    dmPolicy: "allowlist",
    allowFrom: [String(PERSON)],
    groupPolicy: "open",
    groups: { [String(GROUP)]: { requireMention: false } },
  };

  /** The chain starts and stops it. */
  async connected(): Promise<void> {}

  async stop(): Promise<void> {}

  say(chat: string, text: string, { picture, file, by }: SayOptions = {}): ChannelMessage {
    this.#telegram.person.say(Number(chat), text, {
      ...(this.#person !== undefined && { from: by === "stranger" ? STRANGER : this.#person }),
      ...(picture && { photo: picture.bytes }),
      ...(file && { document: { ...file, mimeType: "text/plain" } }),
    });
    return this.#last();
  }

  click(message: ChannelMessage, label: string, by: Person = "person"): ChannelMessage {
    const entry = this.#entries.get(message);
    if (!entry) throw new Error("it is no message of this chat");
    this.#telegram.person.click(entry, label, by === "stranger" ? STRANGER : this.#person);
    return this.#last();
  }

  limitNext(retryAfterS: number): Promise<unknown> {
    const { calls } = this.#telegram;
    this.#telegram.failNext("sendMessage", { status: 429, retryAfterS });
    return calls.waitFor(({ method }) => method === "sendMessage", {
      after: calls.entries.at(-1),
    });
  }

  /** https://core.telegram.org/bots/api#setmessagereaction: none takes it away */
  #sign({ chat_id, message_id, reaction }: JsonObject): void {
    const list = asArray(typeof reaction === "string" ? parseJson(reaction) : reaction);
    const signs = list.map((each) => asString(asObject(each)["emoji"]));
    const [chat, id] = [String(chat_id), String(message_id)];
    for (const sign of signs) this.signs.append({ chat, id, sign, isThere: true });
    if (signs.length === 0) this.signs.append({ chat, id, sign: "", isThere: false });
  }

  #take(entry: TranscriptEntry): void {
    const { chat, from, kind, messageId, text, buttons, files } = entry;
    const message = {
      chat: String(chat),
      from,
      kind: KINDS[kind] ?? "message",
      id: messageId === 0 ? "" : String(messageId),
      text,
      buttons: buttons.flat().map((button) => button.text),
      files,
      // The names that its people have here; nobody is called everyone.
      pings: from === "bot" ? (text.match(/(?<!\w)@person\d+/g) ?? []) : [],
    };
    this.#entries.set(message, entry);
    this.seen.append(message);
  }

  #last(): ChannelMessage {
    const last = this.seen.entries.at(-1);
    if (!last) throw new Error("nothing was said yet");
    return last;
  }
}
