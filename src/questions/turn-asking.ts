/** What Codex asks during one turn: put before the person. */
import { asRecord } from "../app-server/json.js";
import type { JsonValue, RequestId } from "../app-server/protocol.js";
import { refusalOf, type TakeTurnRequests, type TurnRequests } from "../thread/turn-requests.js";
import type { AskPerson } from "./asking.js";
import { createFileChanges } from "./changed-files.js";
import { readCodexInquiry } from "./inquiry.js";

/** Takes what Codex asks during a turn, and has `ask` put it before the person. */
export function createTurnAsking(
  ask: AskPerson,
  { threadId, during }: Parameters<TakeTurnRequests>[0],
): TurnRequests {
  const files = createFileChanges();
  /** By request, for as long as the turn lasts: no id comes twice in it but for the same request. */
  const asked = new Map<RequestId, { settled: AbortController; answer: Promise<JsonValue> }>();
  const ended = Promise.withResolvers<void>();
  let over = false;

  function close(): void {
    over = true;
    for (const { settled } of asked.values()) settled.abort();
  }

  function askOnce(
    id: RequestId,
    inquiry: NonNullable<ReturnType<typeof readCodexInquiry>>,
  ): Promise<JsonValue> {
    // A thread that is resumed in the middle of its turn has what it waits for sent again, and an answer can cross that.
    const earlier = asked.get(id);
    if (earlier) return earlier.answer;
    const settled = new AbortController();
    if (over) settled.abort();
    const answer = during(ask(inquiry, settled.signal)).then(async (told) => {
      if (over) await ended.promise;
      return told;
    });
    asked.set(id, { settled, answer });
    return answer;
  }

  return {
    answer(request, agent) {
      const refusal = refusalOf(request, agent?.threadId ?? threadId);
      const inquiry = refusal && readCodexInquiry(request, files.of);
      return inquiry ? askOnce(request.id, inquiry) : refusal;
    },
    handleNotification(notification) {
      files.handleNotification(notification);
      if (notification.method !== "serverRequest/resolved") return;
      const id = asRecord(notification.params)?.requestId;
      // Codex went on by itself: nobody waits for this answer any more.
      if (typeof id === "string" || typeof id === "number") asked.get(id)?.settled.abort();
    },
    readRecord: files.readRecord,
    stop: close,
    end() {
      close();
      ended.resolve();
    },
  };
}
