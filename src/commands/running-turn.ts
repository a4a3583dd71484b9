/** `/codexchat stop`, `steer` and `queue`: the turn that runs and the messages that wait behind it. */
import { steerCodexConversationTurn, stopCodexConversationTurn } from "../messages/control.js";
import {
  dropConversationTurn,
  dropConversationTurns,
  editConversationTurn,
  nextConversationTurn,
  queuedConversationTurns,
  steerConversationTurn,
  waitingConversationTurns,
} from "../messages/queue.js";
import { holdReason } from "../messages/line-hold.js";
import { runningConversationMessages } from "../messages/process-messages.js";
import { turnsAheadOfPlace } from "../thread/turn-places.js";
import { holdWords } from "../words/hold-words.js";
import { queueWords } from "../words/queue-words.js";
import { withSession, type Subcommand } from "./subcommand.js";

export const stop: Subcommand = async (host, ctx, args) => {
  const [what, ...rest] = args.map((arg) => arg.toLowerCase());
  if (rest.length > 0 || (what !== undefined && what !== "all")) return undefined;
  return withSession(host, ctx, async (session) => {
    if (what === undefined) return (await stopCodexConversationTurn(session)).message;
    // Dropped first, so that none begins when the turn before it ends.
    const dropped = dropConversationTurns(session.sessionFile);
    await runningConversationMessages()?.held.go(session.sessionFile);
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

/** `queue` lists; `queue drop N` and `queue edit N TEXT` are about the message with the number N; `queue hold`, `queue go`. */
export const queue: Subcommand = async (host, ctx, args, text) => {
  const [verb = "", number, ...rest] = args;
  const action = verb.toLowerCase();
  const isNumbered = /^\d{1,6}$/.test(number ?? "");
  const isUnderstood =
    action === "edit"
      ? isNumbered && rest.length > 0
      : rest.length === 0 && isNumbered === (action === "drop") && (isNumbered || args.length < 2);
  if (!isUnderstood || !["", "drop", "edit", "hold", "go"].includes(action)) return undefined;
  return withSession(host, ctx, async ({ sessionFile }) => {
    const held = runningConversationMessages()?.held;
    switch (action) {
      case "":
        return list(sessionFile);
      case "hold":
        await held?.hold(sessionFile);
        return holdWords.held;
      case "go":
        return (await held?.go(sessionFile)) === true ? holdWords.released : holdWords.notHeld;
      case "drop": {
        const dropped = dropConversationTurn(sessionFile, Number(number));
        await held?.noneWaits(sessionFile);
        return dropped ? queueWords.dropped(dropped) : noSuch(sessionFile, Number(number));
      }
      default: {
        // As it was typed, line breaks included.
        const words = text.replace(/^\S+\s+\S+\s+/, "");
        return edit(sessionFile, Number(number), words);
      }
    }
  });
};

function list(sessionFile: string): string {
  const waiting = waitingConversationTurns(sessionFile);
  const running = queuedConversationTurns(sessionFile) > waiting.length;
  const isHeld = holdReason(sessionFile) !== undefined;
  const working = turnsAheadOfPlace(sessionFile);
  if (waiting.length > 0) return queueWords.waiting(waiting, { running, isHeld, working });
  return isHeld ? `${queueWords.empty} ${holdWords.held}` : queueWords.empty;
}

function edit(sessionFile: string, number: number, words: string): string {
  const edited = editConversationTurn(sessionFile, number, words);
  if (edited === undefined) return noSuch(sessionFile, number);
  if (edited === "busy") return queueWords.busy(number);
  if (edited === "perhaps given") return queueWords.perhapsGiven(number);
  return edited === "fixed" ? queueWords.fixed(number) : queueWords.edited(edited);
}

function noSuch(sessionFile: string, number: number): string {
  return queueWords.noSuch(number, waitingConversationTurns(sessionFile));
}
