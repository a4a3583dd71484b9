/**
 * Gives messages that come during a turn to it, in their order, without being asked: all of them under
 * `turn.whileRunning: steer`, and always what belongs to a message that is in the turn.
 */
import { keepNewest } from "../common/keep-newest.js";
import { oneAtATime } from "../common/one-at-a-time.js";
import { processWide } from "../common/process-wide.js";
import { readCodexConversationActiveTurn } from "../thread/active-turns.js";
import { readCodexAppServerBinding } from "../thread/thread-binding.js";
import { holdReason } from "./line-hold.js";
import {
  nextConversationTurn,
  queuedConversationTurns,
  steerConversationTurn,
  waitingConversationTurns,
} from "./queue.js";

/** Of so many messages it is remembered which turn they are in. */
const REMEMBERED = 1000;

const inOrder = oneAtATime();

/**
 * By the ids of messages that are for a turn which Codex has yet to begin, since until then it takes none: whether that is
 * the turn of another message, or whichever comes.
 */
const early = processWide("messages-for-a-turn", () => new Map<string, { of: string } | "any">());
/** Which turn each message is in, whether it has begun it or was given to it. */
const turns = processWide("turns-of-messages", () => new Map<string, string>());

/**
 * Gives a message to the running turn, if it is the first that waits, or once the turn runs that is being begun. Whether a
 * message was taken is known before the next one is tried, so that none overtakes another. What comes of it, its own
 * answer tells.
 */
export function steerAtOnce(sessionFile: string, id: string): void {
  void inOrder(sessionFile, async () => {
    if (!isBehindOneTurn(sessionFile)) return;
    if (readCodexConversationActiveTurn(sessionFile) === undefined) early.set(id, "any");
    else if (nextConversationTurn(sessionFile) === id) await steerNext(sessionFile, id);
  }).catch(() => undefined);
}

/** The same for a message that belongs to another, whose turn it can wait for. */
export function steerIntoTurnOf(other: string, sessionFile: string, id: string): void {
  void inOrder(sessionFile, async () => {
    const isNext = nextConversationTurn(sessionFile) === id;
    if (isNext && !isBehindOneTurn(sessionFile)) return;
    if (isNext && isInRunningTurn(other, sessionFile)) await steerNext(sessionFile, id);
    else early.set(id, { of: other });
  }).catch(() => undefined);
}

/** A turn runs now: it gets what came for it before that. */
export function steerEarly(sessionFile: string): void {
  void inOrder(sessionFile, async () => {
    for (;;) {
      const id = nextConversationTurn(sessionFile);
      const wanted = id === undefined ? undefined : early.get(id);
      if (id === undefined || wanted === undefined || !isBehindOneTurn(sessionFile)) return;
      if (wanted !== "any" && !isInRunningTurn(wanted.of, sessionFile)) return;
      // oxlint-disable-next-line no-await-in-loop
      if (!(await steerNext(sessionFile, id))) return;
    }
  }).catch(() => undefined);
}

/** The turn has begun with the message, or has taken it. */
export function noteTurnOf(id: string | undefined, turnId: string): void {
  if (id === undefined) return;
  turns.set(id, turnId);
  keepNewest(turns, REMEMBERED);
}

/** The message has its answer, or has left the line. */
export function forgetEarly(id: string): void {
  early.delete(id);
}

/**
 * False if the message waits: its line is on hold, the turn runs on a thread that the chat has left, or Codex does not take
 * it.
 */
async function steerNext(sessionFile: string, id: string): Promise<boolean> {
  if (holdReason(sessionFile) !== undefined) return false;
  const binding = await readCodexAppServerBinding(sessionFile);
  const active = readCodexConversationActiveTurn(sessionFile);
  if (active === undefined || binding?.threadId !== active.threadId) return false;
  return (await steerConversationTurn(id)) === "steered";
}

function isInRunningTurn(id: string, sessionFile: string): boolean {
  const turnId = turns.get(id);
  return turnId !== undefined && turnId === readCodexConversationActiveTurn(sessionFile)?.turnId;
}

/** What is taken up after a restart waits unlisted, and comes before what is listed. */
function isBehindOneTurn(sessionFile: string): boolean {
  const listed = waitingConversationTurns(sessionFile).length;
  return queuedConversationTurns(sessionFile) - listed === 1;
}
