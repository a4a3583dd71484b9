/** A gateway: one simulated process with the plugin in it, and OpenClaw as far as the plugin sees it. */
import path from "node:path";
import * as z from "zod/mini";
import { bringClick } from "../chaos/gateway/click.js";
import { asArray, asObject, asString } from "../support/wire-guards.js";
import type { Channel } from "./channel.js";
import { addressOf } from "./chat.js";
import { fileAsText } from "./pictures.js";
import type { PluginCode, SimProcess } from "./sim-process.js";

const PLUGIN_ID = "codex-conversation";
/** The one that has buttons. */
const CHANNEL = "telegram";
/** Longer than anything that is said here: only the stand-in's own `chunker` makes several messages of an answer. */
const CHUNK_LIMIT = 4000;

type Handler = (...args: unknown[]) => unknown;

/** A message as the channel hands it to the gateway. */
export type Incoming = {
  chat: number;
  number: number;
  text: string;
  isAuthorized: boolean;
  /** Who says it, in a group. */
  speaker?: string;
  /** The path of a picture that came with it. */
  picture?: string;
};

/** OpenClaw's own store of bound chats, which outlives the gateway. */
export type HostBindings = Map<number, Record<string, unknown>>;

/** What a gateway is on: the machine, its channel, its store. */
export type GatewaySurroundings = {
  run: number;
  process: SimProcess;
  channel: Channel;
  bindings: HostBindings;
  stateDir: string;
  config: () => Record<string, unknown>;
  onWarning: (text: string) => void;
};

export class Gateway {
  readonly around: GatewaySurroundings;
  readonly #hooks = new Map<string, Handler>();
  readonly #clicks = new Map<string, Handler>();
  #command: Handler | undefined;
  #service: { start: Handler; stop: Handler } | undefined;
  /** It takes messages. */
  isUp = false;
  /** Settled when its process is gone. */
  readonly gone = Promise.withResolvers<undefined>();

  constructor(around: GatewaySurroundings) {
    this.around = around;
  }

  get run(): number {
    return this.around.run;
  }

  get isAlive(): boolean {
    return this.around.process.life.alive;
  }

  async start(code: PluginCode): Promise<void> {
    this.#register(code);
    await this.#service?.start();
    await this.#hooks.get("gateway_start")?.({}, {});
    this.isUp = true;
  }

  /** The order in which OpenClaw 2026.9.6 replaces a plugin. */
  async replace(code: PluginCode): Promise<void> {
    await this.#service?.stop();
    await this.#hooks.get("gateway_stop")?.({ reason: "plugin replacement" }, {});
    this.#hooks.clear();
    this.#clicks.clear();
    this.#register(code);
    await this.#service?.start();
  }

  async stop(): Promise<void> {
    this.isUp = false;
    await this.#hooks.get("gateway_stop")?.({ reason: "shutdown" }, {});
    await this.#service?.stop();
  }

