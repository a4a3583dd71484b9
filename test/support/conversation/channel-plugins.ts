/** OpenClaw's registry of channel plugins, in the place where every copy of OpenClaw finds it. */
import { onTestFinished } from "vitest";

const KEY = Symbol.for("openclaw.pluginRegistryState");

/** Until the end of the test. `pinned`: as an older OpenClaw keeps it. */
export function registerChannelPlugins(
  plugins: readonly Record<string, unknown>[],
  { pinned = false } = {},
): void {
  const registry = { channels: plugins.map((plugin) => ({ plugin })) };
  const state = pinned
    ? { activeRegistry: { channels: [] }, channel: { registry } }
    : { activeRegistry: registry };
  Reflect.set(globalThis, KEY, state);
  onTestFinished(() => void Reflect.deleteProperty(globalThis, KEY));
}
