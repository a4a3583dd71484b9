/** Ends a running turn in Codex, or ends the process that will not. */
import { isNoActiveTurn, isUnknownMethod, otherActiveTurn } from "../app-server/errors.js";
import { callCodex, METHODS } from "../app-server/methods.js";
import type { CodexClient } from "../app-server/protocol.js";
import type { CodexConversationTurnCollector } from "./turn-collector.js";

/** Codex 0.169 shows a turn within milliseconds; one that never shows is interrupted all the same. */
const STARTED_WITHIN_MS = 1000;
/** How long an interrupted turn may take to end before its process is replaced. */
const ENDED_WITHIN_MS = 10_000;
/** Codex 0.169 ends a command within 3 ms of being asked, and its whole process group with it. */
const COMMAND_ENDED_WITHIN_MS = 5000;

/**
 * Interrupts a turn, waits for its end and ends the commands that it leaves running. An interrupt that comes before
 * Codex has shown the turn is refused while the turn runs on, so this waits for that sign. Never rejects; takes at
 * most about 11 s and three requests.
 */
export async function stopTurn(params: {
  client: CodexClient;
  threadId: string;
  turnId: string;
  collector: CodexConversationTurnCollector;
  timeoutMs: number;
  /** Codex's ids of the processes of the commands that the turn has running. */
  runningProcesses: () => readonly string[];
  /** Replaces the process; called when the turn did not end in time. */
  onDefiance: (reason: string) => Promise<void>;
  /** Finds out how the turn ended; called when it is over already and word of that was lost. */
  onOver: () => Promise<void>;
}): Promise<void> {
  const { client, threadId, turnId, collector } = params;
  const interrupt = (id = collector.activeTurnId ?? turnId): Promise<unknown> =>
    callCodex(
      client,
      METHODS.interruptTurn,
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
    if (await within(ENDED_WITHIN_MS, over)) {
      // The process of a turn that defies takes its commands along.
      await endCommands(client, threadId, params.runningProcesses(), params.timeoutMs);
    } else {
      await params.onDefiance("a turn did not end when it was interrupted").catch(() => undefined);
    }
  } finally {
    stopWatching();
  }
}

/**
 * Ends commands that outlive the interruption of their turn, as Codex has them do. Each by its name, since a server
 * that an earlier turn started for the person is to go on. Never rejects.
 */
async function endCommands(
  client: CodexClient,
  threadId: string,
  processes: readonly string[],
  timeoutMs: number,
): Promise<void> {
  const options = { timeoutMs: Math.min(timeoutMs, COMMAND_ENDED_WITHIN_MS) };
  const ends = processes.map((processId) =>
    callCodex(client, METHODS.endCommand, { threadId, processId }, options),
  );
  const tooOld = (await Promise.allSettled(ends)).some(
    (end) => end.status === "rejected" && isUnknownMethod(end.reason),
  );
  // Codex 0.125 can only end them all.
  if (!tooOld) return;
  await callCodex(client, METHODS.endCommands, { threadId }, options).catch(() => undefined);
}

/** Whether `event` came within `ms`. */
async function within(ms: number, event: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), ms);
  const came = await Promise.race([event.then(() => true), late.promise]);
  clearTimeout(timer);
  return came;
}
