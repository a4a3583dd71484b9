import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { Journal, type WaitOptions } from "./journal.js";
import { type LoopbackServer, serveOnLoopback } from "./loopback-server.js";
import {
  type BotApiCall,
  type Button,
  readBotApiCall,
  readInlineKeyboard,
  renderText,
  type UploadedFile,
} from "./telegram-wire.js";
import { describeEntry, type TranscriptEntry } from "./transcript.js";
import { asNumber, asString, type JsonObject } from "./wire-guards.js";

export interface SayOptions {
  /** The sender's id; in a private chat it is the chat's own. */
  readonly from?: number;
  readonly photo?: Buffer;
  readonly document?: UploadedFile;
  readonly voice?: Buffer;
  /** More fields of the Bot API's Message: what it replies to, where it was forwarded from, a place. */
  readonly more?: JsonObject;
}

/** One message of an album. */
export type AlbumPart = Pick<SayOptions, "photo" | "document">;

export type BotApiFailure =
  | "drop"
  /** The message is not taken, and whoever sends it hears nothing for as long as they wait. */
  | "no answer"
  /** The message is in the chat, and the answer to whoever sent it is lost. */
  | "drop after taking"
  | {
      readonly status: number;
      readonly retryAfterS?: number;
      readonly description?: string;
      /** The group's new id. */
      readonly migrateTo?: number;
    };

interface SentMessage {
  readonly chat: number;
  text: string;
  buttons: Button[][];
}

interface PendingPoll {
  readonly offset: number;
  readonly answer: (result: unknown[] | "conflict") => void;
}

const BOT_ID = 123_456;
const MAX_TEXT_LENGTH = 4096;
const BOT_USER = {
  id: BOT_ID,
  is_bot: true,
  first_name: "Loopback",
  username: "loopback_bot",
  can_join_groups: true,
  can_read_all_group_messages: true,
};

class BotApiError extends Error {
  readonly status: number;

  constructor(status: number, description: string) {
    super(description);
    this.status = status;
  }
}

/**
 * Telegram's Bot API on loopback, as far as OpenClaw's Telegram channel uses it, with a person at
 * the other end who is played by the test. Negative chat ids are groups, as they are at Telegram.
 */
export class TelegramBotApi {
  static readonly token = `${BOT_ID}:ABC`;

  /** Everything that was said, by people and by the bot, in every chat. */
  readonly transcript = new Journal<TranscriptEntry>("the chats", describeEntry);
  /** Every call of a method, whether it succeeded or not. */
  readonly calls = new Journal<BotApiCall>("the calls of the Bot API", ({ method }) => method);
  readonly person = {
    say: (chat: number, text: string, options?: SayOptions) => this.#say(chat, text, options),
    /** Sends several messages as one album, whose caption stands with the first of them. */
    sendAlbum: (chat: number, caption: string, parts: readonly AlbumPart[]) => {
      const albumId = String(this.#nextUpdateId);
      // As Telegram does: a channel that were given them one by one would have to be fast enough.
      return this.#inOneUpdate(() =>
        parts.map((part, index) =>
          this.#say(chat, index === 0 ? caption : "", { ...part }, albumId),
        ),
      );
    },
    /** Presses a button, named by its label or its data, of a message of the bot. */
    click: (message: TranscriptEntry, button: string, from?: number) =>
      this.#click(message, button, from),
    /** Sends a button's data as somebody who forges it: with any message of the bot, in any chat. */
    forgeClick: (message: TranscriptEntry, data: string, from?: number) =>
      this.#press(message, { text: "(forged)", data }, from),
  };

  readonly #server: LoopbackServer;
  // From the clock, because the channel remembers the last id that it saw across restarts.
  #nextUpdateId = Date.now();
  #nextMessageId = 1;
  #updates: { readonly update_id: number }[] = [];
  #poll: PendingPoll | undefined;
  #isGathering = false;
  readonly #sent = new Map<number, SentMessage>();
  readonly #uploads = new Map<string, Buffer>();
  readonly #failures: { method: string; chat: number | undefined; failure: BotApiFailure }[] = [];

