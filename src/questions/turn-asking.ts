/** What Codex asks during one turn: put before the person where somebody asks for it, refused otherwise. */
import { asRecord } from "../app-server/json.js";
import type {
  CodexNotification,
  CodexServerRequest,
  JsonValue,
  RequestId,
} from "../app-server/protocol.js";
import { answerTurnRequest } from "../thread/turn-requests.js";
import type { AskPerson } from "./asking.js";
import { createFileChanges } from "./changed-files.js";
import { readCodexInquiry } from "./inquiry.js";

export type TurnAsking = {
  /** The answer to a request of the turn's thread; undefined where it is not for us to answer. */
  answer(this: void, request: CodexServerRequest): JsonValue | undefined | Promise<JsonValue>;
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

export function createTurnAsking(turn: {
  threadId: string;
  /** Without it what Codex asks is refused. */
  ask: AskPerson | undefined;
  /** Runs beside each wait for a person. */
  during: (wait: Promise<JsonValue>) => Promise<JsonValue>;
}): TurnAsking {
  const files = createFileChanges();
  /** By request, for as long as the turn lasts: no id comes twice in it but for the same request. */
  const asked = new Map<RequestId, { settled: AbortController; answer: Promise<JsonValue> }>();
  const ended = Promise.withResolvers<void>();
  let over = false;

  function close(): void {
    over = true;
    for (const { settled } of asked.values()) settled.abort();
  }

  function ask(
    id: RequestId,
    inquiry: NonNullable<ReturnType<typeof readCodexInquiry>>,
    person: AskPerson,
  ): Promise<JsonValue> {
    // A thread that is resumed in the middle of its turn has what it waits for sent again, and an answer can cross that.
    const earlier = asked.get(id);
    if (earlier) return earlier.answer;
    const settled = new AbortController();
    if (over) settled.abort();
    const answer = turn.during(person(inquiry, settled.signal)).then(async (told) => {
      if (over) await ended.promise;
      return told;
    });
    asked.set(id, { settled, answer });
    return answer;
  }

  return {
    answer(request) {
      const refusal = answerTurnRequest(request, turn.threadId);
      const inquiry = turn.ask && refusal && readCodexInquiry(request, files.of);
      return turn.ask && inquiry ? ask(request.id, inquiry, turn.ask) : refusal;
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
