/** `/codexchat undo`: takes the thread back before its last turn. */
import { isBeforeFirstTurn } from "../app-server/errors.js";
import { auditCommand } from "../host/audit.js";
import { hasUnsolicitedTurn, readCodexConversationActiveTurn } from "../thread/active-turns.js";
import { requireBinding } from "../thread/bound-codex.js";
import { undoLastTurn, type Undone } from "../thread/undo.js";
import { holdReason } from "../messages/line-hold.js";
import {
  enqueueConversationTurn,
  queuedConversationTurns,
  waitingConversationTurns,
} from "../messages/queue.js";
import { undoWords } from "../words/undo-words.js";
import { codexOf } from "./codex.js";
import { withSession, type Session, type Subcommand } from "./subcommand.js";

/** A button names the turn that it was shown for: `undo --turn ID`. */
export const undo: Subcommand = async (host, ctx, args) => {
  const [flag, meant, ...rest] = args;
  const isUnderstood = flag === undefined || (flag === "--turn" && meant !== undefined);
  if (!isUnderstood || rest.length > 0) return undefined;
  return withSession(host, ctx, async (session) => {
    const { sessionFile } = session;
    if (isAtWork(sessionFile)) return undoWords.refused("runs");
    // In line, so that no message's turn begins meanwhile; before those that are on hold.
    const undone = await enqueueConversationTurn(
      sessionFile,
      () => takeBack(session, meant),
      undefined,
      { goesFirst: true },
    );
    if (typeof undone === "string") return undoWords.refused(undone);
    const said = undoWords.undone(undone);
    await auditCommand(host, ctx, {
      event: "turn taken back",
      session: sessionFile,
      outcome: undone.outcome,
      text: said,
    });
    return said;
  });
};

async function takeBack(session: Session, meant: string | undefined): Promise<Undone> {
  const { sessionFile } = session;
  const binding = await requireBinding(sessionFile);
  if (binding.hasRun === false) return "no turn";
  const { client, runtime, timeoutMs } = await codexOf(session);
  try {
    return await undoLastTurn(client, binding, { runtime, sessionFile, timeoutMs, meant });
  } catch (error) {
    if (isBeforeFirstTurn(error)) return "no turn";
    throw error;
  }
}

/** Messages on hold begin no turn by themselves. */
function isAtWork(sessionFile: string): boolean {
  const waiting = waitingConversationTurns(sessionFile).length;
  return (
    queuedConversationTurns(sessionFile) > waiting ||
    (waiting > 0 && holdReason(sessionFile) === undefined) ||
    readCodexConversationActiveTurn(sessionFile) !== undefined ||
    hasUnsolicitedTurn(sessionFile)
  );
}
