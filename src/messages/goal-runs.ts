/**
 * A chat's goal as the chat sees it: its turns are counted and bounded, a long run of answers becomes one note that
 * changes, and while the chat's messages have their turns it pauses.
 */
import { randomUUID } from "node:crypto";
import { oneAtATime } from "../common/one-at-a-time.js";
import type { ChatNote } from "../chat/note.js";
import type { Answer } from "../thread/answers.js";
import { getGoal, setGoal, type Goal } from "../thread/goal.js";
import type { CodexClient } from "../app-server/protocol.js";
import type { ThreadSession } from "../thread/session.js";
import { sessionsOfConversation } from "../thread/sessions.js";
import { pauseGoal } from "../thread/stop.js";
import { noteNothingSeen } from "../thread/thread-binding.js";
import { isLoaded } from "../thread/thread.js";
import { goalWords } from "../words/goal-words.js";
import type { BudgetDecision } from "./goal-budget.js";
import { CountedTurns, isOf } from "./goal-count.js";
import { GoalNotes, type EndedTurn } from "./goal-note.js";
import { readGoalRun, removeGoalRun, writeGoalRun, type GoalRun } from "./goal-store.js";

export type GoalRunsHost = {
  /** Has the answers of a turn reach the chat, once. */
  deliver: (sessionFile: string, turnId: string, text: string, answers: Answer[]) => Promise<void>;
  notify: (sessionFile: string, id: string, text: string) => Promise<void>;
  /** Undefined if the chat cannot be reached. Must not reject. */
  sendNote: (sessionFile: string, text: string) => Promise<ChatNote | undefined>;
  /** Asks whether a goal that has used its turns should continue; undefined if nobody can be asked. Must not reject. */
  askBudget: (spent: SpentGoal, over: AbortSignal) => Promise<BudgetDecision | undefined>;
  /** Has a goal that is held continue, once its thread is loaded. */
  continueGoal: (sessionFile: string) => void;
  /** Must not reject. */
  clearGoal: (sessionFile: string) => Promise<void>;
  isStopped: () => boolean;
  warn: (text: string) => void;
};

/** The first answers of a goal come whole; then only what asks something, and the last. */
const ANSWERS_IN_WHOLE = 3;
const REQUEST_WITHIN_MS = 10_000;

export type SpentGoal = { sessionFile: string; goal: Goal; turns: number };

/** How many turns the goal had taken with this one, and whether that was as many as it may. */
export type BegunTurn = { turns: number; isLast: boolean };

export class GoalRuns {
  readonly #host: GoalRunsHost;
  /** What is noted of a goal; what is told of its turns takes longer, and must not hold that up. */
  readonly #inOrder = oneAtATime();
  readonly #inCount = oneAtATime();
  readonly #counted = new CountedTurns();
  readonly #inTurn = oneAtATime();
  readonly #notes: GoalNotes;
  /** The sessions whose chats are being asked whether their goals should continue. */
  readonly #asking = new Map<string, AbortController>();

  constructor(host: GoalRunsHost) {
    this.#host = host;
    this.#notes = new GoalNotes((sessionFile, text) => host.sendNote(sessionFile, text));
  }

