/** `/codexchat side TEXT`: asks Codex something while a turn runs, without disturbing it. `side stop` cancels it. */
import { requireCodexFor } from "../app-server/codex-version.js";
import { readCodexConversationActiveTurn } from "../messages/control.js";
import { stopSideQuestion } from "../messages/side-questions.js";
import { sideWords } from "../words/side-words.js";
import { threadWords } from "../words/thread-words.js";
import { codexOf } from "./codex.js";
import { wayToTellLater } from "./reply-address.js";
import { withSession, type Subcommand } from "./subcommand.js";

const ANSWERS_ASIDE_SINCE = "0.169.0";

export const side: Subcommand = async (host, ctx, args, text) => {
  const question = text.trim();
  if (question === "") return undefined;
  return withSession(host, ctx, async (session) => {
    const { sessionFile } = session;
    if (args.length === 1 && args[0]?.toLowerCase() === "stop") {
      return stopSideQuestion(sessionFile) ? sideWords.stopped : sideWords.nothingToStop;
    }
    const turn = readCodexConversationActiveTurn(sessionFile);
    if (!turn) return sideWords.noTurn;
    const later = await wayToTellLater(host, ctx);
    if (!later) return threadWords.cannotTellLater;
    const { messages, address } = later;
    const { client } = await codexOf(session);
    requireCodexFor("a side question", client.serverVersion, ANSWERS_ASIDE_SINCE);
    const isAsked = await messages.side.ask({ sessionFile, address, question, turn, client });
    return isAsked ? sideWords.asked : sideWords.busy;
  });
};
