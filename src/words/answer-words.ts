/** What Codex has answered, as a chat gets it. */
import type { Answer } from "../thread/answers.js";

/** The texts and plans of a turn, in order; a plan is named as one, with what can be done about it. */
export function answerText(answers: readonly Answer[]): string {
  const parts = answers.flatMap((answer) => {
    if (answer.kind === "picture") return [];
    return [answer.kind === "plan" ? `📋 Plan:\n\n${answer.text}` : answer.text];
  });
  const hasPlan = answers.some(({ kind }) => kind === "plan");
  return [...parts, ...(hasPlan ? [planWords.afterPlan] : [])].join("\n\n");
}

export const planWords = {
  afterPlan:
    "Codex is in plan mode, so it has changed nothing. To have it work, send `/codexchat plan off`, then ask it to carry out the plan.",
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
