/**
 * What OpenClaw's channel plugins say of themselves. OpenClaw offers a plugin no look at another one, but keeps them all
 * in one registry where every copy of it finds them; the same in 2026.6.11 and 2026.9.6. Where another version keeps
 * them elsewhere, nothing is found here, and OpenClaw's own answer to a bind tells.
 */
import * as z from "zod/mini";

const KEY = Symbol.for("openclaw.pluginRegistryState");

const registrySchema = z.nullish(
  z.object({ channels: z.array(z.object({ plugin: z.record(z.string(), z.unknown()) })) }),
);

const stateSchema = z.object({
  activeRegistry: registrySchema,
  channel: z.nullish(z.object({ registry: registrySchema })),
});

const pluginSchema = z.object({
  bindings: z.nullish(z.object({ resolveCommandConversation: z.optional(z.unknown()) })),
  capabilities: z.nullish(
    z.object({ chatTypes: z.nullish(z.array(z.string())), threads: z.nullish(z.boolean()) }),
  ),
});

export type ChannelPluginFacts = {
  /** OpenClaw can tell which chat a command was typed in, without which the command cannot bind it. */
  namesChatOfCommand: boolean;
  threads: boolean;
};

/** Undefined where the channel is not loaded, or does not say. */
export function channelPluginFacts(channel: string): ChannelPluginFacts | undefined {
  const state = stateSchema.safeParse(Reflect.get(globalThis, KEY)).data;
  // An older OpenClaw pins the registry that its channels run from.
  const registries = [state?.channel?.registry, state?.activeRegistry];
  const entries = registries.flatMap((registry) => registry?.channels ?? []);
  const plugin = entries.find((entry) => entry.plugin.id === channel)?.plugin;
  const { data } = pluginSchema.safeParse(plugin);
  if (!data) return undefined;
  const { bindings, capabilities } = data;
  return {
    namesChatOfCommand: typeof bindings?.resolveCommandConversation === "function",
    threads: capabilities?.threads === true || capabilities?.chatTypes?.includes("thread") === true,
  };
}
