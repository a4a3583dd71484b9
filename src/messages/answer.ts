/** A message's answer in words, whatever happens to its turn. */
import { serverOfSession } from "../thread/bound-codex.js";
import { randomUUID } from "node:crypto";
import { failureInWords, inWords, outcomeInWords, type MessageAnswer } from "./answer-outcome.js";
import { newPendingTurn, unfinished, type PendingTurn } from "./pending-turn.js";
import type { CodexConversationBindingData } from "../host/binding-data.js";
import { isShortage } from "../host/private-files.js";
import {
  inspectCodexAppServerBinding,
  type CodexAppServerBindingState,
} from "../thread/thread-binding.js";
import { withCodex, type CodexAwayOptions } from "./codex-away.js";
import { readCodexConversationActiveTurn, steerActiveTurn } from "./control.js";
import {
  ConversationTurnDroppedError,
  ConversationTurnSteeredError,
  enqueueConversationTurn,
  queuedConversationTurns,
  type WaitingJob,
} from "./queue.js";
import { inTurnPlace } from "./turn-place.js";
import {
  forgetEarly,
  noteTurnOf,
  steerAtOnce,
  steerEarly,
  steerIntoTurnOf,
} from "./steer-at-once.js";
import {
  CodexSteerUnansweredError,
  CodexTurnJoinedError,
  CodexTurnLostError,
  CodexTurnNotBegunError,
  machineShort,
} from "../thread/errors.js";
import { giveUp, type ConversationTurn, type TurnOutcome } from "../thread/conversation-turn.js";
import { recoverConversationTurn, runConversationTurn } from "../thread/turn.js";
import { CodexTurnFailedError, CodexTurnInterruptedError } from "../thread/turn-collector.js";
import { labelOfInput, type CodexUserInput } from "../chat/turn-input.js";
import { turnWords } from "../words/turn-words.js";
import { resolvePluginConfig } from "../host/plugin-config.js";
import { isFarCodex, withFetchedPictures } from "../chat/remote-pictures.js";

export type MessageToAnswer = {
  data: CodexConversationBindingData;
  input: CodexUserInput[];
  /** The settings as they stand when it is called: those that count are the ones when the turn begins. */
  pluginConfig: () => unknown;
  /** Milliseconds that the turn may take; default: the setting `turn.maxDurationMs`. */
  timeoutMs?: number | undefined;
  /** An earlier process took it, so it is not refused, however many wait. */
  wasAccepted?: boolean;
  /** Asked when the message's turn has come: what to say instead of running it, if it must not run any more. */
  instead?: (binding: CodexAppServerBindingState) => Promise<string | undefined>;
  /** Settles once no turn runs in the session that another version of the plugin follows. Must not reject. */
  earlierTurnOver?: (stopped: AbortSignal) => Promise<void>;
  /**
   * The message went into a turn that is followed already, or was. Settles once that is over if no message began it; true
   * if the chat has the turn's answer, or gets it as that of another message. Never rejects.
   */
  joined?: (turn: Pick<CodexTurnJoinedError, "turnId" | "isFollowed">) => Promise<boolean>;
  /** Hears at once that the message's turn has failed in Codex, before the next one can begin. Must not throw. */
  onFailed?: (error: CodexTurnFailedError) => void;
  /** Stores what the message is now that its person has changed it. Must not throw. */
  onEdited?: (input: CodexUserInput[]) => void;
  /** It waits for a place among the turns that may run at once. Must not throw. */
  onWaitsForPlace?: () => void;
  /** It runs before those whose line is on hold. */
  goesFirst?: boolean;
  /** The id of the message that it belongs to: it goes into that one's turn, unless that is over. */
  follows?: string | undefined;
  /** Lets the message wait while Codex cannot be reached; without it that is its answer. */
  whileAway?: Pick<CodexAwayOptions, "ends" | "tell">;
} & Pick<
  ConversationTurn,
  | "clientId"
  | "task"
  | "takeRequests"
  | "takeCalls"
  | "observe"
  | "makeWay"
  | "onStarting"
  | "onStarted"
  | "onFound"
  | "isEnding"
>;

/**
 * Answers a message after the earlier ones of its session. Undefined if it went into the running turn, whose answer it
 * shares, and if it was dropped. Never rejects.
 */
