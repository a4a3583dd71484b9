/** `/codexchat login` and `logout`: the account that Codex works for, which all chats share. For the gateway's owners. */
import { forgetSignIn, signsInByKey } from "../app-server/account.js";
import { loginEndIn, readCodexAccount } from "../app-server/account-facts.js";
import { callCodex, METHODS } from "../app-server/methods.js";
import type { CodexClient } from "../app-server/protocol.js";
import { isPrivateChat } from "../chat/private-chat.js";
import { processWide } from "../common/process-wide.js";
import { auditCommand } from "../host/audit.js";
import { isOwner } from "../host/owners.js";
import {
  currentHostConfig,
  currentPluginConfig,
  type CommandContext,
  type PluginHost,
} from "../host/plugin-host.js";
import { accountWords } from "../words/account-words.js";
import { AwaitedNotification } from "./awaited-notification.js";
import { serverInArguments } from "./server-choice.js";
import { codexOf, type CommandCodex } from "./codex.js";
import { addressOf, tellLater, wayToTellLater } from "./reply-address.js";
import { sessionFileOfChat, type Subcommand } from "./subcommand.js";
import { openableLink } from "./web-link.js";

/** A code is good for so long, and Codex says so a little later. */
const SIGN_IN_WITHIN_MS = 15 * 60_000 + 30_000;

type Login = {
  loginId: string;
  /** The chat has been told how it ended, or hears of another in its place. */
  isToldOtherwise: boolean;
};

/** The sign-in that is under way on each connection: Codex ends the one before. */
const underWay = processWide("account-sign-ins", () => new WeakMap<CodexClient, Login>());

/** `login`, `login cancel`, each with `--on SERVER`. */
export const login: Subcommand = async (host, ctx, args) => {
  const named = serverInArguments(currentPluginConfig(host), args);
  if (typeof named !== "object") return named;
  const [verb, ...rest] = named.rest.map((arg) => arg.toLowerCase());
  if (rest.length > 0 || (verb !== undefined && verb !== "cancel")) return undefined;
  if (!isOwner(currentHostConfig(host), ctx)) return accountWords.ownersOnly;
  const address = addressOf(ctx);
  if (!address || !isPrivateChat(address)) return accountWords.loginInPrivate;
  const codex = await codexOfGateway(host, ctx, named.server);
  return verb === "cancel" ? cancel(codex) : begin(host, ctx, codex);
};

/** `logout`, `logout yes`, each with `--on SERVER`. */
export const logout: Subcommand = async (host, ctx, args) => {
  const named = serverInArguments(currentPluginConfig(host), args);
  if (typeof named !== "object") return named;
  const [verb, ...rest] = named.rest.map((arg) => arg.toLowerCase());
  if (rest.length > 0 || (verb !== undefined && verb !== "yes")) return undefined;
  if (!isOwner(currentHostConfig(host), ctx)) return accountWords.ownersOnly;
  const { client, runtime, timeoutMs } = await codexOfGateway(host, ctx, named.server);
  const account = await readCodexAccount(client, timeoutMs);
  if (account.kind === "none" && account.needed) return accountWords.notSignedIn;
  if (verb === undefined) return accountWords.confirmLogout(account, named.server);
  await callCodex(client, METHODS.logout, undefined, { timeoutMs });
  forgetSignIn(client);
  await noteInAudit(host, ctx, "signed out");
  return accountWords.loggedOut(signsInByKey(runtime.start));
};

/** Of the chat's, bound or not, or of the server that is named. @throws CodexConfigError, CodexLocalError */
export async function codexOfGateway(
  host: PluginHost,
  ctx: CommandContext,
  server?: string,
): Promise<CommandCodex> {
  const sessionFile = await sessionFileOfChat(host, ctx);
  return codexOf({ sessionFile, pluginConfig: currentPluginConfig(host), server });
}

/** @throws what Codex refuses, CodexLocalError */
async function begin(
  host: PluginHost,
  ctx: CommandContext,
  { client, timeoutMs }: CommandCodex,
): Promise<string> {
  const way = await wayToTellLater(host, ctx);
  if (!way) return accountWords.cannotTellLater;
  const account = await readCodexAccount(client, timeoutMs);
  if (account.kind !== "none") return accountWords.signedInAlready(account);
  const sessionFile = await sessionFileOfChat(host, ctx);
  const ends = new AwaitedNotification(client, "account/login/completed");
  try {
    const asked = { type: "chatgptDeviceCode" } as const;
    const given = await callCodex(client, METHODS.login, asked, { timeoutMs });
    const { loginId, verificationUrl, userCode = "" } = given;
    const link = openableLink(verificationUrl);
    if (loginId === undefined || !link || !/^[A-Za-z0-9-]{4,40}$/.test(userCode)) {
      ends.stop();
      return accountWords.noCode;
    }
    const earlier = underWay.get(client);
    if (earlier) earlier.isToldOtherwise = true;
    const current: Login = { loginId, isToldOtherwise: false };
    underWay.set(client, current);
    await noteInAudit(host, ctx, "sign-in begun");
    const ended = ends.first((heard) => loginEndIn(heard, loginId), SIGN_IN_WITHIN_MS);
    void ended.then(async (end) => {
      if (underWay.get(client) === current) underWay.delete(client);
      if (current.isToldOtherwise) return;
      if (typeof end !== "string" && end.isSignedIn) await noteInAudit(host, ctx, "signed in");
      const text =
        end === "lost"
          ? accountWords.loginLost
          : end === "unknown"
            ? accountWords.loginUnknown
            : accountWords.loginEnded(end);
      await tellLater(sessionFile, way.address, { about: "login", text });
    });
    return accountWords.login(link.text, userCode);
  } catch (error) {
    ends.stop();
    throw error;
  }
}

/** @throws what Codex refuses, CodexLocalError */
async function cancel({ client, timeoutMs }: CommandCodex): Promise<string> {
  const current = underWay.get(client);
  if (!current) return accountWords.noLogin;
  current.isToldOtherwise = true;
  const { loginId } = current;
  await callCodex(client, METHODS.cancelLogin, { loginId }, { timeoutMs });
  return accountWords.loginCancelled;
}

async function noteInAudit(host: PluginHost, ctx: CommandContext, outcome: string): Promise<void> {
  const session = await sessionFileOfChat(host, ctx);
  await auditCommand(host, ctx, { event: "account", session, outcome });
}
