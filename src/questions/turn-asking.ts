/** What Codex asks during one turn: put before the person. */
import { createHash } from "node:crypto";
import { asRecord } from "../app-server/json.js";
import type { CodexServerRequest, JsonValue, RequestId } from "../app-server/protocol.js";
import { refusalOf, type TakeTurnRequests, type TurnRequests } from "../thread/turn-requests.js";
import type { AskPerson } from "./asking.js";
import { CHANGED, ELSEWHERE } from "./board.js";
import { createFileChanges } from "./changed-files.js";
import { readCodexInquiry } from "./inquiry.js";

/** A request of Codex's that waits for its answer. */
type Waiting = {
  /** As it came last; undefined once it is answered. */
  request: CodexServerRequest | undefined;
  /** Tells that request from others of its id. */
  fingerprint: string;
  /** Ends what the chat is asked about it now. */
  round: AbortController;
  /** The sub-agent that asks, where it is not the chat's Codex itself. */
  agent: string | undefined;
  answer: Promise<JsonValue>;
};

/** Takes what Codex asks during a turn, and has `ask` put it before the person. */
export function createTurnAsking(
  ask: AskPerson,
  { threadId, during }: Parameters<TakeTurnRequests>[0],
): TurnRequests {
  /** By request, for as long as the turn lasts: no id comes twice in it but for the same request. */
  const asked = new Map<RequestId, Waiting>();
  const files = createFileChanges((itemId) => {
    for (const { request, round } of asked.values()) {
      if (asRecord(request?.params)?.itemId === itemId) round.abort(CHANGED);
    }
  });
  const ended = Promise.withResolvers<void>();
  let over = false;

  function close(): void {
    over = true;
    for (const { round } of asked.values()) round.abort();
  }

  /** A yes is to what was shown: a request that changes meanwhile is asked again, and the old answer counts for nothing. */
  async function answerTo(waiting: Waiting, refusal: JsonValue): Promise<JsonValue> {
    for (;;) {
      const { request, round } = waiting;
      const inquiry = request && readCodexInquiry(request, refusal, files.of);
      // Each round is about what the one before was not.
      // oxlint-disable-next-line no-await-in-loop
      const told = inquiry ? await ask(inquiry, round.signal, waiting.agent) : refusal;
      if (round.signal.reason !== CHANGED) {
        waiting.request = undefined;
        return told;
      }
      waiting.round = new AbortController();
      if (over) waiting.round.abort();
    }
  }

  function take(
    request: CodexServerRequest,
    refusal: JsonValue,
    agent: string | undefined,
  ): Promise<JsonValue> {
    // A thread that is resumed in the middle of its turn has what it waits for sent again, and an answer can cross that.
    const earlier = asked.get(request.id);
    const fingerprint = fingerprintOf(request);
    if (earlier?.fingerprint === fingerprint) return earlier.answer;
    if (earlier?.request) {
      earlier.request = request;
      earlier.fingerprint = fingerprint;
      earlier.round.abort(CHANGED);
      return earlier.answer;
    }
    const round = new AbortController();
    if (over) round.abort();
    const answer = Promise.resolve(refusal);
    const waiting: Waiting = { request, fingerprint, agent, round, answer };
    asked.set(request.id, waiting);
    waiting.answer = during(answerTo(waiting, refusal)).then(async (told) => {
      if (over) await ended.promise;
      return told;
    });
    return waiting.answer;
  }

  return {
    answer(request, agent) {
      const refusal = refusalOf(request, agent?.threadId ?? threadId);
      // What nobody could be asked is answered at once.
      const asks =
        refusal !== undefined && readCodexInquiry(request, refusal, files.of) !== undefined;
      return asks ? take(request, refusal, agent?.name) : refusal;
    },
    handleNotification(notification) {
      files.handleNotification(notification);
      if (notification.method !== "serverRequest/resolved") return;
      const id = asRecord(notification.params)?.requestId;
      // Codex went on by itself: nobody waits for this answer any more.
      if (typeof id === "string" || typeof id === "number") asked.get(id)?.round.abort(ELSEWHERE);
    },
    readRecord: files.readRecord,
    stop: close,
    end() {
      close();
      ended.resolve();
    },
  };
}

/** All of it but for the time at which it was sent. */
function fingerprintOf({ method, params }: CodexServerRequest): string {
  const { startedAtMs: _, ...others } = asRecord(params) ?? {};
  return createHash("sha256")
    .update(JSON.stringify([method, others]))
    .digest("base64");
}
