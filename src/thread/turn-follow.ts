/** Follows one turn from its start to its end, however it ends. */
import { retireCodexAppServerClient } from "../app-server/client-pool.js";
import { turnFailureCause } from "../app-server/turn-failure.js";
import type { CodexNotification } from "../app-server/protocol.js";
import { signInAnew } from "./bound-codex.js";
import { trackCodexConversationActiveTurn } from "./active-turns.js";
import { textOfAnswers, type Answer } from "./answers.js";
import { noteContextUsage } from "./context-usage.js";
import type { Agent } from "./family.js";
import { watchForLostEnd } from "./lost-end.js";
import type { ThreadSession } from "./session.js";
import type { FollowedTurn, TurnView } from "./turn-view.js";
import { pauseGoal, stopAgents } from "./stop.js";
import {
  CodexTurnFailedError,
  CodexTurnTimeoutError,
  createCodexConversationTurnCollector,
} from "./turn-collector.js";
import { SilenceWatch } from "./turn-silence.js";
import { stopTurn } from "./turn-stop.js";
import { createTurnWork, type TurnWork } from "./turn-work.js";
import { WorkInHand } from "./work-in-hand.js";
import { refuseTurnRequests, type TakeTurnRequests } from "./turn-requests.js";
import { durationInWords } from "../common/duration.js";

export type TurnLimits = {
  /** Milliseconds without a sign of life after which a turn is stopped. */
  idleTimeoutMs: number;
  /** Milliseconds after which a turn is stopped however lively it is. */
  maxDurationMs: number;
};

/** A turn's place in its line. */
export type TurnSlot = {
  /** The next one begins after `settled` too; its rejection counts as settled. */
  holdUntil(settled: Promise<unknown>): void;
};

export type TurnToFollow = {
  session: ThreadSession;
  requestTimeoutMs: number;
  limits: TurnLimits;
  /** Held beyond the end if a turn that was given up has yet to end in Codex. */
  slot: TurnSlot;
  /** Starts the turn or names one that runs already, and has the session tell the view of it. */
  begin: (view: TurnView) => Promise<FollowedTurn>;
  /** What it had done before it was listened to; then its end can have been missed, too. */
  itemsSoFar?: readonly Record<string, unknown>[] | undefined;
  /** Takes what Codex asks; without it that is refused. */
  takeRequests?: TakeTurnRequests | undefined;
  /** Aborted when a person stops the turn, which may be before it has begun. */
  stopped?: AbortSignal | undefined;
  /** Gathers what the turn does. */
  work?: TurnWork | undefined;
  /** Sees the thread's notifications and its sub-agents', but for deltas. */
  observe?: ((notification: CodexNotification, agent?: Agent) => void) | undefined;
  /** Whether another client began the turn: its silence and its length are that client's affair, and end nothing. */
  isOthers?: () => boolean;
  /** Notes the turn's id somewhere; runs beside the turn and must not reject. */
  onStarted?: (turnId: string) => Promise<void>;
};

/**
 * Follows a turn and returns its answers, none if it had none.
 * @throws CodexTurnFailedError, CodexTurnInterruptedError, CodexTurnTimeoutError, a lost connection's error, or what
 *   `begin` threw; `work` has what was said until then
 */
export function followTurn(turn: TurnToFollow): Promise<Answer[]> {
  return new TurnFollower(turn).follow();
}

class TurnFollower {
  readonly #turn: TurnToFollow;
  readonly #collector;
  readonly #silence;
  readonly #lostEnd;
  readonly #requests;
  readonly #work;
  readonly #inHand = new WorkInHand();
  #stopping: Promise<void> | undefined;
  #turnId: string | undefined;

