/** What a chat hears of Codex's skills. */
import type { CodexSkill } from "../app-server/methods.js";
import { harmlessText } from "./foreign-text.js";

const NAME = 60;
const DESCRIPTION = 100;
const SHOWN = 25;

export const skillWords = {
  list: (skills: readonly CodexSkill[]): string =>
    skills.length === 0
      ? skillWords.none
      : [
          "Skills:",
          ...skills.slice(0, SHOWN).map(line),
          ...(skills.length > SHOWN ? [`… and ${skills.length - SHOWN} more`] : []),
          "`/codexchat skills NAME TEXT` runs one; TEXT can be left out.",
        ].join("\n"),
  none: "Codex has no skills here.",
  title: "Which skill should Codex run?",
  unknown: (typed: string): string =>
    `Codex has no skill named ${harmlessText(typed, NAME)}. \`/codexchat skills\` lists them.`,
  running: (name: string, isWaiting: boolean): string =>
    isWaiting
      ? `Codex runs the skill ${harmlessText(name, NAME)} when the messages before it are done.`
      : `Codex runs the skill ${harmlessText(name, NAME)}.`,
  cannotTellLater:
    "This channel cannot be written to later, so a skill can only be named in a message.",
} as const;

function line({ name, description }: CodexSkill): string {
  const about = harmlessText(description, DESCRIPTION);
  return `• ${harmlessText(name, NAME)}${about === "" ? "" : `: ${about}`}`;
}
