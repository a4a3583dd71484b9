/** What a chat hears about taking back its last turn. */
import type { Exchange } from "../thread/exchange.js";
import type { UndoRefusal } from "../thread/undo.js";
import { FILES_STAY, questionOf } from "./shared-words.js";

export const undoWords = {
  undone: (exchange: Exchange): string =>
    `Taken back: ${questionOf(exchange.asked)}. Codex no longer remembers this turn. ${FILES_STAY}`,
  /** On the card that asks first. */
  confirm: (exchange: Exchange): string =>
    `Take back the last turn? It was: ${questionOf(exchange.asked)}. Codex forgets the turn. ${FILES_STAY}`,
  refused: (why: UndoRefusal): string => {
    switch (why) {
      case "no turn":
        return "This thread has no turn to take back.";
      case "runs":
        return "Something is still running or waiting here, so nothing was taken back. Wait for it, or send `/codexchat stop all`, then try again.";
      case "goal":
        return "Codex is working on a goal, so nothing was taken back. Send `/codexchat goal pause`, then try again.";
      case "other turn":
        return "Another turn has run since, so nothing was taken back.";
      case "old thread":
        return "An older version of Codex made this thread, and its turns cannot be taken back. `/codexchat fork 2` continues in a copy without the last one.";
    }
  },
} as const;
