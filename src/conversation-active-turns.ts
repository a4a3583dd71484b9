/**
 * The turns that run now, by session. Hangs on globalThis: a config reload loads a fresh copy of this module, and
 * its commands must reach the turns that the old copy started.
 */
const ACTIVE_TURNS_KEY = Symbol.for("openclaw-codex-conversation.active-turns");

export type CodexConversationActiveTurn = {
  sessionFile: string;
  threadId: string;
  turnId: string;
};

/** How the turn's own runner stops it: knows when Codex can be interrupted, and what to do if it does not comply. */
export type TurnStopper = () => Promise<void>;

type Entry = CodexConversationActiveTurn & { stop?: TurnStopper; startedAt?: number };

const activeTurns = sharedActiveTurns();

/** Notes a running turn; the returned function ends the note, and only its own. */
export function trackCodexConversationActiveTurn(
  turn: CodexConversationActiveTurn,
  stop?: TurnStopper,
): () => void {
  const entry: Entry = { ...turn, startedAt: Date.now(), ...(stop ? { stop } : {}) };
  activeTurns.set(turn.sessionFile, entry);
  return () => {
    if (activeTurns.get(turn.sessionFile) === entry) activeTurns.delete(turn.sessionFile);
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

/** Milliseconds since 1970. */
export function activeTurnStartedAt(sessionFile: string): number | undefined {
  return activeTurns.get(sessionFile)?.startedAt;
}

export function activeTurnStopper(sessionFile: string): TurnStopper | undefined {
  return activeTurns.get(sessionFile)?.stop;
}

function sharedActiveTurns(): Map<string, Entry> {
  const store: typeof globalThis & { [ACTIVE_TURNS_KEY]?: Map<string, Entry> } = globalThis;
  return (store[ACTIVE_TURNS_KEY] ??= new Map());
}
