/** A message's answer in words, whatever happens to its turn. */
import type { CodexConversationBindingData } from "./conversation-binding-data.js";
import { steerActiveTurn } from "./conversation-control.js";
import { enqueueConversationTurn, queuedConversationTurns } from "./conversation-queue.js";
import {
  CodexTurnLostError,
  recoverConversationTurn,
  runConversationTurn,
  type ConversationTurn,
} from "./conversation-turn.js";
import { CodexTurnInterruptedError } from "./conversation-turn-collector.js";
import type { CodexUserInput } from "./conversation-turn-input.js";
import { words } from "./conversation-words.js";
import { resolvePluginConfig } from "./plugin-config.js";

export type MessageToAnswer = {
  data: CodexConversationBindingData;
  input: CodexUserInput[];
  pluginConfig: unknown;
  /** Milliseconds that the turn may take; default: the setting `turn.maxDurationMs`. */
  timeoutMs?: number | undefined;
  /** Asked when the message's turn has come: what to say instead of running it, if it must not run any more. */
  instead?: () => Promise<string | undefined>;
} & Pick<ConversationTurn, "clientId" | "onStarting" | "onStarted">;

/**
 * Answers a message after the earlier ones of its session. Undefined where it went into the running turn, whose
 * answer it shares. Never rejects.
 */
export async function answerMessage(message: MessageToAnswer): Promise<string | undefined> {
  try {
    const { turn } = resolvePluginConfig(message.pluginConfig);
    const queued = queuedConversationTurns(message.data.sessionFile);
    // Steering past messages that wait would answer them in the wrong order.
    if (turn.whileRunning === "steer" && queued === 1) {
      const session = {
        sessionFile: message.data.sessionFile,
        pluginConfig: message.pluginConfig,
      };
      if (await steerActiveTurn(session, message.input).catch(() => false)) return undefined;
    }
    if (queued > turn.maxQueued) return words.queueFull(turn.maxQueued);
    return await inQueue(message, runConversationTurn);
  } catch (error) {
    return error instanceof CodexTurnInterruptedError
      ? words.interrupted(error.partialText)
      : words.turnFailed(error);
  }
}

/** Answers a message whose turn an earlier process may have started. Never rejects. */
export async function answerAfterRestart(
  message: MessageToAnswer,
  turnId: string | undefined,
): Promise<string> {
  try {
    return await inQueue(message, (turn) => recoverConversationTurn(turn, turnId));
  } catch (error) {
    if (error instanceof CodexTurnInterruptedError) return words.cutOff(error.partialText);
    if (error instanceof CodexTurnLostError) return words.cutOff("");
    return words.turnFailed(error);
  }
}

function inQueue(
  message: MessageToAnswer,
  run: (turn: ConversationTurn) => Promise<string>,
): Promise<string> {
  const { turn } = resolvePluginConfig(message.pluginConfig);
  const { instead, timeoutMs = turn.maxDurationMs, ...rest } = message;
  const limits = { idleTimeoutMs: turn.idleTimeoutMs, maxDurationMs: timeoutMs };
  return enqueueConversationTurn(
    message.data.sessionFile,
    async (slot) => (await instead?.()) ?? run({ ...rest, limits, slot }),
  );
}
