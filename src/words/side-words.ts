/** What a chat hears about a question beside the turn that runs. */
import { harmlessText } from "./foreign-text.js";
import { reasonOf } from "./failure-words.js";

const ASKED = 80;

export const sideWords = {
  asked:
    "Asked on the side. The running turn continues, and the answer comes here. `/codexchat side stop` cancels the question.",
  answer: (question: string, text: string): string =>
    `↪ Side answer to ${quoted(question)}:\n\n${text}`,
  needsTool: (question: string): string =>
    `Codex needs a tool to answer ${quoted(question)}, and a side question cannot use any. Send it as a message instead.`,
  failed: (question: string, error: unknown): string =>
    `Codex did not answer your side question ${quoted(question)}: ${reasonOf(error)}`,
  turnEnded: (question: string): string =>
    `Another turn began before Codex got your side question ${quoted(question)}. Ask it again.`,
  cutOff: (question: string): string =>
    `The gateway restarted before Codex answered your side question ${quoted(question)}. Ask it again.`,
  busy: "Codex has not answered your last side question yet. `/codexchat side stop` cancels it.",
  wordsOnly:
    "A side question cannot have files, so this was not asked. Send it without them, or as a message.",
  noTurn: "Nothing is running, so there is no need for a side question. Send it as a message.",
  stopped: "The side question is cancelled.",
  nothingToStop: "No side question is waiting for an answer.",
} as const;

function quoted(question: string): string {
  return `“${harmlessText(question, ASKED)}”`;
}
