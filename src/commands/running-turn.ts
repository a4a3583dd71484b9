/** `/codexchat stop`, `steer` and `queue`: the turn that runs and the messages that wait behind it. */
import { steerCodexConversationTurn, stopCodexConversationTurn } from "../messages/control.js";
import {
  dropConversationTurn,
  dropConversationTurns,
  nextConversationTurn,
  queuedConversationTurns,
  steerConversationTurn,
  waitingConversationTurns,
} from "../messages/queue.js";
import { queueWords } from "../words/queue-words.js";
import { withSession, type Subcommand } from "./subcommand.js";

export const stop: Subcommand = async (host, ctx, args) => {
  const [what, ...rest] = args.map((arg) => arg.toLowerCase());
  if (rest.length > 0 || (what !== undefined && what !== "all")) return undefined;
  return withSession(host, ctx, async (session) => {
    if (what === undefined) return (await stopCodexConversationTurn(session)).message;
    // Dropped first, so that none begins when the turn before it ends.
    const dropped = dropConversationTurns(session.sessionFile);
    const { message } = await stopCodexConversationTurn(session);
    return queueWords.stoppedAll(message, dropped);
  });
};

/** `steer TEXT`, or `steer` alone for the message that waits longest. */
export const steer: Subcommand = async (host, ctx, args, text) => {
  if (args.length === 0) {
    return withSession(host, ctx, async ({ sessionFile }) => {
      const next = nextConversationTurn(sessionFile);
      return next === undefined
        ? queueWords.nothingToSteer
        : queueWords.steered(await steerConversationTurn(next));
    });
  }
  return withSession(
    host,
    ctx,
    async (session) => (await steerCodexConversationTurn({ ...session, message: text })).message,
  );
};

/** `queue` lists; `queue drop N` takes the message out whose number is N. */
export const queue: Subcommand = async (host, ctx, args) => {
  const [verb, number, ...rest] = args;
  if (rest.length > 0) return undefined;
  if (verb !== undefined && (verb.toLowerCase() !== "drop" || !/^\d{1,6}$/.test(number ?? ""))) {
    return undefined;
  }
  return withSession(host, ctx, async ({ sessionFile }) => {
    if (verb === undefined) {
      const waiting = waitingConversationTurns(sessionFile);
      const running = queuedConversationTurns(sessionFile) > waiting.length;
      return waiting.length === 0 ? queueWords.empty : queueWords.waiting(waiting, running);
    }
    const dropped = dropConversationTurn(sessionFile, Number(number));
    return dropped
      ? queueWords.dropped(dropped)
      : queueWords.noSuch(Number(number), waitingConversationTurns(sessionFile));
  });
};
