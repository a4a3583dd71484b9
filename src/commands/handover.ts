/** `/codexchat handover`: the terminal continues the chat's thread, so the chat lets go of it. */
import { resolveCodexAppServerRuntimeOptions } from "../app-server/config.js";
import { hasUnsolicitedTurn } from "../thread/active-turns.js";
import { queuedConversationTurns } from "../messages/queue.js";
import { requireBinding } from "../thread/bound-codex.js";
import { handoverWords } from "../words/handover-words.js";
import { detach } from "./detach.js";
import { withSession, type Subcommand } from "./subcommand.js";

export const handover: Subcommand = async (host, ctx, args) => {
  if (args.length > 0) return undefined;
  return withSession(host, ctx, async ({ sessionFile, pluginConfig }) => {
    const { threadId, cwd, hasRun, server } = await requireBinding(sessionFile);
    if (hasRun === false) return handoverWords.nothingYet;
    const { start } = resolveCodexAppServerRuntimeOptions({ pluginConfig, server });
    // Both can be on a thread of a shared app-server.
    if (start.transport === "websocket") {
      return handoverWords.shared({ threadId, cwd, url: publicAddress(start.url) });
    }
    if (queuedConversationTurns(sessionFile) > 0 || hasUnsolicitedTurn(sessionFile)) {
      return handoverWords.busy;
    }
    await detach(host, ctx, [], "");
    return handoverWords.done({ threadId, cwd, server });
  });
};

/** Undefined where a part of it may be a secret, as a name, a password or a query can be. */
function publicAddress(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { username, password, search } = new URL(url);
  return `${username}${password}${search}` === "" ? url : undefined;
}
