/** The words of Codex's questions in a chat. */
import { codeBlock, exactText, harmlessText, plainBlock } from "./chat-text.js";
import { durationInWords } from "./duration.js";

/** Characters of a question's details that are shown at once; the rest on request. */
const SHOWN_AT_ONCE = 500;
/** What fits into one message of any channel with room for its title. */
const SHOWN_ON_REQUEST = 3500;

/** What the longest detail keeps at least where it makes room for the others. */
const KEPT_OF_LONGEST = 200;

/** How the message will be read: the answers to a click are shown as they are. */
type Markup = "markdown" | "plain";

export const approvalWords = {
  command: "Codex wants to run a command:",
  network: (host: string): string => `Codex wants to reach ${host} for a command:`,
  files: "Codex wants to change files:",
  permissions: "Codex wants more permissions:",
  input: "Codex asks:",
  folder: "Folder",
  reason: "Reason",
  root: "Writing below",
  more: "More permissions",
  server: "Tool server",
  noAnswer: "No answer",

  choices: {
    once: { label: "Allow once", outcome: "Allowed once." },
    always: { label: "Always for this thread", outcome: "Allowed for this thread." },
    deny: { label: "Deny", outcome: "Denied." },
  },
  showAll: "Show all",
  /** Telegram's buttons show no more of a label on a phone. */
  button: (label: string): string => harmlessText(label, 60),

  /** The question as it is sent: what is asked, cut where it is long, and how to answer by typing. */
  question: (question: {
    id: string;
    title: string;
    details: string[];
    options: string[];
  }): string =>
    [
      `❓ ${harmlessText(question.title, 300)}`,
      ...block(question.details, SHOWN_AT_ONCE, "markdown"),
      ...question.options.map((option, index) => `${index + 1}. ${harmlessText(option, 100)}`),
      question.options.length === 0
        ? `Or type: /codexchat approve ${question.id}, /codexchat deny ${question.id}`
        : `Or type: /codexchat approve ${question.id} NUMBER, /codexchat deny ${question.id}`,
    ].join("\n"),

  /** Whether the question shows less than all of it. */
  isLong: (details: string[]): boolean => exactText(details.join("\n")).length > SHOWN_AT_ONCE,

  /** The whole of it, in a message of its own. */
  full: (title: string, details: string[], markup: Markup): string =>
    [harmlessText(title, 300), ...block(details, SHOWN_ON_REQUEST, markup)].join("\n"),

  /** The question once it was answered: what was asked, and what became of it. */
  settled: (
    question: { title: string; details: string[] },
    outcome: string,
    markup: Markup,
  ): string =>
    [
      `❓ ${harmlessText(question.title, 300)}`,
      ...block(question.details, SHOWN_AT_ONCE, markup),
      `➡️ ${harmlessText(outcome, 100)}`,
    ].join("\n"),

  nobodyAnswered: (title: string, timeoutMs: number): string =>
    `${harmlessText(title.replace(/:$/, ""), 300)}: nobody answered for ${durationInWords(
      timeoutMs,
    )}, so it was denied.`,

  alreadySettled: (outcome: string): string =>
    `This is settled already: ${harmlessText(outcome, 100)}`,
  /** The outcome of a question that nobody answered in time. */
  deniedUnanswered: "Denied, since nobody answered in time.",
  notOpen:
    "That question is not open any more: its turn has ended, or the gateway was restarted since.",
  notAuthorized: "You are not allowed to answer Codex here.",
  noSuchChoice: (choices: string[]): string =>
    `That is not among the answers: ${choices.map((choice) => harmlessText(choice, 100)).join(", ")}.`,
  which: (ids: string[]): string =>
    ids.length === 0
      ? "Codex asks nothing at the moment."
      : `Name the question: ${ids.map((id) => `/codexchat approve ${id}`).join(", ")}`,

  /** Given to Codex after a refusal, since its protocol has no room for a reason. */
  denialReason: (reason: string): string =>
    `The person declined the last request and says: ${reason}`,
  reasonLost: "Codex could not be told the reason.",
} as const;

function block(details: string[], maxLength: number, markup: Markup): string[] {
  if (details.length === 0) return [];
  const text = fitted(details, maxLength).join("\n");
  return [markup === "plain" ? plainBlock(text, maxLength) : codeBlock(text, maxLength)];
}

/** A long command leaves room for its folder and its reason, which stand after it. */
function fitted(details: string[], maxLength: number): string[] {
  const exact = details.map(exactText);
  const tooMuch = exact.join("\n").length - maxLength;
  const longest = Math.max(...exact.map(({ length }) => length));
  const room = Math.max(KEPT_OF_LONGEST, longest - tooMuch);
  if (tooMuch <= 0 || room >= longest) return exact;
  const index = exact.findIndex(({ length }) => length === longest);
  return exact.map((detail, at) =>
    at === index ? `${detail.slice(0, room - 1).toWellFormed()}…` : detail,
  );
}
