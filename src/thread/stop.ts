/** Ends all that a thread does: its goal, its turn, its sub-agents and their commands. */
import { callCodex, METHODS, type GoalOrigin } from "../app-server/methods.js";
import { setGoal } from "./goal.js";
import type { Agent } from "./family.js";
import type { ThreadSession } from "./session.js";

/** Each request of a stop: Codex answers them at once, or not at all. */
const STEP_MS = 10_000;
/** A sub-agent that is being interrupted can have begun another one meanwhile, which can have done the same. */
const ROUNDS = 3;

/**
 * Pauses an active goal, so that no turn follows the one that runs or is about to be interrupted. False if Codex would not.
 * Never rejects.
 */
export async function pauseGoal(
  session: ThreadSession,
  timeoutMs: number,
  origin: GoalOrigin = "user",
): Promise<boolean> {
  if (session.goal?.status !== "active") return true;
  try {
    const pause = { status: "paused", origin } as const;
    await setGoal(session.client, session.threadId, pause, Math.min(timeoutMs, STEP_MS));
    return true;
  } catch {
    return false;
  }
}

/**
 * Interrupts the sub-agents' turns and ends the commands that those leave running: an interrupted parent's go on
 * otherwise. Returns how many had a turn. Never rejects.
 */
export async function stopAgents(session: ThreadSession, timeoutMs: number): Promise<number> {
  const stopped = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const running = session.family.running();
    if (running.length === 0) break;
    // oxlint-disable-next-line no-await-in-loop
    await Promise.all(running.map((agent) => stopAgent(session, agent, timeoutMs)));
    for (const { threadId } of running) stopped.add(threadId);
  }
  return stopped.size;
}

async function stopAgent(session: ThreadSession, agent: Agent, timeoutMs: number): Promise<void> {
  const { threadId, turnId } = agent;
  const options = { timeoutMs: Math.min(timeoutMs, STEP_MS) };
  const { client } = session;
  await callCodex(client, METHODS.interruptTurn, { threadId, turnId }, options).catch(
    () => undefined,
  );
  // What Codex does not know any more has ended, and what it will not end it would not end the second time either.
  if (agent.turnId === turnId) agent.turnId = undefined;
  await callCodex(client, METHODS.endCommands, { threadId }, options).catch(() => undefined);
}