export async function answerMessage(message: MessageToAnswer): Promise<MessageAnswer | undefined> {
  const pending = newPendingTurn(message);
  const job = jobOf(message, pending);
  try {
    const { turn } = resolvePluginConfig(message.pluginConfig());
    const { sessionFile } = message.data;
    if (!message.wasAccepted && queuedConversationTurns(sessionFile) > turn.maxQueued) {
      return inWords(turnWords.queueFull(turn.maxQueued));
    }
    const answer = inQueue(message, pending, runConversationTurn, job);
    if (message.follows !== undefined) steerIntoTurnOf(message.follows, sessionFile, job.id);
    else if (turn.whileRunning === "steer") steerAtOnce(sessionFile, job.id);
    return await answer;
  } catch (error) {
    if (error instanceof ConversationTurnSteeredError) return answerOfJoined(message, pending);
    // The answer to whoever dropped it says so, in the same chat.
    if (error instanceof ConversationTurnDroppedError) return undefined;
    if (error instanceof CodexTurnInterruptedError) {
      return inWords(turnWords.interrupted(unfinished(pending, error)), error);
    }
    return inWords(failureInWords(pending, error), error);
  } finally {
    forgetEarly(job.id);
  }
}

/** Answers a message whose turn an earlier process may have started. Never rejects. */
export async function answerAfterRestart(
  message: MessageToAnswer,
  turnId: string | undefined,
): Promise<MessageAnswer | undefined> {
  const pending = newPendingTurn(message);
  // Unlisted: it may be running already. Given to a turn that runs, it would be answered twice.
  const asRecovered = { isListed: false, mayHaveRun: true, steer: refusesToSteer, turnId };
  const job = { ...jobOf(message, pending), ...asRecovered };
  try {
    return await inQueue(message, pending, (turn) => recoverConversationTurn(turn, turnId), job);
  } catch (error) {
    if (error instanceof ConversationTurnDroppedError) return undefined;
    if (error instanceof CodexTurnNotBegunError) {
      return inWords(turnWords.stoppedBeforeItWasFound);
    }
    if (error instanceof CodexTurnInterruptedError || error instanceof CodexTurnLostError) {
      const facts = unfinished(pending, error);
      const { interrupted, cutOff } = turnWords;
      return inWords(facts.stopped ? interrupted(facts) : cutOff(facts), error);
    }
    return inWords(failureInWords(pending, error), error);
  }
}

async function refusesToSteer(): Promise<boolean> {
  return false;
}

/** Of a message that left the line for the turn that ran. */
async function answerOfJoined(
  message: MessageToAnswer,
  { joined }: PendingTurn,
): Promise<MessageAnswer | undefined> {
  const { turnId } = joined;
  const isTold = turnId === undefined || (await message.joined?.({ turnId, isFollowed: true }));
  if (turnId === undefined || (isTold ?? true)) return undefined;
  return answerAfterRestart(message, turnId);
}

/**
 * False where the running turn does not take the message, so that it must wait for a turn of its own; a lost answer is
 * an error, since Codex may have taken the message.
 */
async function steerNow(message: MessageToAnswer, pending: PendingTurn): Promise<boolean> {
  const { sessionFile } = message.data;
  const active = readCodexConversationActiveTurn(sessionFile);
  if (message.task || !active) return false;
  await message.onStarting?.();
  const session = { sessionFile, pluginConfig: message.pluginConfig() };
  try {
    const server = await serverOfSession(session);
    const input = await inputFor(session.pluginConfig, server, pending);
    const isSteered = await steerActiveTurn(session, input, message.clientId);
    if (isSteered) {
      pending.joined.turnId = active.turnId;
      noteTurnOf(message.clientId, active.turnId);
    }
    return isSteered;
  } catch (error) {
    if (error instanceof CodexSteerUnansweredError) throw error;
    return false;
  }
}

/** The input as the Codex of these settings can take it. Never rejects. */
async function inputFor(
  pluginConfig: unknown,
  server: string | undefined,
  { input, stopped }: PendingTurn,
): Promise<CodexUserInput[]> {
  const fetched = await input();
  return isFarCodex(pluginConfig, server)
    ? withFetchedPictures(fetched, { isFar: true, signal: stopped })
    : fetched;
}

