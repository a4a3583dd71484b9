/** What Codex asks without waiting for it: asked in the chat at once, and the answer handed to whoever asked. */
import { asRecord, asString } from "../app-server/json.js";
import type { CodexNotification, JsonValue } from "../app-server/protocol.js";
import { asyncInquiry } from "../questions/async-inquiry.js";
import type { CodexInquiry } from "../questions/question.js";
import type { Agent } from "../thread/family.js";

/** The turn that asked, a sub-agent's or the chat's own. */
export type AskingTurn = { threadId: string; turnId: string; isAgents: boolean };

export type AsyncQuestions = {
  handleNotification(this: void, notification: CodexNotification, agent?: Agent): void;
  /** The questions that are open end unanswered. */
  dispose(this: void): void;
};

/**
 * `ask` must not reject and `give` neither. A question outlives its turn, since its answer can be the next message;
 * that of a turn that was interrupted ends with it.
 */
export function createAsyncQuestions(
  ask: (inquiry: CodexInquiry, over: AbortSignal, agent: string | undefined) => Promise<JsonValue>,
  give: (answer: string, turn: AskingTurn) => Promise<void>,
): AsyncQuestions {
  const asked = new Set<string>();
  const open = new Map<AbortController, AskingTurn>();

  async function put(
    inquiry: CodexInquiry,
    turn: AskingTurn,
    agent: string | undefined,
  ): Promise<void> {
    const round = new AbortController();
    open.set(round, turn);
    const answer = await ask(inquiry, round.signal, agent);
    open.delete(round);
    if (typeof answer === "string" && !round.signal.aborted) await give(answer, turn);
  }

  return {
    handleNotification({ method, params }, agent) {
      const fields = asRecord(params);
      const threadId = asString(fields?.threadId);
      if (method === "turn/completed") {
        const turn = asRecord(fields?.turn);
        if (turn?.status !== "interrupted") return;
        for (const [round, { turnId }] of open) if (turnId === turn.id) round.abort();
        return;
      }
      if (method !== "item/started" && method !== "item/completed") return;
      const item = asRecord(fields?.item);
      const id = asString(item?.id);
      const turnId = asString(fields?.turnId);
      if (id === undefined || threadId === undefined || turnId === undefined) return;
      const inquiry = asyncInquiry(item);
      if (!inquiry || asked.has(id)) return;
      asked.add(id);
      void put(inquiry, { threadId, turnId, isAgents: agent !== undefined }, agent?.name);
    },
    dispose() {
      for (const round of open.keys()) round.abort();
    },
  };
}
