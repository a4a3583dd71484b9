/** What a chat hears of the account that Codex works for: signing in and out, and its limits. */
import type { CodexAccount, CodexLimit, LoginEnd } from "../app-server/account-facts.js";
import type { ResetOutcome } from "../app-server/methods.js";
import { harmlessText } from "./foreign-text.js";
import { shortCount } from "./numbers.js";
import { accountLine, limitLine } from "./status-words.js";

export type LimitFacts = {
  account: CodexAccount | undefined;
  limits: readonly CodexLimit[] | undefined;
  resetCredits: number | undefined;
  lifetimeTokens: number | undefined;
  days: readonly { startDate: string; tokens: number }[];
};

const DAYS = 7;

const RESETS: Readonly<Record<ResetOutcome, string>> = {
  reset: "The limits were reset.",
  nothingToReset: "There was nothing to reset, so no credit was used.",
  noCredit: "The account has no reset credit left.",
  alreadyRedeemed: "That credit was used already, and the limits were reset then.",
};

export const accountWords = {
  ownersOnly:
    "Only an owner of this gateway can do that (`commands.ownerAllowFrom` in OpenClaw's settings), since all chats share Codex's account.",
  loginInPrivate:
    "Send this in a private chat with the bot: whoever enters the code decides for which account Codex works.",
  cannotTellLater: "This channel cannot be written to later, so nobody could say how it ends.",
  signedInAlready: (account: CodexAccount): string =>
    `Codex is signed in already. ${accountLine(account)}. \`/codexchat logout\` signs it out first.`,
  noCode:
    "Codex gave no code that can be shown. Run `codex login --device-auth` on its machine instead.",
  /** `code` has nothing in it that a channel would format. */
  login: (link: string, code: string): string =>
    [
      "Open this page, sign in to ChatGPT, and enter the code:",
      link,
      `Code: \`${code}\``,
      "Codex then works for that account in all chats of this gateway. Never enter a code that you did not ask for. You have 15 minutes; `/codexchat login cancel` calls it off.",
    ].join("\n"),
  loginEnded: ({ isSignedIn, problem }: LoginEnd): string => {
    if (isSignedIn) return "Codex is signed in. Messages that it refused can be sent again.";
    const why = problem === undefined ? "" : ` Codex says: ${harmlessText(problem, 300)}`;
    return `The sign-in did not work.${why} \`/codexchat login\` gives a new code.`;
  },
  loginLost:
    "Codex ended before anybody had signed in. `/codexchat login` gives a new code if you still want to.",
  loginUnknown: "Codex has not said how the sign-in ended. `/codexchat limits` shows the account.",
  loginCancelled: "The sign-in was called off, and the code is worth nothing any more.",
  noLogin: "No sign-in is under way.",

  /** `server`: the one that was named. */
  confirmLogout: (account: CodexAccount, server?: string): string =>
    server === undefined
      ? `This signs Codex out for all chats of this gateway. ${accountLine(account)}. To do it, send \`/codexchat logout yes\`.`
      : `This signs Codex out for all chats on the server ${harmlessText(server, 60)}. ${accountLine(account)}. To do it, send \`/codexchat logout yes --on ${harmlessText(server, 60)}\`.`,
  notSignedIn: "Codex is not signed in. `/codexchat login` in a private chat signs it in.",
  loggedOut: (signsInByKey: boolean): string =>
    `Codex is signed out. ${
      signsInByKey
        ? "The next message signs it in again with the API key in the gateway's environment; `appServer.clearEnv` keeps that from Codex."
        : "`/codexchat login` in a private chat signs it in again."
    }`,

  limits: ({ account, limits, resetCredits, lifetimeTokens, days }: LimitFacts, now: number) => {
    const latest = days.toSorted((one, other) => other.startDate.localeCompare(one.startDate));
    const recent = latest.slice(0, DAYS).reduce((sum, { tokens }) => sum + tokens, 0);
    return [
      ...(account ? [accountLine(account)] : []),
      ...(limits ?? []).map((limit) => limitLine(limit, now)),
      ...(limits === undefined || limits.length === 0
        ? ["Codex tells no limits of this account."]
        : []),
      ...(latest.length > 0
        ? [
            `Tokens in the last ${Math.min(DAYS, latest.length)} days with use: ${shortCount(recent)}`,
          ]
        : []),
      ...(lifetimeTokens === undefined ? [] : [`Tokens in all: ${shortCount(lifetimeTokens)}`]),
      ...(resetCredits === undefined || resetCredits === 0
        ? []
        : [`Reset credits: ${resetCredits}. An owner uses one with \`/codexchat limits reset\`.`]),
    ].join("\n");
  },
  confirmReset: (credits: number): string =>
    `This uses ${credits === 1 ? "the last reset credit of the account" : `one of the account's ${credits} reset credits`} and resets its limits now. It cannot be taken back. To do it, send \`/codexchat limits reset yes\` within 10 minutes.`,
  noCredits: "The account has no reset credits.",
  resetOutcome: (outcome: ResetOutcome | undefined): string =>
    outcome === undefined
      ? "Codex did not say what came of it. `/codexchat limits` shows how things stand."
      : RESETS[outcome],
} as const;
