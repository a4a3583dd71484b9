/** What a chat hears of the changes that Codex made, and of those in its folder. */
import type { ChangedFile, WorkspaceDiff } from "../chat/workspace-diff.js";
import { harmlessText } from "./foreign-text.js";
import type { TurnDiff } from "../thread/turn-diff.js";
import { NO_FILES_HERE } from "./shared-words.js";

/** So many names are read on a phone. */
const NAMED = 3;
const LAST = "`/codexchat diff last` shows Codex's own last edits.";
/** In a list. */
const LISTED = 15;

const SIGNS: Readonly<Record<ChangedFile["kind"], string>> = {
  new: "🆕",
  changed: "✏️",
  deleted: "🗑️",
  renamed: "➡️",
};

export const diffWords = {
  /** All that has changed in the folder. */
  workspace: ({ branch, files, isCut }: WorkspaceDiff): string => {
    if (files.length === 0) return "Nothing has changed in this folder since the last commit.";
    const added = sum(files, ({ lines }) => lines?.added);
    const removed = sum(files, ({ lines }) => lines?.removed);
    const count = `${files.length}${isCut ? "+" : ""} ${files.length === 1 ? "file" : "files"}`;
    const place = branch === undefined ? "" : ` (branch ${harmlessText(branch, 60)})`;
    const more = files.length - LISTED;
    return [
      `${count} changed since the last commit${place}: ${plusMinus(added, removed)}`,
      ...files.slice(0, LISTED).map(fileLine),
      ...(more > 0 ? [`and ${more} more`] : []),
    ].join("\n");
  },
  /** Below it, where there are no buttons. */
  howToSee: `\`/codexchat diff file\` sends the whole diff. ${LAST}`,
  wholeCut: "The diff is too long to be sent whole, so its end is missing.",
  noRepository: `This folder is in no git repository that this chat can use, so there is no diff of the whole folder. ${LAST}`,
  sendWhole: "Send the diff",
  last: "Codex's last edits",

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

function fileLine({ path, from, kind, lines }: ChangedFile): string {
  const name =
    from === undefined
      ? harmlessText(path, 80)
      : `${harmlessText(from, 60)} → ${harmlessText(path, 60)}`;
  return `${SIGNS[kind]} ${name} ${lines === undefined ? "(not text)" : plusMinus(lines.added, lines.removed)}`;
}

/** `+12 −3`, with what there is none of left out. */
function plusMinus(added: number, removed: number): string {
  const parts = [...(added > 0 ? [`+${added}`] : []), ...(removed > 0 ? [`\u2212${removed}`] : [])];
  return parts.length === 0 ? "±0" : parts.join(" ");
}

function sum(files: readonly ChangedFile[], of: (file: ChangedFile) => number | undefined): number {
  return files.reduce((total, file) => total + (of(file) ?? 0), 0);
}
