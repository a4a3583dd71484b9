/** The words of Codex's questions in a chat. */
import { codeBlock, exactText, harmlessText } from "./foreign-text.js";
import { durationInWords } from "../common/duration.js";

/** Characters of a question's details that are shown at once; the rest on request. */
const SHOWN_AT_ONCE = 500;
/** What is shown on request: some messages' worth, so that nobody floods a chat with one command. */
const SHOWN_ON_REQUEST = 20_000;

/** What the longest detail keeps at least where it makes room for the others. */
const KEPT_OF_LONGEST = 200;

/** What the words need of a question. */
type Asked = {
  kind: "approval" | "input";
  /** One line. */
  title: string;
  details: string[];
  choices: readonly { id: string; label: string }[];
  /** Present where an answer in words is taken. */
  readTyped?: unknown;
};

export const questionWords = {
  command: "Codex wants to run a command:",
  typing: "Codex wants to type into a running command:",
  network: (host: string): string => `Codex wants to reach ${host} for a command:`,
  files: "Codex wants to change files:",
  permissions: "Codex wants more permissions:",
  input: "Codex asks:",
  folder: "Folder",
  reason: "Reason",
  root: "Writing below",
  more: "With it",
  server: "Tool server",
  toolInput: "With",
  optional: "may be left out",
  yes: "Yes",
  no: "No",

  useNetwork: "Network access",
  useFiles: (access: string, place: string): string =>
    `${access.charAt(0).toUpperCase()}${access.slice(1)}: ${place}`,

  choices: {
    once: { label: "Allow once", outcome: "Allowed once." },
    always: { label: "Always for this thread", outcome: "Allowed for this thread." },
    deny: { label: "Deny", outcome: "Denied." },
  },
  noAnswer: { label: "No answer", outcome: "Not answered." },
  showAll: "Show all",
  /** Telegram's buttons show no more of a label on a phone. */
  button: (label: string): string => harmlessText(label, 60),

  /** The question as it is sent: what is asked, cut where it is long, and how to answer by typing. */
  question: (
    { id, question }: { id: string; question: Asked },
    [place, of]: [number, number] = [1, 1],
  ): string =>
    [
      `❓ ${of > 1 ? `${place} of ${of}: ` : ""}${harmlessText(question.title, 300)}`,
      ...block(question.details, SHOWN_AT_ONCE),
      ...(question.kind === "input"
        ? question.choices.map(({ label }, index) => `${index + 1}. ${harmlessText(label, 100)}`)
        : []),
      ...(questionWords.isLong(question.details)
        ? [`All of it: ${questionWords.showCommand(id)}`]
        : []),
      howToType(id, question),
    ].join("\n"),

  /** Whether the question shows less than all of it. */
  isLong: (details: string[]): boolean => exactText(details.join("\n")).length > SHOWN_AT_ONCE,
  showCommand: (id: string): string => `/codexchat show ${id}`,

  /** The whole of it, in messages of its own. */
  full: (title: string, details: string[]): string =>
    [harmlessText(title, 300), ...block(details, SHOWN_ON_REQUEST)].join("\n"),

  /** The question once it has ended: what was asked, and what became of it. */
  settled: ({ title, details }: Pick<Asked, "title" | "details">, outcome: string): string =>
    [
      `❓ ${harmlessText(title, 300)}`,
      ...block(details, SHOWN_AT_ONCE),
      questionWords.taken(outcome),
    ].join("\n"),

  /** Told to whoever typed the answer. */
  taken: (outcome: string): string => `➡️ ${harmlessText(outcome, 100)}`,

  nobodyAnswered: ({ title, kind }: Pick<Asked, "title" | "kind">, timeoutMs: number): string =>
    `${harmlessText(title.replace(/:$/, ""), 300)}: nobody answered for ${durationInWords(timeoutMs)}, ${
      kind === "approval" ? "so it was denied." : "so Codex goes on without an answer."
    }`,
  /** The outcome of a question that nobody answered in time. */
  unanswered: (kind: Asked["kind"]): string =>
    kind === "approval" ? "Denied, since nobody answered in time." : "Not answered in time.",
  turnEnded: "Not answered: its turn has ended.",

  ownersUnreachable: ({ title }: Pick<Asked, "title">): string =>
    `${harmlessText(title.replace(/:$/, ""), 300)}: OpenClaw could not ask the gateway's owners, so it was denied. Its log says why.`,

  unaskable: ({ title, reason }: { title: string; reason: string }): string =>
    `Codex asked something that cannot be answered in a chat, so it was declined: ${harmlessText(title, 300)}\n${reason}`,
  secret: "A secret must not pass through a chat. Set it on the gateway's machine instead.",
  needsPage: "It wants a web page opened in a browser. Do that in Codex on the gateway's machine.",
  needsForm: "It needs a form that no chat shows. Answer it in Codex on the gateway's machine.",

  alreadySettled: (outcome: string): string =>
    `This is settled already: ${harmlessText(outcome, 100)}`,
  notOpen:
    "That question is not open any more: its turn has ended, or the gateway was restarted since.",
  noSuchChoice: (choices: string[]): string =>
    `That is not among the answers: ${choices.map((label) => harmlessText(label, 100)).join(", ")}.`,
  notThatNumber: (minimum: number | undefined, maximum: number | undefined): string =>
    `A number is needed${range(minimum, maximum)}.`,
  notThatLong: (minimum: number | undefined, maximum: number | undefined): string =>
    `The answer needs another length, in characters${range(minimum, maximum)}.`,
  which: (ids: string[], verb: string): string =>
    ids.length === 0
      ? "Codex asks nothing at the moment."
      : `Name the question: ${ids.map((id) => `/codexchat ${verb} ${id}`).join(", ")}`,
  operatorDecides:
    "OpenClaw has asked the gateway's owner in a message of its own, and only that counts. /codexchat deny refuses it from here.",

  /** OpenClaw's own approval message shows both as they are. */
  operatorTitle: (title: string, maxLength: number): string =>
    cut(exactText(title.replace(/:$/, "")), maxLength),
  operatorText: (details: string[], maxLength: number, showCommand: string): string => {
    const all = exactText(details.join("\n"));
    if (all.length <= maxLength) return all || "Nothing more is known about it.";
    const hint = `\nAll of it, in Codex's chat: ${showCommand}`;
    return fitted(details, maxLength - hint.length).join("\n") + hint;
  },
  /** Whom OpenClaw's message names as the one who ended it. */
  withdrawnBy: "Codex's chat",

  /** Given to Codex after a refusal, since its protocol has no room for a reason. */
  denialReason: (reason: string): string =>
    `The person declined the last request and says: ${reason}`,
  reasonLost: "Codex could not be told the reason.",
} as const;

