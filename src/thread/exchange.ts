/** What was asked and said in a turn, read back from its record. */
import { asString, isRecord } from "../app-server/json.js";
import { textOfAnswers } from "./answers.js";
import { createCodexConversationTurnCollector } from "./turn-collector.js";
import { hasEnded, itemsOf, type TurnRecord } from "./turn-record.js";

export type Exchange = {
  /** The person's messages, those that were steered into the turn too; none of a turn that Codex began by itself. */
  asked: string[];
  said: string;
  outcome: "answered" | "running" | "failed" | "stopped";
};

export function exchangeOf(threadId: string, turn: TurnRecord): Exchange {
  const collector = createCodexConversationTurnCollector(threadId);
  collector.setTurnId(turn.id);
  for (const item of itemsOf(turn)) {
    const params = { threadId, turnId: turn.id, item };
    collector.handleNotification({ method: "item/completed", params });
  }
  return {
    asked: itemsOf(turn).flatMap((item) => (item.type === "userMessage" ? wordsOf(item) : [])),
    said: textOfAnswers(collector.answers()),
    outcome: outcomeOf(turn),
  };
}

/** The person's words stand last, behind what the message stood in. */
function wordsOf({ content }: Record<string, unknown>): string[] {
  const parts = Array.isArray(content) ? content.filter((part) => isRecord(part)) : [];
  const words = asString(parts.findLast(({ type }) => type === "text")?.text)?.trim();
  return words ? [words] : [];
}

function outcomeOf(turn: TurnRecord): Exchange["outcome"] {
  if (!hasEnded(turn)) return "running";
  if (turn.status === "failed") return "failed";
  return turn.status === "interrupted" ? "stopped" : "answered";
}
