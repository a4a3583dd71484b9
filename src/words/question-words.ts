/** The words of Codex's questions in a chat. */
import { durationInWords } from "../common/duration.js";
import { harmlessText } from "./foreign-text.js";
import { approvalText, isCut, shortText, type QuestionToShow } from "./question-text.js";

/** What the words need of a question. */
type Asked = QuestionToShow & {
  kind: "approval" | "input";
  choices: readonly { id: string; label: string }[];
  /** Present where an answer in words is taken. */
  readTyped?: unknown;
  typesChoices?: true;
  ifUnanswered?: string;
};

export const questionWords = {
  command: "Codex wants to run a command:",
  typing: "Codex wants to type into a running command:",
  network: "Codex wants network access for a command:",
  files: "Codex wants to change files:",
  permissions: "Codex wants more permissions:",
  tool: "Codex wants to use a tool:",
  serverApproval: "A tool server asks for approval:",
  serverForm: "A tool server wants answers from this chat:",
  codexApproval: "Codex asks for approval:",
  codexForm: "Codex wants an answer from this chat:",
  input: "Codex asks:",
  unknownRequest: "Codex asks for something",
  host: "Host",
  folder: "Folder",
  machine: "Machine",
  reason: "Reason",
  root: "Write access below",
  more: "Also allows",
  server: "Tool server",
  toolInput: "Input",
  aboutTool: "The server's description",
  alwaysFiles: "“Always” also allows later changes to these files without asking.",
  optional: "optional",
  yes: "Yes",
  no: "No",

  /** The title of a question that a sub-agent asks. */
  byAgent: (agent: string, title: string): string => {
    const name = `Sub-agent ${harmlessText(agent, 60)}`;
    return title.startsWith("Codex wants ") || title === questionWords.codexApproval
      ? title.replace(/^Codex/, () => name)
      : `${name} asks: ${title}`;
  },

  useNetwork: "Network access",
  useFiles: (access: string, place: string): string =>
    `${access.charAt(0).toUpperCase()}${access.slice(1)}: ${place}`,

  choices: {
    once: { label: "Allow once", outcome: "Allowed once." },
    always: { label: "Always for this thread", outcome: "Allowed for this thread." },
    deny: { label: "Deny", outcome: "Denied." },
  },
  /** A rule that Codex keeps: what it grants, as the gateway's owners are shown it. */
  rule: (grants: string): { label: string; outcome: string } => ({
    label: "Always, in every thread",
    outcome: `Allowed for good: ${grants}`,
  }),
  commandRule: (words: readonly string[]): string =>
    `commands that begin with ${words.map(quoted).join(" ")}`,
  hostRule: (host: string): string => `network access to ${quoted(host)}`,
  alwaysMeans: "“Always” allows for good, in every thread, without asking and outside the sandbox",
  ruleByTyping: (handle: string): string =>
    `If an owner sends \`/codexchat approve ${handle} rule\` in Codex's chat, it allows for good, in every thread`,
  ownersOnly:
    "Only an owner of this gateway (`commands.ownerAllowFrom` in OpenClaw's settings) can allow something for good.",

  noAnswer: { label: "No answer", outcome: "Not answered." },
  showAll: "Show all",
  /** Telegram's buttons show no more of a label on a phone. */
  button: (label: string): string => harmlessText(label, 60),

  /** The question as it is sent: what is asked, cut where it is long, and how to answer where no button does. */
  question: (
    { handle, question }: { handle: string; question: Asked },
    [place, of]: [number, number],
    { hasButtons }: { hasButtons: boolean },
  ): string =>
    [
      ...shortText(question, of > 1 ? `${place} of ${of}: ` : ""),
      ...(question.kind === "input"
        ? question.choices.map(({ label }, index) => `${index + 1}. ${harmlessText(label, 100)}`)
        : []),
      ...(hasButtons ? besideButtons(question) : howToType(handle, question)),
    ].join("\n"),

  showCommand: (handle: string): string => `\`/codexchat show ${handle}\``,
  /** The name of the file in which a long question is shown. */
  fileName: "codex-question.txt",
  followsAsFile: "It is too long for messages, so it comes as a file.",

  /** The question once it has ended: what was asked, and what became of it. */
  settled: (question: QuestionToShow, outcome: string): string =>
    [...shortText(question), questionWords.taken(outcome)].join("\n"),

  /** Told to whoever typed the answer. */
  taken: (outcome: string): string => `➡️ ${harmlessText(outcome, 100)}`,

  nobodyAnswered: (
    { title, kind, ifUnanswered }: Pick<Asked, "title" | "kind" | "ifUnanswered">,
    timeoutMs: number,
  ): string =>
    `${harmlessText(title.replace(/:$/, ""), 300)}: nobody answered for ${durationInWords(timeoutMs)}, ${
      kind === "approval"
        ? "so it was denied."
        : (ifUnanswered ?? "so Codex continues without an answer.")
    }`,
  /** The outcome of a question that nobody answered in time. */
  unanswered: (kind: Asked["kind"]): string =>
    kind === "approval" ? "Denied, since nobody answered in time." : "Not answered in time.",
  turnEnded: "Not answered: its turn has ended.",
  /** Codex does not say which. */
  elsewhere: "Answered elsewhere, or withdrawn by Codex.",
  changed: "Not answered: Codex has changed it and asks again.",

  ownersUnreachable: ({ title }: Pick<Asked, "title">): string =>
    `${harmlessText(title.replace(/:$/, ""), 300)}: OpenClaw could not ask the gateway's owners, so it was denied. The gateway's log says why.`,

  unaskable: ({ title, reason }: { title: string; reason: string }): string =>
    `Codex asked something that cannot be answered in a chat, so it was declined: ${harmlessText(title, 300)}\n${reason}`,
  tooLong: "It is too long to show, and nobody should allow something that nobody can read.",
  notShown: ({ title }: Pick<Asked, "title">): string =>
    `${harmlessText(title.replace(/:$/, ""), 300)}: it is too long for messages and could not be sent as a file, so it was declined.`,
  /** Its channel does not take what it would show. */
  refusedByChannel: ({ title }: Pick<Asked, "title">, reason: string): string =>
    `${harmlessText(title.replace(/:$/, ""), 300)}: the question could not be shown here (${harmlessText(reason, 200)}), so it was declined.`,
  saysNothing: "Codex does not say what it is about.",
  notReadable:
    "This version of the plugin does not know this kind of question. An update may help.",
  tooManyQuestions: "It has too many questions for a chat.",
  /** Told once, however many follow. */
  tooManyOpen: (most: number): string =>
    `Codex is asking too much: ${most} questions are open here, or came within a few minutes. More are declined silently for now. \`/codexchat stop\` stops the turn.`,
  tooManyOpenInAll: (most: number): string =>
    `Codex could not ask here: ${most} questions are already open in this gateway's chats. Its questions are declined until some of those are answered.`,
  secret: "A secret must not pass through a chat. Set it on the gateway's machine instead.",
  needsPage: "It wants a web page opened in a browser. Do that in Codex on the gateway's machine.",
  needsForm: "It needs a form that no chat shows. Answer it in Codex on the gateway's machine.",

  alreadySettled: (outcome: string): string => `Already answered: ${harmlessText(outcome, 100)}`,
  notOpen:
    "That question is no longer open: its turn has ended, or the gateway was restarted since.",
  noSuchChoice: (choices: string[]): string =>
    `That is not among the answers: ${choices.map((label) => harmlessText(label, 100)).join(", ")}.`,
  notThatNumber: (minimum: number | undefined, maximum: number | undefined): string =>
    `Answer with a number${range(minimum, maximum)}.`,
  notThatLong: (minimum: number | undefined, maximum: number | undefined): string =>
    `The answer has the wrong length, counted in characters${range(minimum, maximum)}.`,
  /** Where it is not sure which question is meant: buttons have no names beside them. */
  which: (open: readonly { handle: string; question: QuestionToShow }[], verb: string): string =>
    open.length === 0
      ? "Codex isn't asking anything right now."
      : [
          "Name the question:",
          ...open.map(
            ({ handle, question }) => `\`/codexchat ${verb} ${handle}\`: ${inBrief(question)}`,
          ),
        ].join("\n"),
  operatorDecides:
    "OpenClaw has asked the gateway's owner, and only the owner can approve this. `/codexchat deny` refuses it from here.",

  /** OpenClaw's own approval message. */
  approvalTitle: (title: string, maxLength: number): string => {
    const plain = title.replace(/:$/, "").replace(/[^\p{L}\p{N} ,.'()/-]/gu, " ");
    return plain.length > maxLength ? `${plain.slice(0, maxLength - 1).toWellFormed()}…` : plain;
  },
  approvalText: (
    question: QuestionToShow,
    maxLength: number,
    handle: string,
  ): { text: string; isCut: boolean } =>
    approvalText(
      question,
      maxLength,
      `Shortened. In full, in Codex's chat: ${questionWords.showCommand(handle)}`,
    ),
  /** Where OpenClaw hides what it takes for a secret. */
  partlyHidden: (handle: string): string =>
    `OpenClaw hides part of it (***). To see everything, send in Codex's chat: ${questionWords.showCommand(handle)}`,
  /** Whom OpenClaw's message names as the one who ended it. */
  withdrawnBy: "Codex's chat",

  /** Given to Codex for what it asked without waiting. */
  asyncAnswer: (answers: readonly { title: string; answer: string }[]): string =>
    answers
      .map(({ title, answer }) => `You asked: ${title}\nThe person answers: ${answer}`)
      .join("\n\n"),

  /** Said when such an answer comes too late. */
  askerGone:
    "This chat has left the thread on which Codex asked, so Codex did not get your answer.",

  /** Given to Codex after a refusal, since its protocol has no room for a reason. */
  denialReason: (reason: string): string =>
    `The person declined the last request and says: ${reason}`,
  reasonLost: "Codex could not be told the reason.",
} as const;

/** So that nobody takes two words for one, or one for two. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word);
}

function inBrief({ title, grant }: QuestionToShow): string {
  return harmlessText([title, ...grant.slice(0, 1)].join(" "), 100);
}

/** What no button can say. */
function besideButtons({ readTyped, typesChoices }: Asked): string[] {
  return readTyped && !typesChoices ? ["In your own words: `/codexchat answer YOUR ANSWER`"] : [];
}

function howToType(handle: string, question: Asked): string[] {
  return [
    ...(isCut(question) ? [`In full: ${questionWords.showCommand(handle)}`] : []),
    `By typing: ${typedWays(handle, question).join(", ")}`,
  ];
}

function typedWays(handle: string, { kind, choices, readTyped }: Asked): string[] {
  const deny = (reason = ""): string => `\`/codexchat deny ${handle}${reason}\``;
  if (kind === "approval") {
    const always = choices.some((choice) => choice.id === "always") ? " [always]" : "";
    return [`\`/codexchat approve ${handle}${always}\``, deny(" [REASON]")];
  }
  return [
    ...(choices.length > 0 ? [`\`/codexchat approve ${handle} NUMBER\``] : []),
    ...(readTyped ? [`\`/codexchat answer ${handle} YOUR ANSWER\``] : []),
    deny(),
  ];
}

function range(minimum: number | undefined, maximum: number | undefined): string {
  return [
    minimum === undefined ? "" : `, at least ${minimum}`,
    maximum === undefined ? "" : `, at most ${maximum}`,
  ].join("");
}
