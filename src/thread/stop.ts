/** Ends all that a thread does: its goal, its turn, its sub-agents and their commands. */
import { callCodex, METHODS, type GoalOrigin } from "../app-server/methods.js";
import type { CodexClient } from "../app-server/protocol.js";
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
 * Interrupts the sub-agents' turns and ends the commands that those leave running: an interrupted parent's continue
 * otherwise. One whose turn has not begun is interrupted once it has; so is any other that begins for `rootTurnId`, the
 * turn of the bound thread that is stopped. Returns how many worked. Never rejects.
 */
export async function stopAgents(
  session: ThreadSession,
  timeoutMs: number,
  rootTurnId?: string,
): Promise<number> {
  const { client, family } = session;
  const stopped = new Set<string>();
  if (rootTurnId !== undefined) family.stopRoot(rootTurnId);
  for (let round = 0; round < ROUNDS; round += 1) {
    const running = family.running();
    if (running.length === 0) break;
    for (const agent of running) {
      stopped.add(agent.threadId);
      if (agent.rootTurnId !== undefined) family.stopRoot(agent.rootTurnId);
    }
    // oxlint-disable-next-line no-await-in-loop
    await Promise.all(running.map((agent) => stopAgent(client, agent, timeoutMs)));
  }
  return stopped.size;
}

/** Interrupts the sub-agent's turn, or the one that it is about to begin. Never rejects. */
export async function stopAgent(
  client: CodexClient,
  agent: Agent,
  timeoutMs = STEP_MS,
): Promise<void> {
  const { threadId, turnId } = agent;
  agent.toStop = turnId === undefined;
  agent.starting = false;
  if (turnId === undefined) return;
  const options = { timeoutMs: Math.min(timeoutMs, STEP_MS) };
  await callCodex(client, METHODS.interruptTurn, { threadId, turnId }, options).catch(
    () => undefined,
  );
  // What Codex does not know any more has ended, and what it will not end it would not end the second time either.
  if (agent.turnId === turnId) agent.turnId = undefined;
  await callCodex(client, METHODS.endCommands, { threadId }, options).catch(() => undefined);
}
