/** What a person can do to a bound conversation beside its messages: stop, steer, and change how it runs. */
import { randomUUID } from "node:crypto";
import { callCodex, METHODS } from "../app-server/methods.js";
import { pictureRoom } from "../app-server/picture-room.js";
import type { CodexPermissionMode } from "../app-server/config-schema.js";
import { CodexLocalError, isNoActiveTurn, isOtherTurnActive } from "../app-server/errors.js";
import {
  limitPermissions,
  modeOfPermissions,
  permissionsOfMode,
  permits,
  type CodexPermissions,
} from "../app-server/permissions.js";
import type { CodexClient } from "../app-server/protocol.js";
import {
  readCodexAppServerBinding,
  updateCodexAppServerBinding,
  type CodexAppServerBinding,
  type CodexAppServerBindingInput,
} from "../thread/thread-binding.js";
import {
  clientOfSession,
  requireBinding,
  runtimeOfBinding,
  runtimeOfSession,
} from "../thread/bound-codex.js";
import {
  hasOthersTurn,
  hasUnsolicitedTurn,
  isTurnStopping,
  readCodexConversationActiveTurn,
  stopTurnOf,
} from "../thread/active-turns.js";
import { textInput, type CodexUserInput } from "../chat/turn-input.js";
import { CodexSteerUnansweredError, NoThreadBindingError } from "../thread/errors.js";
import type { ThreadSession } from "../thread/session.js";
import { sessionsOfConversation } from "../thread/sessions.js";
import { pauseGoal, stopAgents } from "../thread/stop.js";
import { stopSideQuestion } from "./side-questions.js";
import { sideWords } from "../words/side-words.js";
import { goalWords } from "../words/goal-words.js";
import { turnWords } from "../words/turn-words.js";

export {
  readCodexConversationActiveTurn,
  trackCodexConversationActiveTurn,
} from "../thread/active-turns.js";

/** Codex answers each request of a stop at once, or not at all. */
const STOP_STEP_MS = 10_000;

type Session = { sessionFile: string; pluginConfig?: unknown };

/**
 * Asks the turn that runs or is being prepared to stop; does not wait for its end, which its own reply tells.
 * `sparesOthers`: not one that another client began, which is not this chat's to end unasked.
 * @throws where Codex cannot be reached or refuses
 */
export async function stopCodexConversationTurn(
  session: Session & { sparesOthers?: boolean },
): Promise<{ stopped: boolean; message: string }> {
  const wasAsked = stopSideQuestion(session.sessionFile);
  const result = await stopTurn(session);
  return result.stopped || !wasAsked ? result : { stopped: true, message: sideWords.stopped };
}

async function stopTurn(
  session: Session & { sparesOthers?: boolean },
): Promise<{ stopped: boolean; message: string }> {
  const { sessionFile } = session;
  const active = readCodexConversationActiveTurn(sessionFile);
  const runs = active !== undefined || hasUnsolicitedTurn(sessionFile);
  const sessions = sessionsOfConversation(sessionFile);
  const hasGoal = sessions.some(({ goal }) => goal?.status === "active");
  if (session.sparesOthers && hasOthersTurn(sessionFile)) {
    await Promise.all(sessions.map((each) => pauseGoal(each, STOP_STEP_MS)));
    return { stopped: false, message: turnWords.nothingToStop };
  }
  // A turn that is stopped takes its goal and its sub-agents along.
  if (stopTurnOf(sessionFile)) {
    const stopped = hasGoal ? goalWords.stopped : turnWords.stopped;
    return { stopped: true, message: runs ? stopped : turnWords.stoppedWhilePreparing };
  }
  if (!active) return stopWithoutTurn(sessionFile, sessions);
  const { threadId, turnId } = active;
  const { client, timeoutMs } = await clientOf(session, threadId);
  await callCodex(client, METHODS.interruptTurn, { threadId, turnId }, { timeoutMs });
  return { stopped: true, message: turnWords.stopped };
}

/** A goal between two of its turns, and sub-agents whose parent's turn has ended. */
async function stopWithoutTurn(
  sessionFile: string,
  sessions: ThreadSession[],
): Promise<{ stopped: boolean; message: string }> {
  const hadGoal = sessions.some(({ goal }) => goal?.status === "active");
  await Promise.all(sessions.map((session) => pauseGoal(session, STOP_STEP_MS)));
  // What Codex had begun when it took the pause, it told of before it answered.
  if (hadGoal && hasUnsolicitedTurn(sessionFile)) stopTurnOf(sessionFile);
  const agents = sessions.flatMap(({ family }) => family.running()).length;
  // What a sub-agent does is over when Codex says so; nobody need wait for that.
  for (const session of sessions) void stopAgents(session, STOP_STEP_MS);
  if (hadGoal) return { stopped: true, message: goalWords.stopped };
  return agents > 0
    ? { stopped: true, message: goalWords.agentsStopped(agents) }
    : { stopped: false, message: turnWords.nothingToStop };
}

/** Adds a message to the running turn. @throws where Codex cannot be reached or refuses for another reason */
export async function steerCodexConversationTurn(
  session: Session & { message: string },
): Promise<{ steered: boolean; message: string }> {
  const text = session.message.trim();
  const steered = text !== "" && (await steerActiveTurn(session, [textInput(text)]));
  return { steered, message: steered ? turnWords.steered : turnWords.nothingToSteer };
}

