/** All settings of the plugin (`plugins.entries.codex-conversation.config`), one schema for all of them. */
import * as z from "zod/mini";
import { parseConfig } from "../app-server/config-error.js";
import {
  agentsConfigSchema,
  appServerConfigSchema,
  goalsConfigSchema,
  milliseconds,
  projectsConfigSchema,
  serversConfigSchema,
  worktreesDirConfigSchema,
} from "../app-server/config-schema.js";

const MINUTE_MS = 60_000;

const turnConfigSchema = z.strictObject({
  idleTimeoutMs: z._default(milliseconds, 20 * MINUTE_MS),
  maxDurationMs: z._default(milliseconds, 6 * 60 * MINUTE_MS),
  approvalTimeoutMs: z._default(milliseconds, 15 * MINUTE_MS),
  whileRunning: z._default(z.enum(["queue", "steer"]), "queue"),
  maxQueued: z._default(z.int().check(z.minimum(1), z.maximum(1000)), 20),
  joinWithinMs: z._default(z.int().check(z.minimum(0), z.maximum(10_000)), 2000),
});

const sections = {
  appServer: z._default(appServerConfigSchema, appServerConfigSchema.parse({})),
  turn: z._default(turnConfigSchema, turnConfigSchema.parse({})),
  goals: goalsConfigSchema,
  agents: agentsConfigSchema,
  projects: projectsConfigSchema,
  worktreesDir: worktreesDirConfigSchema,
  approvals: z._default(z.enum(["chat", "decline"]), "chat"),
  progress: z._default(z.enum(["off", "brief", "verbose"]), "brief"),
};

/** What is wrong with one server its own chats are told, and no others. */
const pluginConfigSchema = z.strictObject({ ...sections, servers: z.optional(z.unknown()) });

/** With the servers beside the one that they add to. */
const { appServer, ...otherSections } = sections;
const writtenConfigSchema = z.strictObject({
  appServer,
  servers: serversConfigSchema,
  ...otherSections,
});

export { goalSettings } from "../app-server/config-schema.js";

export type PluginConfig = z.infer<typeof pluginConfigSchema>;

/** Parses the plugin's settings; absent ones take their defaults. @throws CodexConfigError */
export function resolvePluginConfig(pluginConfig: unknown): PluginConfig {
  return parseConfig(pluginConfigSchema, pluginConfig ?? {}, "");
}

/** The schema as the manifest holds it: what an operator writes, defaults not yet filled in. */
export function manifestConfigSchema(): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(writtenConfigSchema, { io: "input" });
  return schema;
}
