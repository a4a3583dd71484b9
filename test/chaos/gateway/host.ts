/** OpenClaw as far as the plugin sees it, over a state folder that outlives the process. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type {
  OpenClawPluginApi,
  PluginConversationBinding,
  PluginHookInboundClaimEvent,
} from "openclaw/plugin-sdk/plugin-entry";
import * as z from "zod/mini";
import type { CommandContext } from "../../../src/host/plugin-host.js";
import { asObject, asString } from "../../support/wire-guards.js";
import { bringClick } from "./click.js";
import { setGatewayTool } from "./gateway-tool.js";
import { addressOf, type News, type Order } from "./wire.js";

const PLUGIN_ID = "codex-conversation";
type WithButtons = {
  to: string;
  text: string;
  payload: { presentation: { blocks: { buttons: { action: { value: string } }[] }[] } };
};

/** The one that has buttons. */
const CHANNEL = "telegram";
/** Longer than anything that is said here: only the stand-in's own `chunker` makes several messages of an answer. */
const CHUNK_LIMIT = 4000;

type Handler = (...args: unknown[]) => unknown;
export type PluginEntry = { register: (api: OpenClawPluginApi) => void };
type Message = Extract<Order, { do: "message" }>;

const bindingSchema = z.looseObject({ data: z.optional(z.record(z.string(), z.unknown())) });

export class StandInHost {
  readonly stateDir: string;
  config: Record<string, unknown> = {};
  readonly #tell: (news: News) => void;
  readonly #hooks = new Map<string, Handler>();
  /** By the namespace of their buttons. */
  readonly #clicks = new Map<string, Handler>();
  #command: Handler | undefined;
  #service: { start: Handler; stop: Handler } | undefined;
  readonly #sends = new Map<number, PromiseWithResolvers<void>>();
  #lastSend = 0;

