/** OpenClaw as far as the plugin sees it, in a simulated process or a real one. */
import path from "node:path";
import * as z from "zod/mini";
import { asArray, asObject, asString } from "../support/wire-guards.js";
import { addressOf, readAddress, type Button } from "./chat.js";
import type { Click, RunningGateway, Version } from "./computer.js";
import { fileAsText } from "./pictures.js";

export const PLUGIN_ID = "codex-conversation";
/** The one that has buttons. */
const CHANNEL = "telegram";
/** Longer than anything that is said here: only the stand-in's own `chunker` makes several messages of an answer. */
const CHUNK_LIMIT = 4000;

/** Nobody has a page open. */
const SERVICE_CONTEXT = { gatewayEvents: { emit: (): void => {} } };

type Handler = (...args: unknown[]) => unknown;

/** A message as the channel hands it to the gateway. */
export type Incoming = {
  chat: number;
  number: number;
  text: string;
  isAuthorized: boolean;
  /** By the channel's clock. */
  sentAt: number;
  /** Who says it, in a group. */
  speaker?: string;
  /** The path of a picture that came with it. */
  picture?: string;
};

/** OpenClaw's own store of bound chats, which outlives the gateway. */
export type HostBindings = {
  get(chat: number): Record<string, unknown> | undefined;
  set(chat: number, data: Record<string, unknown>): void;
  delete(chat: number): boolean;
};

/** A channel as a gateway has it. @throws what channels throw */
export type GatewayChannel = {
  send(to: string, text: string, buttons?: readonly Button[]): Promise<{ messageId: string }>;
  edit(to: string, id: number, text: string, buttons?: readonly Button[]): Promise<void>;
};

/** What a gateway is on. */
export type GatewaySurroundings = {
  run: number;
  isAlive: () => boolean;
  /** The default export of a fresh copy of the plugin's module, as after a reload. */
  load: (version: Version) => unknown;
  channel: GatewayChannel;
  bindings: HostBindings;
  stateDir: string;
  config: Record<string, unknown>;
  sleep: (ms: number) => Promise<void>;
  /** A file that is sent into a chat. */
  readFile: (file: string) => Buffer;
  onWarning: (text: string) => void;
};

export class Gateway implements RunningGateway {
  readonly #around: GatewaySurroundings;
  readonly #hooks = new Map<string, Handler>();
  readonly #clicks = new Map<string, Handler>();
  #command: Handler | undefined;
  #service: { start: Handler; stop: Handler } | undefined;
  #config: Record<string, unknown>;
  isUp = false;
  readonly gone = Promise.withResolvers<undefined>();

  constructor(around: GatewaySurroundings) {
    this.#around = around;
    this.#config = around.config;
  }

  get run(): number {
    return this.#around.run;
  }

  get isAlive(): boolean {
    return this.#around.isAlive();
  }

  async start(version: Version): Promise<void> {
    this.#register(await this.#around.load(version));
    await this.#service?.start(SERVICE_CONTEXT);
    await this.#hooks.get("gateway_start")?.({}, {});
    this.isUp = true;
  }

  /** The order in which OpenClaw 2026.9.6 replaces a plugin. */
  async replace(version: Version): Promise<void> {
    await this.#service?.stop();
    await this.#hooks.get("gateway_stop")?.({ reason: "plugin replacement" }, {});
    const entry = await this.#around.load(version);
    this.#hooks.clear();
    this.#clicks.clear();
    this.#register(entry);
    await this.#service?.start(SERVICE_CONTEXT);
  }

  async stop(): Promise<void> {
    this.isUp = false;
    await this.#hooks.get("gateway_stop")?.({ reason: "shutdown" }, {});
    await this.#service?.stop();
  }

  configure(config: Record<string, unknown>): void {
    this.#config = config;
  }

  async receive(message: Incoming): Promise<"unbound" | "taken"> {
    const { chat, number, text, isAuthorized, sentAt, speaker, picture } = message;
    const binding = this.#binding(chat);
    if (!binding) return "unbound";
    const to = addressOf(chat, number);
    const event = {
      content: text,
      channel: CHANNEL,
      accountId: "default",
      conversationId: conversationIdOf(chat),
      isGroup: speaker !== undefined,
      senderId: speaker ?? personOf(isAuthorized),
      ...(speaker === undefined ? {} : { senderName: speaker }),
      timestamp: sentAt,
      ...(picture === undefined
        ? {}
        : { media: [{ path: picture, contentType: "image/png", kind: "image" }] }),
      commandAuthorized: isAuthorized,
      messageId: `message-${number}`,
      metadata: { originatingTo: to },
    };
    const result = await this.#hooks.get("inbound_claim")?.(event, { pluginBinding: binding });
    const claim = claimSchema.parse(result);
    if (claim?.reply) await this.#reply(to, claim.reply.text);
    return "taken";
  }

