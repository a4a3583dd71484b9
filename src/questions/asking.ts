/** Asks a person on behalf of a turn, and tells Codex what was answered. */
import type { JsonValue } from "../app-server/protocol.js";
import type { ChatNote } from "../chat/note.js";
import { monotonicMs } from "../common/clock.js";
import { pause } from "../common/pause.js";
import { questionWords } from "../words/question-words.js";
import {
  answerQuestion,
  findQuestion,
  openQuestion,
  type AskedQuestion,
  type OpenQuestion,
  type QuestionEnd,
} from "./board.js";
import { OPERATOR_WAITS_MS, type OperatorQuestion } from "./operator.js";
import {
  isAskable,
  type CodexInquiry,
  type CodexQuestion,
  type UnaskableInquiry,
} from "./question.js";

/** Puts an inquiry before a person; `over` is aborted when nobody waits for its answer any more. */
export type AskPerson = (
  inquiry: CodexInquiry | UnaskableInquiry,
  over: AbortSignal,
) => Promise<JsonValue>;

export type AskingOptions = {
  over: AbortSignal;
  /** Milliseconds that a person has for each question. */
  timeoutMs: number;
  /** Has OpenClaw ask its owners; undefined where it has nobody to ask. @throws where it cannot be asked itself */
  askOperator: (
    question: CodexQuestion,
    timeoutMs: number,
    showAll: string,
  ) => Promise<OperatorQuestion | undefined>;
  /** Sends a question with its buttons. @throws where the chat cannot be reached */
  sendQuestion: (question: OpenQuestion, text: string) => Promise<ChatNote>;
  /** Sends a text of any length. @throws where the chat cannot be reached */
  send: (text: string) => Promise<void>;
  warn: (text: string) => void;
};

/** Seconds between the attempts to reach a chat; then the question counts as refused. */
const BACKOFF_S = [2, 10, 30] as const;

/**
 * Asks in a session's chat and returns what Codex is to be told. Refused where nobody answers in time, where the turn
 * ends first and where the chat cannot be reached. Never rejects.
 */
export async function askPerson(
  sessionFile: string,
  inquiry: CodexInquiry | UnaskableInquiry,
  options: AskingOptions,
): Promise<JsonValue> {
  if (!isAskable(inquiry)) {
    if (!options.over.aborted) void tell(options, questionWords.unaskable(inquiry));
    return inquiry.answer;
  }
  const { questions, patienceMs = Infinity } = inquiry;
  const timeoutMs = Math.min(options.timeoutMs, patienceMs);
  const results: JsonValue[] = [];
  let answers = true;
  for (const [index, question] of questions.entries()) {
    // A question whose turn is over would stand in the chat for nothing, as would the rest of a form that nobody fills in.
    const end: QuestionEnd | undefined =
      answers && !options.over.aborted
        ? // One after another: a phone shows one at a time.
          // oxlint-disable-next-line no-await-in-loop
          await askOne(sessionFile, question, { ...options, timeoutMs }, [
            index + 1,
            questions.length,
          ])
        : undefined;
    answers = end?.by === "choice";
    results.push(end?.by === "choice" ? end.choice.result : question.refusal.result);
  }
  return inquiry.answer(results);
}

async function askOne(
  sessionFile: string,
  question: CodexQuestion,
  options: AskingOptions,
  place: [number: number, of: number],
): Promise<QuestionEnd> {
  const { timeoutMs, over } = options;
  const { title, details } = question;
  const asked = openQuestion(sessionFile, question, {
    timeoutMs,
    turn: over,
    showAll: async () => {
      // Whoever clicked need not wait, nor the rest of the chat behind the click.
      void persistently(asked, options.warn, () =>
        options.send(questionWords.full(title, details)),
      );
    },
  });
  const shown = show(asked, options, place);
  const end = await asked.ended;
  // Codex need not wait for what the chat is shown.
  void shown.then((note) => showOutcome(note, question, end, options));
  if (end.by === "timeout") {
    void shown.then(() => tell(options, questionWords.nobodyAnswered(question, timeoutMs)));
  }
  return end;
}

/** Shows a question until it ends, by OpenClaw's owners or in the chat. Never rejects. */
async function show(
  asked: AskedQuestion,
  options: AskingOptions,
  place: [number: number, of: number],
): Promise<ChatNote | undefined> {
  if (await decidedByOperator(asked, options)) return undefined;
  const { opened } = asked;
  const text = questionWords.question(opened, place);
  const note = await persistently(asked, options.warn, () => options.sendQuestion(opened, text));
  // No change where it has ended meanwhile.
  if (note === undefined) asked.giveUp();
  return note;
}

