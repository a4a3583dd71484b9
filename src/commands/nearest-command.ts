/** The subcommand that somebody most likely meant who typed one that there is not. */
import { lettersApart } from "../common/letters-apart.js";
import { COMMANDS } from "../words/command-list.js";

/** Words that come to mind for a subcommand and are spelled like none. */
const MEANT: ReadonlyMap<string, keyof typeof COMMANDS> = new Map([
  ["yes", "approve"],
  ["no", "deny"],
  ["cancel", "stop"],
  ["abort", "stop"],
  ["exit", "detach"],
  ["quit", "detach"],
] as const);

/** So many letters may be wrong in a short name, and in a longer one. */
const SLIPS_IN_SHORT = 1;
const SLIPS = 2;
const SHORT = 4;
/** Whoever types more means none of them. */
const LONGEST = 20;

/** Undefined where none is near. @param typed in small letters */
export function nearestCommand(typed: string): string | undefined {
  if (typed.length < 2 || typed.length > LONGEST) return undefined;
  const names = Object.keys(COMMANDS);
  const most = typed.length <= SHORT ? SLIPS_IN_SHORT : SLIPS;
  return (
    MEANT.get(typed) ??
    names.find((name) => name.startsWith(typed)) ??
    names
      .map((name) => ({ name, slips: lettersApart(typed, name) }))
      .filter(({ slips }) => slips <= most)
      .toSorted((one, other) => one.slips - other.slips)
      .at(0)?.name
  );
}
