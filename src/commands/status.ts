/** `/codexchat status`: what is known here at once, and what Codex adds to it in time. */
import { readCodexAccount, readCodexLimits } from "../app-server/account-facts.js";
import { resolveCodexAppServerRuntimeOptions } from "../app-server/config.js";
import { monotonicMs } from "../common/clock.js";
import { inspectCodexAppServerBinding } from "../thread/thread-binding.js";
import { activeTurnAge } from "../thread/active-turns.js";
import { getGoal, type Goal } from "../thread/goal.js";
import { contextUsageOf } from "../thread/context-usage.js";
import { describePermissions, readCodexConversationActiveTurn } from "../messages/control.js";
import { queuedConversationTurns } from "../messages/queue.js";
import { readGoalRun } from "../messages/goal-store.js";
import { sessionsOfConversation } from "../thread/sessions.js";
import { words } from "../words/words.js";
import { openQuestions } from "../questions/board.js";
import { statusText, type CodexFacts } from "../words/status-words.js";
import { codexOf } from "./codex.js";
import { withSession, type Session, type Subcommand } from "./subcommand.js";

/** A status that comes late is of no use: after so long it is told without what Codex has not answered. */
const CODEX_ANSWERS_WITHIN_MS = 1800;

export const status: Subcommand = async (host, ctx, args) =>
  args.length > 0 ? undefined : withSession(host, ctx, describe);

async function describe(session: Session): Promise<string> {
  const { sessionFile, pluginConfig } = session;
  const state = await inspectCodexAppServerBinding(sessionFile);
  if (state.kind === "none") return words.threadMissing;
  if (state.kind === "unreadable") return words.sentence(words.bindingUnreadable(state.reason));
  const { binding } = state;
  const runtime = resolveCodexAppServerRuntimeOptions({ pluginConfig });
  const asked = await askCodex(session, binding.threadId);
  const threads = sessionsOfConversation(sessionFile);
  const current = threads.find(({ threadId }) => threadId === binding.threadId);
  // Nothing is heard of the goal of a thread that is not loaded. That it was reached once is no status.
  const goal = current?.goal ?? (asked?.goal?.status === "complete" ? undefined : asked?.goal);
  const run = await readGoalRun(sessionFile);
  const queued = queuedConversationTurns(sessionFile);
  const running = readCodexConversationActiveTurn(sessionFile) !== undefined;
  const now = Date.now();
  return statusText({
    ...binding,
    fast: words.fastMode((binding.serviceTier ?? runtime.serviceTier) === "fast"),
    permissions: describePermissions(binding, runtime),
    context: contextUsageOf(binding.threadId),
    running: running || queued > 0,
    runningMs: activeTurnAge(sessionFile),
    waiting: Math.max(0, queued - 1),
    goal: goal && { ...goal, turns: run?.turns ?? 0 },
    agents: current?.family.running().map(({ name }) => name) ?? [],
    openQuestions: openQuestions(sessionFile).map(({ handle }) => handle),
    codex: asked?.codex,
    now,
  });
}

/** Undefined where Codex cannot be reached in time. Never rejects. */
async function askCodex(
  session: Session,
  threadId: string,
): Promise<{ codex: CodexFacts; goal: Goal | undefined } | undefined> {
  const answersBy = monotonicMs() + CODEX_ANSWERS_WITHIN_MS;
  try {
    const { client } = await codexOf(session, CODEX_ANSWERS_WITHIN_MS);
    const timeoutMs = Math.max(1, answersBy - monotonicMs());
    const [account, limits, goal] = await Promise.all([
      readCodexAccount(client, timeoutMs).catch(() => undefined),
      // Only an account with a plan has limits; Codex refuses to tell the others'.
      readCodexLimits(client, timeoutMs).catch(() => undefined),
      getGoal(client, threadId, timeoutMs).catch(() => undefined),
    ]);
    const { serverVersion: version, configProblem } = client;
    return { codex: { version, account, limits, configProblem }, goal };
  } catch {
    return undefined;
  }
}
