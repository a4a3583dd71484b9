/** What a chat is asked when its goal has used the turns that it may take. */
import { choice, inquiryOf, option, type CodexInquiry } from "../questions/question.js";
import type { Goal } from "../thread/goal.js";
import { goalWords } from "../words/goal-words.js";

export type BudgetDecision = "continue" | "leave" | "clear";

/** Who may command can also type `/codexchat goal resume`, so whoever may command decides. */
export function budgetInquiry(goal: Goal, turns: number, moreTurns: number): CodexInquiry {
  const { budget } = goalWords;
  const continues = option(0, budget.continue(moreTurns), "continue");
  const clears = option(1, budget.clear, "clear");
  const leaves = { ...choice("deny", "leave"), label: budget.leave, outcome: budget.left };
  return inquiryOf({
    kind: "input",
    title: budget.question(goal, turns),
    grant: [],
    facts: [{ text: budget.objective(goal), weight: "place" }],
    choices: [continues, clears],
    refusal: leaves,
    readTyped: (text) => {
      const word = /\p{L}+/u.exec(text.toLowerCase())?.[0] ?? "";
      if (["continue", "resume", "yes"].includes(word)) return continues;
      if (["clear", "end"].includes(word)) return clears;
      return ["leave", "pause", "no"].includes(word) ? leaves : budget.notUnderstood;
    },
    typesChoices: true,
    ifUnanswered: budget.unanswered,
  });
}

export function budgetDecision(answer: unknown): BudgetDecision {
  return answer === "continue" || answer === "clear" ? answer : "leave";
}
