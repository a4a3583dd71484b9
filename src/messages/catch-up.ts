/**
 * What a bound thread has finished while nobody listened: the gateway was down, the connection lost. Looked for whenever
 * the thread is loaded, before a turn of the chat's begins.
 *
 * A goal's turns are delivered, and a turn of the chat's own that it was told has failed. Whatever else the chat
 * asked, the inbox answers, and turns of other clients are those clients' affair. The thread's history before the bind is
 * not told: a chat without a mark of what it has seen begins after the newest turn.
 */
import { asString } from "../app-server/json.js";
import { isBeforeFirstTurn, isConnectionClosed, isUnknownMethod } from "../app-server/errors.js";
import type { Answer } from "../thread/answers.js";
import { answerText } from "../words/answer-words.js";
import { isFromPerson } from "../thread/held-turns.js";
import type { ThreadSession } from "../thread/session.js";
import {
  noteLostTurn,
  noteSeenTurn,
  readBindingPatiently,
  updateCodexAppServerBinding,
} from "../thread/thread-binding.js";
import {
  answersOfRecord,
  hasEnded,
  isAmong,
  isTurn,
  itemsOf,
  turnsAfter,
  turnsInOrder,
  type TurnRecord,
} from "../thread/turn-record.js";
import { createTurnWork } from "../thread/turn-work.js";
import { unsolicitedWords } from "../words/unsolicited-words.js";
import { turnWords } from "../words/turn-words.js";
import type { EndedTurn } from "./goal-note.js";

export type CatchUpHost = {
  /** Has the answers of a turn reach the chat, once. */
  deliver: (sessionFile: string, turnId: string, text: string, answers: Answer[]) => Promise<void>;
  /** Whether a message of the chat's is on its way that Codex has under this id. @throws file-system errors */
  hasMessage: (sessionFile: string, clientId: string) => Promise<boolean>;
  /** What turns of the thread's goal came to. Must not reject. */
  goalTurnsMissed: (session: ThreadSession, turns: readonly EndedTurn[]) => Promise<void>;
  isStopped: () => boolean;
  warn: (text: string) => void;
};

const REQUEST_WITHIN_MS = 10_000;

/** Delivers what was missed, in order, each once. Never rejects. */
export async function catchUp(session: ThreadSession, host: CatchUpHost): Promise<void> {
  const { client, threadId, sessionFile } = session;
  try {
    const binding = await readBindingPatiently(sessionFile);
    if (binding?.threadId !== threadId) return;
    const seen = binding.seen?.threadId === threadId ? binding.seen.turnId : undefined;
    const turns = await unheard(
      session,
      await lookTwice(() => turnsInOrder(client, threadId, REQUEST_WITHIN_MS)),
      host,
    );
    // The next process looks again, or the version that has taken over.
    if (host.isStopped()) return;
    // Their end can have come while the record was read, and would be told as a turn that nobody here knows.
    for (const turn of turns) if (hasEnded(turn)) session.forget(turn.id);
    const since = seen === undefined ? turns : turnsAfter(turns, seen);
    const missed = seen === undefined ? [] : since.filter(hasEnded);
    const lost = binding.lost?.filter((turn) => turn.threadId === threadId) ?? [];
    const isLost = (turn: TurnRecord): boolean => isAmong(lost, turn);
    for (const turn of turns) {
      // oxlint-disable-next-line no-await-in-loop
      if (hasEnded(turn) && isLost(turn)) await deliverLost(session, turn, host);
    }
    const goals = missed.filter(isGoals);
    const told = goals.filter((turn) => !isCutOff(turn));
    for (const { id: turnId } of goals.filter(isCutOff)) {
      // oxlint-disable-next-line no-await-in-loop
      await noteLostTurn(sessionFile, { turnId }, threadId);
    }
    const ended = await Promise.all(told.map((turn) => endOf(threadId, turn)));
    await host.goalTurnsMissed(session, ended);
    const running = turns.at(-1);
    if (running && !hasEnded(running)) {
      const isOurs = isLost(running) || (await isOfMessage(session, running, host));
      if (isOurs || since.includes(running)) {
        session.noteRunning(running.id, itemsOf(running), isOurs);
      }
    }
    const newest = since.findLast(hasEnded);
    if (newest && !host.isStopped()) await noteSeenTurn(sessionFile, threadId, newest.id);
  } catch (error) {
    if (hasNothingToTell(error)) return;
    host.warn(`what a thread did while nobody listened could not be read: ${String(error)}`);
  }
}

/** A thread without a turn, and a Codex that is too old to list turns, and so for goals. */
function hasNothingToTell(error: unknown): boolean {
  return isBeforeFirstTurn(error) || isUnknownMethod(error);
}

/** What was missed, and who began the turn that runs, would be lost with one answer of Codex's. */
async function lookTwice<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (hasNothingToTell(error) || isConnectionClosed(error)) throw error;
    return look();
  }
}

/**
 * Without the turns that began and ended since the thread was loaded, while its record was read: what they said was heard,
 * and they are announced. Those of the chat's messages are looked for by these.
 */
async function unheard(
  session: ThreadSession,
  turns: readonly TurnRecord[],
  host: CatchUpHost,
): Promise<TurnRecord[]> {
  const missed: TurnRecord[] = [];
  for (const turn of turns) {
    const isHeard = hasEnded(turn) && session.hearsWhole(turn.id);
    // oxlint-disable-next-line no-await-in-loop
    if (!isHeard || (await isOfMessage(session, turn, host))) missed.push(turn);
  }
  return missed;
}

async function deliverLost(
  { threadId, sessionFile }: ThreadSession,
  turn: TurnRecord,
  { deliver, isStopped }: CatchUpHost,
): Promise<void> {
  if (isCutOff(turn)) return;
  if (turn.status === "completed") {
    const answers = await answersOfRecord(threadId, turn, createTurnWork());
    await deliver(sessionFile, turn.id, unsolicitedWords.late(answerText(answers)), answers);
  }
  // The next process looks again.
  if (isStopped()) return;
  await updateCodexAppServerBinding(sessionFile, ({ lost = [] }) => {
    const left = lost.filter((known) => !isTurn(turn, known));
    return { lost: left.length > 0 ? left : undefined };
  });
}

/** Whether a message of the chat's began it, be it that others are to be taken up before that one. */
async function isOfMessage(
  { sessionFile }: ThreadSession,
  turn: TurnRecord,
  { hasMessage }: CatchUpHost,
): Promise<boolean> {
  const clientId = asString(itemsOf(turn)[0]?.clientId);
  return clientId !== undefined && hasMessage(sessionFile, clientId);
}

/** Perhaps: so reads one, too, that a process works on that has outlived its gateway, and may finish. */
function isCutOff({ status }: TurnRecord): boolean {
  return status === "interrupted";
}

/** Words that came later in it, and a compaction on its way, change nothing. */
function isGoals(turn: TurnRecord): boolean {
  const [first] = itemsOf(turn);
  return first === undefined || !isFromPerson(first);
}

async function endOf(threadId: string, turn: TurnRecord): Promise<EndedTurn> {
  const work = createTurnWork();
  try {
    const answers = await answersOfRecord(threadId, turn, work);
    return { turnId: turn.id, said: answerText(answers), answers, failed: false };
  } catch (error) {
    const said = turnWords.turnFailed(error, work.done());
    return { turnId: turn.id, said, answers: [], failed: true };
  }
}
