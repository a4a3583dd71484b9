/** Follows one turn from its start to its end, however it ends. */
import { retireCodexAppServerClient } from "../app-server/client-pool.js";
import { turnFailureCause } from "../app-server/turn-failure.js";
import { asRecord } from "../app-server/json.js";
import type { CodexClient, CodexNotification } from "../app-server/protocol.js";
import { signInAnew } from "./bound-codex.js";
import type { HeldRequests } from "./held-requests.js";
import { noteContextUsage } from "./context-usage.js";
import { trackCodexConversationActiveTurn } from "./active-turns.js";
import type { QueueSlot } from "../messages/queue.js";
import {
  CodexTurnFailedError,
  CodexTurnTimeoutError,
  createCodexConversationTurnCollector,
  type CodexConversationTurnCollector,
} from "./turn-collector.js";
import { SilenceWatch } from "./turn-silence.js";
import { stopTurn } from "./turn-stop.js";
import { findTurn, hasEnded } from "./turn-record.js";
import { createTurnWork, type TurnWork } from "./turn-work.js";
import { durationInWords } from "../words/duration.js";
import { refuseTurnRequests, type TakeTurnRequests, type TurnRequests } from "./turn-requests.js";

/** Codex can say that a thread is idle just before it says that the turn is complete. */
const COMPLETION_AFTER_IDLE_MS = 1000;

export type TurnLimits = {
  /** Milliseconds without progress after which a turn is stopped. */
  idleTimeoutMs: number;
  /** Milliseconds after which a turn is stopped however lively it is. */
  maxDurationMs: number;
};

export type TurnToFollow = {
  client: CodexClient;
  threadId: string;
  sessionFile: string;
  requestTimeoutMs: number;
  limits: TurnLimits;
  /** Held beyond the end where a turn that was given up has yet to end in Codex. */
  slot: QueueSlot;
  /** Starts the turn, or names one that runs already. Listening has begun when it is called. */
  begin: () => Promise<string>;
  /** It ran before it was listened to, so that its end can have been missed. */
  takenUp?: { items: readonly Record<string, unknown>[]; held: HeldRequests } | undefined;
  /** Takes what Codex asks; without it that is refused. */
  takeRequests?: TakeTurnRequests | undefined;
  /** Aborted when a person stops the turn, which may be before it has begun. */
  stopped?: AbortSignal | undefined;
  /** Gathers what the turn does. */
  work?: TurnWork | undefined;
  /** Sees the thread's notifications, but for deltas. */
  observe?: ((notification: CodexNotification) => void) | undefined;
  /** Notes the turn's id somewhere; runs beside the turn and must not reject. */
  onStarted?: (turnId: string) => Promise<void>;
};

/**
 * Follows a turn and returns its reply, empty where it had none.
 * @throws CodexTurnFailedError, CodexTurnInterruptedError, CodexTurnTimeoutError, a lost connection's error, or
 *   what `begin` threw
 */