function howToType(id: string, { kind, choices, readTyped }: Asked): string {
  const deny = `/codexchat deny ${id}`;
  if (kind === "approval") {
    const always = choices.some((choice) => choice.id === "always") ? " [always]" : "";
    return `By typing: /codexchat approve ${id}${always}, ${deny} [REASON]`;
  }
  const ways = [
    ...(choices.length > 0 ? [`/codexchat approve ${id} NUMBER`] : []),
    ...(readTyped ? [`/codexchat answer ${id} YOUR ANSWER`] : []),
    deny,
  ];
  return `By typing: ${ways.join(", ")}`;
}

function range(minimum: number | undefined, maximum: number | undefined): string {
  return [
    minimum === undefined ? "" : `, at least ${minimum}`,
    maximum === undefined ? "" : `, at most ${maximum}`,
  ].join("");
}

function block(details: string[], maxLength: number): string[] {
  if (details.length === 0) return [];
  return [codeBlock(fitted(details, maxLength).join("\n"), maxLength)];
}

/** A long command leaves room for its folder and its reason, which stand after it. */
function fitted(details: string[], maxLength: number): string[] {
  const exact = details.map(exactText);
  const tooMuch = exact.join("\n").length - maxLength;
  const longest = Math.max(...exact.map(({ length }) => length));
  const room = Math.max(KEPT_OF_LONGEST, longest - tooMuch);
  if (tooMuch <= 0 || room >= longest) return exact;
  const index = exact.findIndex(({ length }) => length === longest);
  return exact.map((detail, at) => (at === index ? cut(detail, room) : detail));
}

function cut(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength - 1).toWellFormed()}…` : text;
}
