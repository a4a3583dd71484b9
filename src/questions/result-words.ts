/** What whoever answered a question is told. */
import { questionWords } from "../words/question-words.js";
import type { AnswerResult } from "./board.js";
import type { FirstVersionResult } from "./first-version.js";

export function resultInWords(result: AnswerResult | FirstVersionResult): string {
  switch (result.kind) {
    case "taken":
      return questionWords.taken(result.choice.outcome);
    case "settled before":
      return questionWords.alreadySettled(result.outcome);
    case "no such choice":
      return questionWords.noSuchChoice(result.choices);
    case "not understood":
      return result.reason;
    case "operator decides":
      return questionWords.operatorDecides;
    case "owners only":
      return questionWords.ownersOnly;
    case "not open":
      return questionWords.notOpen;
  }
}
