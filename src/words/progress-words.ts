/** What a chat hears of a long turn. */
import { harmlessText } from "./foreign-text.js";
import { durationInWords } from "../common/duration.js";
import { noticeWords } from "./notice-words.js";
import type { Activity } from "../thread/item-activity.js";

/** So much of Codex's own words fits into a note beside the rest. */
const COMMENTARY_LENGTH = 1500;

export const progressWords = {
  running: (turn: {
    elapsedMs: number;
    step: string | undefined;
    inHand: string | undefined;
    agents: string | undefined;
    /** Why the model says nothing. */
    outage: string | undefined;
    commentary: string | undefined;
  }): string =>
    [
      `⏳ ${durationInWords(turn.elapsedMs)}`,
      ...[turn.step, turn.inHand, turn.agents].flatMap((part) =>
        part === undefined ? [] : [harmlessText(part, 120)],
      ),
      ...(turn.outage === undefined ? [] : [noticeWords.outage(turn.outage)]),
    ].join(" · ") + (turn.commentary === undefined ? "" : `\n${beginningOf(turn.commentary)}`),

  /** What was done last, when nothing is in hand. */
  last: (text: string): string => `last: ${text}`,

  step: (place: number, of: number, text: string): string => `step ${place} of ${of}: ${text}`,

  activity: (activity: Activity): string => {
    switch (activity.kind) {
      case "command":
        return activity.text;
      case "files":
        return activity.others === 0
          ? activity.path
          : `${activity.path} and ${activity.others} more`;
      case "tool":
        return activity.server === undefined
          ? activity.tool
          : `${activity.tool} (${activity.server})`;
      case "search":
        return activity.query === "" ? "web search" : `web search: ${activity.query}`;
      case "sub-agent":
        return [
          activity.name === undefined ? "new sub-agent" : `new sub-agent ${activity.name}`,
          ...(activity.task === undefined ? [] : [activity.task]),
        ].join(": ");
      case "sub-agents awaited":
        return "waiting for its sub-agents";
      case "sleep":
        return `sleeping for ${durationInWords(activity.durationMs)}`;
      case "look at a picture":
        return `looking at ${activity.path}`;
      case "picture":
        return "making a picture";
      case "plan":
        return "writing a plan";
      case "review":
        return "reviewing";
      case "compaction":
        return "summarizing the conversation so far";
    }
  },

  /** Sub-agents at work, each with what it does. */
  agents: (agents: readonly { name: string; activity: Activity | undefined }[]): string => {
    const [only, ...others] = agents;
    if (only === undefined || others.length > 0) return `${agents.length} sub-agents working`;
    const work = only.activity && progressWords.activity(only.activity);
    return `sub-agent ${only.name}: ${work ?? "working"}`;
  },

  over: (elapsedMs: number): string => `⌛ Worked for ${durationInWords(elapsedMs)}.`,
};

function beginningOf(text: string): string {
  return text.length > COMMENTARY_LENGTH
    ? `${text.slice(0, COMMENTARY_LENGTH - 1).toWellFormed()}…`
    : text;
}