  constructor(turn: TurnToFollow) {
    const { session, limits, itemsSoFar } = turn;
    const { client, threadId } = session;
    this.#turn = turn;
    this.#work = turn.work ?? createTurnWork();
    this.#collector = createCodexConversationTurnCollector(threadId);
    this.#silence = new SilenceWatch(limits.idleTimeoutMs, () => void this.#onSilence());
    this.#lostEnd = watchForLostEnd(client, threadId, turn.requestTimeoutMs, this.#collector);
    const takeRequests = turn.takeRequests ?? refuseTurnRequests;
    this.#requests = takeRequests({ threadId, during: (wait) => this.#silence.during(wait) });
    if (itemsSoFar === undefined) return;
    this.#silence.readRecord(threadId, itemsSoFar);
    for (const reader of [this.#collector, this.#work, this.#requests]) {
      reader.readRecord(itemsSoFar);
    }
  }

  async follow(): Promise<Answer[]> {
    let followed: FollowedTurn | undefined;
    let abandoned = false;
    try {
      followed = await this.#turn.begin(this.#view());
      await this.#untilEnd(followed);
      return this.#collector.answers();
    } catch (error) {
      this.#work.noteSaid(textOfAnswers(this.#collector.answers()));
      if (error instanceof CodexTurnTimeoutError && followed && !this.#isOthers()) {
        // The person hears of it now; the next turn waits until this one is over in Codex too.
        abandoned = true;
        const { leave } = followed;
        this.#turn.slot.holdUntil(this.#stop(followed.turnId).finally(leave));
      }
      if (error instanceof CodexTurnFailedError && turnFailureCause(error) === "unauthorized") {
        signInAnew(this.#turn.session.client);
      }
      throw error;
    } finally {
      this.#requests.end();
      this.#silence.dispose();
      this.#lostEnd.dispose();
      if (!abandoned) followed?.leave();
    }
  }

  /** @throws as `followTurn` */
  async #untilEnd({ turnId }: FollowedTurn): Promise<void> {
    const { session, stopped, limits, itemsSoFar, onStarted } = this.#turn;
    const { sessionFile, threadId } = session;
    this.#turnId = turnId;
    this.#collector.setTurnId(turnId);
    this.#lostEnd.setTurnId(turnId);
    if (itemsSoFar) void this.#lostEnd.readEnd();
    const endTracking = trackCodexConversationActiveTurn({ sessionFile, threadId, turnId }, () =>
      this.#inHand.now(),
    );
    const stopForPerson = (): void => {
      // Nobody's yes may count any more, though Codex takes its time.
      this.#requests.stop();
      // The answer comes with the turn's end; the next turn waits until its commands have ended too.
      this.#turn.slot.holdUntil(this.#stop(turnId));
    };
    if (stopped?.aborted) stopForPerson();
    else stopped?.addEventListener("abort", stopForPerson, { once: true });
    const noted = onStarted?.(turnId);
    try {
      await this.#collector.wait({ timeoutMs: limits.maxDurationMs });
    } finally {
      // A note that the turn runs must not come after the one that it was answered.
      await noted;
      endTracking();
      stopped?.removeEventListener("abort", stopForPerson);
    }
  }

  #view(): TurnView {
    const collector = this.#collector;
    return {
      takeDelta: (notification) => {
        if (!collector.takeDelta(notification)) return false;
        this.#silence.noteProgress();
        return true;
      },
      handleNotification: (notification) => {
        this.#observe(notification);
        collector.handleNotification(notification);
      },
      handleAgent: (notification, agent) => {
        if (isDelta(notification.method)) {
          this.#silence.noteProgress();
          return;
        }
        this.#silence.handleNotification(notification);
        this.#requests.handleNotification(notification);
        this.#inHand.handleNotification(notification, agent);
        this.#turn.observe?.(notification, agent);
      },
      answer: (request, agent) => this.#requests.answer(request, agent),
      handleClose: (reason) => collector.fail(reason),
    };
  }

  #observe(notification: CodexNotification): void {
    if (isDelta(notification.method)) {
      this.#silence.noteProgress();
      return;
    }
    this.#silence.handleNotification(notification);
    this.#lostEnd.handleNotification(notification);
    this.#requests.handleNotification(notification);
    this.#work.handleNotification(notification);
    this.#inHand.handleNotification(notification);
    noteContextUsage(notification);
    this.#turn.observe?.(notification);
  }

  #isOthers(): boolean {
    const { isOthers, session } = this.#turn;
    return isOthers?.() === true || (this.#turnId !== undefined && session.isOthers(this.#turnId));
  }

  async #onSilence(): Promise<void> {
    const { idleTimeoutMs } = this.#turn.limits;
    // Its end may have been lost without a sign.
    await this.#lostEnd.readEnd();
    if (this.#isOthers()) {
      this.#silence.restart();
      return;
    }
    const time = durationInWords(idleTimeoutMs);
    const { outage: message } = this.#inHand.now();
    const why =
      message === undefined
        ? `nothing came from Codex for ${time}`
        : `Codex could not reach the model for ${time}`;
    const last = message === undefined ? "" : ` (${message})`;
    this.#collector.fail(
      new CodexTurnTimeoutError(`timed out: ${why}, so the turn was stopped${last}`),
    );
  }

  /** Ends the turn with its goal and its sub-agents; asked for twice it is one stop. Never rejects. */
  #stop(turnId: string): Promise<void> {
    return (this.#stopping ??= this.#stopAll(turnId));
  }

  async #stopAll(turnId: string): Promise<void> {
    const { session, requestTimeoutMs: timeoutMs, stopped } = this.#turn;
    await pauseGoal(session, timeoutMs, stopped?.aborted ? "user" : "automatic");
    await stopTurn({
      client: session.client,
      threadId: session.threadId,
      turnId,
      collector: this.#collector,
      timeoutMs,
      runningProcesses: this.#work.runningProcesses,
      onDefiance: (reason) => retireCodexAppServerClient(session.client, reason),
      onOver: async () => {
        await this.#lostEnd.readEnd();
        const message = "the turn is over, and Codex does not say how it ended";
        this.#collector.fail(new Error(message));
      },
    });
    await stopAgents(session, timeoutMs, turnId);
  }
}

/** Pieces of what comes whole later: by the thousand, and of use to the reply and the watch for silence only. */
function isDelta(method: string): boolean {
  return method === "item/agentMessage/delta" || method === "item/commandExecution/outputDelta";
}
