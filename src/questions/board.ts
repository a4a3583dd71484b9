/**
 * The questions of Codex that are open in the chats: asked once, answered by the first who may, closed with their turn.
 *
 * The board hangs on globalThis: after a config reload the fresh copy of this module takes the clicks for questions that
 * turns of the old copy asked.
 */
import { randomBytes } from "node:crypto";
import { keepNewest } from "../common/keep-newest.js";
import type { ReplyAddress } from "../chat/delivery.js";
import { isSameChat, type ClickedChat } from "../chat/clicks.js";
import { noteChange } from "../common/changes.js";
import { monotonicMs } from "../common/clock.js";
import { pause } from "../common/pause.js";
import { processWide } from "../common/process-wide.js";
import { questionWords } from "../words/question-words.js";
import type { CodexQuestion, QuestionChoice } from "./question.js";

/** So many settled questions are remembered, for clicks that come late. */
const REMEMBERED = 200;

/** Characters of an id that a person types: unique among what is known, and no word, number or day. */
const HANDLE = 6;

/** Milliseconds that the word of a channel that it has shown a question can be behind an answer to it. */
const SHOWN_WITHIN_MS = 1000;

/** Milliseconds in which whoever types may still have an earlier question before their eyes. */
const READING_MS = 15_000;

export type OpenQuestion = {
  /** 128 bits of chance: it is what a button carries. */
  id: string;
  /** Its beginning, which is what a person types. */
  handle: string;
  sessionFile: string;
  question: CodexQuestion;
};

/** Who answered: by a button or a command in the chat, or in OpenClaw's own approval message. */
export type Answerer = {
  by: "click" | "command" | "operator";
  channel?: string | undefined;
  senderId?: string | undefined;
};

export type AnswerResult =
  | { kind: "taken"; question: OpenQuestion; choice: QuestionChoice }
  | { kind: "settled before"; outcome: string }
  | { kind: "no such choice"; choices: string[] }
  | { kind: "not understood"; reason: string }
  /** OpenClaw asks its owners: a sender who merely may command must not say yes in their place. */
  | { kind: "operator decides" }
  /** It holds for good, which only the gateway's owners can decide. */
  | { kind: "owners only" }
  | { kind: "not open" };

/** Ends a question beside its turn: Codex went on without this answer, or asks something else in its place. */
export const ELSEWHERE = "elsewhere";
export const CHANGED = "changed";

/** How a question ended: by a choice, by nobody's answer in time, with its turn or beside it, or out of reach. */
export type QuestionEnd =
  | { by: "choice"; choice: QuestionChoice; answerer: Answerer }
  | { by: "timeout" | "turn" | typeof ELSEWHERE | typeof CHANGED | "unreachable" | "no owners" };

/** Where a question may be answered: in one session, where it was typed or clicked. */
export type Place = { sessionFile?: string; chat?: ClickedChat };

type Entry = OpenQuestion & {
  chat: ReplyAddress | undefined;
  settle: (end: QuestionEnd) => void;
  /** Somebody has answered: from now on nobody can be said not to have. */
  stopClock: () => void;
  showAll: () => Promise<void>;
  operatorDecides: boolean;
  /** When its chat was shown it, by the forward clock. */
  shownAt: number | undefined;
  /** Settled once it is shown, or is over. */
  shown: PromiseWithResolvers<void>;
  /** It was the only one of its session when the chat was shown it, and nobody can have another in mind. */
  standsAlone: boolean;
};
type Settled = { sessionFile: string; chat: ReplyAddress | undefined; outcome: string };
type Board = {
  open: Map<string, Entry>;
  settled: Map<string, Settled>;
  /** When a question of a session last ended, and by whose answer in the chat. */
  lastEnds: Map<string, { at: number; senderId: string | undefined }>;
};

const board = processWide("questions-by-id", (): Board => ({
  open: new Map(),
  settled: new Map(),
  lastEnds: new Map(),
}));

/** A question that stands on the board, in the hand of whoever asks it. */
export type AskedQuestion = {
  opened: OpenQuestion;
  /** Never rejects. */
  ended: Promise<QuestionEnd>;
  /** Ends it, since its chat cannot be reached, or since it is for owners only and there are none. */
  giveUp(this: void, by: "unreachable" | "no owners"): void;
  /** Who may say yes: the gateway's owners only, while OpenClaw asks them, or whoever may command. */
  leaveToOperator(this: void, decides: boolean): void;
  /** Its chat has been shown it: from now on it can be meant without being named. */
  noteShown(this: void): void;
};

/**
 * Opens a question until it is answered, `timeoutMs` have passed or `turn` is aborted, whichever is first.
 * `showAll` sends the whole of it to its chat.
 */
