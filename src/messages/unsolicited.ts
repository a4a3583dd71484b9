/**
 * Turns that no message of the chat began: a goal's, and another client's on a shared app-server. They are followed as
 * the chat's own are: their answers are delivered, what they ask is asked, a stop reaches them, and messages wait for
 * them.
 */
import type { CodexClient, CodexNotification, CodexServerRequest } from "../app-server/protocol.js";
import { noteChange } from "../common/changes.js";
import { oneAtATime } from "../common/one-at-a-time.js";
import { resolvePluginConfig } from "../host/plugin-config.js";
import { createStoppableUnsolicitedTurn } from "../thread/active-turns.js";
import type { Agent } from "../thread/family.js";
import type { Goal } from "../thread/goal.js";
import type { ThreadHost, ThreadSession } from "../thread/session.js";
import { sessionsOfConversation } from "../thread/sessions.js";
import { lookForTurnPlaces } from "../thread/turn-places.js";
import type { RequestAnswer, UnsolicitedTurn } from "../thread/turn-view.js";
import type { TurnRequests } from "../thread/turn-requests.js";
import { catchUp } from "./catch-up.js";
import type { GoalRestarts } from "./goal-restarts.js";
import type { GoalRuns } from "./goal-runs.js";
import type { LeftAgents } from "./left-agents.js";
import { enqueueConversationTurn } from "./queue.js";
import { isAnothers, UnsolicitedFollower, type UnsolicitedHost } from "./unsolicited-follow.js";

type Running = { session: ThreadSession; turnId: string; over: Promise<void> };

export class UnsolicitedTurns implements ThreadHost {
  readonly #host: UnsolicitedHost;
  readonly #goals: GoalRuns;
  readonly #restarts: GoalRestarts;
  readonly #leftAgents: LeftAgents;
  readonly #follower: UnsolicitedFollower;
  readonly #inOrder = oneAtATime();
  /** By session file; a thread has one turn at a time. */
  readonly #running = new Map<string, Running>();
  /** Who takes what sub-agents ask when no turn runs. */
  readonly #agentRequests = new WeakMap<ThreadSession, Promise<TurnRequests | undefined>>();

  constructor(
    host: UnsolicitedHost,
    goals: GoalRuns,
    restarts: GoalRestarts,
    leftAgents: LeftAgents,
  ) {
    this.#host = host;
    this.#goals = goals;
    this.#restarts = restarts;
    this.#leftAgents = leftAgents;
    this.#follower = new UnsolicitedFollower(host, goals, restarts);
  }

  async threadLoaded(session: ThreadSession): Promise<void> {
    await catchUp(session, {
      deliver: this.#host.deliver,
      hasMessage: this.#host.hasMessage,
      isStopped: this.#host.isStopped,
      goalTurnsMissed: (...missed) => this.#goals.turnsMissed(...missed),
      warn: this.#host.warn,
    });
  }

