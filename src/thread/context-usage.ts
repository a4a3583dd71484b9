/**
 * How much of its model's context each thread used last, as Codex tells it during turns. Hangs on globalThis: a
 * config reload loads a fresh copy of this module while turns of the old copy go on.
 */
import { keepNewest } from "../common/keep-newest.js";
import { processWide } from "../common/process-wide.js";
import { asRecord, asString } from "../app-server/json.js";
import type { CodexNotification } from "../app-server/protocol.js";

/** Threads beyond these are forgotten, the ones first that were silent longest. */
const REMEMBERED_THREADS = 500;

export type ContextUsage = {
  /** Tokens that the thread's last request to the model held. */
  tokens: number;
  /** How many the model takes, where Codex knows that. */
  window: number | undefined;
};

const usages = processWide("context-usage", () => new Map<string, ContextUsage>());

/** Reads a notification of any kind; cheap for those that are of no use here. */
export function noteContextUsage({ method, params }: CodexNotification): void {
  if (method !== "thread/tokenUsage/updated") return;
  const record = asRecord(params);
  const threadId = asString(record?.threadId);
  const usage = asRecord(record?.tokenUsage);
  const tokens = asRecord(usage?.last)?.totalTokens;
  if (threadId === undefined || typeof tokens !== "number") return;
  const window = usage?.modelContextWindow;
  usages.delete(threadId);
  usages.set(threadId, { tokens, window: typeof window === "number" ? window : undefined });
  keepNewest(usages, REMEMBERED_THREADS);
}

/** The thread has forgotten turns: what it uses now is not known. */
export function forgetContextUsage(threadId: string): void {
  usages.delete(threadId);
}

/** Undefined until a turn of this process has told it. */
export function contextUsageOf(threadId: string): ContextUsage | undefined {
  return usages.get(threadId);
}
