/** Asks a person on behalf of a turn, and tells Codex what was answered. */
import type { JsonValue } from "../app-server/protocol.js";
import type { ReplyAddress } from "../chat/delivery.js";
import type { ChatNote } from "../chat/note.js";
import type { AuditEntry } from "../host/audit.js";
import { isGrantCut, plainWhole, wayToShow, wholeText } from "../words/question-text.js";
import { questionWords } from "../words/question-words.js";
import {
  CHANGED,
  ELSEWHERE,
  openQuestion,
  type AskedQuestion,
  type OpenQuestion,
  type QuestionEnd,
} from "./board.js";
import {
  mayNote,
  mayTellOfFlood,
  MOST_OPEN,
  MOST_OPEN_IN_ALL,
  noteUnanswered,
  whoseLimit,
} from "./flood.js";
import { untilSent } from "../chat/until-sent.js";
import { decidedByOwners, persistently, type AskOperator } from "./owners.js";
import {
  askedBy,
  isAskable,
  refusalOfInquiry,
  type CodexInquiry,
  type CodexQuestion,
  type QuestionChoice,
  type UnaskableInquiry,
} from "./question.js";

/** Puts an inquiry before a person; `over` is aborted when nobody waits for its answer any more. */
export type AskPerson = (
  inquiry: CodexInquiry | UnaskableInquiry,
  over: AbortSignal,
  /** The sub-agent that asks, where it is not the chat's Codex itself. */
  agent?: string,
) => Promise<JsonValue>;

export type AskingOptions = {
  over: AbortSignal;
  /** Milliseconds that a person has for each question. */
  timeoutMs: number;
  agent?: string | undefined;
  /** The chat that is asked: its buttons work nowhere else. */
  chat: ReplyAddress;
  /** Has OpenClaw ask its owners; undefined where it has nobody to ask. @throws where it cannot be asked itself */
  askOperator: AskOperator;
  /** Sends a question with its buttons. @throws where the chat cannot be reached */
  sendQuestion: (
    question: OpenQuestion,
    text: string,
    textWithoutButtons: string,
  ) => Promise<ChatNote>;
  /** Sends a text of any length. @throws where the chat cannot be reached */
  send: (text: string) => Promise<void>;
  /** Sends a text as a file. @throws where the chat cannot be reached, or takes no files */
  sendFile: (name: string, text: string) => Promise<void>;
  /** Notes what became of a question. */
  audit: (entry: AuditEntry) => void;
  warn: (text: string) => void;
};

/**
 * Asks in a session's chat and returns what Codex is to be told. Refused where nobody answers in time, where the turn
 * ends first, where the chat cannot be reached or cannot show all of it, and where it is asked too much. Never rejects.
 */
export async function askPerson(
  sessionFile: string,
  asked: CodexInquiry | UnaskableInquiry,
  options: AskingOptions,
): Promise<JsonValue> {
  const inquiry = options.agent === undefined ? asked : askedBy(options.agent, asked);
  const unaskable = isAskable(inquiry) ? tooLongToAsk(inquiry) : inquiry;
  if (unaskable) {
    if (!options.over.aborted && mayNote(sessionFile)) {
      void tell(options, questionWords.unaskable(unaskable));
      noteInAudit(sessionFile, unaskable.title, { by: "nobody" }, unaskable.reason, options);
    }
    return unaskable.answer;
  }
  if (!isAskable(inquiry)) return refusalOfInquiry(inquiry);
  const { questions, patienceMs = Infinity } = inquiry;
  const timeoutMs = Math.min(options.timeoutMs, patienceMs);
  const inChat = questions.filter(({ ownersOnly }) => !ownersOnly);
  const results: JsonValue[] = [];
  let isAnswered = true;
  for (const question of questions) {
    // A question whose turn is over would stand in the chat for nothing, as would the rest of a form that nobody fills in.
    const end: QuestionEnd | undefined =
      isAnswered && !options.over.aborted && isWithinBounds(sessionFile, options)
        ? // One after another: a phone shows one at a time.
          // oxlint-disable-next-line no-await-in-loop
          await askOne(sessionFile, question, { ...options, timeoutMs }, [
            inChat.indexOf(question) + 1,
            inChat.length,
          ])
        : undefined;
    const given: QuestionChoice | undefined = end && choiceOf(question, end);
    isAnswered = given !== undefined && !(question.kind === "approval" && given.id === "deny");
    results.push(given ? given.result : question.refusal.result);
  }
  return inquiry.answer(results);
}

/** An inquiry of which no chat could be shown all. */
function tooLongToAsk(inquiry: CodexInquiry): UnaskableInquiry | undefined {
  const tooLong = inquiry.questions.find((question) => wayToShow(question) === "never");
  if (!tooLong) return undefined;
  const answer = refusalOfInquiry(inquiry);
  return { title: tooLong.title, reason: questionWords.tooLong, answer };
}

function isWithinBounds(sessionFile: string, options: AskingOptions): boolean {
  const limit = whoseLimit(sessionFile);
  if (!limit) return true;
  if (mayTellOfFlood(sessionFile)) {
    const text =
      limit === "chat"
        ? questionWords.tooManyOpen(MOST_OPEN)
        : questionWords.tooManyOpenInAll(MOST_OPEN_IN_ALL);
    void tell(options, text);
    noteInAudit(sessionFile, text, { by: "nobody" }, questionWords.choices.deny.outcome, options);
  }
  return false;
}

