import { EventEmitter, once } from "node:events";
import path from "node:path";
import type {
  PluginConversationBinding,
  PluginConversationBindingRequestParams,
  PluginConversationBindingRequestResult,
} from "openclaw/plugin-sdk/plugin-entry";
import { asRecord } from "../../../src/app-server/json.js";
import { PLUGIN_ID, type CommandContext, type PluginHost } from "../../../src/host/plugin-host.js";
import { hostBinding } from "./chat.js";

/** A message as a channel's adapter was asked to send it. */
export type Sent = {
  to: string;
  text: string;
  accountId?: string | null;
  threadId?: string | number | null;
  cfg: unknown;
  signal?: AbortSignal;
};

/** What a channel can do; `sendText` records, and fails where `failure` is set. */
export type Channel = {
  textChunkLimit?: number;
  chunker?: (text: string, limit: number, ctx?: { formatting?: object }) => string[];
  resolveEffectiveTextChunkLimit?: (params: {
    fallbackLimit?: number;
    accountId?: string | null;
  }) => number;
  /** Present where the channel takes files. */
  sendMedia?: (message: Record<string, unknown>) => Promise<unknown>;
  /** Present where the channel takes more than texts. */
  sendPayload?: (message: Record<string, unknown>) => Promise<unknown>;
  presentationCapabilities?: { buttons?: boolean };
  renderPresentation?: (params: { payload: object }) => Promise<object | null>;
  /** False: the channel only takes a hook's own reply. */
  writable?: boolean;
  failure?: Error;
  /** What a sending results in, beside the message's number. */
  result?: Record<string, unknown>;
  /** Takes part in each sending, and fails it by throwing. */
  onSend?: (message: Sent) => Promise<void> | void;
};

/** The part of OpenClaw that the plugin uses, with what it was told. */
export class ScriptedHost {
  readonly sent: Sent[] = [];
  readonly warnings: string[] = [];
  readonly errors: string[] = [];
  /** What the host was asked to do with bindings that it still holds. */
  readonly maxAges: Record<string, unknown>[] = [];
  readonly idleTimeouts: Record<string, unknown>[] = [];
  readonly channels = new Map<string, Channel>([["telegram", {}]]);
  readonly stateDir: string;
  pluginConfig: Record<string, unknown> | undefined;
  /** OpenClaw's version. */
  version = "2026.9.6";
  /** Other sections of the host's configuration. */
  sections: Record<string, unknown> = {};
  /** The operator's settings of the channels. */
  channelConfig: Record<string, unknown> = {};
  readonly api: PluginHost;
  readonly #changed = new EventEmitter();

  constructor(folder: string) {
    this.stateDir = path.join(folder, "host-state");
    const api: unknown = {
      pluginConfig: undefined,
      logger: {
        info: () => {},
        warn: (text: string) => void this.warnings.push(text),
        error: (text: string) => {
          this.errors.push(text);
          this.#changed.emit("error-logged");
        },
      },
      runtime: {
        state: { resolveStateDir: () => this.stateDir },
        config: {
          current: () => ({
            plugins: { entries: { [PLUGIN_ID]: { config: this.pluginConfig } } },
            channels: this.channelConfig,
            ...this.sections,
          }),
        },
        channel: {
          outbound: { loadAdapter: async (id: string) => this.#adapter(id) },
          threadBindings: {
            setMaxAgeBySessionKeyAsync: async (params: Record<string, unknown>) => {
              this.maxAges.push(params);
              return [];
            },
            setIdleTimeoutBySessionKeyAsync: async (params: Record<string, unknown>) => {
              this.idleTimeouts.push(params);
              return [];
            },
          },
        },
      },
    };
    if (!isPluginHost(api)) throw new Error("the scripted host is none");
    Object.defineProperty(api.runtime, "version", { get: () => this.version });
    this.api = api;
  }

  /** Fulfilled once `count` messages were sent. */
  async delivered(count = 1): Promise<void> {
    while (this.sent.length < count) await once(this.#changed, "sent");
  }

  /** Fulfilled once an error was logged. */
  async logged(): Promise<void> {
    while (this.errors.length === 0) await once(this.#changed, "error-logged");
  }

  #adapter(id: string): Record<string, unknown> | undefined {
    const channel = this.channels.get(id);
    if (!channel) return undefined;
    const { writable = true, failure, onSend, result, ...abilities } = channel;
    if (!writable) return abilities;
    const sendText = async (message: Sent): Promise<Record<string, unknown>> => {
      if (failure) throw failure;
      await onSend?.(message);
      this.sent.push(message);
      this.#changed.emit("sent");
      return { channel: id, messageId: String(this.sent.length), ...result };
    };
    return { ...abilities, sendText };
  }
}

function isPluginHost(value: unknown): value is PluginHost {
  const host = asRecord(value);
  return asRecord(host?.runtime) !== undefined && asRecord(host?.logger) !== undefined;
}

type BindAnswer = (
  params: PluginConversationBindingRequestParams | undefined,
) => PluginConversationBindingRequestResult;

/** A chat as the host sees it: what it has bound, and what it answers to the plugin's requests. */
export class HostChat {
  binding: PluginConversationBinding | null = null;
  readonly requests: (PluginConversationBindingRequestParams | undefined)[] = [];
  /** Binds at once, unless told otherwise. */
  onRequest: BindAnswer = (params) => ({ status: "bound", binding: this.bind(params?.data) });
  onDetach: () => void = () => {};
  detached = 0;

  bind(data: Record<string, unknown> | undefined): PluginConversationBinding {
    return (this.binding = hostBinding(data));
  }

  /** The context of `/codexchat <args>` in this chat. */
  command(args: string | undefined, more: Partial<CommandContext> = {}): CommandContext {
    return {
      channel: "telegram",
      accountId: "default",
      from: "telegram:7",
      to: "telegram:7",
      args,
      isAuthorizedSender: true,
      requestConversationBinding: async (params) => {
        this.requests.push(params);
        return this.onRequest(params);
      },
      detachConversationBinding: async () => {
        this.detached += 1;
        this.onDetach();
        const removed = this.binding !== null;
        this.binding = null;
        return { removed };
      },
      getCurrentConversationBinding: async () => this.binding,
      ...more,
    };
  }
}
