/** How a question of Codex's stands in a chat and in OpenClaw's own approval message: what is shown, and what is cut. */
import {
  codeBlock,
  continued,
  exactLine,
  exactText,
  harmlessText,
  plainText,
} from "./foreign-text.js";

/** Something that is known about a question; it gets a line of ours. */
export type QuestionFact = {
  label?: string;
  text: string;
  /** `grant`: a yes gives it, so it stands above the rest. `reason`: what Codex says for it, which is cut first. */
  weight: "grant" | "place" | "reason";
};

/** What is needed of a question to show it. */
export type QuestionToShow = {
  title: string;
  grant: readonly string[];
  facts: readonly QuestionFact[];
};

/** Characters of what is granted that are shown at once; the rest on request. */
const SHOWN_AT_ONCE = 1000;
/** The same as channels count it that send HTML, where a sign can take five. */
const SHOWN_AS_HTML = 2500;
const FACT = 300;
const GRANTS_AT_ONCE = 4;
const TITLE = 300;

/** What is shown in messages on request: some messages' worth, so that nobody floods a chat. More comes as a file. */
const SHOWN_IN_MESSAGES = 20_000;
/** What is shown in a file: what a person could still read, or search. */
const SHOWN_IN_FILE = 2_000_000;

/** The question, cut where it is long. */
export function shortText(question: QuestionToShow, before = ""): string[] {
  const { above, below } = factLines(question.facts, FACT);
  const hidden = above.length - GRANTS_AT_ONCE;
  return [
    `❓ ${before}${harmlessText(question.title, TITLE)}`,
    ...above.slice(0, GRANTS_AT_ONCE),
    ...(hidden > 0 ? [`… ${hidden} more`] : []),
    ...block(fitted(question.grant.map(exactText), SHOWN_AT_ONCE, SHOWN_AS_HTML)),
    ...below,
  ];
}

/** Whether the short text leaves something out. */
export function isCut(question: QuestionToShow): boolean {
  return (
    isGrantCut(question) ||
    question.facts.some(({ text }) => isLineCut(text, FACT)) ||
    isLineCut(question.title, TITLE)
  );
}

/** Whether the short text leaves out any of what a yes would grant. */
export function isGrantCut({ grant, facts }: QuestionToShow): boolean {
  const exact = grant.map(exactText);
  return (
    fitted(exact, SHOWN_AT_ONCE, SHOWN_AS_HTML).join("\n") !== exact.join("\n") ||
    facts.filter(({ weight }) => weight === "grant").length > GRANTS_AT_ONCE ||
    facts.some(({ text, weight }) => weight !== "reason" && isLineCut(text, FACT))
  );
}

/** All of it, in messages. */
export function wholeText({ title, grant, facts }: QuestionToShow): string {
  const { above, below } = factLines(facts, Infinity);
  const shown = grant.map(exactText).join("\n");
  return [
    harmlessText(title, Infinity),
    ...above,
    ...(shown === "" ? [] : [codeBlock(shown, Infinity)]),
    ...below,
  ].join("\n");
}

/** How all of it can be shown: `never` where nobody could read it. */
export function wayToShow(question: QuestionToShow): "messages" | "file" | "never" {
  const { length } = plainWhole(question);
  if (length <= SHOWN_IN_MESSAGES) return "messages";
  return length <= SHOWN_IN_FILE ? "file" : "never";
}

/** All of it as a text without any formatting. */
export function plainWhole({ title, grant, facts }: QuestionToShow): string {
  const lines = facts.map(({ label, text }) => continued(labelled(label, exactText(text))));
  return [exactText(title), ...lines, "", ...grant.map(exactText)].join("\n");
}

/** What a reason keeps of a short message at least. */
const REASON_KEEPS = 60;

/**
 * The question for OpenClaw's own approval message, which reads Markdown and HTML: what is granted in a block of its
 * own, our lines in a second one, so that none of the first passes for them. `hint` says where the rest can be seen.
 */
export function approvalText(
  question: QuestionToShow,
  maxLength: number,
  hint: string,
): { text: string; isCut: boolean } {
  const whole = inBlocks(question, maxLength);
  if (!whole.isCut) return whole;
  return {
    text: `${inBlocks(question, maxLength - hint.length - 1).text}\n${hint}`,
    isCut: true,
  };
}

function inBlocks(
  { grant, facts }: QuestionToShow,
  maxLength: number,
): { text: string; isCut: boolean } {
  const linesOf = (weight: QuestionFact["weight"]): string[] =>
    facts
      .filter((fact) => fact.weight === weight)
      .map(({ label, text }) => plainText(labelled(label, text)).replaceAll("\n", "\\u{a}"));
  const granted = [...linesOf("grant"), ...grant.map(plainText)];
  const places = linesOf("place");
  const reason = linesOf("reason").join("\n");
  const all = [...granted, ...places];
  const room = maxLength - 2 * (FENCE.length * 2 + 3);
  const shown = fitted(all, room - Math.min(reason.length, REASON_KEEPS) - 1);
  const why = cut(reason, Math.max(room - shown.join("\n").length - 1, 0));
  const blocks = [
    shown.slice(0, granted.length),
    [...shown.slice(granted.length), ...(why === "" ? [] : [why])],
  ];
  return {
    // OpenClaw puts a label before it, after which no block can begin.
    text: blocks
      .filter((lines) => lines.length > 0)
      .map((lines) => `\n${FENCE}\n${lines.join("\n")}\n${FENCE}`)
      .join(""),
    isCut: why !== reason || shown.some((part, index) => part !== all[index]),
  };
}

const FENCE = "```";

function factLines(
  facts: readonly QuestionFact[],
  maxLength: number,
): { above: string[]; below: string[] } {
  const line = ({ label, text }: QuestionFact): string =>
    labelled(label && harmlessText(label, maxLength), exactLine(text, maxLength));
  const isGranted = ({ weight }: QuestionFact): boolean => weight === "grant";
  return {
    above: facts.filter(isGranted).map(line),
    below: facts.filter((fact) => !isGranted(fact)).map(line),
  };
}

function labelled(label: string | undefined, text: string): string {
  return label === undefined ? text : `${label}: ${text}`;
}

function isLineCut(text: string, maxLength: number): boolean {
  return exactLine(text, maxLength) !== exactLine(text, Infinity);
}

function block(shown: readonly string[]): string[] {
  return shown.length === 0 ? [] : [codeBlock(shown.join("\n"), Infinity)];
}

/** The parts within so many characters: where they do not fit the longest lose first, so that none crowds another out. */
function fitted(parts: readonly string[], maxLength: number, maxAsHtml = Infinity): string[] {
  const within = (length: number): string[] => {
    let room = Math.max(length - parts.length, 0);
    let left = parts.length;
    for (const size of parts.map((part) => part.length).toSorted((one, other) => one - other)) {
      if (size * left > room) return parts.map((part) => cut(part, Math.floor(room / left)));
      room -= size;
      left -= 1;
    }
    return [...parts];
  };
  for (let length = maxLength; ; length = Math.floor(length / 2)) {
    const shown = within(length);
    if (lengthAsHtml(shown.join("\n")) <= maxAsHtml || length < 100) return shown;
  }
}

function lengthAsHtml(text: string): number {
  return text.length + 4 * (text.match(/[<>&"]/g)?.length ?? 0);
}

function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return maxLength < 1 ? "" : `${text.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
