/**
 * Has goals continue after a start of the gateway and after a lost connection: Codex begins their turns only on a thread
 * that is loaded, and otherwise a message would have to load it.
 */
import { CodexServerGoneError } from "../app-server/config-error.js";
import { pause } from "../common/pause.js";
import { goalSettings, resolvePluginConfig } from "../host/plugin-config.js";
import {
  runtimeOfBinding,
  serverOfSession,
  signedInClientOfSession,
} from "../thread/bound-codex.js";
import { clearGoal, getGoal } from "../thread/goal.js";
import { readCodexAppServerBinding } from "../thread/thread-binding.js";
import { forgetLoaded, readyThread, restThread } from "../thread/thread.js";
import type { GoalRuns } from "./goal-runs.js";
import { listGoalRuns, readGoalRun } from "./goal-store.js";
import { enqueueConversationTurn } from "./queue.js";

export type GoalRestartsHost = {
  pluginConfig: () => unknown;
  /** Whether messages of the session are on their way: with their end a goal that was held for them continues. */
  hasMessages: (sessionFile: string) => boolean;
  /** Settles once no turn of another version of the plugin runs in the session. Must not reject. */
  earlierTurnOver: (sessionFile: string) => Promise<void>;
  /** Aborted when this process begins nothing more. */
  ends: AbortSignal;
  warn: (text: string) => void;
};

/** Between two goals that are continued: with many chats Codex and the model's host are not to be asked all at once. */
const PACE_MS = 1000;
/** Between attempts while Codex is away, or goals are off; the last one repeats. */
const AGAIN_AFTER_MS = [1000, 5000, 15_000, 30_000, 60_000] as const;

export class GoalRestarts {
  readonly #host: GoalRestartsHost;
  readonly #goals: GoalRuns;
  /** The sessions whose goals wait to be continued, in order, by their server: one that is away holds up no other. */
  readonly #lines = new Map<string | undefined, { waiting: string[]; isWorking: boolean }>();
  /** How often a goal's connection was lost without a turn of it having ended since. */
  readonly #losses = new Map<string, number>();

  constructor(host: GoalRestartsHost, goals: GoalRuns) {
    this.#host = host;
    this.#goals = goals;
  }

  /** Continues the goals of all chats below a folder, one after another; does not wait for that. Never rejects. */
  async recover(folder: string): Promise<void> {
    try {
      for (const sessionFile of await listGoalRuns(folder)) this.continueGoal(sessionFile);
    } catch (error) {
      this.#host.warn(`the goals of the chats could not be looked through: ${String(error)}`);
    }
  }

  /** Loads the session's thread if need be, and has its goal continue if it is active or held. */
  continueGoal(sessionFile: string): void {
    void this.#line(sessionFile);
  }