  /**
   * A turn of the goal has begun. The last one that it may take pauses it, so that none follows; the session has the goal
   * as it stands then. Undefined if it could not be counted. Never rejects.
   */
  turnBegan(
    session: ThreadSession,
    turnId: string,
    maxTurns: number,
  ): Promise<BegunTurn | undefined> {
    const { sessionFile, goal } = session;
    if (!goal) return Promise.resolve(undefined);
    const counting = this.#inCount(sessionFile, () => this.#count(session, goal, maxTurns));
    return this.#change(sessionFile, async () => {
      const { begun, paused } = await counting;
      try {
        const run = await readGoalRun(sessionFile);
        // A message can have paused it since this turn began.
        const held = isOf(run, begun) && run.held;
        const noted = { ...begun, lastTurnId: turnId, held, spent: paused !== undefined };
        await writeGoalRun(sessionFile, noted);
        const isLast = paused !== undefined && (await paused);
        if (paused && !isLast) await writeGoalRun(sessionFile, { ...noted, spent: false });
        return { turns: begun.turns, isLast };
      } finally {
        this.#counted.noted(sessionFile);
      }
    });
  }

  /**
   * Counts a turn before it is noted: a short one is over sooner than a slow disk has taken the note, and the next must
   * not begin if this is the last.
   */
  async #count(session: ThreadSession, { objective }: Goal, maxTurns: number) {
    const { sessionFile, threadId } = session;
    const of = { threadId, objective };
    const known = this.#counted.get(sessionFile) ?? (await readGoalRun(sessionFile));
    const begun = { ...of, turns: (isOf(known, of) ? known.turns : 0) + 1 };
    this.#counted.add(sessionFile, begun);
    const isLast = begun.turns >= maxTurns;
    const paused = isLast ? pauseGoal(session, REQUEST_WITHIN_MS, "automatic") : undefined;
    return { begun, paused };
  }

  /** Delivers what a turn of the goal said, whole or in the note; `told`: the goal as the turn told it last. Never rejects. */
  turnEnded(
    session: ThreadSession,
    begun: BegunTurn | undefined,
    told: Goal | undefined,
    ended: EndedTurn,
  ): Promise<void> {
    const { sessionFile } = session;
    return this.#orWarn(() =>
      this.#inTurn(sessionFile, async () => {
        const stored = await readGoalRun(sessionFile);
        // Further turns can have begun while those before this one were told.
        const run = stored && { ...stored, turns: begun?.turns ?? stored.turns };
        // What the turn tells of the goal can be from before it was paused as the last.
        const isPaused = begun?.isLast === true && told?.status === "active";
        const goal = isPaused ? { ...told, status: "paused" as const } : told;
        const isOver = goal?.status !== "active";
        const isAmongFirst = run === undefined || run.turns <= ANSWERS_IN_WHOLE;
        if (run && !isOver && !ended.failed && !isAmongFirst && !asksSomething(ended.said)) {
          await this.#notes.fold(sessionFile, run, goal, ended);
          return;
        }
        this.#notes.unfold(sessionFile);
        if (ended.said !== "" || ended.answers.length > 0) {
          await this.#host.deliver(sessionFile, ended.turnId, ended.said, ended.answers);
        }
        const isNotLast = goal?.status === "paused" && run?.spent === true && !begun?.isLast;
        if (!isOver || !goal || isNotLast || this.#host.isStopped()) return;
        await this.#tellEnd(sessionFile, run, goal, ended.turnId);
        if (goal.status !== "paused") await this.forget(sessionFile);
      }),
    );
  }

  /**
   * Turns of the goal that ended while nobody listened: they count, and what they said is delivered, in order. Of a long
   * run only the last comes, and what asks something or failed. Never rejects.
   */
  turnsMissed(session: ThreadSession, ended: readonly EndedTurn[]): Promise<void> {
    const { sessionFile, threadId, client } = session;
    return this.#change(sessionFile, async () => {
      const known = await readGoalRun(sessionFile);
      const run = known?.threadId === threadId ? known : undefined;
      // The beginning of the first can have been heard.
      const uncounted = ended.filter(({ turnId }) => turnId !== run?.lastTurnId);
      const turns = (run?.turns ?? 0) + uncounted.length;
      if (run && uncounted.length > 0) await writeGoalRun(sessionFile, { ...run, turns });
      const last = ended.at(-1);
      const comesWhole = (turn: EndedTurn): boolean =>
        ended.length <= ANSWERS_IN_WHOLE ||
        turn === last ||
        turn.failed ||
        asksSomething(turn.said);
      const whole = ended.filter(comesWhole);
      if (last && whole.length < ended.length) {
        const text = goalWords.missed(ended.length - whole.length);
        await this.#host.notify(sessionFile, `missed:${last.turnId}`, text);
      }
      for (const { turnId, said, answers } of whole) {
        if (said === "" && answers.length === 0) continue;
        await this.#host.deliver(sessionFile, turnId, said, answers);
      }
      const goal = run && (await getGoal(client, threadId, REQUEST_WITHIN_MS));
      if (!goal || goal.status === "active" || goal.status === "paused") return;
      if (last) await this.#tellEnd(sessionFile, { ...run, turns }, goal, last.turnId);
      await this.#end(sessionFile);
    });
  }

  /** Codex tells of the goal; what ends it is told with the end of its turn, and what begins it with its first. */
  changed(session: ThreadSession, goal: Goal | undefined): void {
    if (goal) return;
    void this.#change(session.sessionFile, async () => {
      await this.#end(session.sessionFile);
    });
  }

  /** Pauses the goal for the chat's messages, if one is active. Never rejects. */
  hold(sessionFile: string): Promise<void> {
    return this.#change(sessionFile, async () => {
      for (const session of sessionsOfConversation(sessionFile)) {
        const { goal, threadId } = session;
        if (goal?.status !== "active") continue;
        await noteHeld(sessionFile, threadId, goal);
        await pauseGoal(session, REQUEST_WITHIN_MS, "automatic");
      }
    });
  }

  /** The same for a thread that is about to be loaded, with which its goal would continue at once. Never rejects. */
  holdBeforeResume(client: CodexClient, threadId: string, sessionFile: string): Promise<void> {
    return this.#change(sessionFile, async () => {
      const goal = await getGoal(client, threadId, REQUEST_WITHIN_MS);
      if (goal?.status !== "active") return;
      await noteHeld(sessionFile, threadId, goal);
      await setGoal(client, threadId, ourChange("paused"), REQUEST_WITHIN_MS);
    });
  }

  /** The chat's messages have had their turns: a goal that was paused for them continues. Never rejects. */
  release(sessionFile: string): Promise<void> {
    return this.#change(sessionFile, async () => {
      const run = await readGoalRun(sessionFile);
      if (run?.held !== true) return;
      const { threadId } = run;
      const session = sessionsOfConversation(sessionFile).find(
        (open) => open.threadId === threadId && isLoaded(open.client, threadId),
      );
      // Codex begins the goal's turns on a loaded thread only, and the messages may not have come so far as to load it.
      if (!session) {
        this.#host.continueGoal(sessionFile);
        return;
      }
      const { client } = session;
      // A person can have cleared it meanwhile, or the model ended it.
      const goal = await getGoal(client, threadId, REQUEST_WITHIN_MS);
      if (goal?.status === "paused" && run.spent) {
        this.askWhatFollows({ sessionFile, goal, turns: run.turns });
      } else if (goal?.status === "paused") {
        await setGoal(client, threadId, ourChange("active"), REQUEST_WITHIN_MS);
      }
      // Last: if Codex could not be told, the goal is held still, and continues with the next message or start.
      await writeGoalRun(sessionFile, { ...run, held: false });
    });
  }

  /** A person has the goal continue: it may take as many turns again. Never rejects. */
  begin(sessionFile: string, threadId: string, objective: string): Promise<void> {
    this.#asking.get(sessionFile)?.abort();
    return this.#change(sessionFile, async () => {
      await noteNothingSeen(sessionFile, threadId);
      await writeGoalRun(sessionFile, { threadId, objective, turns: 0, held: false });
    });
  }

  /**
   * Asks the chat about a goal that is found paused, if that is for having used its turns. The process can have ended
   * after its last turn was paused and before that was noted. @throws file-system errors
   */
  askIfSpent(sessionFile: string, goal: Goal, maxTurns: number): Promise<void> {
    return this.#inOrder(sessionFile, async () => {
      const run = await readGoalRun(sessionFile);
      if (!run || run.held) return;
      const turns = run.spent === true ? run.turns : run.turns + 1;
      if (run.spent !== true && turns < maxTurns) return;
      if (run.spent !== true) await writeGoalRun(sessionFile, { ...run, turns, spent: true });
      this.askWhatFollows({ sessionFile, goal, turns });
    });
  }

  /** Asks the chat about a goal that has used its turns, unless it is being asked already. */
  askWhatFollows(spent: SpentGoal): void {
    const { sessionFile } = spent;
    if (this.#asking.has(sessionFile)) return;
    const round = new AbortController();
    this.#asking.set(sessionFile, round);
    void this.#host
      .askBudget(spent, round.signal)
      .then((decision) => this.#decided(spent, decision, round.signal))
      .finally(() => this.#asking.delete(sessionFile));
  }

  /** Never rejects. */
  async #decided(
    { sessionFile, goal, turns }: SpentGoal,
    decision: BudgetDecision | undefined,
    { aborted }: AbortSignal,
  ): Promise<void> {
    // What ends with this process is asked again by the next one.
    if (aborted || this.#host.isStopped()) return;
    await this.#change(sessionFile, async () => {
      const run = await readGoalRun(sessionFile);
      if (!run?.spent) return;
      const { spent: _, ...kept } = run;
      const continues = decision === "continue";
      await writeGoalRun(sessionFile, continues ? { ...kept, turns: 0, held: true } : kept);
      if (decision === undefined) {
        await this.#host.notify(sessionFile, randomUUID(), goalWords.ended(goal, turns));
      }
    });
    if (decision === "continue") this.#host.continueGoal(sessionFile);
    if (decision === "clear") await this.#host.clearGoal(sessionFile);
  }

  /** A person has paused or cleared it. Never rejects. */
  forget(sessionFile: string): Promise<void> {
    return this.#change(sessionFile, () => this.#end(sessionFile));
  }

  async #tellEnd(
    sessionFile: string,
    run: GoalRun | undefined,
    goal: Goal,
    turnId: string,
  ): Promise<void> {
    // Paused for messages: that is no end.
    if (run?.held === true && goal.status === "paused") return;
    if (run?.spent === true && goal.status === "paused") {
      this.#notes.end(sessionFile);
      this.askWhatFollows({ sessionFile, goal, turns: run.turns });
      return;
    }
    const text = goalWords.ended(goal, run?.turns ?? 0);
    await this.#host.notify(sessionFile, `goal:${turnId}`, text);
    this.#notes.end(sessionFile);
  }

  /** What is in the note only comes whole, as the last word of the goal. */
  async #end(sessionFile: string): Promise<void> {
    const folded = this.#notes.end(sessionFile);
    this.#asking.get(sessionFile)?.abort();
    await removeGoalRun(sessionFile);
    if (!folded) return;
    await this.#host.deliver(sessionFile, folded.turnId, folded.said, folded.answers);
  }

  #change<T>(sessionFile: string, change: () => Promise<T>): Promise<T | undefined> {
    return this.#orWarn(() => this.#inOrder(sessionFile, change));
  }

  async #orWarn<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#host.warn(`a chat's goal could not be kept account of: ${String(error)}`);
      return undefined;
    }
  }
}

async function noteHeld(sessionFile: string, threadId: string, goal: Goal): Promise<void> {
  const turns = (await readGoalRun(sessionFile))?.turns ?? 0;
  await writeGoalRun(sessionFile, { threadId, objective: goal.objective, turns, held: true });
}

/** The model need not hear of it: no person has decided that. */
function ourChange<Status extends "active" | "paused">(status: Status) {
  return { status, origin: "automatic" } as const;
}

/** Whether the person is asked something in words. */
function asksSomething(said: string): boolean {
  return /\?["'”’)*_`\]]*\s*$/m.test(said);
}