/** Adds input to the running turn; false where there is none to take it, or it is being stopped. */
export async function steerActiveTurn(
  session: Session,
  input: readonly CodexUserInput[],
  clientId?: string,
): Promise<boolean> {
  const active = readCodexConversationActiveTurn(session.sessionFile);
  // Codex takes input until the turn has ended, and it would end with it.
  if (!active || isTurnStopping(session.sessionFile)) return false;
  return steer(session, active, input, clientId);
}

/**
 * Adds words to the turn that asked for them, a sub-agent's say; false if it has ended or is being stopped, or if Codex
 * does not say that it took them: then they are needed as a message.
 */
export async function steeredIntoTurn(
  session: Session,
  turn: { threadId: string; turnId: string; isAgents: boolean },
  input: readonly CodexUserInput[],
): Promise<boolean> {
  const active = readCodexConversationActiveTurn(session.sessionFile);
  if (!turn.isAgents && active?.turnId !== turn.turnId) return false;
  if (isTurnStopping(session.sessionFile)) return false;
  // Better that Codex hears it twice than not at all.
  return steer(session, turn, input).catch(() => false);
}

/**
 * @throws CodexSteerUnansweredError where Codex may have taken it, and what it refuses for another reason than that the
 * turn has ended
 */
async function steer(
  session: Session,
  active: { threadId: string; turnId: string },
  input: readonly CodexUserInput[],
  clientId?: string,
): Promise<boolean> {
  const { client, timeoutMs } = await clientOf(session, active.threadId);
  const leaveRoom = await pictureRoom(client, active.threadId, input);
  // Where other clients speak, too, the chat's words have to be known as its own.
  const id = clientId ?? (client.isShared === true ? randomUUID() : undefined);
  for (const open of sessionsOfConversation(session.sessionFile)) open.own.add(id);
  try {
    await callCodex(
      client,
      METHODS.steerTurn,
      {
        threadId: active.threadId,
        expectedTurnId: active.turnId,
        input,
        ...(id === undefined ? {} : { clientUserMessageId: id }),
      },
      { timeoutMs },
    );
    return true;
  } catch (error) {
    leaveRoom();
    // The turn ended in between, or another one began.
    if (isNoActiveTurn(error) || isOtherTurnActive(error)) return false;
    if (!(error instanceof CodexLocalError)) throw error;
    throw new CodexSteerUnansweredError(error.message, { cause: error });
  }
}

/** Changes the model of the turns to come; returns what to say. @throws where the session has no thread */
export async function setCodexConversationModel(
  session: Session & { model: string },
): Promise<string> {
  const model = session.model.trim();
  if (!/^[\w.:/-]{1,100}$/.test(model)) return turnWords.modelNameInvalid;
  await changeBinding(session.sessionFile, { model });
  return turnWords.modelSet(model);
}

/** Switches the fast service tier of the turns to come, or tells how it stands where `enabled` is absent. */
export async function setCodexConversationFastMode(
  session: Session & { enabled?: boolean },
): Promise<string> {
  const runtime = await runtimeOfSession(session);
  const binding =
    session.enabled === undefined
      ? await requireBinding(session.sessionFile)
      : await changeBinding(session.sessionFile, {
          serviceTier: session.enabled ? "fast" : "default",
        });
  return turnWords.fastMode((binding.serviceTier ?? runtime.serviceTier) === "fast");
}

/**
 * Changes what Codex may do in the turns to come, never beyond the operator's setting; tells how it stands where
 * `mode` is absent. @throws where the session has no thread
 */
export async function setCodexConversationPermissions(
  session: Session & { mode?: CodexPermissionMode },
): Promise<string> {
  const runtime = await runtimeOfSession(session);
  if (session.mode === undefined) {
    return describePermissions(await requireBinding(session.sessionFile), runtime);
  }
  const wanted = permissionsOfMode(session.mode);
  if (!permits(runtime, wanted)) {
    return turnWords.permissionsTooWide(session.mode, modeOfPermissions(runtime));
  }
  return describePermissions(await changeBinding(session.sessionFile, wanted), runtime);
}

/** The permissions that the next turn gets, in a sentence. */
export function describePermissions(
  binding: Partial<CodexAppServerBinding>,
  configured: CodexPermissions,
): string {
  const permissions = limitPermissions(binding, configured);
  return turnWords.permissions(modeOfPermissions(permissions), permissions);
}

async function changeBinding(
  sessionFile: string,
  change: Partial<CodexAppServerBindingInput>,
): Promise<CodexAppServerBinding> {
  const binding = await updateCodexAppServerBinding(sessionFile, change);
  if (!binding) throw new NoThreadBindingError();
  return binding;
}

/** The Codex that has the thread, which need not be the chat's any more: it can be on another server by now, or on none. */
async function clientOf(
  session: Session,
  threadId: string,
): Promise<{ client: CodexClient; timeoutMs: number }> {
  const binding = await readCodexAppServerBinding(session.sessionFile);
  const runtime = runtimeOfBinding(session.pluginConfig, binding);
  const { requestTimeoutMs: timeoutMs } = runtime;
  const open = sessionsOfConversation(session.sessionFile).find(
    (each) => each.threadId === threadId,
  );
  if (open && binding?.threadId !== threadId) return { client: open.client, timeoutMs };
  return { client: await clientOfSession(runtime, binding), timeoutMs };
}
