/** What a chat hears of its thread's goal. */
import type { Goal, GoalStatus } from "../thread/goal.js";
import { harmlessText } from "./foreign-text.js";
import { shortCount, shortDuration } from "./numbers.js";

const OBJECTIVE_LENGTH = 200;
const SAID_LENGTH = 300;

const HOW_TO_RESUME = "`/codexchat goal resume` continues it.";

const ENDED: Record<GoalStatus, string> = {
  active: "Goal running",
  paused: "Goal paused",
  blocked: "Goal blocked: Codex sees no way to reach it",
  usageLimited: "Goal stopped: the usage limit of the Codex account is reached",
  budgetLimited: "Goal stopped: its token budget is used up",
  complete: "Goal reached",
};

export const goalWords = {
  /** The note that stands for a long run of answers. */
  running: (run: {
    objective: string;
    turns: number;
    ageMs: number;
    tokens: number;
    said: string;
  }): string =>
    [
      `🎯 ${harmlessText(run.objective, OBJECTIVE_LENGTH)}`,
      `${turnsInWords(run.turns)} · ${shortDuration(run.ageMs)} · ${shortCount(run.tokens)} tokens`,
      ...(run.said === "" ? [] : [`Last: ${harmlessText(run.said, SAID_LENGTH)}`]),
    ].join("\n"),

  ended: (goal: Goal, turns: number): string =>
    [
      `🎯 ${ENDED[goal.status]} after ${turnsInWords(turns)} and ${shortCount(goal.tokensUsed)} tokens.`,
      ...(goal.status === "paused" || goal.status === "blocked"
        ? ["`/codexchat goal resume` continues it, `/codexchat goal clear` ends it."]
        : []),
    ].join("\n"),

  /** A line of the status. */
  status: (goal: Goal, turns: number, now: number): string =>
    `${ENDED[goal.status]}: ${harmlessText(goal.objective, OBJECTIVE_LENGTH)} (${[
      `set ${shortDuration(now - goal.createdAt * 1000)} ago`,
      turnsInWords(turns),
      `${shortCount(goal.tokensUsed)} tokens`,
    ].join(", ")})`,

  /** Said before the last answers of a goal that continued while the gateway was down. */
  missed: (count: number): string =>
    `🎯 While the gateway was down, the goal took ${turnsInWords(count)} that ${
      count === 1 ? "is" : "are"
    } not shown here. ${count === 1 ? "Its answer is" : "Their answers are"} in the thread.`,

  /** Asked when the goal has used its turns. */
  budget: {
    question: (goal: Goal, turns: number): string =>
      `🎯 The goal is paused after ${turnsInWords(turns)} and ${shortCount(goal.tokensUsed)} tokens (setting goals). Should Codex continue?`,
    objective: (goal: Goal): string => `Goal: ${harmlessText(goal.objective, OBJECTIVE_LENGTH)}`,
    continue: (turns: number): string =>
      `Continue with ${turns === 1 ? "1 more turn" : `${turns} more turns`}`,
    clear: "Clear the goal",
    leave: "Leave it paused",
    left: `Left paused. ${HOW_TO_RESUME}`,
    unanswered: `so it stays paused. ${HOW_TO_RESUME}`,
    notUnderstood: "Answer continue, leave or clear.",
  },

  set: "Goal set. Codex starts on it now and continues until it is reached. `/codexchat goal pause` pauses it.",
  resumed: "Goal resumed.",
  paused: "Goal paused. The running turn continues; `/codexchat stop` ends it, too.",
  cleared: "Goal cleared.",
  none: "This thread has no goal. `/codexchat goal TEXT` sets one.",
  off: "Goals are off on this gateway (setting goals).",
  tooOld: "This Codex is too old for goals. They need 0.140.0 or later.",
  atBind: (goal: Goal): string =>
    `This thread has a goal: ${harmlessText(goal.objective, OBJECTIVE_LENGTH)}\nIt is paused, so nothing runs yet. ${HOW_TO_RESUME}`,
  /** The same in OpenClaw's question whether the chat may be bound, which holds no marks of code. */
  inBindQuestion: (goal: Goal): string =>
    `The thread's goal is paused: ${harmlessText(goal.objective, OBJECTIVE_LENGTH)} (/codexchat goal resume continues it).`,
  stopped: "Codex stop requested. The goal is paused.",
  agentsStopped: (count: number): string =>
    `Codex stop requested for ${count === 1 ? "1 sub-agent" : `${count} sub-agents`}.`,
} as const;

function turnsInWords(count: number): string {
  return count === 1 ? "1 turn" : `${count} turns`;
}
