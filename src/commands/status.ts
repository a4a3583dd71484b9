/** `/codexchat status`: all that is known of the chat, in full. */
import { inspectCodexAppServerBinding } from "../thread/thread-binding.js";
import { statusText } from "../words/status-words.js";
import { turnWords } from "../words/turn-words.js";
import { askCodex, chatFacts } from "./chat-facts.js";
import { withSession, type Session, type Subcommand } from "./subcommand.js";

export const status: Subcommand = async (host, ctx, args) =>
  args.length > 0 ? undefined : withSession(host, ctx, describe);

async function describe(session: Session): Promise<string> {
  const state = await inspectCodexAppServerBinding(session.sessionFile);
  if (state.kind === "none") return turnWords.threadMissing;
  if (state.kind === "unreadable")
    return turnWords.sentence(turnWords.bindingUnreadable(state.reason));
  const { binding } = state;
  const said = await askCodex(session, binding.threadId);
  return statusText(await chatFacts(session, binding, said));
}
