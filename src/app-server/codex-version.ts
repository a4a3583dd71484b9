/** Which versions of Codex this works with. */
import { CodexLocalError } from "./errors.js";

/** The oldest one that the contract tests pass with: docs/compatibility.md. */
export const OLDEST_CODEX = "0.125.0";

/** What a Codex calls itself that somebody has built from its source. */
const BUILT_BY_HAND = "0.0.0";

/**
 * Lets a version pass that cannot be read: only the words of an answer tell it.
 * @throws CodexLocalError TOO_OLD
 */
export function requireSupportedCodex(version: string | undefined): void {
  if (version === undefined || isAtLeast(version, OLDEST_CODEX)) return;
  throw tooOldError(`Codex ${numbersOf(version).join(".")}`, OLDEST_CODEX);
}

/**
 * The same for one thing that takes a newer Codex than the rest.
 * @throws CodexLocalError TOO_OLD
 */
export function requireCodexFor(what: string, version: string | undefined, since: string): void {
  if (version === undefined || isAtLeast(version, since)) return;
  throw tooOldError(`Codex ${numbersOf(version).join(".")}`, since, ` for ${what}`);
}

/** The error behind the last words of a Codex that is too old to get as far as telling its version; else undefined. */
export function tooOldToStart(lastWords: string): CodexLocalError | undefined {
  // 0.98.0, which knows only one way to listen and takes no argument for it.
  return lastWords.includes("unexpected argument '--listen'")
    ? tooOldError("this Codex", OLDEST_CODEX)
    : undefined;
}

function tooOldError(codex: string, since: string, purpose = ""): CodexLocalError {
  const message = `${codex} is too old${purpose}: this needs ${since} or newer. Update it with: \`npm install -g @openai/codex\``;
  return new CodexLocalError("TOO_OLD", message);
}

/** Whether a version is another one or a later; what follows the three numbers (-alpha.2) does not count. */
export function isAtLeast(version: string, other: string): boolean {
  if (version === BUILT_BY_HAND) return true;
  const numbers = numbersOf(version);
  for (const [place, wanted] of numbersOf(other).entries()) {
    const difference = (numbers[place] ?? 0) - wanted;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function numbersOf(version: string): number[] {
  const [numbers = ""] = /^\d+\.\d+\.\d+/.exec(version) ?? [];
  return numbers.split(".").map(Number);
}