  static async start(): Promise<TelegramBotApi> {
    const ready = Promise.withResolvers<TelegramBotApi>();
    const server = await serveOnLoopback(async (request, response) => {
      const api = await ready.promise;
      const url = new URL(request.url ?? "/", api.url);
      const [, , method = "", ...path] = url.pathname.split("/");
      if (url.pathname.startsWith("/file/")) api.#download(path.join("/"), response);
      else await api.#answer(await readBotApiCall(method, url.searchParams, request), response);
    });
    const api = new TelegramBotApi(server);
    ready.resolve(api);
    return api;
  }

  private constructor(server: LoopbackServer) {
    this.#server = server;
  }

  get url(): string {
    return this.#server.url;
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  /** What was said in one chat so far. */
  chat(id: number): readonly TranscriptEntry[] {
    return this.transcript.entries.filter(({ chat }) => chat === id);
  }

  /** A message of the bot (an edited one too) that matches, already there or yet to come. */
  waitForMessage(
    chat: number,
    matches: RegExp | ((message: TranscriptEntry) => boolean),
    options?: WaitOptions<TranscriptEntry>,
  ): Promise<TranscriptEntry> {
    return this.transcript.waitFor(
      (entry) =>
        entry.chat === chat &&
        entry.from === "bot" &&
        (matches instanceof RegExp ? matches.test(entry.text) : matches(entry)),
      { about: (entry) => entry.chat === chat, ...options },
    );
  }

  /** Lets the next calls of a method, for one chat or for any, fail: with a status, or by a connection that just ends. */
  failNext(
    method: string,
    failure: BotApiFailure,
    { times = 1, chat }: { readonly times?: number; readonly chat?: number } = {},
  ): void {
    this.#failures.push(...Array.from({ length: times }, () => ({ method, chat, failure })));
  }

  #say(chat: number, text: string, options: SayOptions = {}, albumId?: string): TranscriptEntry {
    const messageId = this.#nextMessageId++;
    const { photo, document, voice } = options;
    const command = /^\/\w+(@\w+)?/.exec(text)?.[0];
    this.#pushUpdate({
      message: {
        message_id: messageId,
        date: Math.floor(Date.now() / 1000),
        chat: describeChat(chat),
        from: describePerson(options.from ?? Math.abs(chat)),
        ...(photo || document || voice ? (text === "" ? {} : { caption: text }) : { text }),
        ...(albumId !== undefined && { media_group_id: albumId }),
        ...(command && { entities: [{ type: "bot_command", offset: 0, length: command.length }] }),
        ...(photo && { photo: [{ ...this.#store(photo, "photo.jpg"), width: 64, height: 64 }] }),
        ...(document && {
          document: {
            ...this.#store(document.bytes, document.name),
            file_name: document.name,
            mime_type: document.mimeType,
          },
        }),
        ...(voice && {
          voice: { ...this.#store(voice, "voice.oga"), duration: 1, mime_type: "audio/ogg" },
        }),
        ...options.more,
      },
    });
    const kind = photo ? "photo" : document ? "document" : voice ? "voice" : "message";
    const files = document
      ? [document]
      : photo
        ? [{ name: "photo.jpg", mimeType: "image/jpeg", bytes: photo }]
        : voice
          ? [{ name: "voice.oga", mimeType: "audio/ogg", bytes: voice }]
          : [];
    return this.#record({ chat, from: "person", kind, messageId, text, files });
  }

  #click(message: TranscriptEntry, wanted: string, from?: number): TranscriptEntry {
    const button = message.buttons.flat().find(({ text, data }) => [text, data].includes(wanted));
    if (!button) throw new Error(`no button "${wanted}" in ${describeEntry(message)}`);
    return this.#press(message, button, from);
  }

  #press(
    { chat, messageId }: TranscriptEntry,
    button: Button,
    from = Math.abs(chat),
  ): TranscriptEntry {
    const id = String(this.#nextUpdateId);
    this.#pushUpdate({
      callback_query: {
        id,
        from: describePerson(from),
        chat_instance: String(chat),
        data: button.data,
        message: this.#describeMessage(messageId),
      },
    });
    return this.#record({ chat, from: "person", kind: "click", messageId, text: button.text });
  }

