/** What stands in the chats. */
import {
  describeMessage,
  describeSign,
  type ChannelFile,
  type ChannelMessage,
  type ChannelSign,
} from "../channel-service.js";
import { Journal } from "../journal.js";
import { asString, type JsonObject } from "../wire-guards.js";
import { checkBlocks } from "./block-rules.js";
import { SlackRefusal } from "./refusal.js";
import { render, type SlackButton } from "./rendering.js";
import { ALICE, BOT, DM, GENERAL } from "./world.js";

/** https://docs.slack.dev/reference/methods/chat.postMessage: longer ones are truncated, which loses text */
const POSTED_TEXT = 40_000;
/** https://docs.slack.dev/reference/methods/chat.update: msg_too_long */
const UPDATED_TEXT = 4000;

interface Stored {
  readonly channel: string;
  readonly ts: string;
  readonly thread: string | undefined;
  readonly user: string;
  readonly files: readonly ChannelFile[];
  text: string;
  blocks: readonly JsonObject[];
}

type New = Pick<Stored, "channel" | "user" | "text"> &
  Partial<Pick<Stored, "thread" | "files" | "blocks">>;

export class SlackMessages {
  readonly seen = new Journal<ChannelMessage>("Slack", describeMessage);
  readonly signs = new Journal<ChannelSign>("the reactions on Slack", describeSign);
  readonly #stored = new Map<string, Stored>();
  /** The bot's reactions that are there. */
  readonly #reactions = new Set<string>();
  // From the clock, since the channel drops what it has seen before a restart.
  readonly #since = Math.floor(Date.now() / 1000);
  #count = 0;

  /** A timestamp, which is a message's id in its channel. */
  nextTs(): string {
    this.#count += 1;
    return `${this.#since}.${String(this.#count).padStart(6, "0")}`;
  }

  /** https://docs.slack.dev/reference/methods/chat.postMessage @throws SlackRefusal */
  post(args: JsonObject): Stored {
    const text = asString(args["text"]);
    const blocks = args["blocks"] === undefined ? [] : checkBlocks(args["blocks"]);
    if (text === "" && blocks.length === 0) throw new SlackRefusal("no_text");
    if (text.length > POSTED_TEXT) throw new SlackRefusal("msg_too_long");
    const channel = postedTo(asString(args["channel"]));
    const thread = this.#threadOf(channel, args["thread_ts"]);
    return this.add({ channel, user: BOT.user, text, blocks, ...(thread && { thread }) });
  }

  /** https://docs.slack.dev/reference/methods/chat.update @throws SlackRefusal */
  update(args: JsonObject): Stored {
    const message = this.#own(args, "cant_update_message");
    const { text, blocks } = args;
    if (text === undefined && blocks === undefined) throw new SlackRefusal("no_text");
    if (asString(text).length > UPDATED_TEXT) throw new SlackRefusal("msg_too_long");
    if (text !== undefined) message.text = asString(text);
    // "If you don't include this field, the message's previous blocks will be retained."
    if (blocks !== undefined) message.blocks = checkBlocks(blocks);
    this.#note("edit", message);
    return message;
  }

  /** https://docs.slack.dev/reference/methods/chat.delete @throws SlackRefusal */
  remove(args: JsonObject): void {
    const message = this.#own(args, "cant_delete_message");
    this.#stored.delete(keyOf(message.channel, message.ts));
    this.#note("delete", { ...message, text: "", blocks: [] });
  }

