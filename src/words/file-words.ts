/** What a chat hears of files that it asks for. */
import { harmlessText } from "./foreign-text.js";
import { shortSize } from "./numbers.js";
import { NO_FILES_HERE, STALE_BUTTON } from "./shared-words.js";

const NAME = 200;
/** What is read on a phone. */
const LISTED = 30;

export const fileWords = {
  sent: (name: string, size: number): string => `Sent: ${named(name)} (${shortSize(size)}).`,
  follows: (name: string, size: number): string =>
    `Sending ${named(name)} (${shortSize(size)}). It may take a while; you will be told if it fails.`,
  failed: (name: string, error: unknown): string =>
    `${named(name)} could not be sent: ${harmlessText(error instanceof Error ? error.message : String(error), 300)}`,
  tooMany: "Several files are being sent already. Try again when they have arrived.",

  /** Before a file that the model sends. */
  byCodex: (place: string): string => `📎 Codex sends ${named(place)}:`,
  /** What the model is told, if it may not. */
  notFromCodex: (name: string): string =>
    `${named(name)} is hidden or may hold a key, so it is not sent for you. The person can send it with /codexchat send.`,
  folderFromCodex: "Only regular files are sent. Pack a folder first, and name the archive.",
  noPath: "Name the file in `path`.",
  onlyMainAgent: "Sub-agents cannot send files. Name the file in your report.",
  mostSent: (most: number): string =>
    `You have sent ${most} files in this turn, and no more are sent. Name the others by their paths.`,
  notThisThread: "The chat has left this thread, so nothing is sent there.",

  /** Below an answer that links to files, with a button for each. */
  offered: "Send a file from this answer?",
  sendLabel: (name: string): string => `Send ${harmlessText(name, 30)}`,
  staleButton: `${STALE_BUTTON} \`/codexchat send PATH\` sends a file.`,

  outside: (name: string, cwd: string): string =>
    `Only files inside this thread's folder can be sent: ${named(name)} is not in ${named(cwd)}, or lies outside the folders that this gateway's operator allows.`,
  missing: (name: string, cwd: string): string => `${named(name)} was not found in ${named(cwd)}.`,
  noFile: (name: string): string => `${named(name)} is not a file or folder that can be sent.`,
  put: (name: string, size: number): string => `Saved: ${named(name)} (${shortSize(size)}).`,
  nameTaken: (name: string): string => `There are many files called ${named(name)} there already.`,
  hidden: (name: string): string =>
    `${named(name)} is a hidden folder, which files from a chat are not put into. Ask Codex to do it.`,
  readOnly: "This chat is read-only, so files are not put into its folder.",
  noFolder: (name: string, cwd: string): string =>
    `There is no folder ${named(name)} in ${named(cwd)}. \`/codexchat ls\` shows what there is.`,
  folderTooLarge: (name: string): string =>
    `The folder ${named(name)} is too large to be sent. Send a part of it, or ask Codex to pack what matters.`,
  folderEmpty: (name: string): string => `The folder ${named(name)} has no files.`,
  list: (name: string, entries: readonly { name: string; isFolder: boolean }[]): string =>
    [
      name === "" ? "In the thread's folder:" : `In ${named(name)}:`,
      ...(entries.length === 0 ? ["(nothing)"] : []),
      ...entries
        .slice(0, LISTED)
        .map((entry) => `${entry.isFolder ? "📁 " : ""}${named(entry.name)}`),
      ...(entries.length > LISTED ? [`and ${entries.length - LISTED} more`] : []),
      "`/codexchat send PATH` sends a file, or a folder as a zip.",
    ].join("\n"),
  empty: (name: string): string => `${named(name)} is empty, so there is nothing to send.`,
  changing: (name: string): string => `${named(name)} is being changed right now. Try again.`,
  tooLarge: (name: string, size: number, limit: number): string =>
    `${named(name)} is ${shortSize(size)}; the limit is ${shortSize(limit)}. Ask Codex to make it smaller.`,
  unreadable: (name: string, error: unknown): string =>
    `${named(name)} cannot be read: ${harmlessText(error instanceof Error ? error.message : String(error), 200)}`,

  noFilesHere: NO_FILES_HERE,
  elsewhere:
    "Codex works on another machine, so its files are not here. Ask Codex to show the file in its answer.",
};

function named(name: string): string {
  return harmlessText(name, NAME);
}