  /** `unbound` where the host has nobody to hand the message to. */
  async receive(message: Incoming): Promise<"unbound" | "taken"> {
    const { chat, number, text, isAuthorized, speaker, picture } = message;
    const binding = this.#binding(chat);
    if (!binding) return "unbound";
    const to = addressOf(chat, number);
    const event = {
      content: text,
      channel: CHANNEL,
      accountId: "default",
      conversationId: conversationIdOf(chat),
      isGroup: speaker !== undefined,
      ...(speaker === undefined ? {} : { senderName: speaker, senderId: speaker }),
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
    const { channel, process, run } = this.around;
    for (let attempt = 0; attempt < 10; attempt += 1) {
      try {
        // oxlint-disable-next-line no-await-in-loop
        await channel.send({ life: process.life, run }, to, text);
        return;
      } catch {
        // oxlint-disable-next-line no-await-in-loop
        await process.timers.sleep(1000);
      }
    }
  }

  /** What is said in answer to a click on a button, if anything. */
  click(to: string, data: string, isAuthorizedSender: boolean): Promise<string> {
    return bringClick(this.#clicks, { to, data, isAuthorizedSender });
  }

  async command(chat: number, args: string): Promise<string> {
    const { bindings } = this.around;
    const context = {
      channel: CHANNEL,
      accountId: "default",
      from: addressOf(chat, 0),
      to: addressOf(chat, 0),
      args,
      isAuthorizedSender: true,
      requestConversationBinding: async (
        params: { data?: Record<string, unknown> } | undefined,
      ) => {
        bindings.set(chat, params?.data ?? {});
        return { status: "bound", binding: this.#binding(chat) };
      },
      detachConversationBinding: async () => ({ removed: bindings.delete(chat) }),
      getCurrentConversationBinding: async () => this.#binding(chat),
    };
    const reply = await this.#command?.(context);
    return z.object({ text: z.string() }).parse(reply).text;
  }

  #register(code: PluginCode): void {
    const entry = asObject(asObject(this.around.process.load(code))["default"]);
    const { register } = entry;
    if (typeof register !== "function") throw new Error("the bundle holds no plugin");
    Reflect.apply(register, entry, [this.#api()]);
  }

  #api(): Record<string, unknown> {
    const { stateDir, config, onWarning } = this.around;
    return {
      id: PLUGIN_ID,
      registrationMode: "full",
      pluginConfig: undefined,
      logger: { debug: () => {}, info: () => {}, warn: onWarning, error: onWarning },
      runtime: {
        state: { resolveStateDir: () => stateDir },
        config: {
          current: () => ({ plugins: { entries: { [PLUGIN_ID]: { config: config() } } } }),
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
    const { channel, process, run } = this.around;
    const from = { life: process.life, run };
    return {
      textChunkLimit: CHUNK_LIMIT,
      // Only answers come in parts that can be told apart.
      chunker: (text: string) => (text.startsWith("Answer ") ? text.split("\n\n") : [text]),
      sendText: ({ to, text }: { to: string; text: string }) => channel.send(from, to, text),
      sendMedia: ({ to, text, mediaUrl }: { to: string; text: string; mediaUrl: string }) =>
        this.#sendFile(to, text, mediaUrl),
      sendPayload: ({ to, text, payload }: { to: string; text: string; payload: unknown }) =>
        channel.send(from, to, text, buttonsIn(payload)),
    };
  }

  /** The channel reads it as it is sent; what is then in the chat is told by its name and its content. */
  async #sendFile(to: string, caption: string, file: string): Promise<{ messageId: string }> {
    const { channel, process, run } = this.around;
    const { content } = process.fs.disk.requireFile(file, "open");
    const shown = fileAsText(path.posix.basename(file), content);
    const text = caption === "" ? shown : `${shown}\n\n${caption}`;
    return channel.send({ life: process.life, run }, to, text);
  }

  /** The modules of OpenClaw's that the plugin asks for. */
  openclaw(name: string): unknown {
    const { channel, process, bindings } = this.around;
    switch (name) {
      case "openclaw/plugin-sdk/plugin-entry":
        return { definePluginEntry: (entry: unknown) => entry };
      case "openclaw/plugin-sdk/agent-harness-runtime":
        return {
          callGatewayTool: async (method: string, _options: unknown, call: unknown) => {
            if (method !== "message.action") throw new Error(`no gateway has ${method}`);
            const { to, messageId, message } = asObject(asObject(call)["params"]);
            const { life } = process;
            await channel.edit({ life }, asString(to), Number(messageId), asString(message));
          },
        };
      case "openclaw/plugin-sdk/conversation-runtime":
        return {
          getSessionBindingService: () => ({
            getCapabilities: () => ({ adapterAvailable: true }),
            resolveByConversationAsync: async ({ conversationId }: { conversationId: string }) => {
              const data = bindings.get(Number(conversationId.split(":")[1]));
              return data === undefined
                ? null
                : { targetSessionKey: conversationId, metadata: { pluginId: PLUGIN_ID, data } };
            },
            bind: async () => {},
          }),
        };
      case "openclaw/plugin-sdk/logging-core":
        return { redactSensitiveText: (text: string) => text };
      default:
        throw new Error(`the simulated OpenClaw has no ${name}`);
    }
  }

  #binding(chat: number): Record<string, unknown> | null {
    const data = this.around.bindings.get(chat);
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

function conversationIdOf(chat: number): string {
  return `chat:${chat}`;
}

function buttonsIn(payload: unknown): string[] {
  const { blocks } = asObject(asObject(payload)["presentation"]);
  return asArray(blocks).flatMap((block) =>
    asArray(asObject(block)["buttons"]).map((button) =>
      asString(asObject(asObject(button)["action"])["value"]),
    ),
  );
}

const claimSchema = z.optional(
  z.object({ handled: z.literal(true), reply: z.optional(z.object({ text: z.string() })) }),
);