  /** https://docs.slack.dev/reference/methods/reactions.add, reactions.remove @throws SlackRefusal */
  react({ channel, timestamp, name }: JsonObject, isThere: boolean): void {
    const message = this.find(asString(channel), asString(timestamp));
    if (!message) throw new SlackRefusal("message_not_found");
    const sign = asString(name);
    if (!/^[\w'+-]+$/.test(sign)) throw new SlackRefusal("invalid_name");
    const { ts, thread } = message;
    const reaction = `${keyOf(message.channel, ts)} ${sign}`;
    if (this.#reactions.has(reaction) === isThere) {
      throw new SlackRefusal(isThere ? "already_reacted" : "no_reaction");
    }
    if (isThere) this.#reactions.add(reaction);
    else this.#reactions.delete(reaction);
    this.signs.append({ chat: chatOf(message.channel, thread), id: ts, sign, isThere });
  }

  /** Only Alice sees it. */
  notice(chat: string, args: JsonObject): void {
    const { channel, thread } = placeOf(chat);
    const blocks = args["blocks"] === undefined ? [] : checkBlocks(args["blocks"]);
    const text = asString(args["text"]);
    this.#note("notice", {
      channel,
      ts: "",
      thread,
      user: BOT.user,
      files: [],
      text,
      blocks,
    });
  }

  add({ channel, user, text, thread, files = [], blocks = [] }: New): Stored {
    const message = { channel, ts: this.nextTs(), thread, user, text, files, blocks };
    this.#stored.set(keyOf(channel, message.ts), message);
    this.#note("message", message);
    return message;
  }

  find(channel: string, ts: string): Stored | undefined {
    return this.#stored.get(keyOf(channel, ts));
  }

  /** The messages of a channel, or of one of its threads with what it began with. */
  list(channel: string, thread?: string): JsonObject[] {
    return [...this.#stored.values()]
      .filter((each) => each.channel === channel)
      .filter((each) =>
        thread === undefined ? !each.thread : [each.ts, each.thread].includes(thread),
      )
      .map(describeStored);
  }

  button(channel: string, ts: string, label: string): SlackButton {
    const message = this.find(channel, ts);
    const buttons = message ? render(message.text, message.blocks).buttons : [];
    const button = buttons.find((each) => each.label === label);
    if (!button) throw new Error(`no button "${label}" in ${channel} ${ts}`);
    return button;
  }

  #own(args: JsonObject, otherwise: string): Stored {
    const channel = asString(args["channel"]);
    // Unlike a new message, an existing one is found only where it is.
    if (![DM, GENERAL].includes(channel)) throw new SlackRefusal("channel_not_found");
    const message = this.find(channel, asString(args["ts"]));
    if (!message) throw new SlackRefusal("message_not_found");
    if (message.user !== BOT.user) throw new SlackRefusal(otherwise);
    return message;
  }

  #threadOf(channel: string, thread: unknown): string | undefined {
    if (thread === undefined) return undefined;
    const ts = asString(thread);
    if (!/^\d+\.\d{6}$/.test(ts)) throw new SlackRefusal("invalid_thread_ts");
    if (!this.find(channel, ts)) throw new SlackRefusal("thread_not_found");
    return ts;
  }

  #note(kind: ChannelMessage["kind"], message: Stored): void {
    const { text, buttons, pings } = render(message.text, message.blocks);
    this.seen.append({
      chat: chatOf(message.channel, message.thread),
      from: message.user === BOT.user ? "bot" : "person",
      kind,
      id: message.ts,
      text,
      buttons: buttons.map(({ label }) => label),
      files: message.files,
      pings,
    });
  }
}

/** A channel, and the thread in it, if any. */
export function chatOf(channel: string, thread: string | undefined): string {
  return thread === undefined ? channel : `${channel}/${thread}`;
}

export function placeOf(chat: string): { channel: string; thread: string | undefined } {
  const [channel = "", thread] = chat.split("/");
  return { channel, thread };
}

export function describeStored({ channel, ts, thread, user, text, blocks }: Stored): JsonObject {
  return {
    type: "message",
    channel,
    ts,
    user,
    text,
    ...(user === BOT.user && { bot_id: BOT.bot }),
    ...(blocks.length > 0 && { blocks }),
    ...(thread !== undefined && { thread_ts: thread }),
  };
}

/** A person's id stands for the direct message with them, whose own id Slack answers with. */
function postedTo(channel: string): string {
  if (channel === ALICE.user) return DM;
  if (![DM, GENERAL].includes(channel)) throw new SlackRefusal("channel_not_found");
  return channel;
}

function keyOf(channel: string, ts: string): string {
  return `${channel} ${ts}`;
}
