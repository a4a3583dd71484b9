/** What this plugin uses of OpenClaw, so that its parts can be tried without a gateway. */
import type {
  OpenClawPluginApi,
  PluginConversationBinding,
  PluginConversationBindingRequestParams,
  PluginConversationBindingRequestResult,
} from "openclaw/plugin-sdk/plugin-entry";

export const PLUGIN_ID = "codex-conversation";

export type PluginHost = Pick<OpenClawPluginApi, "runtime" | "logger" | "pluginConfig">;

/** The part of a slash command's context that is used here. */
export type CommandContext = {
  channel: string;
  accountId?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  messageThreadId?: string | number | undefined;
  args?: string | undefined;
  isAuthorizedSender: boolean;
  requestConversationBinding(
    params?: PluginConversationBindingRequestParams,
  ): Promise<PluginConversationBindingRequestResult>;
  detachConversationBinding(): Promise<{ removed: boolean }>;
  getCurrentConversationBinding(): Promise<PluginConversationBinding | null>;
};

/** The settings as they stand now: a change takes effect without a restart. */
export function currentPluginConfig(host: PluginHost): unknown {
  const entry = host.runtime.config.current().plugins?.entries?.[PLUGIN_ID];
  return entry?.config ?? host.pluginConfig;
}
