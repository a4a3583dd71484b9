/** What Codex asks during a turn. */
import { asRecord } from "../app-server/json.js";
import type { CodexNotification, CodexServerRequest, JsonValue } from "../app-server/protocol.js";
import { refusalOfMethod } from "../app-server/refusals.js";

/** The safe refusal of a request of this thread; undefined for other threads' requests and for unknown methods. */
export function refusalOf(
  { method, params }: Pick<CodexServerRequest, "method" | "params">,
  threadId: string,
): JsonValue | undefined {
  const named = asRecord(params);
  // The legacy approvals name their thread `conversationId`.
  if ((named?.threadId ?? named?.conversationId) !== threadId) return undefined;
  return refusalOfMethod(method);
}

/** The sub-agent on whose thread Codex asks. */
export type AskingAgent = { threadId: string; name: string };

/** Takes what Codex asks while one turn runs. */
export type TurnRequests = {
  /**
   * The answer to a request of the turn's thread, or of a sub-agent's; undefined if it is not for us to answer.
   */
  answer(
    this: void,
    request: CodexServerRequest,
    agent?: AskingAgent,
  ): JsonValue | undefined | Promise<JsonValue>;
  handleNotification(this: void, notification: CodexNotification): void;
  /** What the turn did before it was listened to. */
  readRecord(this: void, items: readonly Record<string, unknown>[]): void;
  /**
   * The turn is to be over: its open questions end, and no more are asked. Codex hears so at the end of the turn, since
   * it would go on with a refusal.
   */
  stop(this: void): void;
  /** The turn is over. */
  end(this: void): void;
};

export type TakeTurnRequests = (turn: {
  threadId: string;
  /** Runs beside each wait for a person. */
  during: (wait: Promise<JsonValue>) => Promise<JsonValue>;
}) => TurnRequests;

/** For turns in which nobody is asked. */
export const refuseTurnRequests: TakeTurnRequests = ({ threadId }) => ({
  answer: (request, agent) => refusalOf(request, agent?.threadId ?? threadId),
  handleNotification() {},
  readRecord() {},
  stop() {},
  end() {},
});
