/** The buttons below Codex's questions: what they carry, and what a click on one does. */
import type { ChatButton } from "../chat/buttons.js";
import { takeClicks } from "../chat/clicks.js";
import { questionWords } from "../words/question-words.js";
import { answerQuestion, showWholeQuestion, type OpenQuestion } from "./board.js";
import { resultInWords } from "./result-words.js";

const NAMESPACE = "codexapproval";
const SHOW_ALL = "all";

/** The buttons of a question: its choices, the refusal, and the whole text where it was cut. */
export function questionButtons({ id, question }: OpenQuestion): ChatButton[] {
  const value = (choice: string): string => `${NAMESPACE}:${id}:${choice}`;
  return [
    ...[...question.choices, question.refusal].map((choice) => ({
      label: questionWords.button(choice.label),
      value: value(choice.id),
    })),
    ...(questionWords.isLong(question.details)
      ? [{ label: questionWords.showAll, value: value(SHOW_ALL) }]
      : []),
  ];
}

/** Takes the clicks. */
export function registerQuestionButtons(api: Parameters<typeof takeClicks>[0]): void {
  takeClicks(api, NAMESPACE, async ({ payload, say, clearButtons }) => {
    const [id = "", choice = ""] = payload.split(":");
    if (choice === SHOW_ALL && (await showWholeQuestion(id))) return;
    const result = answerQuestion(id, choice, "click");
    // Whoever asked shows what became of it, in the question itself.
    if (result.kind === "taken") return;
    await say(resultInWords(result));
    // Left over from a gateway that was restarted, they would go on to promise something.
    if (result.kind === "not open") await clearButtons();
  });
}
