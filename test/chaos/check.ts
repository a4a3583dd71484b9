/** Whether a run's transcripts are as they must be: every message answered once, in order, with what is its own. */
import type { LogEntry } from "./fake-codex/log.js";
import { fateOf, type TurnFault } from "./faults.js";
import { answerPart, tagsIn } from "./tags.js";
import { kindOf, type ChatTranscript, type Kind, type SentMessage } from "./transcripts.js";

type Violation = { chat: number; tag: string; what: string };

export type Verdict = {
  violations: Violation[];
  replies: Map<Kind, number>;
  duplicatesAllowed: number;
  /** The failures in their own words. */
  reasons: Map<string, number>;
  /** Turns that Codex completed and whose message got a notice instead, by the notice. */
  completedButTold: Map<string, number>;
};

export function judge(
  chats: readonly ChatTranscript[],
  log: readonly LogEntry[],
  mayRepeat: ReadonlySet<string>,
  seed: number,
): Verdict {
  const verdict: Verdict = {
    violations: [],
    replies: new Map(),
    duplicatesAllowed: 0,
    reasons: new Map(),
    completedButTold: new Map(),
  };
  const ends = new Map<string, string>();
  const runs = new Map<string, number>();
  for (const { event, tag, what } of log) {
    if (tag === undefined) continue;
    if (event === "end" && what !== undefined) ends.set(tag, what);
    if (event === "turn" || event === "steer") runs.set(tag, (runs.get(tag) ?? 0) + 1);
  }
  for (const chat of chats) {
    for (const message of chat.sent) {
      const accuse = (what: string): void => {
        verdict.violations.push({ chat: chat.chat, tag: message.tag, what });
      };
      const count = runs.get(message.tag) ?? 0;
      if (count > 1) accuse(`ran ${count} times`);
      const facts = { end: ends.get(message.tag), fault: fateOf(seed, message.tag).fault };
      judgeReply(chat, message, facts, mayRepeat, verdict, accuse);
    }
    judgeOrder(chat, verdict);
  }
  for (const { event, what } of log) {
    if (event === "unanswered request") {
      verdict.violations.push({ chat: 0, tag: "", what: `Codex got no answer to ${what}` });
    }
  }
  return verdict;
}

function judgeReply(
  chat: ChatTranscript,
  message: SentMessage,
  { end, fault }: { end: string | undefined; fault: TurnFault },
  mayRepeat: ReadonlySet<string>,
  verdict: Verdict,
  accuse: (what: string) => void,
): void {
  const texts = chat.textsFor(message.number);
  if (texts.length === 0) return accuse("has no answer");
  if (texts.some((text) => text.trim() === "")) accuse("has an empty answer");
  const once = texts.filter((text, index) => texts.indexOf(text) === index);
  if (once.length < texts.length) {
    if (mayRepeat.has(message.tag)) verdict.duplicatesAllowed += texts.length - once.length;
    else accuse("was answered twice");
  }
  const kinds = once.map((text) => kindOf(text));
  const [main = "unknown"] = kinds.filter((kind) => kind !== "replaced thread");
  for (const kind of new Set(kinds)) {
    verdict.replies.set(kind, (verdict.replies.get(kind) ?? 0) + 1);
  }
  if (kinds.includes("unknown")) accuse(`has an answer that is none: ${once.join(" / ")}`);
  const foreign = once.flatMap((text) => tagsIn(text)).filter((tag) => tag !== message.tag);
  if (foreign.length > 0) accuse(`has an answer of ${foreign.join(", ")}`);
  if (main === "answer") {
    if (end !== "completed") accuse(`has an answer of a turn that ended ${end}`);
    const parts = once.map((text) => answerPart(text)).filter((part) => part !== undefined);
    if (parts.some(({ tags }) => !tags.includes(message.tag))) accuse("has an answer not its own");
    const whole = parts.every((part, index) => part.part === index + 1 && part.of === parts.length);
    if (!whole) accuse(`has an answer out of order or in part: ${once.join(" / ")}`);
    if (kinds.some((kind) => kind !== "answer" && kind !== "replaced thread")) {
      accuse(`has an answer and a notice: ${once.join(" / ")}`);
    }
    return;
  }
  if ((main === "empty reply" || main === "commentary") && fault !== "empty reply") {
    accuse(`has no answer but ${texts[0]}`);
  }
  const notices = once.filter((text) => kindOf(text) !== "replaced thread");
  if (notices.length > 1) accuse(`has two notices: ${notices.join(" / ")}`);
  const told = (notices[0] ?? "").slice(0, 120).replaceAll(/\d+/g, "N");
  if (main === "failed") verdict.reasons.set(told, (verdict.reasons.get(told) ?? 0) + 1);
  if (end === "completed" && main !== "empty reply" && main !== "commentary") {
    verdict.completedButTold.set(told, (verdict.completedButTold.get(told) ?? 0) + 1);
  }
}

/** Answers come in the order of the messages; that the queue is full is said at once. */
function judgeOrder(chat: ChatTranscript, verdict: Verdict): void {
  let last = 0;
  const seen = new Set<number>();
  for (const { number, text } of chat.received) {
    const message = chat.sent[number - 1];
    if (!message || message.resent || seen.has(number) || kindOf(text) === "queue full") continue;
    seen.add(number);
    if (number < last) {
      verdict.violations.push({
        chat: chat.chat,
        tag: message.tag,
        what: `was answered after message ${last}`,
      });
    }
    last = Math.max(last, number);
  }
}