/**
 * Sends something about an open question, again where the chat cannot be reached; undefined where that lasts, or the
 * question ends first. Never rejects.
 */
async function persistently<T>(
  asked: AskedQuestion,
  warn: (text: string) => void,
  send: () => Promise<T>,
): Promise<T | undefined> {
  for (const seconds of [...BACKOFF_S, undefined]) {
    if (!isOpen(asked)) return undefined;
    try {
      // oxlint-disable-next-line no-await-in-loop
      return await send();
    } catch (error) {
      warn(`a question of Codex did not reach its chat: ${String(error)}`);
      // oxlint-disable-next-line no-await-in-loop
      if (seconds !== undefined) await pause(seconds * 1000, asked.ended);
    }
  }
  return undefined;
}

/**
 * Whether the question is OpenClaw's owners' own, and has ended. Where there are any nobody else may say yes, however
 * long they take and whatever becomes of OpenClaw's message. Never rejects.
 */
async function decidedByOperator(asked: AskedQuestion, options: AskingOptions): Promise<boolean> {
  const { question, id } = asked.opened;
  if (question.kind !== "approval" || question.choices.length === 0) return false;
  const endsAt = monotonicMs() + options.timeoutMs;
  // One for each of its spans, and one since they seldom fit.
  let asksLeft = Math.ceil(options.timeoutMs / OPERATOR_WAITS_MS) + 1;
  // Before OpenClaw has said whether it has owners nobody may say yes in their place.
  asked.leaveToOperator(true);
  for (; asksLeft > 0 && isOpen(asked); asksLeft -= 1) {
    // oxlint-disable-next-line no-await-in-loop
    const reached = await persistently(asked, options.warn, async () => ({
      operator: await options.askOperator(
        question,
        endsAt - monotonicMs(),
        questionWords.showCommand(id),
      ),
    }));
    if (!reached) {
      if (isOpen(asked)) void tell(options, questionWords.ownersUnreachable(question));
      asked.giveUp();
      return true;
    }
    if (!reached.operator) {
      asked.leaveToOperator(false);
      return false;
    }
    // oxlint-disable-next-line no-await-in-loop
    await decisionOf(asked, reached.operator, options.warn);
  }
  await asked.ended;
  return true;
}

/** Takes what the owners decide, or ends their message where the question ends otherwise. Never rejects. */
async function decisionOf(
  { opened, ended }: AskedQuestion,
  operator: OperatorQuestion,
  warn: (text: string) => void,
): Promise<void> {
  let decision;
  try {
    decision = await Promise.race([operator.decided, ended]);
  } catch (error) {
    warn(`what OpenClaw's owners decided could not be learnt: ${String(error)}`);
    await pause(BACKOFF_S[0] * 1000, ended);
    return;
  }
  if (typeof decision === "string") {
    const result = answerQuestion(opened.id, decision, "operator");
    // They were shown more than Codex offers, and meant yes.
    if (result.kind === "no such choice") answerQuestion(opened.id, "once", "operator");
  } else if (decision !== undefined) {
    await operator.withdraw(decision.by === "choice" ? decision.choice.id : "deny");
  }
}

function isOpen({ opened }: AskedQuestion): boolean {
  return findQuestion(opened.id) !== undefined;
}

async function showOutcome(
  note: ChatNote | undefined,
  question: CodexQuestion,
  end: QuestionEnd,
  options: AskingOptions,
): Promise<void> {
  if (!note) return;
  const text = questionWords.settled(question, outcomeOf(question, end));
  if (await note.edit(text)) return;
  // Whoever typed has been told.
  if (end.by === "choice" && end.source === "click") await tell(options, text);
}

function outcomeOf({ kind }: CodexQuestion, end: QuestionEnd): string {
  if (end.by === "choice") return end.choice.outcome;
  return end.by === "timeout" ? questionWords.unanswered(kind) : questionWords.turnEnded;
}

async function tell(options: AskingOptions, text: string): Promise<void> {
  try {
    await options.send(text);
  } catch (error) {
    options.warn(`a word about a question of Codex did not reach its chat: ${String(error)}`);
  }
}
