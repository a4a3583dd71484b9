/** Ends a running turn in Codex, or ends the process that will not. */
import { CODEX_CONTROL_METHODS } from "./app-server/capabilities.js";
import { isNoActiveTurn, otherActiveTurn } from "./app-server/errors.js";
import type { CodexClient } from "./app-server/protocol.js";
import type { CodexConversationTurnCollector } from "./conversation-turn-collector.js";

/** Codex 0.169 shows a turn within milliseconds; one that never shows is interrupted all the same. */
const STARTED_WITHIN_MS = 1000;
/** How long an interrupted turn may take to end before its process is replaced. */
const ENDED_WITHIN_MS = 10_000;

/**
 * Interrupts a turn and waits for its end. An interrupt that comes before Codex has shown the turn is refused
 * while the turn runs on, so this waits for that sign. Never rejects; takes at most about 11 s and one request.
 */
export async function stopTurn(params: {
  client: CodexClient;
  threadId: string;
  turnId: string;
  collector: CodexConversationTurnCollector;
  timeoutMs: number;
  /** Replaces the process; called when the turn did not end in time. */
  onDefiance: (reason: string) => Promise<void>;
  /** Finds out how the turn ended; called when it is over already and word of that was lost. */
  onOver: () => Promise<void>;
}): Promise<void> {
  const { client, threadId, turnId, collector } = params;
  const interrupt = (id = collector.activeTurnId ?? turnId): Promise<unknown> =>
    client.request(
      CODEX_CONTROL_METHODS.interruptTurn,
      { threadId, turnId: id },
      { timeoutMs: Math.min(params.timeoutMs, ENDED_WITHIN_MS) },
    );
  // A process that is gone ends its turns without a word.
  const gone = Promise.withResolvers<void>();
  const stopWatching = client.addCloseHandler(() => gone.resolve());
  const over = Promise.race([collector.ended, gone.promise]);
  try {
    const shown = await within(STARTED_WITHIN_MS, Promise.race([collector.started, over]));
    try {
      await interrupt();
    } catch (error) {
      if (isNoActiveTurn(error)) {
        // Codex has shown the turn and knows it no more.
        if (shown) {
          await params.onOver();
          return;
        }
        await within(ENDED_WITHIN_MS, Promise.race([collector.started, over]));
        await interrupt().catch(() => undefined);
      }
      const inner = otherActiveTurn(error);
      // As long as this turn is not over, the one that runs in its place does its work.
      if (inner !== undefined && !(await within(0, over))) {
        await interrupt(inner).catch(() => undefined);
      }
    }
    if (!(await within(ENDED_WITHIN_MS, over))) {
      await params.onDefiance("a turn did not end when it was interrupted").catch(() => undefined);
    }
  } finally {
    stopWatching();
  }
}

/** Whether `event` came within `ms`. */
async function within(ms: number, event: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), ms);
  const came = await Promise.race([event.then(() => true), late.promise]);
  clearTimeout(timer);
  return came;
}
