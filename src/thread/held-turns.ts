/** What came of turns that nobody follows yet, and how their notifications are told apart. */
import { asRecord, asString } from "../app-server/json.js";
import type { CodexNotification, CodexServerRequest } from "../app-server/protocol.js";
import type { RequestAnswer } from "./turn-view.js";

export type HeldRequest = { request: CodexServerRequest; settle: (answer: RequestAnswer) => void };

export type Held = {
  notifications: CodexNotification[];
  requests: HeldRequest[];
  hasUserMessage: boolean;
  /** Codex said so when the thread was loaded. */
  isRunning: boolean;
};

export function nothingHeld(): Held {
  return { notifications: [], requests: [], hasUserMessage: false, isRunning: false };
}

export function letGo({ requests }: Held): void {
  for (const { settle } of requests) settle(undefined);
}

export function turnIdOf(params: Record<string, unknown> | undefined): string | undefined {
  return asString(params?.turnId) ?? asString(asRecord(params?.turn)?.id);
}

export function isEndOf(
  { method, params }: CodexNotification,
  turnId: string | undefined,
): boolean {
  return method === "turn/completed" && turnIdOf(asRecord(params)) === turnId;
}

/** What only a turn that runs has; a resume, for one, sends the token count of a turn that ended long ago. */
export function isBeginning({ method }: CodexNotification): boolean {
  return method === "turn/started" || method === "item/started";
}

export function isUserMessage({ method, params }: CodexNotification): boolean {
  return (
    (method === "item/started" || method === "item/completed") &&
    asRecord(asRecord(params)?.item)?.type === "userMessage"
  );
}

/** Whether the turn does anything: what a resume tells of one that ended long ago does not count. */
export function isAtWork({ notifications, requests, isRunning }: Held): boolean {
  return (
    isRunning ||
    requests.length > 0 ||
    notifications.some(({ method }) => /^(?:turn|item)\//.test(method))
  );
}
