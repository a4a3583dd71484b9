/**
 * Turns that no message of the chat began: a goal's, and another client's on a shared app-server. They are followed as
 * the chat's own are: their answers are delivered, what they ask is asked, a stop reaches them, and messages wait for
 * them.
 */
import {
  resolveCodexAppServerRuntimeOptions,
  type CodexAppServerRuntimeOptions,
} from "../app-server/config.js";
import { CodexLocalError, isConnectionClosed } from "../app-server/errors.js";
import {
  LEFT_TO_OTHERS,
  type CodexClient,
  type CodexNotification,
  type CodexServerRequest,
} from "../app-server/protocol.js";
import { oneAtATime } from "../common/one-at-a-time.js";
import { goalSettings, resolvePluginConfig } from "../host/plugin-config.js";
import { createUnsolicitedAttempt, type TurnAttempt } from "../thread/active-turns.js";
import type { Answer } from "../thread/answers.js";
import { answerText } from "../words/answer-words.js";
import type { Agent } from "../thread/family.js";
import { goalIn, type Goal } from "../thread/goal.js";
import type { ThreadHost, ThreadSession } from "../thread/session.js";
import {
  noteSeenTurn,
  readCodexAppServerBinding,
  type CodexAppServerBinding,
} from "../thread/thread-binding.js";
import { restThread, settingsOfBinding } from "../thread/thread.js";
import { asksPerson } from "../thread/conversation-turn.js";
import { CodexTurnInterruptedError } from "../thread/turn-collector.js";
import { pauseGoal } from "../thread/stop.js";
import type { RequestAnswer, UnsolicitedTurn } from "../thread/turn-view.js";
import { followTurn } from "../thread/turn-follow.js";
import { settleThread } from "../thread/turn-request.js";
import type { TurnRequests } from "../thread/turn-requests.js";
import { createTurnWork, reviewsOf, type TurnWork } from "../thread/turn-work.js";
import { unsolicitedWords } from "../words/unsolicited-words.js";
import { words } from "../words/words.js";
import { agentsAtWork } from "./answer.js";
import { catchUp } from "./catch-up.js";
import type { Companion } from "./companion.js";
import type { GoalRestarts } from "./goal-restarts.js";
import type { GoalRuns } from "./goal-runs.js";
import type { LeftAgents } from "./left-agents.js";
import { enqueueConversationTurn } from "./queue.js";

export type UnsolicitedHost = {
  pluginConfig: () => unknown;
  /** The chat of a session; undefined if nothing has told yet where it can be written to. */
  companionFor: (sessionFile: string, id: string) => Promise<Companion | undefined>;
  /** Has the answers of a turn reach the chat, once. */
  deliver: (sessionFile: string, turnId: string, text: string, answers: Answer[]) => Promise<void>;
  /** Tells the chat if it should hear of that. */
  noteNotice: (sessionFile: string, notification: CodexNotification) => void;
  isStopped: () => boolean;
  warn: (text: string) => void;
};

type Running = { session: ThreadSession; over: Promise<void> };

