/** A thread's goal: Codex begins turn after turn by itself until it is reached, paused or cleared. */
import { isUnknownMethod } from "../app-server/errors.js";
import { asRecord, asString } from "../app-server/json.js";
import { callCodex, METHODS, type GoalOrigin } from "../app-server/methods.js";
import type { CodexClient, CodexNotification } from "../app-server/protocol.js";

export type GoalStatus =
  | "active"
  | "paused"
  /** It cannot be reached, as the model sees it. */
  | "blocked"
  | "usageLimited"
  | "budgetLimited"
  | "complete";

export type Goal = {
  objective: string;
  status: GoalStatus;
  tokensUsed: number;
  /** Seconds that its turns took. */
  timeUsedSeconds: number;
  /** Seconds since 1970. */
  createdAt: number;
};

const STATUSES: readonly string[] = [
  "active",
  "paused",
  "blocked",
  "usageLimited",
  "budgetLimited",
  "complete",
] satisfies GoalStatus[];

/**
 * The goal that a notification tells of; null if the thread has none any more, undefined if it tells of none. A resume
 * sends `thread/goal/cleared` for a thread that has no goal, so a clearing is none if there was no goal.
 */
export function goalIn({ method, params }: CodexNotification): Goal | null | undefined {
  if (method === "thread/goal/cleared") return null;
  return method === "thread/goal/updated" ? readGoal(asRecord(params)?.goal) : undefined;
}

/** A thread's goal, whether the thread is loaded or not; undefined if it has none or Codex is too old for goals. */
export async function getGoal(
  client: CodexClient,
  threadId: string,
  timeoutMs: number,
): Promise<Goal | undefined> {
  try {
    return readGoal(await callCodex(client, METHODS.getGoal, { threadId }, { timeoutMs }));
  } catch (error) {
    if (isUnknownMethod(error)) return undefined;
    throw error;
  }
}

/**
 * Sets a thread's goal or changes its status, for a person or, if `origin` says so, by ourselves; works on threads that
 * are not loaded, too. Pausing does not end the turn that runs: nothing follows it.
 * @throws what Codex refuses, as to change the status of no goal
 */
export async function setGoal(
  client: CodexClient,
  threadId: string,
  change: { objective?: string; status: "active" | "paused"; origin?: GoalOrigin },
  timeoutMs: number,
): Promise<Goal | undefined> {
  const params = { threadId, origin: "user" as const, ...change };
  return readGoal(await callCodex(client, METHODS.setGoal, params, { timeoutMs }));
}

/** Returns whether there was one. */
export async function clearGoal(
  client: CodexClient,
  threadId: string,
  timeoutMs: number,
): Promise<boolean> {
  return callCodex(client, METHODS.clearGoal, { threadId, origin: "user" }, { timeoutMs });
}

function readGoal(value: unknown): Goal | undefined {
  const goal = asRecord(value);
  const objective = asString(goal?.objective);
  const status = goal?.status;
  if (goal === undefined || objective === undefined || !isStatus(status)) return undefined;
  return {
    objective,
    status,
    tokensUsed: numberOf(goal.tokensUsed),
    timeUsedSeconds: numberOf(goal.timeUsedSeconds),
    createdAt: numberOf(goal.createdAt),
  };
}

function isStatus(value: unknown): value is GoalStatus {
  return typeof value === "string" && STATUSES.includes(value);
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