export function openQuestion(
  sessionFile: string,
  question: CodexQuestion,
  options: {
    timeoutMs: number;
    turn: AbortSignal;
    showAll: () => Promise<void>;
    /** Clicks from other chats are not taken. */
    chat?: ReplyAddress | undefined;
  },
): AskedQuestion {
  const { turn, showAll, chat } = options;
  const id = newId();
  const { promise, resolve } = Promise.withResolvers<QuestionEnd>();
  const onTurnEnd = (): void => settle({ by: reasonOf(turn) });
  const timer = setTimeout(() => {
    remember(id, { sessionFile, chat, outcome: questionWords.unanswered(question.kind) });
    settle({ by: "timeout" });
  }, options.timeoutMs);
  function settle(end: QuestionEnd): void {
    clearTimeout(timer);
    turn.removeEventListener("abort", onTurnEnd);
    board.open.delete(id);
    noteEnd(sessionFile, end);
    noteChange(sessionFile);
    entry.shown.resolve();
    resolve(end);
  }
  const entry: Entry = {
    id,
    handle: id.slice(0, HANDLE),
    sessionFile,
    question,
    chat,
    settle,
    stopClock: () => clearTimeout(timer),
    showAll,
    operatorDecides: false,
    shownAt: undefined,
    shown: Promise.withResolvers<void>(),
    standsAlone: false,
  };
  board.open.set(id, entry);
  noteChange(sessionFile);
  turn.addEventListener("abort", onTurnEnd);
  if (turn.aborted) onTurnEnd();
  return {
    opened: { id, handle: entry.handle, sessionFile, question },
    ended: promise,
    giveUp: (by) => settle({ by }),
    leaveToOperator: (decides) => {
      entry.operatorDecides = decides;
    },
    noteShown: () => noteShown(entry),
  };
}

function noteShown(entry: Entry): void {
  entry.shownAt ??= monotonicMs();
  // The chat has more than one before its eyes from now on.
  const all = [...board.open.values()];
  const together = all.filter(({ sessionFile }) => sessionFile === entry.sessionFile);
  for (const each of together) each.standsAlone = together.length === 1;
  entry.shown.resolve();
}

/**
 * Answers a question by one of its choices. The first answer decides; later ones change nothing. What is decided is
 * told to whoever asks once `before` is settled.
 */
export function answerQuestion(
  id: string,
  choiceId: string,
  answerer: Answerer,
  place: Place = {},
  before?: Promise<unknown>,
): AnswerResult {
  const choose = (question: CodexQuestion): QuestionChoice | AnswerResult => {
    const { choices, refusal, forOwners } = question;
    if (choiceId === "rule" && answerer.by !== "operator") return { kind: "owners only" };
    const all = [...choices, refusal];
    const choice = [...all, ...(forOwners ? [forOwners] : [])].find(
      ({ id: is }) => is === choiceId,
    );
    return choice ?? { kind: "no such choice", choices: all.map(({ label }) => label) };
  };
  return answer(id, answerer, place, choose, before);
}

/** Answers a question in the person's own words, where it takes them. */
export function answerInWords(
  id: string,
  text: string,
  answerer: Answerer,
  place: Place,
): AnswerResult {
  return answer(id, answerer, place, ({ readTyped, choices, refusal }) => {
    if (!readTyped) {
      return { kind: "no such choice", choices: [...choices, refusal].map(({ label }) => label) };
    }
    const read = readTyped(text);
    return typeof read === "string" ? { kind: "not understood", reason: read } : read;
  });
}

/** Sends the whole of a question to its chat; false where it is not open. @throws where the chat cannot be reached */
export async function showWholeQuestion(id: string, place: Place): Promise<boolean> {
  const entry = board.open.get(id);
  if (!entry || !isOf(entry, place)) return false;
  // Whoever has pressed its button has it before their eyes, though OpenClaw may have yet to say that it was sent.
  if (place.chat && entry.shownAt === undefined) noteShown(entry);
  await entry.showAll();
  return true;
}

/** A question by its id, while it is open; with a `sessionFile` only that session's. */
export function findQuestion(id: string, sessionFile?: string): OpenQuestion | undefined {
  const entry = board.open.get(id);
  return entry && isOf(entry, sessionFile === undefined ? {} : { sessionFile }) ? entry : undefined;
}

/** Whether a word has the form of what a person types for a question, be it of one that nobody remembers. */
export function isQuestionHandle(word: string): boolean {
  return /^(?=.*[a-f])(?=.*\d)[0-9a-f]{6,32}$/.test(word);
}

