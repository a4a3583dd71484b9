/** `/codexchat fork [NUMBER]` and `rename`: what is done to this chat's own thread. */
import { requireCodexFor } from "../app-server/codex-version.js";
import { callCodex, METHODS } from "../app-server/methods.js";
import { isNoRollout, isThreadNotFound } from "../app-server/errors.js";
import type { CodexClient } from "../app-server/protocol.js";
import { updateCodexAppServerBinding } from "../thread/thread-binding.js";
import { queuedConversationTurns } from "../messages/queue.js";
import { keepThreadSession } from "../thread/sessions.js";
import { forkThread, leaveThread } from "../thread/thread.js";
import { settingsOfBinding } from "../thread/thread-settings.js";
import { threadWords } from "../words/thread-words.js";
import { workspaceRules } from "../thread/workspace-folder.js";
import { threadRefused } from "../words/folder-words.js";
import { requireBinding } from "../thread/bound-codex.js";
import { codexOf } from "./codex.js";
import { lastExchanges, MOST_SHOWN, type PastExchange } from "./history.js";
import { takeThreadAllowance } from "./thread-allowance.js";
import { withSession, type Session, type Subcommand } from "./subcommand.js";

/** Older versions copy all of a thread, whatever they are asked. */
const COPIES_IN_PART_SINCE = "0.154.0";

/** Codex allows more; a title is read on one line. */
const MAX_TITLE = 100;

export const fork: Subcommand = async (host, ctx, args) => {
  const [number, ...rest] = args;
  if (rest.length > 0 || (number !== undefined && !isHistoryNumber(number))) return undefined;
  return withSession(host, ctx, async (session) => {
    const { sessionFile } = session;
    const current = await requireBinding(sessionFile);
    if (current.hasRun === false) return threadWords.nothingToFork;
    const { client, runtime } = await codexOf(session);
    const from = number === undefined ? undefined : await exchangeToKeep(session, client, number);
    if (typeof from === "string") return from;
    const { requestTimeoutMs } = runtime;
    const rules = await workspaceRules(runtime);
    const refusal = await rules.refusal(current.cwd || session.data.workspaceDir);
    if (refusal) throw new Error(threadRefused(refusal, current.cwd));
    const tooMany = takeThreadAllowance(sessionFile);
    if (tooMany) return threadWords.tooManyThreads(tooMany);
    let facts;
    try {
      const settings = settingsOfBinding(current, runtime);
      const source = { threadId: current.threadId, lastTurnId: from?.turnId };
      facts = await forkThread(client, source, settings, requestTimeoutMs);
    } catch (error) {
      if (isNoRollout(error)) return threadWords.nothingToFork;
      throw error;
    }
    const cwd = facts.cwd || current.cwd;
    const refusalOfCopy = await rules.refusal(cwd || session.data.workspaceDir);
    if (refusalOfCopy) {
      await leaveThread(client, facts.threadId, requestTimeoutMs);
      throw new Error(threadRefused(refusalOfCopy, cwd));
    }
    const runs = queuedConversationTurns(sessionFile) > 0;
    // A detach, another thread or a setting that came while Codex copied stays as it is.
    const isTaken = await updateCodexAppServerBinding(sessionFile, ({ threadId }) =>
      threadId === current.threadId
        ? { threadId: facts.threadId, cwd, hasRun: true, createdAt: "" }
        : undefined,
    );
    if (!isTaken) {
      await leaveThread(client, facts.threadId, requestTimeoutMs);
      return threadWords.leftWhileForking(facts.threadId);
    }
    keepThreadSession(client, facts.threadId, sessionFile);
    const answer = threadWords.forked({ from: current.threadId, cwd, upTo: from });
    return runs ? `${answer}\n${threadWords.runningGoesOn}` : answer;
  });
};

function isHistoryNumber(number: string): boolean {
  return /^\d{1,2}$/.test(number) && Number(number) >= 1 && Number(number) <= MOST_SHOWN;
}

/** The one with this number in the history, with which the copy ends; a string says why there is none. */
async function exchangeToKeep(
  session: Session,
  client: CodexClient,
  number: string,
): Promise<PastExchange | string> {
  requireCodexFor("a fork from an earlier message", client.serverVersion, COPIES_IN_PART_SINCE);
  const exchanges = await lastExchanges(session, MOST_SHOWN);
  const exchange = exchanges[Number(number) - 1];
  if (!exchange) return threadWords.noSuchExchange(exchanges.length);
  return exchange.outcome === "running" ? threadWords.stillAtWork : exchange;
}

export const rename: Subcommand = async (host, ctx, _args, text) => {
  const title = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
  if (title === "" || title.length > MAX_TITLE) return undefined;
  return withSession(host, ctx, async (session) => {
    const { threadId } = await requireBinding(session.sessionFile);
    const { client, timeoutMs } = await codexOf(session);
    try {
      const params = { threadId, name: title };
      await callCodex(client, METHODS.nameThread, params, { timeoutMs });
    } catch (error) {
      if (isNoRollout(error) || isThreadNotFound(error)) return threadWords.nothingToRename;
      throw error;
    }
    return threadWords.renamed(title);
  });
};
