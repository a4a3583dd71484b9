/**
 * That Codex cannot be reached is a state, not an answer: a message that it has not got waits, and runs when Codex is
 * back. So it is while Codex is being updated or replaced, while an app-server on another machine is down, and while the
 * operator has yet to install it or a newer one. A Codex that is there and not signed in answers: it says who has to do
 * what, and the message can be sent again then.
 */
import { CodexLocalError } from "../app-server/errors.js";
import { monotonicMs } from "../common/clock.js";
import { pause } from "../common/pause.js";
import { CodexTurnNotBegunError } from "../thread/errors.js";
import { queuedConversationTurns } from "./queue.js";

/** Seconds between attempts; the last one repeats. Codex has a back-off of its own for one that dies at its start. */
const AGAIN_AFTER_S = [1, 2, 5, 10, 20, 30, 60] as const;

/** An absence that is over sooner is not worth a word. */
const TELL_AFTER_MS = 5000;

export type CodexAwayOptions = {
  sessionFile: string;
  /** A person has stopped the message. */
  stopped: AbortSignal;
  /** The process ends its work. */
  ends: AbortSignal;
  /** Whether Codex may have got the message, or its error is about this very one: then it is its answer. */
  hasBegun: (error: CodexLocalError) => boolean;
  /** Lets the message be listed and dropped while `until` is pending; rejects where it was dropped. */
  listed: (until: Promise<void>) => Promise<void>;
  /** Tells the chat, once for each absence. */
  tell: (reason: CodexLocalError) => Promise<void>;
};

type Absence = {
  isTold: boolean;
  /** Fulfilled when the chat writes. */
  woken: PromiseWithResolvers<void>;
};

/** The sessions whose first message waits for Codex. */
const absences = new Map<string, Absence>();

/** Whether a session's messages wait for a Codex that cannot be reached. */
export function isCodexAway(sessionFile: string): boolean {
  return absences.has(sessionFile);
}

/** The chat writes, so Codex is looked for at once. */
export function lookForCodex(sessionFile: string): void {
  absences.get(sessionFile)?.woken.resolve();
}

/**
 * Does what needs Codex, again and again while that cannot be reached.
 * @throws what `attempt` throws for another reason or after it has begun; CodexTurnNotBegunError where it was stopped;
 * what `listed` throws
 */
export async function withCodex<T>(
  attempt: () => Promise<T>,
  options: CodexAwayOptions,
): Promise<T> {
  const { sessionFile, stopped, ends } = options;
  const since = monotonicMs();
  for (let failures = 0; ; failures += 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop
      const result = await attempt();
      absences.delete(sessionFile);
      return result;
    } catch (error) {
      if (!isAway(error) || options.hasBegun(error)) {
        absences.delete(sessionFile);
        throw error;
      }
      const absence = absenceOf(sessionFile);
      const isWorthAWord = isLasting(error) || monotonicMs() - since >= TELL_AFTER_MS;
      if (isWorthAWord && !absence.isTold) {
        absence.isTold = true;
        // oxlint-disable-next-line no-await-in-loop
        await options.tell(error);
      }
    }
    // oxlint-disable-next-line no-await-in-loop
    await waitForNext(failures, options);
    if (ends.aborted) throw new Error("The gateway is ending.");
    if (stopped.aborted) {
      // The messages behind it meet the same absence, which the chat has been told of.
      if (queuedConversationTurns(sessionFile) <= 1) absences.delete(sessionFile);
      throw new CodexTurnNotBegunError("It was stopped while Codex was away.");
    }
  }
}

function absenceOf(sessionFile: string): Absence {
  const absence = absences.get(sessionFile) ?? {
    isTold: false,
    woken: Promise.withResolvers<void>(),
  };
  absences.set(sessionFile, absence);
  return absence;
}

async function waitForNext(
  failures: number,
  { sessionFile, stopped, ends, listed }: CodexAwayOptions,
): Promise<void> {
  const seconds = AGAIN_AFTER_S[Math.min(failures, AGAIN_AFTER_S.length - 1)] ?? 0;
  const absence = absenceOf(sessionFile);
  const signals = [stopped, ends];
  const wake = (): void => absence.woken.resolve();
  for (const signal of signals) signal.addEventListener("abort", wake);
  if (signals.some(({ aborted }) => aborted)) wake();
  try {
    await listed(pause(seconds * 1000, absence.woken.promise));
  } catch (error) {
    if (queuedConversationTurns(sessionFile) <= 1) absences.delete(sessionFile);
    throw error;
  } finally {
    for (const signal of signals) signal.removeEventListener("abort", wake);
    // Also where it was dropped: then nobody waits any more.
    wake();
    absence.woken = Promise.withResolvers<void>();
  }
}

function isAway(error: unknown): error is CodexLocalError {
  return (
    error instanceof CodexLocalError &&
    (error.code === "START_FAILED" || error.code === "CONNECTION_CLOSED" || isLasting(error))
  );
}

/** Until somebody does something about it. */
function isLasting({ code }: CodexLocalError): boolean {
  return code === "COMMAND_NOT_FOUND" || code === "TOO_OLD";
}
