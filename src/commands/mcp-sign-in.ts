/** Signing in to a tool server: a link that a person opens, and word of how it has ended. */
import { randomUUID } from "node:crypto";
import { callCodex, METHODS } from "../app-server/methods.js";
import type { CodexClient } from "../app-server/protocol.js";
import { signInEndIn, type SignInEnd } from "../app-server/tool-servers.js";
import { canDeliver } from "../chat/delivery.js";
import { isPrivateChat } from "../chat/private-chat.js";
import { auditCommand } from "../host/audit.js";
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import { runningConversationMessages } from "../messages/process-messages.js";
import { mcpWords } from "../words/mcp-words.js";
import { codexOf } from "./codex.js";
import { addressOf } from "./reply-address.js";
import type { Session } from "./subcommand.js";

/** Codex waits so long for the person, and then says that it has failed. */
const SIGN_IN_WITHIN_S = 600;
/** It says so a little later. */
const MARGIN_MS = 30_000;
const LINK_LENGTH = 3000;

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
  const canTell = await canDeliver(host, address.channel);
  if (!canTell || !runningConversationMessages()) return mcpWords.cannotTellLater;
  const { client, timeoutMs } = await codexOf(session);
  const params = { name, timeoutSecs: SIGN_IN_WITHIN_S };
  // Listened for before it is asked for: it can end at once.
  const ends = new SignInEnds(client);
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
    void ends.of({ name, loginId: login.loginId }).then(async (end) => {
      if (end === "unknown") return;
      if (end !== "lost" && end.isSignedIn) await reload(client, timeoutMs);
      const text = end === "lost" ? mcpWords.signInLost(name) : mcpWords.signInEnded(name, end);
      const notice = { id: `mcp:${randomUUID()}`, kind: "notice", text } as const;
      await runningConversationMessages()?.outbox.post(sessionFile, address, notice);
    });
    return mcpWords.signIn(name, link.text, link.isOnGateway);
  } catch (error) {
    ends.stop();
    throw error;
  }
}

/** What is told of sign-ins while one is under way, from before it begins. */
class SignInEnds {
  readonly #heard: { method: string; params?: unknown }[] = [];
  readonly #stops: (() => void)[];
  readonly #closed = Promise.withResolvers<"lost">();
  #onHeard: () => void = () => {};

  constructor(client: CodexClient) {
    this.#stops = [
      client.addNotificationHandler(
        (notification) => {
          if (notification.method !== "mcpServer/oauthLogin/completed") return;
          this.#heard.push(notification);
          this.#onHeard();
        },
        { method: "mcpServer/oauthLogin/completed" },
      ),
      client.addCloseHandler(() => this.#closed.resolve("lost")),
    ];
  }

  /** `unknown` if nothing was told in time. Never rejects. */
  async of(login: {
    name: string;
    loginId: string | undefined;
  }): Promise<SignInEnd | "lost" | "unknown"> {
    const ended = Promise.withResolvers<SignInEnd | "unknown">();
    const look = (): void => {
      const end = this.#heard.map((heard) => signInEndIn(heard, login)).find(Boolean);
      if (end) ended.resolve(end);
    };
    this.#onHeard = look;
    look();
    const waitMs = SIGN_IN_WITHIN_S * 1000 + MARGIN_MS;
    const timer = setTimeout(() => ended.resolve("unknown"), waitMs);
    timer.unref();
    try {
      return await Promise.race([ended.promise, this.#closed.promise]);
    } finally {
      clearTimeout(timer);
      this.stop();
    }
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }
}

/** The threads that are loaded begin to use it. Never rejects: they would at their next load. */
async function reload(client: CodexClient, timeoutMs: number): Promise<void> {
  await callCodex(client, METHODS.reloadToolServers, undefined, { timeoutMs }).catch(() => {});
}

/** A web address that a person can open, with nothing in it that a channel would format. */
function linkIn(url: string | undefined): { text: string; isOnGateway: boolean } | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  const text = parsed.href.replace(
    /[*~`|()[\]]/g,
    (character) => `%${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}`,
  );
  if (!/^https?:$/.test(parsed.protocol) || text.length > LINK_LENGTH) return undefined;
  const back = parsed.searchParams.get("redirect_uri") ?? "";
  const host = URL.canParse(back) ? new URL(back).hostname : "";
  return { text, isOnGateway: ["127.0.0.1", "localhost", "[::1]"].includes(host) };
}
