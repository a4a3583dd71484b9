/** `/codexchat mcp`: the tool servers that Codex has. */
import { callCodex, METHODS } from "../app-server/methods.js";
import type { ToolServer } from "../app-server/tool-servers.js";
import { auditCommand } from "../host/audit.js";
import { sessionsOfConversation } from "../thread/sessions.js";
import { mcpWords } from "../words/mcp-words.js";
import { codexOf } from "./codex.js";
import { signInToToolServer } from "./mcp-sign-in.js";
import { withSession, type Session, type Subcommand } from "./subcommand.js";

const SERVERS = 100;

/** `mcp`, `mcp NAME`, `mcp login NAME`, `mcp reload`. */
export const mcp: Subcommand = async (host, ctx, args) => {
  const [first, second, ...rest] = args;
  const isLogin = first?.toLowerCase() === "login";
  if (rest.length > 0 || isLogin !== (second !== undefined)) return undefined;
  return withSession(host, ctx, async (session) => {
    if (second !== undefined) return signInToToolServer(host, ctx, session, second);
    if (first?.toLowerCase() === "reload") {
      const { client, timeoutMs } = await codexOf(session);
      await callCodex(client, METHODS.reloadToolServers, undefined, { timeoutMs });
      const { sessionFile } = session;
      await auditCommand(host, ctx, {
        event: "tool servers",
        session: sessionFile,
        outcome: "reloaded",
      });
      return mcpWords.reloaded;
    }
    const servers = await toolServers(session);
    if (first === undefined) return servers.length === 0 ? mcpWords.none : mcpWords.list(servers);
    const wanted = servers.find(({ name }) => name.toLowerCase() === first.toLowerCase());
    return wanted ? mcpWords.server(wanted) : mcpWords.unknown(first);
  });
};

/** Of the chat's thread, if that is loaded; else as Codex would start them. */
async function toolServers(session: Session): Promise<ToolServer[]> {
  const { client, timeoutMs } = await codexOf(session);
  const loaded = sessionsOfConversation(session.sessionFile).at(-1);
  const of = loaded === undefined ? {} : { threadId: loaded.threadId };
  const params = { detail: "toolsAndAuthOnly", limit: SERVERS, ...of } as const;
  return callCodex(client, METHODS.listToolServers, params, { timeoutMs });
}
