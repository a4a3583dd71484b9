/** What a thread is loaded with: what its chat chose, held below what the operator configured. */
import { isAtLeast } from "../app-server/codex-version.js";
import type { CodexAppServerRuntimeOptions } from "../app-server/config.js";
import type { ThreadSettings } from "../app-server/methods.js";
import { limitPermissions, type CodexPermissions } from "../app-server/permissions.js";
import type { CodexClient } from "../app-server/protocol.js";
import type { CodexAppServerStartOptions } from "../app-server/start-options.js";
import { fenceOf } from "./fence.js";
import type { CodexAppServerBinding } from "./thread-binding.js";

/** The effort and the personality go with turns only: threads are started with their model's own. */
export type CodexThreadSettings = Partial<
  Pick<CodexAppServerBinding, "model" | "modelProvider" | "effort" | "personality">
> & {
  permissions: CodexPermissions;
  serviceTier?: string | undefined;
  /** How the Codex is reached that the thread is in. */
  start?: CodexAppServerStartOptions | undefined;
  /** False where threads have none, nor sub-agents. */
  goals?: boolean | undefined;
  agents?: boolean | undefined;
};

/** What a conversation chose for itself, held below what the operator configured. */
export function settingsOfBinding(
  binding: Partial<CodexAppServerBinding>,
  runtime: CodexAppServerRuntimeOptions,
): CodexThreadSettings {
  return {
    permissions: limitPermissions(binding, runtime),
    model: binding.model,
    modelProvider: binding.modelProvider,
    serviceTier: binding.serviceTier ?? runtime.serviceTier,
    effort: binding.effort,
    personality: binding.personality,
    start: runtime.start,
    goals: runtime.goals,
    agents: runtime.agents,
  };
}

export async function threadOverrides(
  client: CodexClient,
  how: Parameters<typeof fenceOf>[1],
  settings: CodexThreadSettings,
): Promise<ThreadSettings> {
  const { sandbox, ...permissions } = settings.permissions;
  const { config, ...fence } = await fenceOf(client, how, sandbox, settings.start);
  const left = leftOut(settings, client.serverVersion);
  return {
    ...permissions,
    ...fence,
    ...(config || left ? { config: { ...config, ...left } } : {}),
    ...(settings.model ? { model: settings.model } : {}),
    ...(settings.modelProvider ? { modelProvider: settings.modelProvider } : {}),
    ...(settings.serviceTier ? { serviceTier: settings.serviceTier } : {}),
  };
}

/** What the operator wants a thread to do without; with goals gone, one that the thread has does not go on. */
function leftOut(
  { goals, agents }: CodexThreadSettings,
  version: string | undefined,
): Record<string, false> | undefined {
  if (goals !== false && agents !== false) return undefined;
  // Until then that name is no setting but the role of an agent, and Codex refuses the thread.
  const knowsAgents = version === undefined || isAtLeast(version, "0.154.0");
  return {
    ...(goals === false ? { "features.goals": false } : {}),
    ...(agents === false
      ? { [knowsAgents ? "agents.enabled" : "features.multi_agent"]: false }
      : {}),
  };
}
