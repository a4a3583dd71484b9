/** Under `turn.whileRunning: steer`: gives messages that come during a turn to it, in their order, without being asked. */
import { oneAtATime } from "../common/one-at-a-time.js";
import { processWide } from "../common/process-wide.js";
import { readCodexConversationActiveTurn } from "../thread/active-turns.js";
import {
  nextConversationTurn,
  queuedConversationTurns,
  steerConversationTurn,
  waitingConversationTurns,
} from "./queue.js";

const inOrder = oneAtATime();

/** Ids of messages that came while a turn was being begun: until Codex has, it takes none. */
const early = processWide("early-messages", () => new Set<string>());

/**
 * Gives a message to the running turn, if it is the first that waits, or once the turn runs that is being begun. Whether a
 * message was taken is known before the next one is tried, so that none overtakes another. What comes of it, its own
 * answer tells.
 */
export function steerAtOnce(sessionFile: string, id: string): void {
  void inOrder(sessionFile, async () => {
    if (!isBehindOneTurn(sessionFile)) return;
    if (readCodexConversationActiveTurn(sessionFile) === undefined) early.add(id);
    else if (nextConversationTurn(sessionFile) === id) await steerConversationTurn(id);
  }).catch(() => undefined);
}

/** A turn runs now: it gets what came while it was being begun. */
export function steerEarly(sessionFile: string): void {
  void inOrder(sessionFile, async () => {
    for (;;) {
      const id = nextConversationTurn(sessionFile);
      if (id === undefined || !early.has(id) || !isBehindOneTurn(sessionFile)) return;
      // oxlint-disable-next-line no-await-in-loop
      if ((await steerConversationTurn(id)) !== "steered") return;
    }
  }).catch(() => undefined);
}

/** The message has its answer, or has left the line. */
export function forgetEarly(id: string): void {
  early.delete(id);
}

/** What is taken up after a restart waits unlisted, and comes before what is listed. */
function isBehindOneTurn(sessionFile: string): boolean {
  const listed = waitingConversationTurns(sessionFile).length;
  return queuedConversationTurns(sessionFile) - listed === 1;
}
