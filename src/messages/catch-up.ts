/**
 * What a bound thread has finished while nobody listened: the gateway was down, the connection lost. Looked for whenever
 * the thread is loaded, before a turn of the chat's begins.
 *
 * A goal's turns are delivered, and a turn of the chat's own that it was told has failed. Whatever else the chat
 * asked, the inbox answers, and turns of other clients are those clients' affair. The thread's history before the bind is
 * not told: a chat without a mark of what it has seen begins after the newest turn.
 */
import { asString } from "../app-server/json.js";
import { isBeforeFirstTurn, isUnknownMethod } from "../app-server/errors.js";
import type { Answer } from "../thread/answers.js";
import { answerText } from "../words/answer-words.js";
import { isFromPerson } from "../thread/held-turns.js";
import type { ThreadSession } from "../thread/session.js";
import {
  noteSeenTurn,
  readCodexAppServerBinding,
  updateCodexAppServerBinding,
} from "../thread/thread-binding.js";
import {
  answersOfRecord,
  hasEnded,
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
    const binding = await readCodexAppServerBinding(sessionFile);
    if (binding?.threadId !== threadId) return;
    const seen = binding.seen?.threadId === threadId ? binding.seen.turnId : undefined;
    const turns = await turnsInOrder(client, threadId, REQUEST_WITHIN_MS);
    // The next process looks again, or the version that has taken over.
    if (host.isStopped()) return;
    // Their end can have come while the record was read, and would be told as a turn that nobody here knows.
    for (const turn of turns) if (hasEnded(turn)) session.forget(turn.id);
    const since = seen === undefined ? turns : turnsAfter(turns, seen);
    const missed = seen === undefined ? [] : since.filter(hasEnded);
    const isLost = (turn: TurnRecord): boolean =>
      binding.lost?.threadId === threadId && isTurn(turn, binding.lost);
    const lost = turns.find((turn) => hasEnded(turn) && isLost(turn));
    if (lost) await deliverLost(session, lost, host);
    const told = missed.filter((turn) => isGoals(turn) && turn.status !== "interrupted");
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
    // A thread without a turn, and a Codex that is too old to list turns, and so for goals.
    if (isBeforeFirstTurn(error) || isUnknownMethod(error)) return;
    host.warn(`what a thread did while nobody listened could not be read: ${String(error)}`);
  }
}

async function deliverLost(
  { threadId, sessionFile }: ThreadSession,
  turn: TurnRecord,
  { deliver }: CatchUpHost,
): Promise<void> {
  if (turn.status === "completed") {
    const answers = await answersOfRecord(threadId, turn, createTurnWork());
    await deliver(sessionFile, turn.id, unsolicitedWords.late(answerText(answers)), answers);
  }
  await updateCodexAppServerBinding(sessionFile, ({ lost }) =>
    lost && isTurn(turn, lost) ? { lost: undefined } : undefined,
  );
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
