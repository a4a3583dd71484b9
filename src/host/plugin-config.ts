/** All settings of the plugin (`plugins.entries.codex-conversation.config`), one schema for all of them. */
import * as z from "zod/mini";
import { parseConfig } from "../app-server/config-error.js";
import { appServerConfigSchema, milliseconds } from "../app-server/config-schema.js";

const MINUTE_MS = 60_000;

/** So many turns a goal may take before the chat is asked. */
const DEFAULT_GOAL_TURNS = 50;

const turnConfigSchema = z.strictObject({
  idleTimeoutMs: z._default(milliseconds, 20 * MINUTE_MS),
  maxDurationMs: z._default(milliseconds, 6 * 60 * MINUTE_MS),
  approvalTimeoutMs: z._default(milliseconds, 15 * MINUTE_MS),
  whileRunning: z._default(z.enum(["queue", "steer"]), "queue"),
  maxQueued: z._default(z.int().check(z.minimum(1), z.maximum(1000)), 20),
});

const pluginConfigSchema = z.strictObject({
  appServer: z._default(appServerConfigSchema, appServerConfigSchema.parse({})),
  turn: z._default(turnConfigSchema, turnConfigSchema.parse({})),
  goals: z._default(
    z.union([
      z.enum(["on", "off"]),
      z.strictObject({
        mode: z._default(z.enum(["on", "off"]), "on"),
        maxTurns: z._default(z.int().check(z.minimum(1), z.maximum(10_000)), DEFAULT_GOAL_TURNS),
      }),
    ]),
    "on",
  ),
  agents: z._default(z.enum(["on", "off"]), "on"),
  approvals: z._default(z.enum(["chat", "decline"]), "chat"),
  progress: z._default(z.enum(["off", "brief", "verbose"]), "brief"),
});

export type PluginConfig = z.infer<typeof pluginConfigSchema>;

/** Parses the plugin's settings; absent ones take their defaults. @throws CodexConfigError */
export function resolvePluginConfig(pluginConfig: unknown): PluginConfig {
  return parseConfig(pluginConfigSchema, pluginConfig ?? {}, "");
}

/** What the setting `goals` comes to, which can be written in two ways. */
export function goalSettings({ goals }: Pick<PluginConfig, "goals">): {
  enabled: boolean;
  maxTurns: number;
} {
  const { mode, maxTurns } =
    typeof goals === "string" ? { mode: goals, maxTurns: DEFAULT_GOAL_TURNS } : goals;
  return { enabled: mode === "on", maxTurns };
}

/** The schema as the manifest holds it: what an operator writes, defaults not yet filled in. */
export function manifestConfigSchema(): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(pluginConfigSchema, { io: "input" });
  return schema;
}
