/** What a chat hears of a long turn. */
import { harmlessText } from "./foreign-text.js";
import { durationInWords } from "../common/duration.js";
import { noticeWords } from "./notice-words.js";
import type { Activity } from "../thread/item-activity.js";
import type { AgentAtWork, WorkNow } from "../thread/work-in-hand.js";

/** So much of Codex's own words fits into a note beside the rest. */
const COMMENTARY_LENGTH = 1500;

export const progressWords = {
  running: (turn: { elapsedMs: number; work: WorkNow; commentary: string | undefined }): string =>
    [`⏳ ${durationInWords(turn.elapsedMs)}`, ...partsOf(turn.work)].join(" · ") +
    (turn.commentary === undefined ? "" : `\n${beginningOf(turn.commentary)}`),

  /** Undefined if nothing is known of it. */
  work: (work: WorkNow): string | undefined => partsOf(work).join(" · ") || undefined,

  over: (elapsedMs: number): string => `⌛ Worked for ${durationInWords(elapsedMs)}.`,
};

function beginningOf(text: string): string {
  return text.length > COMMENTARY_LENGTH
    ? `${text.slice(0, COMMENTARY_LENGTH - 1).toWellFormed()}…`
    : text;
}

function partsOf({ step, inHand, agents, outage }: WorkNow): string[] {
  const others = agents.length === 0 ? undefined : agentsInWords(agents);
  // The sub-agents' own work says more.
  const isSaidByOthers = others !== undefined && inHand?.activity.kind === "sub-agents awaited";
  const known = [
    step && `step ${step.place} of ${step.of}: ${step.text}`,
    inHand && !isSaidByOthers ? lastOrNow(inHand) : undefined,
    others,
  ];
  return [
    ...known.flatMap((part) => (part === undefined ? [] : [harmlessText(part, 120)])),
    ...(outage === undefined ? [] : [noticeWords.outage(outage)]),
  ];
}

function lastOrNow({ activity, done }: { activity: Activity; done: boolean }): string {
  const text = activityInWords(activity);
  return done ? `last: ${text}` : text;
}

function activityInWords(activity: Activity): string {
  switch (activity.kind) {
    case "command":
      return activity.text;
    case "files":
      return activity.others === 0 ? activity.path : `${activity.path} and ${activity.others} more`;
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
}

/** Sub-agents at work, each with what it does. */
function agentsInWords(agents: readonly AgentAtWork[]): string {
  const [only, ...others] = agents;
  if (only === undefined || others.length > 0) return `${agents.length} sub-agents working`;
  const work = only.activity && activityInWords(only.activity);
  return `sub-agent ${only.name}: ${work ?? "working"}`;
}
