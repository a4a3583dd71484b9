/** `/codexchat login`, `logout` and `limits`. */
import { describe, expect, test, vi } from "vitest";
import { isKept } from "../../src/app-server/kept-clients.js";
import { commands } from "../support/conversation/commands.js";
import { messagesOn } from "../support/conversation/messages.js";
import { refuse } from "../support/conversation/scripted-codex.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const PAGE = "https://auth.openai.com/codex/device";
const OWNER = { senderId: "7" };
const OWNERS_ONLY = /^Only an owner of this gateway can do that/;
const NOW = 1_800_000_000;

/** A chat of the gateway's owner, whose Codex has no account, or this one. */
async function withAccount(account?: object) {
  const all = await commands();
  messagesOn(all.host);
  all.host.sections = { commands: { ownerAllowFrom: ["telegram:7"] } };
  let is: object | null = account ?? null;
  let logins = 0;
  all.codex.answer("account/read", () => ({ account: is, requiresOpenaiAuth: true }));
  all.codex.answer("account/login/start", () => ({
    type: "chatgptDeviceCode",
    loginId: `login-${(logins += 1)}`,
    verificationUrl: PAGE,
    userCode: "ABCD-12345",
  }));
  all.codex.answer("account/login/cancel", () => ({ status: "canceled" }));
  all.codex.answer("account/logout", () => {
    is = null;
    return {};
  });
  all.codex.answer("account/rateLimits/read", () => ({
    rateLimits: { primary: { usedPercent: 20, windowDurationMins: 300, resetsAt: NOW } },
    rateLimitResetCredits: { availableCount: 2, credits: null },
  }));
  all.codex.answer("account/usage/read", () => ({
    summary: { lifetimeTokens: 1_200_000 },
    dailyUsageBuckets: [
      { startDate: "2026-11-01", tokens: 400 },
      { startDate: "2026-11-02", tokens: 500 },
    ],
  }));
  all.codex.answer("account/rateLimitResetCredit/consume", () => ({ outcome: "reset" }));
  const ended = (params: object): void =>
    all.codex.notify({ method: "account/login/completed", params });
  const say = (text: string, more: object = OWNER): Promise<string> => all.say(text, more);
  return { ...all, say, ended, sent: (): string[] => all.host.sent.map(({ text }) => text) };
}

const CHATGPT = { type: "chatgpt", planType: "plus", email: "person@example.com" };

describe("login", () => {
  test("gives the page and the code, and tells how it ends", async () => {
    const { say, codex, ended, host, sent } = await withAccount();
    expect(await say("login")).toBe(
      [
        "Open this page, sign in to ChatGPT, and enter the code:",
        PAGE,
        "Code: `ABCD-12345`",
        "Codex then works for that account in all chats of this gateway. Never enter a code that you did not ask for. You have 15 minutes; `/codexchat login cancel` calls it off.",
      ].join("\n"),
    );
    expect(codex.only("account/login/start").params).toEqual({ type: "chatgptDeviceCode" });
    ended({ loginId: "somebody-else's", success: true, error: null });
    ended({ loginId: "login-1", success: true, error: null });
    await host.delivered();
    expect(sent()).toEqual(["Codex is signed in. Messages that it refused can be sent again."]);
  });

  test("keeps its Codex until it has ended", async () => {
    const { say, codex, ended, host } = await withAccount();
    await say("login");
    expect(isKept(codex)).toBe(true);
    ended({ loginId: "login-1", success: true, error: null });
    await host.delivered();
    expect(isKept(codex)).toBe(false);
  });

  test("tells why it did not work, in words that mention nobody", async () => {
    const { say, ended, host, sent } = await withAccount();
    await say("login");
    ended({ loginId: "login-1", success: false, error: "@everyone expired" });
    await host.delivered();
    expect(sent()[0]).toMatch(/^The sign-in did not work\. Codex says: /);
    expect(sent()[0]).not.toContain("@everyone");
  });

  test("says so if Codex ends first", async () => {
    const { say, codex, host, sent } = await withAccount();
    await say("login");
    codex.close(new Error("it ended"));
    await host.delivered();
    expect(sent()).toEqual([expect.stringMatching(/^Codex ended before anybody had signed in\./)]);
  });

  test("is called off, and the end that Codex then tells is not told again", async () => {
    const { say, codex, ended, host, sent } = await withAccount();
    expect(await say("login cancel")).toBe("No sign-in is under way.");
    await say("login");
    expect(await say("login cancel")).toMatch(/^The sign-in was called off/);
    expect(codex.only("account/login/cancel").params).toEqual({ loginId: "login-1" });
    ended({ loginId: "login-1", success: false, error: "Login was not completed" });
    await say("login");
    ended({ loginId: "login-2", success: true, error: null });
    await host.delivered();
    expect(sent()).toEqual([expect.stringMatching(/^Codex is signed in\./)]);
  });

  test("that takes the place of another is the only one that is told of", async () => {
    const { say, ended, host, sent } = await withAccount();
    await say("login");
    await say("login");
    ended({ loginId: "login-1", success: false, error: "Login was not completed" });
    ended({ loginId: "login-2", success: true, error: null });
    await host.delivered();
    expect(sent()).toEqual([expect.stringMatching(/^Codex is signed in\./)]);
  });

  test.each([
    { verificationUrl: "javascript:alert(1)" },
    { verificationUrl: undefined },
    { userCode: "`@everyone`" },
    { loginId: undefined },
  ])("shows nothing that cannot be shown: %j", async (bad) => {
    const { say, codex } = await withAccount();
    const given = { loginId: "login-1", verificationUrl: PAGE, userCode: "ABCD-12345", ...bad };
    codex.answer("account/login/start", () => given);
    expect(await say("login")).toMatch(/^Codex gave no code that can be shown\./);
  });

  test("is not for a group, nor if Codex is signed in, nor where nobody could be told", async () => {
    const group = await withAccount();
    expect(await group.say("login", { ...OWNER, to: "telegram:-100" })).toMatch(
      /^Send this in a private chat/,
    );
    const signedIn = await withAccount(CHATGPT);
    const text = await signedIn.say("login");
    expect(text).toMatch(/^Codex is signed in already\. Account: ChatGPT, plan plus\./);
    expect(text).not.toContain("example.com");
    const silent = await withAccount();
    silent.host.channels.delete("telegram");
    expect(await silent.say("login")).toMatch(/^This channel cannot be written to later/);
    for (const { codex } of [group, signedIn, silent]) {
      expect(codex.of("account/login/start")).toEqual([]);
    }
  });

  test("that Codex refuses is told", async () => {
    const { say, codex } = await withAccount();
    codex.answer("account/login/start", refuse("failed to request device code"));
    expect(await say("login")).toMatch(/failed to request device code/);
  });
});

