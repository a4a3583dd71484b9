/** Whether a run's transcripts are as they must be: every message answered once, in order, with what is its own. */
import type { LogEntry } from "./fake-codex/log.js";
import { fateOf, type TurnFault } from "./faults.js";
import type { Gateways } from "./gateways.js";
import { answerPart, tagsIn } from "./tags.js";
import { kindOf, type ChatTranscript, type Kind, type SentMessage } from "./transcripts.js";

export type Violation = { chat: number; tag: string; what: string };

export type Verdict = {
  violations: Violation[];
  replies: Map<Kind, number>;
  duplicatesAllowed: number;
  /** The failures in their own words. */
  reasons: Map<string, number>;
  /** Turns that Codex completed and whose message got a notice instead, by the notice. */
  completedButTold: Map<string, number>;
};

/** What is known of the ends of the gateways; see `Gateways`. */
export type Ends = Pick<Gateways, "mayRepeat" | "storedAtKill" | "ended">;

export function judge(
  chats: readonly ChatTranscript[],
  log: readonly LogEntry[],
  ends: Ends,
  seed: number,
): Verdict {
  const verdict: Verdict = {
    violations: [],
    replies: new Map(),
    duplicatesAllowed: 0,
    reasons: new Map(),
    completedButTold: new Map(),
  };
  const statuses = new Map<string, string>();
  const runs = new Map<string, number>();
  for (const { event, tag, what } of log) {
    if (tag === undefined) continue;
    if (event === "end" && what !== undefined) statuses.set(tag, what);
    if (event === "turn" || event === "steer") runs.set(tag, (runs.get(tag) ?? 0) + 1);
  }
  const shared = new SharedTurns(log);
  for (const chat of chats) {
    for (const message of chat.sent) {
      const accuse = (what: string): void => {
        verdict.violations.push({ chat: chat.chat, tag: message.tag, what });
      };
      const count = runs.get(message.tag) ?? 0;
      if (count > 1) accuse(`ran ${count} times`);
      if (isGone(message, ends)) {
        if (message.dropped?.certain === true) judgeDropped(chat, message, count, accuse);
        continue;
      }
      const facts = {
        end: statuses.get(message.tag),
        fault: fateOf(seed, message.tag).fault,
        with: shared.givenTo(message.tag),
      };
      const turn = shared.turnOf(message.tag);
      if (turn !== undefined) judgeShared(chat, message, turn, ends, accuse);
      else judgeReply(chat, message, facts, ends.mayRepeat, verdict, accuse);
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

/** Which messages were given to the turn of another. */
class SharedTurns {
  readonly #turns = new Map<string, string>();
  readonly #given: { turnId: string; tag: string }[];

  constructor(log: readonly LogEntry[]) {
    const of = (wanted: LogEntry["event"]): { turnId: string; tag: string }[] =>
      log.flatMap(({ event, turnId, tag }) =>
        event === wanted && turnId !== undefined && tag !== undefined ? [{ turnId, tag }] : [],
      );
    for (const { turnId, tag } of of("turn")) this.#turns.set(turnId, tag);
    this.#given = of("steer");
  }

  /** The message whose turn took this one; undefined where it had a turn of its own, or none. */
  turnOf(tag: string): string | undefined {
    const given = this.#given.find((entry) => entry.tag === tag);
    return given && this.#turns.get(given.turnId);
  }

  givenTo(tag: string): string[] {
    return this.#given
      .filter(({ turnId }) => this.#turns.get(turnId) === tag)
      .map((entry) => entry.tag);
  }
}

/**
 * Whether it was taken out of the line for good: a kill that finds it stored undoes what was done in the run it ends, and
 * nothing of a later run, be it that nobody was told of that.
 */
function isGone({ dropped, tag }: SentMessage, { storedAtKill }: Ends): boolean {
  if (dropped === undefined) return false;
  const storedIn = storedAtKill.get(tag);
  return storedIn === undefined || dropped.run > storedIn;
}

function judgeDropped(
  chat: ChatTranscript,
  message: SentMessage,
  runs: number,
  accuse: (what: string) => void,
): void {
  if (runs > 0) accuse("was dropped, and ran");
  const texts = chat.textsFor(message.number);
  if (texts.length > 0) accuse(`was dropped, and answered: ${texts.join(" / ")}`);
}

/** A message that went into another one's turn shares its answer; by itself it is answered only by a later gateway. */
function judgeShared(
  chat: ChatTranscript,
  message: SentMessage,
  turn: string,
  { ended }: Ends,
  accuse: (what: string) => void,
): void {
  const other = chat.sent.find(({ tag }) => tag === turn);
  if (!other) return accuse(`went into the turn of ${turn}, which is no message of its chat`);
  const own = chat.received.filter(({ number }) => number === message.number);
  if (own.length + chat.textsFor(other.number).length === 0) return accuse("has no answer");
  for (const { text } of own) {
    const kind = kindOf(text);
    if (kind === "unknown") accuse(`has an answer that is none: ${text}`);
    // Where it cannot know whether Codex took the message, the plugin says so.
    if (kind !== "failed" && ended.size === 0) accuse(`was steered, and answered: ${text}`);
  }
}

function judgeReply(
  chat: ChatTranscript,
  message: SentMessage,
  facts: { end: string | undefined; fault: TurnFault; with: readonly string[] },
  mayRepeat: ReadonlySet<string>,
  verdict: Verdict,
  accuse: (what: string) => void,
): void {
  const { end, fault } = facts;
  const texts = chat.textsFor(message.number);
  if (texts.length === 0) return accuse("has no answer");
  if (texts.some((text) => text.trim() === "")) accuse("has an empty answer");
  const once = texts.filter((text, index) => texts.indexOf(text) === index);
  if (once.length < texts.length) {
    const repeats = texts.length - once.length;
    if (mayRepeat.has(message.tag)) verdict.duplicatesAllowed += repeats;
    else accuse("was answered twice");
    if (repeats > chat.repeatsFor(message.number))
      accuse("was answered again without a word of it");
  }
  const kinds = once.map((text) => kindOf(text));
  const [main = "unknown"] = kinds.filter((kind) => kind !== "replaced thread");
  for (const kind of new Set(kinds)) {
    verdict.replies.set(kind, (verdict.replies.get(kind) ?? 0) + 1);
  }
  if (kinds.includes("unknown")) accuse(`has an answer that is none: ${once.join(" / ")}`);
  const foreign = once
    .flatMap((text) => tagsIn(text))
    .filter((tag) => tag !== message.tag && !facts.with.includes(tag));
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

/**
 * Answers come in the order of the messages; that the queue is full, or that nobody knows whether the running turn took
 * a message, is said at once.
 */
function judgeOrder(chat: ChatTranscript, verdict: Verdict): void {
  let last = 0;
  const seen = new Set<number>();
  for (const { number, text } of chat.received) {
    const message = chat.sent[number - 1];
    if (!message || message.resent || message.steerLost || seen.has(number)) continue;
    if (kindOf(text) === "queue full") continue;
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
