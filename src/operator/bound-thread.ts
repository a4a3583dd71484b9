/** A bound chat's thread, for a page: what was said and done there, what is asked, what waits, and who decided. */
import path from "node:path";
import { isBeforeFirstTurn } from "../app-server/errors.js";
import { callCodex, METHODS } from "../app-server/methods.js";
import { readAuditLog } from "../host/audit-log.js";
import { currentPluginConfig } from "../host/plugin-host.js";
import { readCodexConversationActiveTurn } from "../messages/control.js";
import { holdReason } from "../messages/line-hold.js";
import { waitingConversationTurns } from "../messages/queue.js";
import { openQuestions, type OpenQuestion } from "../questions/board.js";
import { clientOfSession, runtimeOfBinding } from "../thread/bound-codex.js";
import { recentTurns, turnsOf, type TurnRecord } from "../thread/turn-record.js";
import { plainWhole } from "../words/question-text.js";
import { reasonOf } from "../words/failure-words.js";
import { chatDetails, chatNamed, type Look, type StoredChat } from "./bound-chats.js";
import type { ThreadAnswer, ThreadQuestion, ThreadShown } from "./thread-facts.js";
import { cutLine, cutText, roomOfAnswer, shownTurn, type Room } from "./transcript.js";

/** What fits into an answer of Codex's, and into a page at once. */
const TURNS_AT_ONCE = 5;
const DECISIONS = 50;

type Turns = { turns: TurnRecord[]; earlier?: string | undefined; problem?: string };

/** @param before for the turns before those that an earlier answer had. @throws file-system errors */
export async function threadAnswer(
  look: Look,
  name: string,
  before: string | undefined,
): Promise<ThreadAnswer> {
  const named = await chatNamed(look, name);
  return named.found === "one" ? showThread(look, named.chat, before) : named;
}

async function showThread(
  look: Look,
  chat: StoredChat,
  before: string | undefined,
): Promise<ThreadShown> {
  const { sessionFile } = chat;
  const session = path.basename(sessionFile);
  const [details, { turns, earlier, problem }, log] = await Promise.all([
    chatDetails(look, chat),
    turnsBefore(look, chat, before).catch((error: unknown): Turns => ({
      turns: [],
      problem: reasonOf(error),
    })),
    readAuditLog(look.host.runtime.state.resolveStateDir(), DECISIONS, {
      about: session,
      event: "decision",
    }),
  ]);
  const room = roomOfAnswer();
  const waiting = waitingConversationTurns(sessionFile).map(({ number, id, label }) => ({
    number,
    id,
    label: cutText(label, room),
  }));
  return {
    found: "one",
    chat: details,
    questions: openQuestions(sessionFile).map((asked) => shownQuestion(asked, room)),
    // The newest have the room, if it does not do for all.
    turns: turns.map((turn) => shownTurn(turn, room)).toReversed(),
    earlier,
    problem,
    decisions: log.map(({ at, by, senderId, outcome = "" }) => ({ at, by, senderId, outcome })),
    waiting,
    isHeld: holdReason(sessionFile) !== undefined,
    turnId: readCodexConversationActiveTurn(sessionFile)?.turnId,
  };
}

function shownQuestion({ handle, question }: OpenQuestion, room: Room): ThreadQuestion {
  const choices = question.choices.map(({ id, label }) => ({
    // Choices of a list are typed by their numbers, which count from 1.
    typed: `approve ${handle} ${id.startsWith("option-") ? Number(id.slice(7)) + 1 : id}`,
    label: cutLine(label, room),
  }));
  return {
    handle,
    whole: cutText(plainWhole(question), room),
    choices: [
      ...choices,
      { typed: `deny ${handle}`, label: cutLine(question.refusal.label, room) },
    ],
    takesWords: question.readTyped !== undefined && question.typesChoices !== true,
  };
}

/** The newest first. @throws what Codex refuses */
async function turnsBefore(
  { host }: Look,
  { state }: StoredChat,
  before: string | undefined,
): Promise<Turns> {
  if (state.kind !== "bound" || state.binding.hasRun === false) return { turns: [] };
  const { threadId } = state.binding;
  const runtime = runtimeOfBinding(currentPluginConfig(host), state.binding);
  const timeoutMs = runtime.requestTimeoutMs;
  const client = await clientOfSession(runtime, state.binding, timeoutMs);
  try {
    const page = await callCodex(
      client,
      METHODS.listTurns,
      {
        threadId,
        limit: TURNS_AT_ONCE,
        sortDirection: "desc",
        itemsView: "full",
        ...(before === undefined ? {} : { cursor: before }),
      },
      { timeoutMs },
    );
    return { turns: turnsOf(page.turns), earlier: page.nextCursor };
  } catch (error) {
    if (isBeforeFirstTurn(error)) return { turns: [] };
    // Up to 0.139 there are no pages of turns.
    if (before === undefined) return { turns: await recentTurns(client, threadId, timeoutMs) };
    throw error;
  }
}
