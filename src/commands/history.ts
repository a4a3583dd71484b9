/** `/codexchat history [NUMBER]`: what was asked and answered last, for somebody who comes back to a thread. */
import { isBeforeFirstTurn } from "../app-server/errors.js";
import { requireBinding } from "../thread/bound-codex.js";
import { exchangeOf, type Exchange } from "../thread/exchange.js";
import { recentTurns } from "../thread/turn-record.js";
import { historyWords } from "../words/history-words.js";
import { codexOf } from "./codex.js";
import { withSession, type Subcommand } from "./subcommand.js";

const SHOWN = 3;
/** What fits into a message or two. */
export const MOST_SHOWN = 10;

type Chat = { sessionFile: string; pluginConfig: unknown };

export type PastExchange = Exchange & { turnId: string };

export const history: Subcommand = async (host, ctx, args) => {
  const [count = String(SHOWN), ...more] = args;
  if (more.length > 0 || !/^\d{1,2}$/.test(count)) return undefined;
  const shown = Number(count);
  if (shown < 1 || shown > MOST_SHOWN) return undefined;
  return withSession(host, ctx, async (session) => {
    const exchanges = await lastExchanges(session, shown);
    return exchanges.length === 0 ? historyWords.none : historyWords.list(exchanges.toReversed());
  });
};

/** The thread's last question and answer, if it has any. Never rejects: a bind does not fail for that. */
export async function lastSaid(chat: Chat): Promise<string | undefined> {
  const [last] = await lastExchanges(chat, 1).catch((): PastExchange[] => []);
  return last && historyWords.last(last);
}

/** Those with words, the newest first, as they are numbered. @throws what Codex refuses, CodexLocalError */
export async function lastExchanges(chat: Chat, count: number): Promise<PastExchange[]> {
  const all = await recentExchanges(chat);
  return all.filter(({ asked, said }) => asked.length > 0 || said !== "").slice(0, count);
}

/** Of all the latest turns, the newest first. @throws what Codex refuses, CodexLocalError */
export async function recentExchanges(chat: Chat): Promise<PastExchange[]> {
  const { threadId, hasRun } = await requireBinding(chat.sessionFile);
  if (hasRun === false) return [];
  const { client, timeoutMs } = await codexOf(chat);
  try {
    const turns = await recentTurns(client, threadId, timeoutMs);
    return turns.map((turn) => ({ ...exchangeOf(threadId, turn), turnId: turn.id }));
  } catch (error) {
    if (isBeforeFirstTurn(error)) return [];
    throw error;
  }
}