export async function followTurn(turn: TurnToFollow): Promise<string> {
  const { client, threadId, limits, stopped, work = createTurnWork() } = turn;
  const collector = createCodexConversationTurnCollector(threadId);
  const silence = new SilenceWatch(limits.idleTimeoutMs, () => {
    const error = new CodexTurnTimeoutError(
      `timed out: nothing came from Codex for ${durationInWords(limits.idleTimeoutMs)}, so the turn was stopped`,
    );
    // Its end may have been lost without a sign.
    void lostEnd.readEnd().then(() => collector.fail(error));
  });
  const lostEnd = watchForLostEnd(turn, collector);
  const takeRequests = turn.takeRequests ?? refuseTurnRequests;
  const requests = takeRequests({ threadId, during: (wait) => silence.during(wait) });
  const observe = (notification: CodexNotification): void => {
    if (isDelta(notification.method)) {
      silence.noteProgress();
      return;
    }
    silence.handleNotification(notification);
    lostEnd.handleNotification(notification);
    requests.handleNotification(notification);
    work.handleNotification(notification);
    noteContextUsage(notification);
    turn.observe?.(notification);
  };
  if (turn.takenUp) {
    work.readRecord(turn.takenUp.items);
    requests.readRecord(turn.takenUp.items);
  }
  const removals = listen(turn, { collector, silence, answer: requests.answer, observe });
  turn.takenUp?.held.handOver(requests.answer);
  const stopListening = (): void => removals.forEach((remove) => remove());
  let abandoned = false;
  let endTracking: (() => void) | undefined;
  let stopForPerson: (() => void) | undefined;
  try {
    const turnId = await turn.begin();
    collector.setTurnId(turnId);
    lostEnd.setTurnId(turnId);
    if (turn.takenUp) void lostEnd.readEnd();
    const stop = once(() =>
      stopTurn({
        client,
        threadId,
        turnId,
        collector,
        timeoutMs: turn.requestTimeoutMs,
        runningProcesses: work.runningProcesses,
        onDefiance: (reason) => retireCodexAppServerClient(client, reason),
        onOver: async () => {
          await lostEnd.readEnd();
          collector.fail(new Error("the turn is over, and Codex does not say how it ended"));
        },
      }),
    );
    endTracking = trackCodexConversationActiveTurn({
      sessionFile: turn.sessionFile,
      threadId,
      turnId,
    });
    // The answer comes with the turn's end; the next turn waits until its commands have ended too.
    stopForPerson = () => {
      // Nobody's yes may count any more, though Codex takes its time.
      requests.stop();
      turn.slot.holdUntil(stop());
    };
    if (stopped?.aborted) stopForPerson();
    else stopped?.addEventListener("abort", stopForPerson, { once: true });
    const noted = turn.onStarted?.(turnId);
    try {
      return (await collector.wait({ timeoutMs: limits.maxDurationMs })).replyText;
    } catch (error) {
      if (error instanceof CodexTurnTimeoutError) {
        // The person hears of it now; the next turn waits until this one is over in Codex too.
        abandoned = true;
        turn.slot.holdUntil(stop().finally(stopListening));
      }
      if (error instanceof CodexTurnFailedError && turnFailureCause(error) === "unauthorized") {
        signInAnew(client);
      }
      throw error;
    } finally {
      // A note that the turn runs must not come after the one that it was answered.
      await noted;
    }
  } finally {
    requests.end();
    endTracking?.();
    if (stopForPerson) stopped?.removeEventListener("abort", stopForPerson);
    silence.dispose();
    lostEnd.dispose();
    if (!abandoned) stopListening();
  }
}

/** Pieces of what comes whole later: by the thousand, and of use to the reply and the watch for silence only. */
function isDelta(method: string): boolean {
  return method === "item/agentMessage/delta" || method === "item/commandExecution/outputDelta";
}

/** Every removal is the caller's to call. */
function listen(
  { client, threadId }: TurnToFollow,
  {
    collector,
    silence,
    answer,
    observe,
  }: {
    collector: CodexConversationTurnCollector;
    silence: SilenceWatch;
    answer: TurnRequests["answer"];
    observe: (notification: CodexNotification) => void;
  },
): (() => void)[] {
  return [
    client.addNotificationHandler(
      (notification) => {
        if (collector.takeDelta(notification)) {
          silence.noteProgress();
          return;
        }
        if (asRecord(notification.params)?.threadId !== threadId) return;
        observe(notification);
        collector.handleNotification(notification);
      },
      { threadId },
    ),
    client.addRequestHandler(answer, { threadId }),
    client.addCloseHandler((reason) => {
      collector.fail(reason instanceof Error ? reason : new Error("the Codex app-server closed"));
    }),
  ];
}

/** Where a thread falls idle and no completion comes, the thread itself is asked how the turn ended. */
function watchForLostEnd(
  turn: TurnToFollow,
  collector: CodexConversationTurnCollector,
): {
  handleNotification(notification: CodexNotification): void;
  setTurnId(turnId: string): void;
  /** Asks now. Never rejects. */
  readEnd(): Promise<void>;
  dispose(): void;
} {
  let turnId: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function readEnd(): Promise<void> {
    if (turnId === undefined) return;
    const { client, threadId, requestTimeoutMs } = turn;
    try {
      const record = await findTurn(client, threadId, { turnId }, requestTimeoutMs);
      if (record && hasEnded(record)) {
        collector.handleNotification({
          method: "turn/completed",
          params: { threadId, turn: record },
        });
      }
    } catch {
      // The turn's own bounds end it.
    }
  }

  return {
    handleNotification({ method, params }) {
      if (method !== "thread/status/changed") return;
      clearTimeout(timer);
      if (asRecord(asRecord(params)?.status)?.type !== "idle") return;
      timer = setTimeout(() => void readEnd(), COMPLETION_AFTER_IDLE_MS);
    },
    setTurnId(id) {
      turnId = id;
    },
    readEnd,
    dispose() {
      clearTimeout(timer);
    },
  };
}

function once<T>(action: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= action());
}