  async #answer(call: BotApiCall, response: ServerResponse): Promise<void> {
    this.calls.append(call);
    const failure = this.#failureOf(call);
    if (failure === "drop") {
      response.destroy();
      return;
    }
    if (failure === "no answer") return;
    if (failure === "drop after taking") {
      this.#perform(call);
      response.destroy();
      return;
    }
    try {
      if (failure) {
        throw new BotApiError(failure.status, failure.description ?? "failure on demand");
      }
      const result =
        call.method === "getUpdates" ? await this.#getUpdates(call, response) : this.#perform(call);
      sendJson(response, 200, { ok: true, result });
    } catch (error) {
      if (!(error instanceof BotApiError)) throw error;
      const { retryAfterS, migrateTo } = failure ?? {};
      sendJson(response, error.status, {
        ok: false,
        error_code: error.status,
        description: error.message,
        ...(retryAfterS !== undefined && { parameters: { retry_after: retryAfterS } }),
        ...(migrateTo !== undefined && { parameters: { migrate_to_chat_id: migrateTo } }),
      });
    }
  }

  #failureOf({ method, params }: BotApiCall): BotApiFailure | undefined {
    const to = asNumber(params["chat_id"]);
    const index = this.#failures.findIndex(
      (planned) => planned.method === method && (planned.chat ?? to) === to,
    );
    return index === -1 ? undefined : this.#failures.splice(index, 1)[0]?.failure;
  }

  #perform({ method, params, files }: BotApiCall): unknown {
    const chat = asNumber(params["chat_id"]) ?? 0;
    const messageId = asNumber(params["message_id"]) ?? 0;
    const text = renderText(asString(params["text"] ?? params["caption"]), params["parse_mode"]);
    const buttons = readInlineKeyboard(params["reply_markup"]);
    switch (method) {
      case "getMe":
        return BOT_USER;
      case "getWebhookInfo":
        return { url: "", has_custom_certificate: false, pending_update_count: 0 };
      case "getChat":
        return describeChat(chat);
      case "sendMessage":
        if (text.trim() === "") throw new BotApiError(400, "Bad Request: message text is empty");
        if (text.length > MAX_TEXT_LENGTH) throw new BotApiError(400, "message is too long");
        return this.#send({ chat, kind: "message", text, buttons });
      case "sendPhoto":
        return this.#send({ chat, kind: "photo", text, buttons, files });
      case "sendDocument":
        return this.#send({ chat, kind: "document", text, buttons, files });
      case "editMessageText":
      case "editMessageCaption":
        return this.#edit(messageId, { text, buttons });
      case "editMessageReplyMarkup":
        return this.#edit(messageId, { buttons });
      case "deleteMessage":
        this.#record({ chat, from: "bot", kind: "delete", messageId, text: "" });
        return this.#sent.delete(messageId);
      case "answerCallbackQuery":
        if (text) this.#record({ chat, from: "bot", kind: "notice", messageId: 0, text });
        return true;
      case "getFile": {
        const id = asString(params["file_id"]);
        if (!this.#uploads.has(id)) throw new BotApiError(400, "Bad Request: invalid file_id");
        return { file_id: id, file_unique_id: id, file_path: id };
      }
      default:
        return true;
    }
  }

  #send(message: Pick<TranscriptEntry, "chat" | "kind" | "text"> & Partial<TranscriptEntry>) {
    const messageId = this.#nextMessageId++;
    const buttons = (message.buttons ?? []).map((row) => [...row]);
    this.#sent.set(messageId, { chat: message.chat, text: message.text, buttons });
    this.#record({ ...message, messageId, from: "bot" });
    return this.#describeMessage(messageId);
  }

  #edit(messageId: number, change: Partial<SentMessage>): unknown {
    const message = this.#sent.get(messageId);
    if (!message) throw new BotApiError(400, "Bad Request: message to edit not found");
    const before = JSON.stringify(message);
    Object.assign(message, change);
    if (JSON.stringify(message) === before) {
      throw new BotApiError(400, "Bad Request: message is not modified");
    }
    this.#record({ ...message, from: "bot", kind: "edit", messageId });
    return this.#describeMessage(messageId);
  }

  #describeMessage(messageId: number): unknown {
    const message = this.#sent.get(messageId);
    return {
      message_id: messageId,
      date: Math.floor(Date.now() / 1000),
      from: BOT_USER,
      chat: describeChat(message?.chat ?? 0),
      text: message?.text ?? "",
    };
  }

  #record(
    entry: Pick<TranscriptEntry, "chat" | "from" | "kind" | "messageId" | "text"> &
      Partial<TranscriptEntry>,
  ): TranscriptEntry {
    const whole = { buttons: [], files: [], ...entry, at: new Date().toISOString() };
    this.transcript.append(whole);
    return whole;
  }

  #store(bytes: Buffer, name: string) {
    const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
    const id = `${digest}/${name}`;
    this.#uploads.set(id, bytes);
    return { file_id: id, file_unique_id: digest, file_size: bytes.length };
  }

  #download(id: string, response: ServerResponse): void {
    const bytes = this.#uploads.get(id);
    response.writeHead(bytes ? 200 : 404).end(bytes);
  }

  #pushUpdate(update: Readonly<Record<string, unknown>>): void {
    this.#updates.push({ update_id: this.#nextUpdateId++, ...update });
    if (!this.#isGathering) this.#answerPoll();
  }

  #answerPoll(): void {
    const poll = this.#poll;
    if (poll) poll.answer(this.#updatesFrom(poll.offset));
  }

  /** Whoever polls is given all that is said meanwhile at once. */
  #inOneUpdate<Said>(say: () => Said): Said {
    this.#isGathering = true;
    const said = say();
    this.#isGathering = false;
    this.#answerPoll();
    return said;
  }

  #updatesFrom(offset: number): unknown[] {
    return this.#updates.filter(({ update_id }) => update_id >= offset);
  }

  async #getUpdates({ params }: BotApiCall, response: ServerResponse): Promise<unknown[]> {
    const offset = asNumber(params["offset"]) ?? 0;
    const timeoutMs = (asNumber(params["timeout"]) ?? 0) * 1000;
    // Asking from an offset confirms all that came before it.
    this.#updates = this.#updates.filter(({ update_id }) => update_id >= offset);
    this.#poll?.answer("conflict");
    if (this.#updates.length > 0 || timeoutMs === 0) return this.#updatesFrom(offset);

    const { promise, resolve } = Promise.withResolvers<unknown[] | "conflict">();
    const poll = { offset, answer: resolve };
    this.#poll = poll;
    const timer = setTimeout(() => resolve([]), timeoutMs);
    response.once("close", () => resolve([]));
    const result = await promise;
    clearTimeout(timer);
    if (this.#poll === poll) this.#poll = undefined;
    if (result === "conflict") {
      throw new BotApiError(409, "Conflict: terminated by other getUpdates request");
    }
    return result;
  }
}

function describeChat(id: number) {
  return id < 0
    ? { id, type: "supergroup", title: `Group ${-id}` }
    : { id, type: "private", first_name: `Person ${id}` };
}

function describePerson(id: number) {
  return { id, is_bot: false, first_name: `Person ${id}`, username: `person${id}` };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
