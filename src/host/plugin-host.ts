/** What this plugin uses of OpenClaw, so that its parts can be tried without a gateway. */
import type {
  OpenClawConfig,
  OpenClawPluginApi,
  PluginConversationBinding,
  PluginConversationBindingRequestParams,
  PluginConversationBindingRequestResult,
} from "openclaw/plugin-sdk/plugin-entry";

export const PLUGIN_ID = "codex-conversation";

export type PluginHost = Pick<OpenClawPluginApi, "runtime" | "logger" | "pluginConfig" | "rootDir">;

/** The part of a slash command's context that is used here. */
export type CommandContext = {
  channel: string;
  accountId?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  senderId?: string | undefined;
  messageThreadId?: string | number | undefined;
  /** A click names the chat as OpenClaw's records do; a command does not. */
  conversationId?: string | undefined;
  args?: string | undefined;
  /** It was not typed: a button carried it, and OpenClaw knows which chat the button stands in. */
  isClick?: boolean;
  isAuthorizedSender: boolean;
  requestConversationBinding(
    params?: PluginConversationBindingRequestParams,
  ): Promise<PluginConversationBindingRequestResult>;
  detachConversationBinding(): Promise<{ removed: boolean }>;
  getCurrentConversationBinding(): Promise<PluginConversationBinding | null>;
};

/**
 * The host's configuration, for calls of the host's that ask for it. It is handed out read-only while those calls'
 * types are not; nobody here writes to it.
 */
export function currentHostConfig(host: Pick<PluginHost, "runtime">): OpenClawConfig {
  const config: unknown = host.runtime.config.current();
  if (!isHostConfig(config)) throw new Error("The host has no configuration.");
  return config;
}

function isHostConfig(value: unknown): value is OpenClawConfig {
  return typeof value === "object" && value !== null;
}

/** The settings as they stand now: a change takes effect without a restart. */
export function currentPluginConfig(host: PluginHost): unknown {
  const entry = host.runtime.config.current().plugins?.entries?.[PLUGIN_ID];
  return entry?.config ?? host.pluginConfig;
}