  constructor(stateDir: string, tell: (news: News) => void) {
    this.stateDir = stateDir;
    this.#tell = tell;
    mkdirSync(this.#bindings, { recursive: true });
    setGatewayTool(async (method, { params }) => {
      if (method !== "message.action") throw new Error(`no gateway has ${method}`);
      const { to, messageId, message } = asObject(params);
      await this.#send(asString(to), asString(message), Number(messageId)).taken;
    });
  }

  async start(entry: PluginEntry): Promise<void> {
    const api: unknown = this.#api();
    if (!isPluginApi(api)) throw new Error("the stand-in host is none");
    entry.register(api);
    await this.#service?.start();
    await this.#hooks.get("gateway_start")?.({}, {});
  }

  /** The order in which OpenClaw 2026.9.6 replaces a plugin. */
  async replace(entry: PluginEntry): Promise<void> {
    await this.#service?.stop();
    await this.#hooks.get("gateway_stop")?.({ reason: "plugin replacement" }, {});
    this.#hooks.clear();
    await this.start(entry);
  }

  async stop(): Promise<void> {
    await this.#hooks.get("gateway_stop")?.({ reason: "shutdown" }, {});
    await this.#service?.stop();
  }

  async receive({ chat, number, text, authorized }: Message): Promise<void> {
    const binding = this.#binding(chat);
    const event: PluginHookInboundClaimEvent = {
      content: text,
      channel: CHANNEL,
      accountId: "default",
      conversationId: `chaos:${chat}`,
      isGroup: false,
      commandAuthorized: authorized,
      messageId: `message-${number}`,
      metadata: { originatingTo: addressOf(chat, number) },
    };
    const result = await this.#hooks.get("inbound_claim")?.(event, { pluginBinding: binding });
    const claim = claimSchema.parse(result);
    if (!claim) throw new Error("the chat is not bound");
    if (claim.reply) await this.#send(addressOf(chat, number), claim.reply.text).taken;
  }

  /** What is said in answer to a click on a button, if anything. */
  click(to: string, data: string, isAuthorizedSender: boolean): Promise<string> {
    return bringClick(this.#clicks, { to, data, isAuthorizedSender });
  }

  async command(chat: number, args: string): Promise<string> {
    const context: CommandContext = {
      channel: CHANNEL,
      accountId: "default",
      from: `chaos:${chat}`,
      to: `chaos:${chat}`,
      args,
      isAuthorizedSender: true,
      requestConversationBinding: async (params) => {
        const binding = this.#bind(chat, params?.data);
        return { status: "bound", binding };
      },
      detachConversationBinding: async () => {
        rmSync(this.#bindingFile(chat), { force: true });
        return { removed: true };
      },
      getCurrentConversationBinding: async () => this.#binding(chat),
    };
    return z.object({ text: z.string() }).parse(await this.#command?.(context)).text;
  }

  /** What became of a text that the driver was asked to take. */
  sent(id: number, ok: boolean): void {
    const send = this.#sends.get(id);
    this.#sends.delete(id);
    if (ok) send?.resolve();
    else send?.reject(new Error("the channel is down"));
  }

  /** `taken` rejects where the channel does not take it. */
  #send(
    to: string,
    text: string,
    edits?: number,
    buttons: string[] = [],
  ): { id: number; taken: Promise<void> } {
    const id = (this.#lastSend += 1);
    const sent = Promise.withResolvers<void>();
    this.#sends.set(id, sent);
    this.#tell({ is: "send", id, to, text, buttons, ...(edits === undefined ? {} : { edits }) });
    return { id, taken: sent.promise };
  }

  #api(): Record<string, unknown> {
    return {
      id: PLUGIN_ID,
      registrationMode: "full",
      pluginConfig: undefined,
      logger: {
        debug: () => {},
        info: () => {},
        warn: (text: string) => this.#tell({ is: "warning", text }),
        error: (text: string) => this.#tell({ is: "warning", text }),
      },
      runtime: {
        state: { resolveStateDir: () => this.stateDir },
        config: {
          current: () => ({ plugins: { entries: { [PLUGIN_ID]: { config: this.config } } } }),
        },
        channel: {
          outbound: {
            loadAdapter: async () => ({
              textChunkLimit: CHUNK_LIMIT,
              // Only answers come in parts that can be told apart.
              chunker: (text: string) =>
                /^(Answer|Note)/.test(text) ? text.split("\n\n") : [text],
              sendText: async ({ to, text }: { to: string; text: string }) => {
                const { id, taken } = this.#send(to, text);
                await taken;
                return { channel: CHANNEL, messageId: String(id) };
              },
              sendPayload: async ({ to, text, payload }: WithButtons) => {
                const buttons = payload.presentation.blocks.flatMap((block) =>
                  block.buttons.map(({ action }) => action.value),
                );
                const { id, taken } = this.#send(to, text, undefined, buttons);
                await taken;
                return { channel: CHANNEL, messageId: String(id) };
              },
            }),
          },
          threadBindings: { setMaxAgeBySessionKeyAsync: async () => [] },
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

  get #bindings(): string {
    return path.join(this.stateDir, "host-bindings");
  }

  #bindingFile(chat: number): string {
    return path.join(this.#bindings, String(chat));
  }

  #bind(chat: number, data: Record<string, unknown> | undefined): PluginConversationBinding {
    writeFileSync(this.#bindingFile(chat), JSON.stringify({ data }));
    const binding = this.#binding(chat);
    if (!binding) throw new Error("what was just bound is not");
    return binding;
  }

  #binding(chat: number): PluginConversationBinding | null {
    let stored;
    try {
      stored = readFileSync(this.#bindingFile(chat), "utf8");
    } catch {
      return null;
    }
    const { data } = bindingSchema.parse(JSON.parse(stored));
    return {
      bindingId: `chaos:${chat}`,
      pluginId: PLUGIN_ID,
      pluginRoot: "/",
      channel: CHANNEL,
      accountId: "default",
      conversationId: `chaos:${chat}`,
      boundAt: 0,
      ...(data === undefined ? {} : { data }),
    };
  }
}

const claimSchema = z.optional(
  z.object({ handled: z.literal(true), reply: z.optional(z.object({ text: z.string() })) }),
);

function isPluginApi(value: unknown): value is OpenClawPluginApi {
  return typeof value === "object" && value !== null && "runtime" in value && "on" in value;
}
