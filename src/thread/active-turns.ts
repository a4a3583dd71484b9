/**
 * The turns that run now and those that are being prepared, by session. Hang on globalThis: a config reload loads a
 * fresh copy of this module, and its commands must reach the turns that the old copy started.
 */
import { noteChange } from "../common/changes.js";
import { monotonicMs } from "../common/clock.js";
import { processWide } from "../common/process-wide.js";
import type { WorkNow } from "./work-in-hand.js";

export type CodexConversationActiveTurn = {
  sessionFile: string;
  threadId: string;
  turnId: string;
};

/** An older copy of this module may have noted a turn without `since` and `work`. */
type Entry = CodexConversationActiveTurn & { since?: number; work?: (() => WorkNow) | undefined };

/** A turn from its place at the head of the line to its end: to be stopped all that time, also before it has begun. */
export type StoppableTurn = {
  /** Aborted when a person stops the turn. */
  readonly stopped: AbortSignal;
  /** Runs the turn, which can be stopped meanwhile. */
  during<T>(this: void, job: () => Promise<T>): Promise<T>;
};

const activeTurns = processWide("active-turns", () => new Map<string, Entry>());
const ownTurns = processWide("turn-attempts", () => new Map<string, AbortController>());
/** Of turns that nobody here asked for: one can run while a turn that was asked for waits for its end. */
const unsolicited = processWide("unsolicited-turns", () => new Map<string, AbortController>());
/** Which of those another client began, as far as that is known. */
const othersTurns = processWide(
  "others-turns",
  () => new WeakMap<AbortController, () => boolean>(),
);

/** Notes a running turn; the returned function ends the note, and only its own. `work` tells what it is about. */
export function trackCodexConversationActiveTurn(
  turn: CodexConversationActiveTurn,
  work?: () => WorkNow,
): () => void {
  const entry: Entry = { ...turn, since: monotonicMs(), work };
  activeTurns.set(turn.sessionFile, entry);
  noteChange(turn.sessionFile);
  return () => {
    if (activeTurns.get(turn.sessionFile) === entry) activeTurns.delete(turn.sessionFile);
    noteChange(turn.sessionFile);
  };
}

export function readCodexConversationActiveTurn(
  sessionFile: string,
): CodexConversationActiveTurn | undefined {
  const entry = activeTurns.get(sessionFile);
  return (
    entry && { sessionFile: entry.sessionFile, threadId: entry.threadId, turnId: entry.turnId }
  );
}

/** Of all sessions. */
export function runningTurns(): CodexConversationActiveTurn[] {
  return [...activeTurns.values()];
}

/** For how many milliseconds the session's turn has run; undefined where none runs, or an older copy began it. */
export function activeTurnAge(sessionFile: string): number | undefined {
  const since = activeTurns.get(sessionFile)?.since;
  return since === undefined ? undefined : monotonicMs() - since;
}

/** What the session's turn is about; undefined where none runs, or an older copy began it. */
export function activeTurnWork(sessionFile: string): WorkNow | undefined {
  return activeTurns.get(sessionFile)?.work?.();
}

export function createStoppableTurn(sessionFile: string): StoppableTurn {
  return stoppableIn(ownTurns, sessionFile);
}

/** The same of a turn that Codex or, if `isOthers`, another client has begun. */
export function createStoppableUnsolicitedTurn(
  sessionFile: string,
  isOthers: () => boolean,
): StoppableTurn {
  const controller = new AbortController();
  othersTurns.set(controller, isOthers);
  return stoppableIn(unsolicited, sessionFile, controller);
}

function stoppableIn(
  among: Map<string, AbortController>,
  sessionFile: string,
  controller = new AbortController(),
): StoppableTurn {
  return {
    stopped: controller.signal,
    async during(job) {
      among.set(sessionFile, controller);
      noteChange(sessionFile);
      try {
        return await job();
      } finally {
        if (among.get(sessionFile) === controller) among.delete(sessionFile);
        noteChange(sessionFile);
      }
    },
  };
}

/** The session's turn, from its place at the head of the line to its end. */
export function turnControllerOf(sessionFile: string): AbortController | undefined {
  return ownTurns.get(sessionFile);
}

/**
 * Has the session's turn stopped, begun or not; false if there is none. One that waits for the end of an unsolicited
 * one is not what runs, and has its turn afterwards.
 */
export function stopTurnOf(sessionFile: string): boolean {
  const controller = unsolicited.get(sessionFile) ?? ownTurns.get(sessionFile);
  controller?.abort();
  return controller !== undefined;
}

/** Whether another client's turn runs. */
export function hasOthersTurn(sessionFile: string): boolean {
  const controller = unsolicited.get(sessionFile);
  return controller !== undefined && othersTurns.get(controller)?.() === true;
}

/** Whether a turn runs that nobody here asked for. */
export function hasUnsolicitedTurn(sessionFile: string): boolean {
  return unsolicited.has(sessionFile);
}

/** Whether the session's turn was told to stop and has not ended yet. */
export function isTurnStopping(sessionFile: string): boolean {
  return (unsolicited.get(sessionFile) ?? ownTurns.get(sessionFile))?.signal.aborted === true;
}
