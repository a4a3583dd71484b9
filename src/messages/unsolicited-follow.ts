/** Follows a turn that no message of the chat began, from its announcement to what it said. */
import { runtimeOfBinding } from "../thread/bound-codex.js";
import type { CodexAppServerRuntimeOptions } from "../app-server/config.js";
import { CodexLocalError, isConnectionClosed } from "../app-server/errors.js";
import { callCodex, METHODS } from "../app-server/methods.js";
import type { CodexNotification } from "../app-server/protocol.js";
import { goalSettings, resolvePluginConfig } from "../host/plugin-config.js";
import type { StoppableTurn } from "../thread/active-turns.js";
import type { Answer } from "../thread/answers.js";
import { asksPerson } from "../thread/conversation-turn.js";
import { goalIn, type Goal } from "../thread/goal.js";
import type { ThreadSession } from "../thread/session.js";
import { pauseGoal } from "../thread/stop.js";
import {
  noteLostTurn,
  noteSeenTurn,
  readBindingPatiently,
  readCodexAppServerBinding,
  type CodexAppServerBinding,
} from "../thread/thread-binding.js";
import { restThread } from "../thread/thread.js";
import { settingsOfBinding } from "../thread/thread-settings.js";
import {
  CodexTurnInterruptedError,
  CodexTurnTimeoutError,
  isEndOfCodexs,
} from "../thread/turn-collector.js";
import { followTurn } from "../thread/turn-follow.js";
import { isAmong } from "../thread/turn-record.js";
import { settleThread } from "../thread/turn-request.js";
import type { UnsolicitedTurn } from "../thread/turn-view.js";
import { createTurnWork, reviewsOf, type TurnWork } from "../thread/turn-work.js";
import { answerText } from "../words/answer-words.js";
import { unsolicitedWords } from "../words/unsolicited-words.js";
import { turnWords } from "../words/turn-words.js";
import { agentsAtWork } from "./answer-outcome.js";
import type { TurnPresenter } from "./turn-presenter.js";
import { steerEarly } from "./steer-at-once.js";
import type { GoalRestarts } from "./goal-restarts.js";
import type { BegunTurn, GoalRuns } from "./goal-runs.js";

export type UnsolicitedHost = {
  pluginConfig: () => unknown;
  /** The chat of a session; undefined if nothing has told yet where it can be written to. */
  presenterFor: (sessionFile: string, id: string) => Promise<TurnPresenter | undefined>;
  /** Has the answers of a turn reach the chat, once. */
  deliver: (sessionFile: string, turnId: string, text: string, answers: Answer[]) => Promise<void>;
  /** Whether a message of the chat's is on its way that Codex has under this id. @throws file-system errors */
  hasMessage: (sessionFile: string, clientId: string) => Promise<boolean>;
  /** Tells the chat if it should hear of that. */
  noteNotice: (sessionFile: string, notification: CodexNotification) => void;
  isStopped: () => boolean;
  warn: (text: string) => void;
};

/** A turn of the goal, and the goal if it was paused as the turn was counted. */
type CountedTurn = { begun: BegunTurn | undefined; paused: Goal | undefined };

export class UnsolicitedFollower {
  readonly #host: UnsolicitedHost;
  readonly #goals: GoalRuns;
  readonly #restarts: GoalRestarts;

  constructor(host: UnsolicitedHost, goals: GoalRuns, restarts: GoalRestarts) {
    this.#host = host;
    this.#goals = goals;
    this.#restarts = restarts;
  }