  /**
   * Tells what a session's threads have finished, once `ready` is settled: before a turn that begins meanwhile is followed,
   * after which those before it would count as told. Never rejects.
   */
  catchUpAfter(sessionFile: string, ready: Promise<unknown>): Promise<void> {
    return this.#inOrder(sessionFile, async () => {
      await ready;
      for (const session of sessionsOfConversation(sessionFile)) {
        // oxlint-disable-next-line no-await-in-loop
        if (!this.#host.isStopped()) await this.threadLoaded(session);
      }
    });
  }

  connectionLost(session: ThreadSession): void {
    const { sessionFile, goal } = session;
    this.#leftAgents.connectionLost(session);
    if (goal?.status === "active") void this.#restarts.connectionLost(sessionFile);
  }

  threadLoads(client: CodexClient, threadId: string, sessionFile: string): Promise<void> {
    return this.#goals.holdBeforeResume(client, threadId, sessionFile);
  }

  turnBegan(session: ThreadSession, turn: UnsolicitedTurn): void {
    const { sessionFile } = session;
    // The goal can be reached within the turn, before that is followed.
    const goal = turn.goal?.status === "active" ? turn.goal : undefined;
    // From now on a stop reaches it, before it is followed, too.
    const stoppable = createStoppableUnsolicitedTurn(sessionFile, () => isAnothers(session, turn));
    const counted = goal && this.#follower.count(session, turn);
    // What the one before it said is on its way first; the session keeps what comes of this one meanwhile.
    const follow = (): Promise<void> =>
      this.#follower.follow(session, turn, { goal, counted }, stoppable);
    const over = stoppable
      .during(() => this.#inOrder(sessionFile, follow))
      .catch((error: unknown) => {
        this.#host.warn(
          `a turn that Codex began by itself could not be followed: ${String(error)}`,
        );
        turn.ignore();
      });
    const running = { session, turnId: turn.turnId, over };
    this.#running.set(sessionFile, running);
    void over.then(() => {
      if (this.#running.get(sessionFile) === running) this.#running.delete(sessionFile);
    });
    // Messages wait for it, as for any turn, and can be given to it.
    void enqueueConversationTurn(sessionFile, () => over);
  }

  /** A message of the chat stands in line: no further turn of a goal is to come before it. Never rejects. */
  messageWaits(sessionFile: string): void {
    try {
      const { turn } = resolvePluginConfig(this.#host.pluginConfig());
      if (turn.whileRunning === "queue") void this.#goals.hold(sessionFile);
    } catch {
      // Settings that cannot be used are told by the message's own turn.
    }
  }

  /**
   * Settles once no unsolicited turn runs, so that a message's own can begin: Codex would take it as input of the one
   * that runs. A goal is paused for that, and continues afterwards.
   */
  async makeWay(sessionFile: string, stopped: AbortSignal): Promise<void> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop
      await this.#goals.hold(sessionFile);
      const running = this.#running.get(sessionFile);
      if (!running || stopped.aborted) return;
      // oxlint-disable-next-line no-await-in-loop
      await Promise.race([running.over, aborted(stopped)]);
    }
  }

  isRunning(sessionFile: string, turnId: string): boolean {
    return this.#running.get(sessionFile)?.turnId === turnId;
  }

  /** Settles once the unsolicited turn of a session that runs now is over. Never rejects. */
  async over(sessionFile: string): Promise<void> {
    await this.#running.get(sessionFile)?.over;
  }

  answerAgent(session: ThreadSession, request: CodexServerRequest, agent: Agent): RequestAnswer {
    const taker = this.#agentRequests.get(session) ?? this.#takeAgentRequests(session);
    this.#agentRequests.set(session, taker);
    return taker.then((requests) => {
      // The chat may be known by the next one.
      if (!requests) this.#agentRequests.delete(session);
      return requests?.answer(request, agent);
    });
  }

  agentHeard(session: ThreadSession, notification: CodexNotification, agent: Agent): void {
    this.#leftAgents.heard(session, notification, agent);
  }

  turnOver(session: ThreadSession): void {
    this.#leftAgents.turnOver(session);
    lookForTurnPlaces();
  }

  goalChanged(session: ThreadSession, goal: Goal | undefined): void {
    this.#goals.changed(session, goal);
    noteChange(session.sessionFile);
  }

  observe(session: ThreadSession, notification: CodexNotification): void {
    this.#host.noteNotice(session.sessionFile, notification);
    void this.#agentRequests.get(session)?.then((requests) => {
      requests?.handleNotification(notification);
    });
  }

  async #takeAgentRequests(session: ThreadSession): Promise<TurnRequests | undefined> {
    const presenter = await this.#host.presenterFor(session.sessionFile, session.threadId);
    return presenter?.takeRequests({
      threadId: session.threadId,
      during: (wait) => this.#leftAgents.during(session, wait),
    });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
