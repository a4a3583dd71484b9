/**
 * The Messages app of a Mac, as `imsg` shows it: chats with a person and a group, read and written over JSON-RPC. The
 * methods and their fields are those of imsg 0.9 that OpenClaw 2026.9.6 uses (docs/reference/rpc.md there).
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  type ChannelFile,
  type ChannelMessage,
  describeMessage,
  type PlayedChannel,
  type SayOptions,
} from "../channel-service.js";
import { Journal } from "../journal.js";
import { channelPackage } from "../under-test.js";
import { asObject, asString, type JsonObject, parseJson } from "../wire-guards.js";

const ALICE = "+15550001001";
/** In the group, and not among those who may command. */
const MALLORY = "+15550001002";
const BOT = "+15550009999";

type Chat = { readonly id: number; readonly guid: string; readonly people: readonly string[] };

const DM: Chat = { id: 1, guid: `iMessage;-;${ALICE}`, people: [ALICE] };
const GROUP: Chat = { id: 2, guid: "iMessage;+;chat200", people: [ALICE, MALLORY] };
const CHATS = [DM, GROUP];

/** https://github.com/steipete/imsg: the codes of JSON-RPC 2.0 */
const UNKNOWN_METHOD = -32601;
const INVALID_PARAMS = -32602;

class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export class IMessageService implements PlayedChannel {
  readonly channel = "imessage";
  readonly channelPackage = channelPackage("imessage");
  readonly mention = "@openclaw";
  readonly chats = { private: String(DM.id), group: String(GROUP.id) };
  readonly #attachments = mkdtempSync(join(tmpdir(), "messages-attachments-"));
  readonly config = {
    includeAttachments: true,
    attachmentRoots: [this.#attachments],
    enabled: true,
    cliPath: fileURLToPath(new URL("imsg.mjs", import.meta.url)),
    dmPolicy: "allowlist",
    allowFrom: [ALICE],
    groupPolicy: "allowlist",
    groupAllowFrom: [ALICE],
    groups: { "*": { requireMention: false } },
  };
  readonly seen = new Journal<ChannelMessage>("iMessage", describeMessage);
  /** The methods that it does not know. */
  readonly unknown = new Set<string>();

  readonly #server: Server;
  readonly #watchers = new Set<Socket>();
  readonly #sockets = new Set<Socket>();
  readonly #watched = new Journal<number>("the watches of Messages", String);
  /** All messages as they were shown, in order. */
  readonly #shown: { id: number; message: JsonObject }[] = [];

  static async start(): Promise<IMessageService> {
    const server = createServer();
    const listening = Promise.withResolvers<void>();
    server.once("error", listening.reject);
    server.listen(0, "127.0.0.1", listening.resolve);
    await listening.promise;
    return new IMessageService(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => this.#serve(socket));
  }

  get environment(): NodeJS.ProcessEnv {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("it does not listen");
    return { IMSG_PORT: String(address.port) };
  }

  connected(options: { timeoutMs?: number; signal?: AbortSignal }): Promise<unknown> {
    return this.#watched.waitFor(() => true, { ...options, after: this.#watched.entries.at(-1) });
  }

  async stop(): Promise<void> {
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => closed.resolve());
    for (const socket of this.#sockets) socket.destroy();
    await closed.promise;
    await rm(this.#attachments, { recursive: true, force: true });
  }

  say(chat: string, text: string, { picture, file, by }: SayOptions = {}): ChannelMessage {
    const files = [picture, file].filter((each) => each !== undefined);
    const { row, message } = this.#add(chatWith(chat), text, "person", files);
    const attachments = files.map((each) => this.#keep(each));
    const sender = by === "stranger" ? MALLORY : ALICE;
    this.#notify({ ...row, attachments }, chatWith(chat), text, sender);
    return message;
  }

  click(): never {
    throw new Error("Messages shows no buttons");
  }

  /** Messages keeps what it is sent in its own folder, and tells where. */
  #keep({ name, bytes }: ChannelFile): JsonObject {
    const path = join(this.#attachments, `${randomUUID()}-${name}`);
    writeFileSync(path, bytes);
    const type = name.endsWith(".png") ? "image/png" : "text/plain";
    return { original_path: path, transfer_name: name, mime_type: type, missing: false };
  }

  #add(
    chat: Chat,
    text: string,
    from: ChannelMessage["from"],
    files: readonly ChannelFile[] = [],
  ): { row: { id: number; guid: string }; message: ChannelMessage } {
    const row = { id: this.#shown.length + 1, guid: randomUUID().toUpperCase() };
    const facts = { chat: String(chat.id), from, kind: "message", id: row.guid, text } as const;
    const message = { ...facts, buttons: [], files, pings: [] };
    this.seen.append(message);
    return { row, message };
  }

  /** Messages shows each message to everyone who watches, those of its own user too. */
  #notify(
    row: { id: number; guid: string; attachments?: JsonObject[] },
    chat: Chat,
    text: string,
    sender: string,
  ): void {
    const isGroup = chat.people.length > 1;
    const message = {
      attachments: [],
      ...row,
      chat_id: chat.id,
      chat_guid: chat.guid,
      chat_identifier: isGroup ? "chat200" : ALICE,
      chat_name: isGroup ? "Loopback" : "",
      participants: chat.people,
      is_group: isGroup,
      sender,
      destination_caller_id: BOT,
      is_from_me: sender === BOT,
      text,
      created_at: new Date().toISOString(),
    };
    this.#shown.push({ id: row.id, message });
    for (const watcher of this.#watchers) show(watcher, message);
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#watchers.delete(socket);
    });
    createInterface({ input: socket }).on("line", (line) => void this.#answer(socket, line));
  }

  async #answer(socket: Socket, line: string): Promise<void> {
    const { id, method, params } = asObject(parseJson(line));
    try {
      write(socket, { id, result: await this.#call(socket, asString(method), asObject(params)) });
    } catch (error) {
      const code = error instanceof Refusal ? error.code : -32603;
      write(socket, { id, error: { code, message: String(error) } });
    }
  }

  async #call(socket: Socket, method: string, params: JsonObject): Promise<JsonObject> {
    switch (method) {
      case "chats.list":
        return { chats: CHATS.map(({ id, guid }) => ({ id, guid, identifier: guid, name: "" })) };
      case "messages.history":
        return { messages: [] };
      case "watch.subscribe":
        return this.#watch(socket, params);
      case "watch.unsubscribe":
        this.#watchers.delete(socket);
        return { ok: true };
      case "send":
        return this.#send(params);
      default:
        this.unknown.add(method);
        throw new Refusal(UNKNOWN_METHOD, `Method not found: ${method}`);
    }
  }

  /** What came since a message that is named comes again. */
  #watch(socket: Socket, { since_rowid: since }: JsonObject): JsonObject {
    this.#watchers.add(socket);
    this.#watched.append(this.#watched.entries.length + 1);
    if (typeof since === "number") {
      for (const { id, message } of this.#shown) if (id > since) show(socket, message);
    }
    return { subscription: 1 };
  }

  async #send(params: JsonObject): Promise<JsonObject> {
    const { text, file } = params;
    const chat = addressee(params);
    const said = typeof text === "string" ? text : "";
    if (said === "" && file === undefined) {
      throw new Refusal(INVALID_PARAMS, "text or file is required");
    }
    const files = file === undefined ? [] : [await fileAt(asString(file))];
    const { row } = this.#add(chat, said, "bot", files);
    this.#notify(row, chat, said, BOT);
    return { ok: true, ...row, service: "iMessage", chat_guid: chat.guid };
  }
}

function addressee({ to, chat_id, chat_guid, chat_identifier }: JsonObject): Chat {
  const named = [to, chat_id, chat_guid, chat_identifier].filter((name) => name !== undefined);
  const chat = CHATS.find(
    ({ id, guid, people }) =>
      id === chat_id ||
      guid === chat_guid ||
      (people.length === 1 && [to, chat_identifier].includes(people[0])),
  );
  if (named.length !== 1 || !chat) {
    throw new Refusal(INVALID_PARAMS, `one chat must be named: ${JSON.stringify(named)}`);
  }
  return chat;
}

function chatWith(id: string): Chat {
  const chat = CHATS.find((each) => String(each.id) === id);
  if (!chat) throw new Error(`there is no chat ${id}`);
  return chat;
}

async function fileAt(path: string): Promise<ChannelFile> {
  return { name: basename(path), bytes: await readFile(path) };
}

function show(socket: Socket, message: JsonObject): void {
  write(socket, { method: "message", params: { message } });
}

function write(socket: Socket, message: JsonObject): void {
  socket.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}
