/** What a bound chat is on and what runs there: what is known here at once, and what Codex adds to it in time. */
import { readCodexAccount, readCodexLimits } from "../app-server/account-facts.js";
import { shownServer } from "../app-server/config.js";
import { callCodex, METHODS } from "../app-server/methods.js";
import { limitPermissions, modeOfPermissions } from "../app-server/permissions.js";
import { monotonicMs } from "../common/clock.js";
import { describePermissions, readCodexConversationActiveTurn } from "../messages/control.js";
import { readGoalRun } from "../messages/goal-store.js";
import { holdReason } from "../messages/line-hold.js";
import { queuedConversationTurns, waitingConversationTurns } from "../messages/queue.js";
import { openQuestions } from "../questions/board.js";
import { activeTurnAge, activeTurnWork, hasUnsolicitedTurn } from "../thread/active-turns.js";
import { runtimeOfBinding } from "../thread/bound-codex.js";
import { contextUsageOf } from "../thread/context-usage.js";
import { getGoal, type Goal } from "../thread/goal.js";
import { isInPlanMode } from "../thread/plan-mode.js";
import { sessionsOfConversation } from "../thread/sessions.js";
import { turnsAheadOfPlace } from "../thread/turn-places.js";
import type { CodexAppServerBinding } from "../thread/thread-binding.js";
import { turnWords } from "../words/turn-words.js";
import type { CodexFacts, StatusFacts } from "../words/status-words.js";
import { codexOf } from "./codex.js";
import type { Session } from "./subcommand.js";

/** A status that comes late is of no use: after so long it is told without what Codex has not answered. */
const CODEX_ANSWERS_WITHIN_MS = 1800;

/** What Codex itself said of the chat's thread. */
export type SaidByCodex = { codex: CodexFacts; goal: Goal | undefined; title: string | undefined };

export type ChatFacts = StatusFacts & {
  title: string | undefined;
  /** The mode that the permissions come to. */
  mode: string;
  /** Names the turn that runs, once it has begun in Codex. */
  turnId: string | undefined;
  isFast: boolean;
  /** What waits does not begin. */
  isHeld: boolean;
  /** Anything that a stop would end. */
  isAtWork: boolean;
};

type Chat = Pick<Session, "sessionFile" | "pluginConfig">;

export async function chatFacts(
  { sessionFile, pluginConfig }: Chat,
  binding: CodexAppServerBinding,
  said: SaidByCodex | undefined,
): Promise<ChatFacts> {
  const runtime = runtimeOfBinding(pluginConfig, binding);
  const threads = sessionsOfConversation(sessionFile);
  const current = threads.find(({ threadId }) => threadId === binding.threadId);
  // Nothing is heard of the goal of a thread that is not loaded. That it was reached once is no status.
  const goal = current?.goal ?? (said?.goal?.status === "complete" ? undefined : said?.goal);
  const run = await readGoalRun(sessionFile);
  const queued = queuedConversationTurns(sessionFile);
  const active = readCodexConversationActiveTurn(sessionFile);
  const agents = current?.family.running().map(({ name }) => name) ?? [];
  const isHeld = holdReason(sessionFile) !== undefined;
  const waiting = waitingConversationTurns(sessionFile).length;
  // What waits for a hold to end keeps the line, and nothing runs.
  const running = active !== undefined || queued > (isHeld ? waiting : 0);
  const isFast = (binding.serviceTier ?? runtime.serviceTier) === "fast";
  return {
    ...binding,
    title: said?.title,
    onServer: shownServer(pluginConfig, binding.server),
    mode: modeOfPermissions(limitPermissions(binding, runtime)),
    turnId: active?.turnId,
    isAtWork:
      running ||
      hasUnsolicitedTurn(sessionFile) ||
      agents.length > 0 ||
      current?.goal?.status === "active",
    isFast,
    isHeld,
    fast: turnWords.fastMode(isFast),
    permissions: describePermissions(binding, runtime),
    // What the chat chose counts from its next turn on.
    plan: binding.plan ?? (isInPlanMode(binding.threadId) || undefined),
    context: contextUsageOf(binding.threadId),
    running,
    runningMs: activeTurnAge(sessionFile),
    work: activeTurnWork(sessionFile),
    waiting: isHeld ? waiting : Math.max(0, queued - 1),
    workingElsewhere: turnsAheadOfPlace(sessionFile),
    goal: goal && { ...goal, turns: run?.turns ?? 0 },
    agents,
    openQuestions: openQuestions(sessionFile).map(({ handle }) => handle),
    codex: said?.codex,
    now: Date.now(),
  };
}

/** Undefined where Codex cannot be reached in time. Never rejects. */
export async function askCodex(
  chat: Chat,
  threadId: string,
  { withTitle = false } = {},
): Promise<SaidByCodex | undefined> {
  const answersBy = monotonicMs() + CODEX_ANSWERS_WITHIN_MS;
  try {
    const { client } = await codexOf(chat, CODEX_ANSWERS_WITHIN_MS);
    const timeoutMs = Math.max(1, answersBy - monotonicMs());
    const [account, limits, goal, thread] = await Promise.all([
      readCodexAccount(client, timeoutMs).catch(() => undefined),
      // Only an account with a plan has limits; Codex refuses to tell the others'.
      readCodexLimits(client, timeoutMs).catch(() => undefined),
      getGoal(client, threadId, timeoutMs).catch(() => undefined),
      // A thread on which nothing was said yet cannot be read.
      withTitle
        ? callCodex(client, METHODS.readThread, { threadId }, { timeoutMs }).catch(() => undefined)
        : undefined,
    ]);
    const { serverVersion: version, configProblem } = client;
    const codex = { version, account, limits, configProblem };
    return { codex, goal, title: thread?.title };
  } catch {
    return undefined;
  }
}
