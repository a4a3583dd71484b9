/** What a chat hears of Codex's commands that run. */
import { commandToRead } from "../common/shell-command.js";
import { harmlessText } from "./foreign-text.js";
import { shortDuration } from "./numbers.js";

const COMMAND = 120;
const LABEL = 30;
const SHOWN = 20;

export type CommandFacts = {
  /** Codex's id of the process. */
  processId: string;
  text: string;
  /** Milliseconds since 1970; unknown of one that began before the chat was listened to. */
  startedAt: number | undefined;
};

export const psWords = {
  list: (commands: readonly CommandFacts[], now: number): string =>
    commands.length === 0
      ? NONE
      : [
          ...lines(commands, now),
          "`/codexchat ps end ID` ends one, `/codexchat ps end all` ends them all.",
        ].join("\n"),
  card: (commands: readonly CommandFacts[], now: number): string =>
    commands.length === 0 ? NONE : lines(commands, now).join("\n"),
  noSuch: (id: string): string =>
    `No command ${harmlessText(id, 20)} runs here. \`/codexchat ps\` lists those that do.`,
  ended: ({ text }: Pick<CommandFacts, "text">): string => `Ended: ${named(text, COMMAND)}`,
  allEnded: "All commands of this thread are ended.",
  end: ({ text }: CommandFacts): string => `End: ${named(text, LABEL)}`,
  endAll: "End all",
} as const;

const NONE = "No command of Codex's runs here.";

function lines(commands: readonly CommandFacts[], now: number): string[] {
  const shown = commands.slice(0, SHOWN).map(({ processId, text, startedAt }) => {
    const age = startedAt === undefined ? "" : `, for ${shortDuration(now - startedAt)}`;
    return `• ${harmlessText(processId, 20)}: ${named(text, COMMAND)}${age}`;
  });
  const more = commands.length - shown.length;
  return ["Commands that run:", ...shown, ...(more > 0 ? [`… and ${more} more`] : [])];
}

function named(text: string, length: number): string {
  return harmlessText(commandToRead(text), length);
}
