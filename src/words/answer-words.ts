/** What Codex has answered, as a chat gets it. */
import type { Answer } from "../thread/answers.js";

/** The texts and plans of a turn, in order; a plan is named as one, with what can be done about it. */
export function answerText(answers: readonly Answer[]): string {
  const parts = answers.flatMap((answer) => {
    if (answer.kind === "picture") return [];
    return [answer.kind === "plan" ? headed(answer.text) : answer.text];
  });
  const hasPlan = answers.some(({ kind }) => kind === "plan");
  return [...parts, ...(hasPlan ? [planWords.afterPlan] : [])].join("\n\n");
}

/** The plan by itself, and what was said beside it; undefined if Codex has made none. */
export function planApart(
  answers: readonly Answer[],
): { beside: string; plan: string } | undefined {
  const plans = answers.flatMap((answer) => (answer.kind === "plan" ? [answer.text] : []));
  if (plans.length === 0) return undefined;
  const beside = answers.flatMap((answer) => (answer.kind === "text" ? [answer.text] : []));
  return { beside: beside.join("\n\n"), plan: headed(plans.join("\n\n")) };
}

function headed(plan: string): string {
  return `📋 Plan:\n\n${plan}`;
}

const BY_TYPING =
  "To change it, say how. `/codexchat plan implement` has Codex carry it out, `/codexchat plan off` ends plan mode.";

export const planWords = {
  afterPlan: `Codex is in plan mode, so it has changed nothing. ${BY_TYPING}`,
  /** Above the buttons, if the plan is too long for any. */
  offer: "What should become of this plan? Codex is in plan mode and has changed nothing.",
  implement: "Implement",
  change: "Change it",
  leave: "Leave plan mode",
  sayChange: "Write what to change. Your next message goes to Codex, which is still in plan mode.",
  /** What Codex is told; its own terminal uses these words. */
  implementPrompt: "Implement the plan.",
  implementing: (waiting: boolean): string =>
    `Plan mode is off, and Codex ${waiting ? "carries out the plan when the messages before it are done" : "carries out the plan"}.`,
  planning: (waiting: boolean): string =>
    waiting
      ? "Codex plans this when the messages before it are done."
      : "Codex plans this now, and changes nothing until you say so.",
  stale: "This plan is out of date: there is a newer one, or plan mode is off.",
  notOn: "Plan mode is off, so there is no plan to carry out. `/codexchat plan` turns it on.",
  cannotTellLater:
    "This channel cannot be written to later, so send the words as a message after `/codexchat plan`.",

  on: "Plan mode is on: from the next message on, Codex plans and changes nothing.",
  off: "Plan mode is off: from the next message on, Codex works again.",
  atBind:
    "This thread is in plan mode: Codex plans and changes nothing. `/codexchat plan off` ends it.",
  /** The same in OpenClaw's question whether the chat may be bound, which holds no marks of code. */
  inBindQuestion: "The thread is in plan mode (/codexchat plan off ends it).",
  status: (on: boolean): string => `Plan mode: ${on ? "on" : "off"}.`,
  noModel:
    "Plan mode cannot be switched, because this chat's model is not known. Choose one with `/codexchat model NAME` first.",
} as const;
