/** A thread's goal at a bind: Codex would continue it, and bill for it, as soon as the thread is loaded. */
import { readCodexAppServerBinding } from "../thread/thread-binding.js";
import { getGoal, setGoal, type Goal } from "../thread/goal.js";
import type { ServerSettings } from "./take-thread.js";
import { DEFAULT_SERVER } from "../app-server/config-schema.js";
import { codexOf } from "./codex.js";

/**
 * Pauses the goal of a thread that this chat is about to take; undefined if it has none that could go on. The thread that
 * the chat is on already keeps its goal as it is. Never rejects: what is wrong with Codex the bind itself tells.
 */
export async function pauseGoalBeforeBind(
  sessionFile: string,
  { pluginConfig, server }: ServerSettings,
  threadId: string,
): Promise<Goal | undefined> {
  try {
    const current = await readCodexAppServerBinding(sessionFile);
    if (current?.threadId === threadId) return undefined;
    const { client, timeoutMs } = await codexOf({
      sessionFile,
      pluginConfig,
      server: server ?? DEFAULT_SERVER,
    });
    const goal = await getGoal(client, threadId, timeoutMs);
    if (goal?.status === "active") {
      const pause = { status: "paused", origin: "automatic" } as const;
      return await setGoal(client, threadId, pause, timeoutMs);
    }
    return goal?.status === "paused" ? goal : undefined;
  } catch {
    return undefined;
  }
}