  /** Never rejects. */
  async #line(sessionFile: string): Promise<void> {
    const server = await serverOfSession({ sessionFile, pluginConfig: this.#host.pluginConfig() });
    const line = this.#lines.get(server) ?? { waiting: [], isWorking: false };
    this.#lines.set(server, line);
    if (!line.waiting.includes(sessionFile)) line.waiting.push(sessionFile);
    if (line.isWorking) return;
    line.isWorking = true;
    await this.#work(line.waiting);
    line.isWorking = false;
  }

  /** The connection on which the goal was at work is lost. One that kills its Codex each time does so ever more slowly. */
  async connectionLost(sessionFile: string): Promise<void> {
    const losses = this.#losses.get(sessionFile) ?? 0;
    this.#losses.set(sessionFile, losses + 1);
    await this.#pause(againAfterMs(losses));
    if (!this.#host.ends.aborted) this.continueGoal(sessionFile);
  }

  turnEnded(sessionFile: string): void {
    this.#losses.delete(sessionFile);
  }

  /** A person has decided so. Never rejects. */
  async clear(sessionFile: string): Promise<void> {
    try {
      const { client, binding, timeoutMs } = await this.#codexOf(sessionFile);
      if (binding) await clearGoal(client, binding.threadId, timeoutMs);
      await this.#goals.forget(sessionFile);
    } catch (error) {
      this.#host.warn(`a chat's goal could not be cleared: ${String(error)}`);
    }
  }

  async #work(waiting: string[]): Promise<void> {
    for (let failures = 0; !this.#host.ends.aborted;) {
      const sessionFile = waiting.shift();
      if (sessionFile === undefined) break;
      // oxlint-disable-next-line no-await-in-loop
      const isDone = await this.#attempt(sessionFile);
      failures = isDone ? 0 : failures + 1;
      if (!isDone && !waiting.includes(sessionFile)) waiting.unshift(sessionFile);
      // oxlint-disable-next-line no-await-in-loop
      if (waiting.length > 0) await this.#pause(isDone ? PACE_MS : againAfterMs(failures - 1));
    }
  }

  /** False if it is to be tried again. Never rejects. */
  async #attempt(sessionFile: string): Promise<boolean> {
    try {
      if (!(await readGoalRun(sessionFile))) return true;
      const { goals } = resolvePluginConfig(this.#host.pluginConfig());
      if (!goalSettings({ goals }).enabled) return false;
      await this.#host.earlierTurnOver(sessionFile);
      // In line, so that no message loads the thread or begins a turn meanwhile.
      await enqueueConversationTurn(sessionFile, () => this.#restart(sessionFile));
      return true;
    } catch (error) {
      // Codex is away or signed out, or the settings cannot be used: a goal can wait, and messages say what is wrong.
      // For one whose server has left the settings there is nothing to wait for.
      return error instanceof CodexServerGoneError;
    }
  }

  async #restart(sessionFile: string): Promise<void> {
    const run = await readGoalRun(sessionFile);
    const { client, binding, runtime, timeoutMs } = await this.#codexOf(sessionFile);
    // The chat has another thread by now, or none.
    if (!run || !binding || run.threadId !== binding.threadId || this.#host.ends.aborted) return;
    const { threadId } = binding;
    const goal = await getGoal(client, threadId, timeoutMs);
    if (goal?.status === "paused" && !run.held) {
      const { maxTurns } = goalSettings(resolvePluginConfig(this.#host.pluginConfig()));
      await this.#goals.askIfSpent(sessionFile, goal, maxTurns);
      return;
    }
    // It was cleared elsewhere. One that has ended meanwhile is loaded too: the chat has not heard of its end.
    if (!goal) {
      await this.#goals.forget(sessionFile);
      return;
    }
    const ready = await readyThread(client, binding, { runtime, sessionFile });
    restThread(client, threadId);
    if (ready.kind === "refused") throw ready.error;
    if (ready.kind === "gone") {
      forgetLoaded(client, threadId);
      await this.#goals.forget(sessionFile);
      return;
    }
    // One that is loaded now was held before; messages that have come meanwhile go first.
    if (!this.#host.hasMessages(sessionFile)) await this.#goals.release(sessionFile);
  }

  async #codexOf(sessionFile: string) {
    const pluginConfig = this.#host.pluginConfig();
    const binding = await readCodexAppServerBinding(sessionFile);
    const runtime = runtimeOfBinding(pluginConfig, binding);
    const client = await signedInClientOfSession(runtime, binding);
    return { client, binding, runtime, timeoutMs: runtime.requestTimeoutMs };
  }

  async #pause(ms: number): Promise<void> {
    const { ends } = this.#host;
    const over = Promise.withResolvers<void>();
    const wake = (): void => over.resolve();
    ends.addEventListener("abort", wake, { once: true });
    if (ends.aborted) wake();
    await pause(ms, over.promise);
    ends.removeEventListener("abort", wake);
  }
}

function againAfterMs(failures: number): number {
  return AGAIN_AFTER_MS[Math.min(failures, AGAIN_AFTER_MS.length - 1)] ?? 0;
}