  /** A gateway's own reply; it tries until it is through, as OpenClaw's do. */
  async #reply(to: string, text: string): Promise<void> {
    const { channel, sleep } = this.#around;
    for (let attempt = 0; attempt < 60; attempt += 1) {
      try {
        // oxlint-disable-next-line no-await-in-loop
        await channel.send(to, text);
        return;
      } catch {
        // oxlint-disable-next-line no-await-in-loop
        await sleep(1000);
      }
    }
  }

  /** As OpenClaw's Telegram channel brings it. */
  async click({ to, messageId, data }: Click, isAuthorizedSender: boolean): Promise<string> {
    const [namespace = ""] = data.split(":", 1);
    const { chat } = readAddress(to);
    const replies: string[] = [];
    await this.#clicks.get(namespace)?.({
      accountId: "default",
      senderId: personOf(isAuthorizedSender),
      conversationId: conversationIdOf(chat),
      ...this.#bindingOf(chat),
      callback: { payload: data.slice(namespace.length + 1), chatId: to, messageId },
      auth: { isAuthorizedSender },
      respond: {
        reply: async ({ text }: { text: string }) => void replies.push(text),
        clearButtons: async () => {},
      },
    });
    return replies.join("\n");
  }

  async command(chat: number, args: string): Promise<string> {
    const context = {
      channel: CHANNEL,
      accountId: "default",
      from: addressOf(chat, 0),
      to: addressOf(chat, 0),
      args,
      senderId: personOf(true),
      isAuthorizedSender: true,
      ...this.#bindingOf(chat),
    };
    const reply = await this.#command?.(context);
    // A card says nothing beside itself.
    return z.object({ text: z._default(z.string(), "") }).parse(reply).text;
  }

  /** What a command and a click are told of their chat's binding. */
  #bindingOf(chat: number): Record<string, unknown> {
    const { bindings } = this.#around;
    return {
      requestConversationBinding: async (
        params: { data?: Record<string, unknown> } | undefined,
      ) => {
        bindings.set(chat, params?.data ?? {});
        return { status: "bound", binding: this.#binding(chat) };
      },
      detachConversationBinding: async () => ({ removed: bindings.delete(chat) }),
      getCurrentConversationBinding: async () => this.#binding(chat),
    };
  }

  #register(plugin: unknown): void {
    const entry = asObject(plugin);
    const { register } = entry;
    if (typeof register !== "function") throw new Error("the bundle holds no plugin");
    Reflect.apply(register, entry, [this.#api()]);
  }

  #api(): Record<string, unknown> {
    const { stateDir, onWarning } = this.#around;
    return {
      id: PLUGIN_ID,
      registrationMode: "full",
      pluginConfig: undefined,
      logger: { debug: () => {}, info: () => {}, warn: onWarning, error: onWarning },
      runtime: {
        version: "2026.9.6",
        state: { resolveStateDir: () => stateDir },
        config: {
          current: () => ({ plugins: { entries: { [PLUGIN_ID]: { config: this.#config } } } }),
        },
        channel: {
          outbound: { loadAdapter: async () => this.#adapter() },
          threadBindings: {
            setMaxAgeBySessionKeyAsync: async () => [],
            setIdleTimeoutBySessionKeyAsync: async () => [],
          },
        },
      },
      on: (name: string, handler: Handler) => void this.#hooks.set(name, handler),
      onConversationBindingResolved: () => {},
      registerCommand: (command: { handler: Handler }) => void (this.#command = command.handler),
      registerReload: () => {},
      registerInteractiveHandler: (clicks: {
        channel: string;
        namespace: string;
        handler: Handler;
      }) => {
        if (clicks.channel === CHANNEL) this.#clicks.set(clicks.namespace, clicks.handler);
      },
      registerService: (service: { start: Handler; stop: Handler }) =>
        void (this.#service = service),
    };
  }

  #adapter(): Record<string, unknown> {
    const { channel } = this.#around;
    return {
      textChunkLimit: CHUNK_LIMIT,
      // Only answers come in parts that can be told apart.
      chunker: (text: string) => (text.startsWith("Answer ") ? text.split("\n\n") : [text]),
      sendText: ({ to, text }: { to: string; text: string }) => channel.send(to, text),
      sendMedia: ({ to, text, mediaUrl }: { to: string; text: string; mediaUrl: string }) =>
        this.#sendFile(to, text, mediaUrl),
      sendPayload: ({ to, text, payload }: { to: string; text: string; payload: unknown }) =>
        channel.send(to, text, buttonsIn(payload)),
    };
  }

  /** The channel reads it as it is sent; what is then in the chat is told by its name and its content. */
  async #sendFile(to: string, caption: string, file: string): Promise<{ messageId: string }> {
    const { channel, readFile } = this.#around;
    const shown = fileAsText(path.posix.basename(file), readFile(file));
    return channel.send(to, caption === "" ? shown : `${shown}\n\n${caption}`);
  }

  #binding(chat: number): Record<string, unknown> | null {
    const data = this.#around.bindings.get(chat);
    if (data === undefined) return null;
    return {
      bindingId: conversationIdOf(chat),
      pluginId: PLUGIN_ID,
      pluginRoot: "/",
      channel: CHANNEL,
      accountId: "default",
      conversationId: conversationIdOf(chat),
      boundAt: 0,
      data,
    };
  }
}

/** Whose the private chats are, and who types and clicks in the others. */
function personOf(isAuthorized: boolean): string {
  return isAuthorized ? "owner" : "stranger";
}

function conversationIdOf(chat: number): string {
  return `chat:${chat}`;
}

export function buttonsIn(payload: unknown): Button[] {
  const { blocks } = asObject(asObject(payload)["presentation"]);
  return asArray(blocks).flatMap((block) =>
    asArray(asObject(block)["buttons"]).map((button) => ({
      label: asString(asObject(button)["label"]),
      value: asString(asObject(asObject(button)["action"])["value"]),
    })),
  );
}

const claimSchema = z.optional(
  z.object({ handled: z.literal(true), reply: z.optional(z.object({ text: z.string() })) }),
);
