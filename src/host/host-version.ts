/** What can be told of OpenClaw by its version only. */
import type { PluginHost } from "./plugin-host.js";

/** Since then a command that has answered by itself gets no “No response generated.” below its answer. */
const TAKES_SILENCE = [2026, 7, 35];

/** Whether a command's handler can say that it has sent its answer already. */
export function takesSilentCommands({ runtime }: Pick<PluginHost, "runtime">): boolean {
  const version: unknown = runtime.version;
  const parts = typeof version === "string" ? /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1) : [];
  const [difference = -1] = TAKES_SILENCE.map(
    (since, at) => Number(parts?.[at] ?? 0) - since,
  ).filter((step, at, steps) => step !== 0 || at === steps.length - 1);
  return difference >= 0;
}