/** The id of the question of a session that a person has typed the beginning of, open or settled. */
export function questionIdOf(handle: string, sessionFile: string): string | undefined {
  const known = [...board.open, ...board.settled].filter(
    ([id, entry]) => id.startsWith(handle) && isOf(entry, { sessionFile }),
  );
  return known.length === 1 ? known[0]?.[0] : undefined;
}

/** The open questions of a session, oldest first. */
export function openQuestions(sessionFile: string): OpenQuestion[] {
  return [...board.open.values()].filter((entry) => entry.sessionFile === sessionFile);
}

/** When its chat was shown a question, by the forward clock; undefined while it is on its way. */
export function shownAtOf({ id }: OpenQuestion): number | undefined {
  return board.open.get(id)?.shownAt;
}

/** How many are open in all chats. */
export function countOpenQuestions(): number {
  return board.open.size;
}

/**
 * The question of a session that somebody means who names none: the one that its chat was shown as its only one. None
 * if it has just come in the place of another that somebody else ended, since whoever types may still look at that.
 */
export async function meantQuestion(
  sessionFile: string,
  { senderId }: Pick<Answerer, "senderId">,
): Promise<OpenQuestion | undefined> {
  const onWay = onlyQuestion(sessionFile);
  if (!onWay) return undefined;
  if (onWay.shownAt === undefined) await pause(SHOWN_WITHIN_MS, onWay.shown.promise);
  const entry = onlyQuestion(sessionFile);
  if (entry !== onWay) return undefined;
  if (entry?.shownAt === undefined || !entry.standsAlone) return undefined;
  const lastEnd = board.lastEnds.get(sessionFile);
  if (!lastEnd || lastEnd.senderId === (senderId ?? "")) return entry;
  const hasReplaced = lastEnd.at > entry.shownAt - READING_MS;
  const isFresh = monotonicMs() - Math.max(entry.shownAt, lastEnd.at) < READING_MS;
  return hasReplaced && isFresh ? undefined : entry;
}

function onlyQuestion(sessionFile: string): Entry | undefined {
  const [only, ...more] = openQuestions(sessionFile);
  return only && more.length === 0 ? board.open.get(only.id) : undefined;
}

function answer(
  id: string,
  answerer: Answerer,
  place: Place,
  choose: (question: CodexQuestion) => QuestionChoice | AnswerResult,
  before?: Promise<unknown>,
): AnswerResult {
  const settled = board.settled.get(id);
  if (settled && isOf(settled, place)) return { kind: "settled before", outcome: settled.outcome };
  const entry = board.open.get(id);
  if (!entry || !isOf(entry, place)) return { kind: "not open" };
  const choice = choose(entry.question);
  if ("kind" in choice) return choice;
  if (entry.operatorDecides && answerer.by !== "operator" && choice.id !== "deny") {
    return { kind: "operator decides" };
  }
  const { sessionFile, chat } = entry;
  remember(id, { sessionFile, chat, outcome: choice.outcome });
  const settle = (): void => entry.settle({ by: "choice", choice, answerer });
  if (before) {
    entry.stopClock();
    board.open.delete(id);
    void before.then(settle, settle);
  } else settle();
  return { kind: "taken", question: entry, choice };
}

function reasonOf({ reason }: AbortSignal): "turn" | typeof ELSEWHERE | typeof CHANGED {
  return reason === ELSEWHERE || reason === CHANGED ? reason : "turn";
}

function noteEnd(sessionFile: string, end: QuestionEnd): void {
  const isOwn = end.by === "choice" && end.answerer.by !== "operator";
  const senderId = isOwn ? (end.answerer.senderId ?? "") : undefined;
  board.lastEnds.delete(sessionFile);
  board.lastEnds.set(sessionFile, { at: monotonicMs(), senderId });
  keepNewest(board.lastEnds, REMEMBERED);
}

function newId(): string {
  for (;;) {
    const id = randomBytes(16).toString("hex");
    const handle = id.slice(0, HANDLE);
    const isTaken = [...board.open.keys(), ...board.settled.keys()].some((other) =>
      other.startsWith(handle),
    );
    if (isQuestionHandle(handle) && !isTaken) return id;
  }
}

function isOf(
  asked: { sessionFile: string; chat: ReplyAddress | undefined },
  { sessionFile, chat }: Place,
): boolean {
  if (sessionFile !== undefined && asked.sessionFile !== sessionFile) return false;
  return chat === undefined || (asked.chat !== undefined && isSameChat(chat, asked.chat));
}

function remember(id: string, settled: Settled): void {
  board.settled.set(id, settled);
  keepNewest(board.settled, REMEMBERED);
}
