/** Signing in to a tool server: a link that a person opens, and word of how it has ended. */
import { callCodex, METHODS } from "../app-server/methods.js";
import type { CodexClient } from "../app-server/protocol.js";
import { signInEndIn } from "../app-server/tool-servers.js";
import { isPrivateChat } from "../chat/private-chat.js";
import { auditCommand } from "../host/audit.js";
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import { mcpWords } from "../words/mcp-words.js";
import { AwaitedNotification } from "./awaited-notification.js";
import { codexOf } from "./codex.js";
import { addressOf, tellLater, wayToTellLater } from "./reply-address.js";
import type { Session } from "./subcommand.js";
import { openableLink } from "./web-link.js";

/** Codex waits so long for the person, and then says that it has failed. */
const SIGN_IN_WITHIN_S = 600;
/** It says so a little later. */
const MARGIN_MS = 30_000;

/** @throws what Codex refuses, CodexLocalError */
export async function signInToToolServer(
  host: PluginHost,
  ctx: CommandContext,
  session: Session,
  name: string,
): Promise<string> {
  const address = addressOf(ctx);
  if (!address || !isPrivateChat(address)) return mcpWords.privateOnly;
  const { sessionFile } = session;
  if (!(await wayToTellLater(host, ctx))) return mcpWords.cannotTellLater;
  const { client, timeoutMs } = await codexOf(session);
  const params = { name, timeoutSecs: SIGN_IN_WITHIN_S };
  // Listened for before it is asked for: it can end at once.
  const ends = new AwaitedNotification(client, "mcpServer/oauthLogin/completed");
  try {
    const login = await callCodex(client, METHODS.loginToolServer, params, { timeoutMs });
    const link = linkIn(login.authorizationUrl);
    if (!link) {
      ends.stop();
      return mcpWords.noLink(name);
    }
    await auditCommand(host, ctx, {
      event: "tool servers",
      session: sessionFile,
      outcome: "sign-in begun",
      text: name,
    });
    const of = { name, loginId: login.loginId };
    const within = SIGN_IN_WITHIN_S * 1000 + MARGIN_MS;
    const ended = ends.first((heard) => signInEndIn(heard, of), within);
    void ended.then(async (end) => {
      if (end === "unknown") return;
      if (end !== "lost" && end.isSignedIn) await reload(client, timeoutMs);
      const text = end === "lost" ? mcpWords.signInLost(name) : mcpWords.signInEnded(name, end);
      await tellLater(sessionFile, address, { about: "mcp", text });
    });
    return mcpWords.signIn(name, link.text, link.isOnGateway);
  } catch (error) {
    ends.stop();
    throw error;
  }
}

/** The threads that are loaded begin to use it. Never rejects: they would at their next load. */
async function reload(client: CodexClient, timeoutMs: number): Promise<void> {
  await callCodex(client, METHODS.reloadToolServers, undefined, { timeoutMs }).catch(() => {});
}

function linkIn(url: string | undefined): { text: string; isOnGateway: boolean } | undefined {
  const link = openableLink(url);
  if (!link) return undefined;
  const back = link.url.searchParams.get("redirect_uri") ?? "";
  const host = URL.canParse(back) ? new URL(back).hostname : "";
  const isOnGateway = ["127.0.0.1", "localhost", "[::1]"].includes(host);
  return { text: link.text, isOnGateway };
}
