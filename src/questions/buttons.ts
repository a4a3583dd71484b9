/** The buttons below Codex's questions: what they carry, and what a click on one does. */
import type { ChatButton } from "../chat/buttons.js";
import { takeClicks } from "../chat/clicks.js";
import { isCut } from "../words/question-text.js";
import { questionWords } from "../words/question-words.js";
import { answerQuestion, showWholeQuestion, type OpenQuestion } from "./board.js";
import { clickFirstVersion, showFirstVersion } from "./first-version.js";
import { resultInWords } from "./result-words.js";

/** Short, since Telegram takes 64 bytes with a click, of which the host needs twelve. */
const NAMESPACE = "codexq";
/** Of 0.1.0, whose buttons still stand in chats. */
const OLD_NAMESPACE = "codexapproval";
const SHOW_ALL = "all";

/** The buttons of a question: its choices, the refusal, and the whole text where it was cut. */
export function questionButtons({ id, question }: OpenQuestion): ChatButton[] {
  const value = (choice: string): string => `${NAMESPACE}:${id}:${choice}`;
  return [
    ...[...question.choices, question.refusal].map((choice) => ({
      label: questionWords.button(choice.label),
      value: value(choice.id),
    })),
    ...(isCut(question) ? [{ label: questionWords.showAll, value: value(SHOW_ALL) }] : []),
  ];
}

/** Takes the clicks on buttons of 0.1.0, whose questions are open only after an update while the gateway runs. */
export function registerOldQuestionButtons(api: Parameters<typeof takeClicks>[0]): void {
  takeClicks(api, OLD_NAMESPACE, async ({ payload, say, clearButtons }) => {
    const [id = "", choice = ""] = payload.split(":");
    if (choice === SHOW_ALL && (await showFirstVersion(id))) return;
    const result = clickFirstVersion(id, choice);
    if (result.kind === "taken") return;
    await say(resultInWords(result));
    if (result.kind === "not open") await clearButtons();
  });
}

/** Takes the clicks. */
export function registerQuestionButtons(api: Parameters<typeof takeClicks>[0]): void {
  takeClicks(api, NAMESPACE, async ({ payload, chat, senderId, say, clearButtons }) => {
    const [id = "", choice = ""] = payload.split(":");
    if (choice === SHOW_ALL && (await showWholeQuestion(id, { chat }))) return;
    const answerer = { by: "click", channel: chat.channel, senderId } as const;
    const result = answerQuestion(id, choice, answerer, { chat });
    // Whoever asked shows what became of it, in the question itself: also to a second tap, and to one that comes late.
    if (result.kind === "taken" || result.kind === "settled before") return;
    await say(resultInWords(result));
    // Left over from a gateway that was restarted, they would go on to promise something.
    if (result.kind === "not open") await clearButtons();
  });
}
