/** The turns of goals that have begun, while they are not all noted on disk. */
import type { GoalRun } from "./goal-store.js";

export type GoalCount = Pick<GoalRun, "threadId" | "objective" | "turns">;

/** The turns of each session's goal that were counted, for as long as some of them are not noted. */
export class CountedTurns {
  readonly #sessions = new Map<string, { count: GoalCount; unnoted: number }>();

  get(sessionFile: string): GoalCount | undefined {
    return this.#sessions.get(sessionFile)?.count;
  }

  add(sessionFile: string, count: GoalCount): void {
    const unnoted = (this.#sessions.get(sessionFile)?.unnoted ?? 0) + 1;
    this.#sessions.set(sessionFile, { count, unnoted });
  }

  noted(sessionFile: string): void {
    const counted = this.#sessions.get(sessionFile);
    if (!counted) return;
    counted.unnoted -= 1;
    if (counted.unnoted === 0) this.#sessions.delete(sessionFile);
  }
}

/** Whether that is a count of this goal. */
export function isOf<Known extends GoalCount>(
  known: Known | undefined,
  { threadId, objective }: Omit<GoalCount, "turns">,
): known is Known {
  return known?.threadId === threadId && known.objective === objective;
}
