/** The words of Codex's questions in a chat. */
import { codeBlock, harmlessText } from "./chat-text.js";
import { durationInWords } from "./duration.js";

/** Characters of a question's details that are shown at once; the rest on request. */
const SHOWN_AT_ONCE = 500;
/** What fits into one message of any channel with room for its title. */
const SHOWN_ON_REQUEST = 3500;

export const approvalWords = {
  command: "Codex wants to run a command:",
  network: (host: string): string => `Codex wants to reach ${host} for a command:`,
  files: "Codex wants to change files:",
  permissions: "Codex wants more permissions:",
  input: "Codex asks:",
  folder: "Folder",
  reason: "Reason",
  root: "Writing below",
  server: "Tool server",
  noAnswer: "No answer",

  choices: {
    once: { label: "Allow once", outcome: "Allowed once." },
    always: { label: "Always for this thread", outcome: "Allowed for this thread." },
    deny: { label: "Deny", outcome: "Denied." },
  },
  showAll: "Show all",

  /** The question as it is sent: what is asked, cut where it is long, and how to answer by typing. */
  question: (question: {
    id: string;
    title: string;
    details: string[];
    options: string[];
  }): string =>
    [
      `❓ ${harmlessText(question.title, 300)}`,
      codeBlock(question.details.join("\n"), SHOWN_AT_ONCE),
      ...question.options.map((option, index) => `${index + 1}. ${harmlessText(option, 100)}`),
      question.options.length === 0
        ? `Or type: /codexchat approve ${question.id}, /codexchat deny ${question.id}`
        : `Or type: /codexchat approve ${question.id} NUMBER, /codexchat deny ${question.id}`,
    ].join("\n"),

  isLong: (details: string[]): boolean => details.join("\n").length > SHOWN_AT_ONCE,

  /** The whole of it, in a message of its own. */
  full: (title: string, details: string[]): string =>
    [harmlessText(title, 300), codeBlock(details.join("\n"), SHOWN_ON_REQUEST)].join("\n"),

  /** The question once it was answered: what was asked, and what became of it. */
  settled: (question: { title: string; details: string[] }, outcome: string): string =>
    [
      `❓ ${harmlessText(question.title, 300)}`,
      codeBlock(question.details.join("\n"), SHOWN_AT_ONCE),
      `➡️ ${harmlessText(outcome, 100)}`,
    ].join("\n"),

  nobodyAnswered: (title: string, timeoutMs: number): string =>
    `${harmlessText(title.replace(/:$/, ""), 300)}: nobody answered for ${durationInWords(
      timeoutMs,
    )}, so it was denied.`,

  alreadySettled: (outcome: string): string => `This was answered before: ${outcome}`,
  notOpen:
    "That question is not open any more: its turn has ended, or the gateway was restarted since.",
  notAuthorized: "You are not allowed to answer Codex here.",
  noSuchChoice: (choices: string[]): string =>
    `That is not among the answers: ${choices.join(", ")}.`,
  which: (ids: string[]): string =>
    ids.length === 0
      ? "Codex asks nothing at the moment."
      : `Name the question: ${ids.map((id) => `/codexchat approve ${id}`).join(", ")}`,

  /** Given to Codex after a refusal, since its protocol has no room for a reason. */
  denialReason: (reason: string): string =>
    `The person declined the last request and says: ${reason}`,
} as const;