export class UnsolicitedTurns implements ThreadHost {
  readonly #host: UnsolicitedHost;
  readonly #goals: GoalRuns;
  readonly #restarts: GoalRestarts;
  readonly #leftAgents: LeftAgents;
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
  }

  async threadLoaded(session: ThreadSession): Promise<void> {
    await catchUp(session, {
      deliver: this.#host.deliver,
      goalTurnsMissed: (...missed) => this.#goals.turnsMissed(...missed),
      warn: this.#host.warn,
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
    const goal = session.goal?.status === "active" ? session.goal : undefined;
    // From now on a stop reaches it, before it is followed, too.
    const attempt = createUnsolicitedAttempt(sessionFile);
    // What the one before it said is on its way first; the session keeps what comes of this one meanwhile.
    const follow = (): Promise<void> => this.#follow(session, turn, goal, attempt);
    const over = attempt
      .during(() => this.#inOrder(sessionFile, follow))
      .catch((error: unknown) => {
        this.#host.warn(
          `a turn that Codex began by itself could not be followed: ${String(error)}`,
        );
        turn.ignore();
      });
    const running = { session, over };
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

  isRunning(sessionFile: string): boolean {
    return this.#running.has(sessionFile);
  }

  /** Settles once the unsolicited turn of a session that runs now is over. Never rejects. */
  async over(sessionFile: string): Promise<void> {
    await this.#running.get(sessionFile)?.over;
  }

  answerAgent(session: ThreadSession, request: CodexServerRequest, agent: Agent): RequestAnswer {
    const taker = this.#agentRequests.get(session) ?? this.#takeAgentRequests(session);
    this.#agentRequests.set(session, taker);
    return taker.then((requests) => requests?.answer(request, agent));
  }

  agentHeard(session: ThreadSession, notification: CodexNotification, agent: Agent): void {
    this.#leftAgents.heard(session, notification, agent);
  }

  turnOver(session: ThreadSession): void {
    this.#leftAgents.turnOver(session);
  }

  goalChanged(session: ThreadSession, goal: Goal | undefined): void {
    this.#goals.changed(session, goal);
  }

  observe(session: ThreadSession, notification: CodexNotification): void {
    this.#host.noteNotice(session.sessionFile, notification);
    void this.#agentRequests.get(session)?.then((requests) => {
      requests?.handleNotification(notification);
    });
  }

  async #takeAgentRequests(session: ThreadSession): Promise<TurnRequests | undefined> {
    const companion = await this.#host.companionFor(session.sessionFile, session.threadId);
    return companion?.takeRequests({
      threadId: session.threadId,
      during: (wait) => this.#leftAgents.during(session, wait),
    });
  }

  /** Never rejects but for settings that cannot be used. */
  async #follow(
    session: ThreadSession,
    turn: UnsolicitedTurn,
    goalAtStart: Goal | undefined,
    { stopped }: TurnAttempt,
  ): Promise<void> {
    const { sessionFile, client, threadId } = session;
    const { turnId } = turn;
    const pluginConfig = this.#host.pluginConfig();
    const settings = resolvePluginConfig(pluginConfig);
    const runtime = resolveCodexAppServerRuntimeOptions({ pluginConfig });
    const companion = await this.#host.companionFor(sessionFile, turnId);
    const binding = await readCodexAppServerBinding(sessionFile);
    // The chat is on another thread now, or on none.
    if (binding?.threadId !== threadId) {
      turn.ignore();
      await pauseGoal(session, runtime.requestTimeoutMs);
      return;
    }
    const asked = asksPerson(settingsOfBinding(binding, runtime).permissions);
    /** Its person is at that client, which is asked too; on a process of ours there is no other. */
    const isAnothers = (): boolean => client.isShared === true && turn.isAnotherClients();
    const work = createTurnWork();
    const isGoals = goalAtStart !== undefined;
    /** As the turn itself tells it: the next one can have begun, and ended the goal, before this one's end is told. */
    let goal: Goal | undefined = goalAtStart;
    if (isGoals) {
      await this.#goals.turnBegan(session, turnId, goalSettings(settings).maxTurns);
      // Paused as its last, or for a message: nothing of the turn itself tells that.
      if (session.goal?.status === "paused") goal = session.goal;
    }
    const refusal = isGoals ? await this.#refusal(session, binding, runtime) : undefined;
    companion?.runs();
    let answers: Answer[] = [];
    let end: string | undefined;
    let isLost = false;
    try {
      answers = await followTurn({
        session,
        requestTimeoutMs: runtime.requestTimeoutMs,
        limits: settings.turn,
        slot: { holdUntil: () => undefined },
        begin: async (view) => ({
          turnId,
          leave: turn.follow({
            ...view,
            handleNotification: (notification) => {
              const told = goalIn(notification);
              if (told !== undefined) goal = told ?? undefined;
              view.handleNotification(notification);
            },
            answer: (request, agent) =>
              isAnothers() ? LEFT_TO_OTHERS : view.answer(request, agent),
          }),
        }),
        takeRequests: asked ? companion?.takeRequests : undefined,
        stopped: refusal ? AbortSignal.abort() : stopped,
        work,
        observe: (notification, agent) => {
          // What another client is asked and told is for its person.
          if (isAnothers()) companion?.observe(notification, agent);
          else companion?.hear(notification, agent);
        },
      });
    } catch (error) {
      if (isConnectionClosed(error)) isLost = true;
      else if (refusal) end = words.turnFailed(refusal.error, work.done());
      else end = this.#endInWords(error, stopped, work);
    } finally {
      restThread(client, threadId);
    }
    // What a dying process says of its turns is not their end: the next one looks.
    if (this.#host.isStopped()) return;
    companion?.end();
    // A goal continues with the next process, and behind a WebSocket the turn may run on.
    if (isLost) return;
    const said = end ?? answerText(answers);
    if (isGoals) {
      this.#restarts.turnEnded(sessionFile);
      const ended = { turnId, said, answers, failed: end !== undefined };
      await this.#goals.turnEnded(session, goal, ended);
    } else if (said !== "" || answers.length > 0) {
      const text = isAnothers()
        ? unsolicitedWords.anotherClient(said)
        : [said, ...agentsAtWork(session)].filter((part) => part !== "").join("\n\n");
      await this.#host.deliver(sessionFile, turnId, text, answers);
    }
    // What was delivered the outbox knows as well.
    if (isGoals) await noteSeenTurn(sessionFile, threadId, turnId).catch(() => undefined);
  }

  /**
   * Why a goal's turn may not run: it began under what its thread had before. The goal is then paused; else the thread
   * has what the chat and the operator want now, for the turns that follow. Never rejects.
   */
  async #refusal(
    session: ThreadSession,
    binding: CodexAppServerBinding,
    runtime: CodexAppServerRuntimeOptions,
  ): Promise<{ error: unknown } | undefined> {
    const { client, sessionFile } = session;
    try {
      const workspaceDir = runtime.defaultWorkspaceDir ?? process.cwd();
      await settleThread({ client, runtime, binding, workspaceDir, sessionFile });
      return undefined;
    } catch (error) {
      // Whoever follows the turn learns of a connection's end, too.
      if (error instanceof CodexLocalError) return undefined;
      await pauseGoal(session, runtime.requestTimeoutMs);
      return { error };
    }
  }

  #endInWords(error: unknown, stopped: AbortSignal, work: TurnWork): string {
    if (error instanceof CodexTurnInterruptedError) {
      return words.interrupted({
        stopped: stopped.aborted,
        done: work.done(),
        partialText: error.partialText,
        ...reviewsOf(work, stopped),
      });
    }
    return words.turnFailed(error, work.done());
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