function inQueue(
  message: MessageToAnswer,
  pending: PendingTurn,
  run: (turn: ConversationTurn) => Promise<TurnOutcome>,
  /** As what the message can be listed, dropped and steered while it waits. */
  job: WaitingJob & { isListed?: boolean; turnId?: string | undefined },
): Promise<MessageAnswer> {
  const { stopped, work, during } = pending;
  const { instead, earlierTurnOver, joined: _, whileAway, timeoutMs, ...rest } = message;
  const { sessionFile } = message.data;
  // While the message waits, not when its turn has come.
  void pending.input();
  return enqueueConversationTurn(
    message.data.sessionFile,
    (slot) =>
      during(async () => {
        await earlierTurnOver?.(stopped);
        await message.makeWay?.(stopped);
        await pending.input();
        let hasBegun = false;
        /** The turn that it went into, which it has to be looked for in from then on. */
        let joined: string | undefined;
        const onStarting = async (): Promise<void> => {
          hasBegun = true;
          await message.onStarting?.();
        };
        const onStarted = async (turnId: string): Promise<void> => {
          noteTurnOf(message.clientId, turnId);
          steerEarly(sessionFile);
          await message.onStarted?.(turnId);
        };
        const begin = (): Promise<MessageAnswer> =>
          inTurnPlace(
            {
              sessionFile,
              pluginConfig: message.pluginConfig,
              mayRun: job.mayHaveRun === true,
              goesFirst: message.goesFirst === true,
              slot,
              stopped,
              ends: whileAway?.ends,
              onWaits: () => message.onWaitsForPlace?.(),
            },
            beginInPlace,
          );
        const beginInPlace = async (): Promise<MessageAnswer> => {
          const { binding, otherwise } = await orLater(async () => {
            const read = await inspectCodexAppServerBinding(sessionFile);
            if (read.kind === "unreadable" && isShortage(read.error)) throw read.error;
            return { binding: read, otherwise: await instead?.(read) };
          });
          if (otherwise !== undefined) return inWords(otherwise);
          // Not before: the operator may have changed them while the message waited.
          const pluginConfig = message.pluginConfig();
          const { turn } = resolvePluginConfig(pluginConfig);
          const limits = {
            idleTimeoutMs: turn.idleTimeoutMs,
            maxDurationMs: timeoutMs ?? turn.maxDurationMs,
          };
          const server = binding.kind === "bound" ? binding.binding.server : undefined;
          const input = await inputFor(pluginConfig, server, pending);
          const toRun = { ...rest, pluginConfig, binding, input, limits, slot, stopped, work };
          const begun = joined
            ? recoverConversationTurn(toRun, joined)
            : run({ ...toRun, onStarting, onStarted });
          const outcome = await begun.catch(async (error: unknown) => {
            if (!(error instanceof CodexTurnJoinedError)) throw error;
            if (await message.joined?.(error)) throw new ConversationTurnSteeredError();
            joined = error.turnId;
            job.mayHaveRun = true;
            return recoverConversationTurn(toRun, joined);
          });
          return outcomeInWords(outcome, message, pending);
        };
        try {
          if (!whileAway) return await begin();
          return await withCodex(begin, {
            ...whileAway,
            sessionFile,
            stopped,
            // A task that needs a newer Codex than there is says so.
            hasBegun: (error) =>
              (hasBegun && !joined) || (message.task !== undefined && error.code === "TOO_OLD"),
            listed: slot.waitAgain,
          });
        } catch (error) {
          if (error instanceof CodexTurnFailedError) message.onFailed?.(error);
          // What it came to, or comes to yet, is told later. Before the next one can load the thread, or be answered.
          const isGivenUp =
            error instanceof ConversationTurnDroppedError ||
            error instanceof CodexTurnNotBegunError;
          if (isGivenUp && job.mayHaveRun) {
            await giveUp(message, joined ?? job.turnId);
          }
          throw error;
        }
      }),
    job,
    { ...job, goesFirst: message.goesFirst === true },
  );
}

/**
 * What the machine cannot read at the moment, for want of open files for example, it can read later: a message waits for
 * that as it does for Codex. @throws CodexLocalError START_FAILED, and what else `read` throws
 */
async function orLater<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw isShortage(error) ? machineShort(error) : error;
  }
}

function jobOf(message: MessageToAnswer, pending: PendingTurn): WaitingJob {
  return {
    id: message.clientId ?? randomUUID(),
    label: labelOfInput(message.input),
    steer: () => steerNow(message, pending),
    // What a task says of itself is not what it does.
    edit: message.task
      ? undefined
      : (text) => {
          const input = pending.changeWords(text);
          message.onEdited?.(input);
          return labelOfInput(input);
        },
  };
}
