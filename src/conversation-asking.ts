/** Asks the person in the chat on behalf of a turn, and tells Codex what was answered. */
import type { JsonValue } from "./app-server/protocol.js";
import { approvalWords } from "./approval-words.js";
import type { CodexQuestion } from "./codex-question.js";
import { openQuestion, type OpenQuestion } from "./conversation-questions.js";

/** Puts a question before a person; `turn` is aborted when the turn that asks is over. */
export type AskPerson = (question: CodexQuestion, turn: AbortSignal) => Promise<JsonValue>;

/**
 * Asks in a session's chat and returns what Codex is to be told. Refused where nobody answers within `timeoutMs`, and
 * where the turn ends first. Never rejects.
 */
export async function askPerson(
  sessionFile: string,
  question: CodexQuestion,
  options: {
    turn: AbortSignal;
    timeoutMs: number;
    /** Sends the question with its buttons. @throws where the chat cannot be reached */
    sendQuestion: (question: OpenQuestion, text: string) => Promise<void>;
    sendNote: (text: string) => Promise<void>;
    warn: (text: string) => void;
  },
): Promise<JsonValue> {
  // A question whose turn is over would stand in the chat for nothing.
  if (options.turn.aborted) return question.refusal.result;
  const { opened, ended } = openQuestion(sessionFile, question, options);
  const failed = (error: unknown): void => {
    options.warn(`a question of Codex did not reach its chat: ${String(error)}`);
  };
  const text = approvalWords.question({
    id: opened.id,
    title: question.title,
    details: question.details,
    options: question.kind === "input" ? question.choices.map(({ label }) => label) : [],
  });
  const sent = options.sendQuestion(opened, text).catch(failed);
  const end = await ended;
  if (end.by === "choice") return end.choice.result;
  if (end.by === "timeout") {
    await sent;
    const note = approvalWords.nobodyAnswered(question.title, options.timeoutMs);
    await options.sendNote(note).catch(failed);
  }
  return question.refusal.result;
}
