/** A message's place among the turns that may run at once: it waits for one as it waits in its line. */
import { maxRunningTurns, usableRuntimeOptions } from "../app-server/config.js";
import { serverOfSession } from "../thread/bound-codex.js";
import { CodexTurnNotBegunError } from "../thread/errors.js";
import { occupyTurnPlace, takeTurnPlace } from "../thread/turn-places.js";
import { holdReason } from "./line-hold.js";
import type { WaitingSlot } from "./queue.js";

export type PlacedMessage = {
  sessionFile: string;
  pluginConfig: () => unknown;
  /** Its turn may run already, so it is not held back. */
  mayRun: boolean;
  /** It runs though its line is on hold. */
  goesFirst: boolean;
  slot: WaitingSlot;
  /** A person has stopped the message. */
  stopped: AbortSignal;
  /** The process ends its work. */
  ends: AbortSignal | undefined;
  onWaits: () => void;
};

/**
 * Runs a message's turn once there is a place for it, which it has until `run` is settled.
 * @throws CodexTurnNotBegunError, what the slot throws when the message leaves the line, what `run` throws
 */
export async function inTurnPlace<T>(message: PlacedMessage, run: () => Promise<T>): Promise<T> {
  const { sessionFile, stopped, ends } = message;
  // What is wrong with settings that cannot be used, the turn itself says.
  const pluginConfig = message.pluginConfig();
  const server = await serverOfSession({ sessionFile, pluginConfig });
  const runtime = usableRuntimeOptions(pluginConfig, server);
  if (!runtime) return run();
  const leave = message.mayRun
    ? occupyTurnPlace(sessionFile, runtime.start)
    : await takeTurnPlace({
        sessionFile,
        start: runtime.start,
        max: maxRunningTurns(runtime),
        isHeld: () => !message.goesFirst && holdReason(sessionFile) !== undefined,
        listed: message.slot.waitAgain,
        over: ends ? AbortSignal.any([stopped, ends]) : stopped,
        onWaits: message.onWaits,
      });
  if (!leave && ends?.aborted) throw new Error("The gateway is ending.");
  if (!leave) throw new CodexTurnNotBegunError("It was stopped while it waited for a place.");
  try {
    return await run();
  } finally {
    leave();
  }
}
