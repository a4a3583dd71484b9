/** What a turn had done that did not come to its end, short enough for a phone. */
import { harmlessText } from "./foreign-text.js";
import type { WorkDone } from "../thread/turn-work.js";

const COMMAND_LENGTH = 60;
const PATH_LENGTH = 80;
const FILES_NAMED = 5;

/** `Done so far: 3 commands (last: npm test), 2 files changed (a.ts, b.ts).`, empty where there is nothing. */
export function workInWords(
  { commands, lastCommand, files, unfinished }: Omit<WorkDone, "said">,
  heading = "Done so far",
): string {
  const done = [
    ...(commands === 0 ? [] : [commandsInWords(commands, lastCommand)]),
    ...(files.length === 0 ? [] : [filesInWords(files)]),
  ];
  return [
    ...(done.length === 0 ? [] : [`${heading}: ${done.join(", ")}.`]),
    ...(unfinished === undefined
      ? []
      : [`Interrupted: ${harmlessText(unfinished, COMMAND_LENGTH)}`]),
  ].join(" ");
}

function commandsInWords(count: number, last: string | undefined): string {
  const text = last === undefined ? "" : harmlessText(last, COMMAND_LENGTH);
  if (count === 1) return text === "" ? "1 command" : `1 command (${text})`;
  return text === "" ? `${count} commands` : `${count} commands (last: ${text})`;
}

function filesInWords(paths: readonly string[]): string {
  const named = paths
    .slice(0, FILES_NAMED)
    .map((path) => harmlessText(nameOf(path, paths), PATH_LENGTH));
  const more = paths.length - named.length;
  const list = more > 0 ? `${named.join(", ")} and ${more} more` : named.join(", ");
  return `${paths.length === 1 ? "1 file" : `${paths.length} files`} changed (${list})`;
}

/** The file's name, with its folder's where another file has the same. */
function nameOf(path: string, paths: readonly string[]): string {
  const shared = paths.some(
    (other) => other !== path && lastParts(other, 1) === lastParts(path, 1),
  );
  return lastParts(path, shared ? 2 : 1);
}

function lastParts(path: string, count: number): string {
  return path.split(/[\\/]/).filter(Boolean).slice(-count).join("/");
}
