import {
  describeMessage,
  describeSign,
  type ChannelFile,
  type ChannelMessage,
  type ChannelSign,
} from "../channel-service.js";
import { Journal } from "../journal.js";
import { asString, type JsonObject } from "../wire-guards.js";
import {
  applyBody,
  buttonsOf,
  type DiscordButton,
  isEphemeral,
  type MessageFields,
  NO_FIELDS,
  pingsOf,
  shownText,
} from "./message-rules.js";
import { foreignMessage, unknownEmoji, unknownMessage } from "./refusal.js";
import { BOT, describeChannel } from "./world.js";

/** https://discord.com/developers/docs/reference#snowflakes: milliseconds since the beginning of 2015 */
const EPOCH_MS = 1_420_070_400_000;

/** One of Unicode's, or a server's own by its name and id. */
const EMOJI = /^(?:\p{RGI_Emoji}|\w+:\d+)$/v;

export interface StoredFile extends ChannelFile {
  readonly url: string;
  readonly contentType: string;
}

export interface StoredMessage {
  readonly id: string;
  readonly channel: string;
  readonly author: JsonObject;
  fields: MessageFields;
  readonly files: readonly StoredFile[];
}

export interface NewMessage {
  readonly channel: string;
  readonly author?: JsonObject;
  readonly body: JsonObject;
  readonly files?: readonly StoredFile[];
}

/** What stands in the channels, and a journal of all that happened there. */
export class DiscordMessages {
  readonly seen = new Journal<ChannelMessage>("Discord", describeMessage);
  readonly signs = new Journal<ChannelSign>("the reactions on Discord", describeSign);
  readonly #stored = new Map<string, StoredMessage>();
  readonly #nonces = new Map<string, StoredMessage>();
  // From the clock, because the channel drops ids that it has seen, also of an earlier run.
  #lastId = BigInt(Date.now() - EPOCH_MS) << 22n;

  newId(): string {
    this.#lastId += 1n;
    return String(this.#lastId);
  }

  /** @throws DiscordRefusal */
  create({ channel, author = BOT, body, files = [] }: NewMessage): StoredMessage {
    describeChannel(channel);
    // https://discord.com/developers/docs/resources/message#create-message: enforce_nonce makes no second message
    const nonce = body["enforce_nonce"] === true ? asString(body["nonce"]) : "";
    const earlier = nonce === "" ? undefined : this.#nonces.get(nonce);
    if (earlier) return earlier;
    const fields = applyBody(body, NO_FIELDS, { files: files.length });
    const message = { id: this.newId(), channel, author, fields, files };
    if (nonce !== "") this.#nonces.set(nonce, message);
    const isHidden = isEphemeral(fields.flags);
    if (!isHidden) this.#stored.set(message.id, message);
    this.#note(message, isHidden ? "notice" : "message", pingsOf(body, fields));
    return message;
  }

  /** `author` changes a message. @throws DiscordRefusal */
  edit(id: string, body: JsonObject, author: JsonObject = BOT): StoredMessage {
    const message = this.get(id);
    // https://discord.com/developers/docs/resources/message#edit-message: what others have written is theirs
    if (message.author["id"] !== author["id"]) throw foreignMessage();
    message.fields = applyBody(body, message.fields, { files: message.files.length });
    // An edit shows its mentions and rings nobody.
    this.#note(message, "edit", []);
    return message;
  }

  delete(id: string): void {
    const message = this.get(id);
    this.#stored.delete(id);
    this.seen.append({ ...entryOf(message), kind: "delete", text: "", buttons: [] });
  }

  /** https://discord.com/developers/docs/resources/message#create-reaction @throws DiscordRefusal */
  react(id: string, emoji: string, isThere: boolean): void {
    const { channel } = this.get(id);
    if (!EMOJI.test(emoji)) throw unknownEmoji();
    this.signs.append({ chat: channel, id, sign: emoji, isThere });
  }

  /** @throws DiscordRefusal */
  get(id: string): StoredMessage {
    const message = this.#stored.get(id);
    if (!message) throw unknownMessage();
    return message;
  }

  /** @throws where it has no such button */
  buttonOf(id: string, label: string): DiscordButton {
    const buttons = buttonsOf(this.get(id).fields);
    const button = buttons.find((candidate) => candidate.label === label);
    if (button) return button;
    throw new Error(`no button "${label}" among ${buttons.map((each) => each.label).join(", ")}`);
  }

  #note(message: StoredMessage, kind: ChannelMessage["kind"], pings: readonly string[]): void {
    this.seen.append({ ...entryOf(message), kind, pings });
  }
}

function entryOf({ id, channel, author, fields, files }: StoredMessage): ChannelMessage {
  return {
    chat: channel,
    from: author["bot"] === true ? "bot" : "person",
    kind: "message",
    id,
    text: shownText(fields),
    buttons: buttonsOf(fields).map(({ label }) => label),
    files,
    pings: [],
  };
}

export function describeStored({ id, channel, author, fields, files }: StoredMessage): JsonObject {
  return {
    id,
    channel_id: channel,
    type: 0,
    ...fields,
    author,
    attachments: files.map(({ name, bytes, url, contentType }, index) => ({
      id: String(BigInt(id) + BigInt(index)),
      filename: name,
      size: bytes.length,
      url,
      proxy_url: url,
      content_type: contentType,
    })),
    mentions: [],
    mention_roles: [],
    mention_everyone: false,
    timestamp: new Date().toISOString(),
    edited_timestamp: null,
    tts: false,
    pinned: false,
  };
}
