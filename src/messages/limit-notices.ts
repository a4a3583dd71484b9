/** Limits that are nearly used up: a chat is told once at 80 %, and once more at 95 %, of each window. */
import type { CodexLimit } from "../app-server/account-facts.js";
import { limitLine } from "../words/status-words.js";

const TOLD_AT = [95, 80] as const;
const HOUR_MS = 60 * 60_000;

/** `id` is the same for all that is told of a window at that point, whichever process tells it. */
export function limitNotices(
  limits: readonly CodexLimit[],
  now: number,
): { id: string; text: string }[] {
  return limits.flatMap((limit) => {
    const { usedPercent, windowMinutes, resetsAt } = limit;
    const point = TOLD_AT.find((percent) => usedPercent >= percent);
    // One that is used up fails the turn, which says so; one that has reset was told before it did.
    const isOver = usedPercent >= 100 || (resetsAt !== undefined && resetsAt <= now);
    if (point === undefined || isOver) return [];
    // Codex tells the time of a reset by the second, which can vary.
    const reset = resetsAt === undefined ? "" : Math.round(resetsAt / HOUR_MS);
    const id = `limit:${windowMinutes ?? ""}:${reset}:${point}`;
    return [{ id, text: `⏳ ${limitLine(limit, now)}.` }];
  });
}
