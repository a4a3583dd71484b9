/** What a chat hears of sub-agents that work on after the turn that made them. */
import { durationInWords } from "../common/duration.js";
import { harmlessText } from "./foreign-text.js";

const NAMED = 5;

export const agentWords = {
  ended: (name: string, status: string | undefined): string => {
    const agent = `Sub-agent ${harmlessText(name, 40)}`;
    switch (status) {
      case "failed":
        return `🤖 ${agent} failed. Ask Codex about it.`;
      case "interrupted":
        return `🤖 ${agent} was stopped.`;
      default:
        return `🤖 ${agent} has finished. Ask Codex for the result.`;
    }
  },
  silent: (names: readonly string[], ms: number): string =>
    `🤖 ${listed(names)} stopped: nothing came from ${them(names)} for ${durationInWords(ms)} (setting turn.idleTimeoutMs).`,
  tookTooLong: (names: readonly string[], ms: number): string =>
    `🤖 ${listed(names)} stopped: still at work after ${durationInWords(ms)} (setting turn.maxDurationMs).`,
  lost: (names: readonly string[]): string =>
    `🤖 ${listed(names)} cut off: the Codex process ended. Ask Codex to continue the work.`,
} as const;

function listed(names: readonly string[]): string {
  const named = names.slice(0, NAMED).map((name) => harmlessText(name, 40));
  const more = names.length - named.length;
  const list = more > 0 ? `${named.join(", ")} and ${more} more` : named.join(", ");
  return names.length === 1 ? `Sub-agent ${list} was` : `Sub-agents ${list} were`;
}

function them(names: readonly string[]): string {
  return names.length === 1 ? "it" : "them";
}
