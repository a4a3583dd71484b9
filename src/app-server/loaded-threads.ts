import { CODEX_CONTROL_METHODS } from "./capabilities.js";
import { threadIdOf } from "./handler-routes.js";
import { asRecord, asString } from "./json.js";
import type { CodexNotification } from "./protocol.js";

const LOADING: ReadonlySet<string> = new Set([
  CODEX_CONTROL_METHODS.startThread,
  CODEX_CONTROL_METHODS.resumeThread,
  CODEX_CONTROL_METHODS.forkThread,
  // Codex unloads it for a moment.
  CODEX_CONTROL_METHODS.revertThread,
]);

const TOLD: ReadonlySet<string> = new Set([
  "turn/started",
  "turn/completed",
  "thread/status/changed",
  "thread/closed",
  "thread/goal/updated",
  "thread/goal/cleared",
]);

/**
 * Which threads an app-server has loaded for us, on which of them, or of their sub-agents, a turn runs, and which have a
 * goal to reach: read off the wire. A thread counts as loaded until Codex says that it no longer is, since it stays locked for other processes
 * for up to 30 minutes after it was unsubscribed.
 */
export class LoadedThreads {
  readonly #loaded = new Set<string>();
  readonly #running = new Set<string>();
  /** Whose goals are active: their next turns are about to begin. */
  readonly #withGoal = new Set<string>();

  has(threadId: string): boolean {
    return this.#loaded.has(threadId);
  }

  get isAnyRunning(): boolean {
    return this.#running.size > 0;
  }

  get isAnyGoalActive(): boolean {
    return this.#withGoal.size > 0;
  }

  /** Takes the answer to a request of ours. */
  readAnswer(method: string, answer: unknown): void {
    if (!LOADING.has(method)) return;
    const thread = asRecord(asRecord(answer)?.["thread"]);
    const threadId = asString(thread?.["id"]);
    if (threadId === undefined) return;
    this.#loaded.add(threadId);
    // Resumed in the middle of a turn, whose start was told before.
    if (asRecord(thread?.["status"])?.["type"] === "active") this.#running.add(threadId);
  }

  /** Says whether a turn has ended. Cheap for what comes by the thousand. */
  handleNotification({ method, params }: CodexNotification): boolean {
    if (!TOLD.has(method)) return false;
    const threadId = threadIdOf(params);
    if (threadId === undefined) return false;
    if (method === "turn/started") {
      this.#running.add(threadId);
      return false;
    }
    if (method === "thread/goal/updated" || method === "thread/goal/cleared") {
      const isActive = asRecord(asRecord(params)?.["goal"])?.["status"] === "active";
      this.#withGoal[isActive ? "add" : "delete"](threadId);
      return false;
    }
    const status = asRecord(asRecord(params)?.["status"])?.["type"];
    if (method === "thread/closed" || status === "notLoaded") {
      this.#loaded.delete(threadId);
      this.#withGoal.delete(threadId);
    }
    // The status comes for threads too that are not subscribed, and their turns are not ours to wait for: no turn begins
    // with it.
    return status !== "active" && this.#running.delete(threadId);
  }
}
