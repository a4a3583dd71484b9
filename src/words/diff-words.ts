/** What a chat hears of the changes that Codex made. */
import { harmlessText } from "./foreign-text.js";
import type { TurnDiff } from "../thread/turn-diff.js";
import { NO_FILES_HERE } from "./shared-words.js";

/** So many names are read on a phone. */
const NAMED = 3;

export const diffWords = {
  about: (
    { files, added, removed }: Omit<TurnDiff, "text">,
    { turnsAgo, isRunning }: { turnsAgo: number; isRunning: boolean },
  ): string => {
    const names = files.slice(0, NAMED).map((file) => harmlessText(file, 80));
    const more = files.length > NAMED ? ` and ${files.length - NAMED} more` : "";
    return `${when(turnsAgo, isRunning)} changed ${names.join(", ")}${more} (+${added} \u2212${removed}).`;
  },
  covers: "These are Codex's own edits; changes made by its commands are not included.",
  cut: `Only the beginning is shown: ${NO_FILES_HERE}`,
  none: (turns: number): string =>
    `Codex made no edits of its own in ${
      turns === 1 ? "its turn" : `its last ${turns} turns`
    }. Changes made by its commands are not recorded: ask Codex for git diff.`,
  noTurn: "This thread has no turn yet, so nothing was changed.",
};

function when(turnsAgo: number, isRunning: boolean): string {
  if (isRunning) return "So far the running turn";
  switch (turnsAgo) {
    case 0:
      return "The last turn";
    case 1:
      return "The last turn made no edits; the one before it";
    default:
      return `The last ${turnsAgo} turns made no edits; the one before them`;
  }
}