describe("logout", () => {
  test("asks first, and signs Codex out on a yes", async () => {
    const { say, codex } = await withAccount(CHATGPT);
    expect(await say("logout")).toMatch(
      /^This signs Codex out for all chats.*`\/codexchat logout yes`/,
    );
    expect(codex.of("account/logout")).toEqual([]);
    expect(await say("logout yes")).toMatch(/^Codex is signed out\. `\/codexchat login`/);
    expect(await say("logout")).toMatch(/^Codex is not signed in\./);
    expect(codex.of("account/logout")).toHaveLength(1);
  });

  test("says that a key of the environment signs it in again", async () => {
    const { say } = await withAccount({ type: "apiKey" });
    vi.stubEnv("CODEX_API_KEY", "sk-1");
    try {
      expect(await say("logout yes")).toMatch(
        /^Codex is signed out\. The next message signs it in/,
      );
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe("limits", () => {
  test("shows the account's limits, its tokens and its reset credits, and no address", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: (NOW - 3600) * 1000 });
    try {
      const { say } = await withAccount(CHATGPT);
      expect(await say("limits", { senderId: "8" })).toBe(
        [
          "Account: ChatGPT, plan plus",
          "5 h limit: 20 % used, resets in 1 h (08:00 UTC)",
          "Tokens in the last 2 days with use: 900",
          "Tokens in all: 1.2M",
          "Reset credits: 2. An owner uses one with `/codexchat limits reset`.",
        ].join("\n"),
      );
    } finally {
      vi.useRealTimers();
    }
  });

  test("says so of an account that has none", async () => {
    const { say, codex } = await withAccount({ type: "apiKey" });
    codex.answer("account/rateLimits/read", refuse("chatgpt authentication required"));
    codex.answer("account/usage/read", refuse("chatgpt authentication required"));
    expect(await say("limits")).toBe("Account: API key\nCodex tells no limits of this account.");
  });

  test("are reset after a confirmation, and a repeated yes is the same attempt", async () => {
    const { say, codex } = await withAccount(CHATGPT);
    expect(await say("limits reset")).toMatch(/one of the account's 2 reset credits/);
    expect(codex.of("account/rateLimitResetCredit/consume")).toEqual([]);
    codex.answer("account/rateLimitResetCredit/consume", refuse("timed out"));
    expect(await say("limits reset yes")).toMatch(/timed out/);
    codex.answer("account/rateLimitResetCredit/consume", () => ({ outcome: "alreadyRedeemed" }));
    expect(await say("limits reset yes")).toMatch(/^That credit was used already/);
    const keys = codex.of("account/rateLimitResetCredit/consume").map(({ params }) => params);
    expect(keys[0]).toEqual({ idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(keys[1]).toEqual(keys[0]);
  });

  test("are not reset by a yes that nobody was asked for, nor without a credit", async () => {
    const { say, codex } = await withAccount(CHATGPT);
    expect(await say("limits reset yes")).toMatch(/To do it, send/);
    codex.answer("account/rateLimits/read", () => ({
      rateLimits: {},
      rateLimitResetCredits: { availableCount: 0 },
    }));
    expect(await say("limits reset")).toBe("The account has no reset credits.");
    expect(codex.of("account/rateLimitResetCredit/consume")).toEqual([]);
  });

  test("are reset from Codex 0.154 on", async () => {
    const { say, codex } = await withAccount(CHATGPT);
    codex.serverVersion = "0.140.0";
    expect(await say("limits reset")).toMatch(/0\.140\.0.*0\.154\.0/);
  });
});

test.each(["login", "login cancel", "logout", "logout yes", "limits reset", "limits reset yes"])(
  "%s is for owners, whoever else may command",
  async (typed) => {
    const { say, codex, host } = await withAccount(CHATGPT);
    expect(await say(typed, { senderId: "8" })).toMatch(OWNERS_ONLY);
    expect(await say(typed, { senderId: undefined })).toMatch(OWNERS_ONLY);
    host.sections = {};
    expect(await say(typed)).toMatch(OWNERS_ONLY);
    expect(codex.of("account/login/start")).toEqual([]);
    expect(codex.of("account/logout")).toEqual([]);
    expect(codex.of("account/rateLimitResetCredit/consume")).toEqual([]);
  },
);

test.each(["login now", "login cancel it", "logout no", "limits now", "limits reset no"])(
  "%s shows the usage",
  async (typed) => {
    const { say } = await withAccount();
    expect(await say(typed)).toMatch(/Usage: /);
  },
);
