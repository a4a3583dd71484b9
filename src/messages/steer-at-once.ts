/**
 * Gives messages that come during a turn to it, in their order, without being asked: all of them under
 * `turn.whileRunning: steer`, and always what belongs to the message whose turn it is.
 */
import { oneAtATime } from "../common/one-at-a-time.js";
import { processWide } from "../common/process-wide.js";
import { hasUnsolicitedTurn, readCodexConversationActiveTurn } from "../thread/active-turns.js";
import {
  nextConversationTurn,
  queuedConversationTurns,
  steerConversationTurn,
  waitingConversationTurns,
} from "./queue.js";

const inOrder = oneAtATime();

/**
 * By the ids of messages that are for a turn which Codex has yet to begin, since until then it takes none: whether that is
 * the turn of the message before, or whichever comes.
 */
const early = processWide(
  "messages-for-the-next-turn",
  () => new Map<string, "the one before" | "any">(),
);

/**
 * Gives a message to the running turn, if it is the first that waits, or once the turn runs that is being begun. Whether a
 * message was taken is known before the next one is tried, so that none overtakes another. What comes of it, its own
 * answer tells.
 */
export function steerAtOnce(sessionFile: string, id: string): void {
  void inOrder(sessionFile, async () => {
    if (!isBehindOneTurn(sessionFile)) return;
    if (readCodexConversationActiveTurn(sessionFile) === undefined) early.set(id, "any");
    else if (nextConversationTurn(sessionFile) === id) await steerConversationTurn(id);
  }).catch(() => undefined);
}

/** The same for a message that belongs to the one before it, which can wait for its turn itself. */
export function steerIntoTheOneBefore(sessionFile: string, id: string): void {
  void inOrder(sessionFile, async () => {
    const isNext = nextConversationTurn(sessionFile) === id;
    if (isNext && !isBehindOneTurn(sessionFile)) return;
    const isRunning =
      readCodexConversationActiveTurn(sessionFile) !== undefined &&
      !hasUnsolicitedTurn(sessionFile);
    if (isNext && isRunning) await steerConversationTurn(id);
    else early.set(id, "the one before");
  }).catch(() => undefined);
}

/** A turn runs now: it gets what came for it before that. `isOwn`: a message of the chat's has begun it. */
export function steerEarly(sessionFile: string, isOwn: boolean): void {
  void inOrder(sessionFile, async () => {
    for (;;) {
      const id = nextConversationTurn(sessionFile);
      const wanted = id === undefined ? undefined : early.get(id);
      if (id === undefined || wanted === undefined || !isBehindOneTurn(sessionFile)) return;
      if (wanted === "the one before" && !isOwn) return;
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