  /**
   * Counts a turn as the goal's when it begins, however long those before it take to be told: none is to follow its last
   * one. Never rejects.
   */
  async count(session: ThreadSession, turn: UnsolicitedTurn): Promise<CountedTurn | undefined> {
    try {
      const { maxTurns } = goalSettings(resolvePluginConfig(this.#host.pluginConfig()));
      // A person's turn at another client has a message in it, which comes after its start.
      if (session.client.isShared === true) await turn.known;
      if (isAnothers(session, turn)) return undefined;
      const begun = await this.#goals.turnBegan(session, turn.turnId, maxTurns);
      // Paused as its last, or for a message: nothing of the turn itself tells that.
      return { begun, paused: session.goal?.status === "paused" ? session.goal : undefined };
    } catch {
      // Settings that cannot be used are told by whoever follows the turn.
      return undefined;
    }
  }

  /** Never rejects but for settings that cannot be used. */
  async follow(
    session: ThreadSession,
    turn: UnsolicitedTurn,
    atStart: { goal: Goal | undefined; counted: Promise<CountedTurn | undefined> | undefined },
    { stopped }: StoppableTurn,
  ): Promise<void> {
    const { sessionFile, client, threadId } = session;
    const { turnId } = turn;
    const pluginConfig = this.#host.pluginConfig();
    const settings = resolvePluginConfig(pluginConfig);
    const presenter = await this.#host.presenterFor(sessionFile, turnId);
    const binding = await readBindingPatiently(sessionFile);
    const runtime = runtimeOfBinding(pluginConfig, binding);
    // The chat is on another thread now, or on none.
    if (binding?.threadId !== threadId) {
      await endUnheard(session, turn, runtime.requestTimeoutMs);
      return;
    }
    const isGivenUp = isAmong(binding.lost, { id: turnId, items: turn.itemsSoFar() });
    const asked = asksPerson(settingsOfBinding(binding, runtime).permissions);
    const work = createTurnWork();
    /** As the turn itself tells it: the next one can have begun, and ended the goal, before this one's end is told. */
    let { goal } = atStart;
    const isOthers = (): boolean => isAnothers(session, turn);
    const refused = new AbortController();
    let refusal: { error: unknown } | undefined;
    const settled = atStart.counted?.then(async (counted) => {
      if (!counted) return undefined;
      goal = counted.paused ?? goal;
      refusal = await this.#refusal(session, binding, runtime);
      if (refusal) refused.abort();
      return counted;
    });
    // Who began a turn on a shared app-server its first item tells, and it is followed until then.
    if (client.isShared !== true) await settled;
    const mayBeQuiet = client.isShared === true && binding.follow === false;
    if (mayBeQuiet) await turn.known;
    const isQuiet = (): boolean => mayBeQuiet && isOthers();
    if (!isQuiet()) presenter?.runs();
    let answers: Answer[] = [];
    let end: string | undefined;
    let isLost = false;
    try {
      answers = await followTurn({
        session,
        requestTimeoutMs: runtime.requestTimeoutMs,
        limits: settings.turn,
        slot: { holdUntil: () => undefined },
        onStarted: async () => steerEarly(sessionFile),
        begin: async (view) => ({
          turnId,
          leave: turn.follow({
            ...view,
            handleNotification: (notification) => {
              const told = goalIn(notification);
              if (told !== undefined) goal = told ?? undefined;
              view.handleNotification(notification);
            },
          }),
        }),
        takeRequests: asked ? presenter?.takeRequests : presenter?.takeCalls,
        stopped: AbortSignal.any([stopped, refused.signal]),
        itemsSoFar: turn.itemsSoFar(),
        isOthers,
        work,
        observe: (notification, agent) => {
          if (isQuiet()) return;
          // What another client is asked and told is for its person.
          if (isOthers()) presenter?.observe(notification, agent);
          else presenter?.hear(notification, agent);
        },
      });
    } catch (error) {
      // Followed for as long as any turn may last, and left to its client.
      if (isConnectionClosed(error) || (error instanceof CodexTurnTimeoutError && isOthers())) {
        isLost = true;
      } else {
        const isUnsaid = !isEndOfCodexs(error) && !isOthers();
        if (isUnsaid && !this.#host.isStopped()) {
          await noteLostTurn(sessionFile, { turnId }, threadId);
        }
        if (refusal) end = turnWords.turnFailed(refusal.error, work.done());
        else end = this.#endInWords(error, stopped, work);
      }
    } finally {
      restThread(client, threadId);
    }
    // What a dying process says of its turns is not their end: the next one looks.
    if (this.#host.isStopped()) return;
    presenter?.end();
    // A goal continues with the next process, and behind a WebSocket the turn may run on.
    if (isLost) return;
    const counted = await settled;
    const said = end ?? answerText(answers);
    // Of one that was given up the chat was told before that it came to nothing.
    const isNews = said !== "" && !(isGivenUp && end !== undefined && work.done().said === "");
    if (counted) {
      this.#restarts.turnEnded(sessionFile);
      const ended = { turnId, said, answers, failed: end !== undefined };
      await this.#goals.turnEnded(session, counted.begun, goal, ended);
    } else if (
      (isNews || answers.length > 0) &&
      (!isOthers() || (!mayBeQuiet && (await isFollowing(sessionFile))))
    ) {
      const text = isOthers()
        ? unsolicitedWords.anotherClient(said)
        : [said, ...(await agentsAtWork(session))].filter((part) => part !== "").join("\n\n");
      await this.#host.deliver(sessionFile, turnId, text, answers);
    }
    // What was delivered the outbox knows as well. With the process's end it may have been left to the next one.
    if (counted && !this.#host.isStopped()) {
      await noteSeenTurn(sessionFile, threadId, turnId).catch(() => undefined);
    }
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
      await pauseGoal(session, runtime.requestTimeoutMs, "automatic");
      return { error };
    }
  }

  #endInWords(error: unknown, stopped: AbortSignal, work: TurnWork): string {
    if (error instanceof CodexTurnInterruptedError) {
      return turnWords.interrupted({
        stopped: stopped.aborted,
        done: work.done(),
        partialText: error.partialText,
        ...reviewsOf(work, stopped),
      });
    }
    return turnWords.turnFailed(error, work.done());
  }
}

/**
 * Ends a turn of a thread that the chat has left, and its goal: nobody would hear it or answer what it asks. Behind a
 * WebSocket another client may do both. Never rejects.
 */
async function endUnheard(
  session: ThreadSession,
  { turnId, ignore }: UnsolicitedTurn,
  timeoutMs: number,
): Promise<void> {
  const { client, threadId } = session;
  ignore();
  await pauseGoal(session, timeoutMs, "automatic");
  if (client.isShared === true) return;
  // It can have ended meanwhile.
  await callCodex(client, METHODS.interruptTurn, { threadId, turnId }, { timeoutMs }).catch(
    () => undefined,
  );
}

/** As the chat wants it by now. */
async function isFollowing(sessionFile: string): Promise<boolean> {
  return (await readCodexAppServerBinding(sessionFile))?.follow !== false;
}

/** Its person is at that client, which is asked too; on a process of ours there is no other. */
export function isAnothers({ client }: ThreadSession, turn: UnsolicitedTurn): boolean {
  return client.isShared === true && turn.isAnotherClients();
}
