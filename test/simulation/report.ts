/** What the commands print, and read. */
import type { WorldResult } from "./run.js";

/** How often each fault came, the most frequent first. */
export function describeFaults(results: readonly Pick<WorldResult, "faults">[]): string {
  const all = new Map<string, number>();
  for (const { faults } of results) {
    for (const [kind, count] of faults) all.set(kind, (all.get(kind) ?? 0) + count);
  }
  return [...all]
    .toSorted(([, one], [, other]) => other - one)
    .map(([kind, count]) => `${String(count).padStart(8)}  ${kind}`)
    .join("\n");
}

/** @throws if it is none */
export function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error(`--${name} needs a whole number, not ${text}`);
}