async function askOne(
  sessionFile: string,
  asked: CodexQuestion,
  options: AskingOptions,
  place: [number: number, of: number],
): Promise<QuestionEnd> {
  const { timeoutMs, over, chat } = options;
  const question = withoutBlindGrants(asked);
  const opened = openQuestion(sessionFile, question, {
    timeoutMs,
    turn: over,
    chat,
    showAll: async () => {
      // Whoever clicked need not wait, nor the rest of the chat behind the click.
      void persistently(opened, options.warn, () => showWhole(question, options));
    },
  });
  const shown = show(opened, options, place);
  const end = await opened.ended;
  if (end.by !== "choice") noteUnanswered(sessionFile);
  if (end.by !== "no owners") {
    const answerer = end.by === "choice" ? end.answerer : ({ by: "nobody" } as const);
    noteInAudit(sessionFile, plainWhole(question), answerer, outcomeOf(question, end), options);
  }
  // Codex need not wait for what the chat is shown.
  void shown.then((note) => showOutcome(note, question, end, options));
  if (end.by === "timeout") {
    void shown.then(() => tell(options, questionWords.nobodyAnswered(question, timeoutMs)));
  }
  return end;
}

/** What is agreed to for times to come has to have been seen whole; a single yes can follow on `show`. */
function withoutBlindGrants(question: CodexQuestion): CodexQuestion {
  if (!isGrantCut(question)) return question;
  const { forOwners: _, ...shown } = question;
  return { ...shown, choices: shown.choices.filter(({ id }) => id !== "always") };
}

/** Shows a question until it ends, by OpenClaw's owners or in the chat. Never rejects. */
async function show(
  asked: AskedQuestion,
  options: AskingOptions,
  place: [number: number, of: number],
): Promise<ChatNote | undefined> {
  const { opened, giveUp, noteShown } = asked;
  const { question } = opened;
  // Where messages would not do, nobody is asked before all of it has been sent.
  if (wayToShow(question) === "file" && !(await sentAsFile(asked, options))) return undefined;
  const decides = { ...options, tell: (text: string) => tell(options, text) };
  if (await decidedByOwners(asked, decides)) return undefined;
  if (question.ownersOnly) {
    giveUp("no owners");
    return undefined;
  }
  const text = questionWords.question(opened, place, { hasButtons: true });
  const textWithoutButtons = questionWords.question(opened, place, { hasButtons: false });
  // For as long as a person may answer: a channel that is away for a while says nothing of what they would.
  const sent = await untilSent(
    () => options.sendQuestion(opened, text, textWithoutButtons),
    asked.ended,
    (error) => options.warn(`a question of Codex did not reach its chat: ${String(error)}`),
  );
  if (sent.kind === "refused") {
    options.warn(`a question of Codex was refused by its channel: ${sent.reason}`);
    void tell(options, questionWords.refusedByChannel(question, sent.reason));
    giveUp("unreachable");
  }
  if (sent.kind !== "sent") return undefined;
  noteShown();
  return sent.value;
}

/** False where the question is over: what nobody can read nobody can allow. */
async function sentAsFile(asked: AskedQuestion, options: AskingOptions): Promise<boolean> {
  const { question } = asked.opened;
  try {
    await options.sendFile(questionWords.fileName, plainWhole(question));
    return true;
  } catch (error) {
    options.warn(`a question of Codex could not be sent as a file: ${String(error)}`);
    void tell(options, questionWords.notShown(question));
    asked.giveUp("unreachable");
    return false;
  }
}

function showWhole(question: CodexQuestion, options: AskingOptions): Promise<void> {
  return wayToShow(question) === "file"
    ? options.sendFile(questionWords.fileName, plainWhole(question))
    : options.send(wholeText(question));
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
  if (end.by === "choice" && end.answerer.by === "click") await tell(options, text);
}

/** What was chosen, or may count as chosen. */
function choiceOf(question: CodexQuestion, end: QuestionEnd): QuestionChoice | undefined {
  if (end.by === "choice") return end.choice;
  return end.by === "no owners" ? question.choices[0] : undefined;
}

function outcomeOf({ kind }: CodexQuestion, end: QuestionEnd): string {
  switch (end.by) {
    case "choice":
      return end.choice.outcome;
    case "timeout":
      return questionWords.unanswered(kind);
    case ELSEWHERE:
      return questionWords.elsewhere;
    case CHANGED:
      return questionWords.changed;
    case "turn":
    case "unreachable":
    case "no owners":
      return questionWords.turnEnded;
  }
}

function noteInAudit(
  session: string,
  text: string,
  by: Pick<AuditEntry, "by" | "channel" | "senderId">,
  outcome: string,
  { audit, chat }: AskingOptions,
): void {
  const { channel, accountId, to } = chat;
  audit({ event: "decision", session, channel, accountId, ...by, chat: to, outcome, text });
}

async function tell(options: AskingOptions, text: string): Promise<void> {
  try {
    await options.send(text);
  } catch (error) {
    options.warn(`a word about a question of Codex did not reach its chat: ${String(error)}`);
  }
}
