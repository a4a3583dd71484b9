/** Signing the real Codex in by a code, its limits and their reset, and signing out, with OpenAI's pages on loopback. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  loginEndIn,
  readLimitsAndCredits,
  type LoginEnd,
} from "../../src/app-server/account-facts.js";
import { callCodex, METHODS } from "../../src/app-server/methods.js";
import { AccountBackend } from "../support/account-backend.js";
import { RealCodex, type CodexUser } from "../support/app-server/real-codex.js";
import { codexTraits } from "../support/codex-traits.js";

const WITHIN_MS = 60_000;
const OPTIONS = { timeoutMs: WITHIN_MS };

let backend: AccountBackend;
let codex: RealCodex;
let user: CodexUser;
let before: NodeJS.ProcessEnv;

beforeEach(async () => {
  backend = await AccountBackend.start();
  codex = await RealCodex.prepare(undefined, backend.codexConfig);
  before = { ...process.env };
  Object.assign(process.env, backend.environment);
  user = await codex.start({ passEnv: Object.keys(backend.environment) });
});

afterEach(async () => {
  await codex.dispose();
  for (const name of Object.keys(backend.environment)) delete process.env[name];
  Object.assign(process.env, before);
  await backend.stop();
});

const signIn = (): string => path.join(codex.home, "auth.json");

const begin = () => callCodex(user.client, METHODS.login, { type: "chatgptDeviceCode" }, OPTIONS);

async function endOf(loginId: string | undefined): Promise<LoginEnd | undefined> {
  const isIts = (heard: { method: string; params: object }): LoginEnd | undefined =>
    loginEndIn(heard, loginId ?? "");
  return isIts(await user.heard.waitFor((heard) => isIts(heard) !== undefined));
}

test.runIf(codexTraits.takesLoginPages)(
  "a sign-in by code is called off, replaced, and at last carried out; then the limits are told and reset, until it is signed out",
  async () => {
    const { client } = user;
    const first = await begin();
    expect(first).toEqual({
      loginId: expect.any(String),
      verificationUrl: `${backend.url}/codex/device`,
      userCode: backend.userCode,
    });
    const loginId = first.loginId ?? "";
    await callCodex(client, METHODS.cancelLogin, { loginId }, OPTIONS);
    expect(await endOf(loginId)).toMatchObject({ isSignedIn: false });

    const second = await begin();
    const third = await begin();
    expect(await endOf(second.loginId)).toMatchObject({ isSignedIn: false });
    backend.isAllowed = true;
    expect(await endOf(third.loginId)).toEqual({ isSignedIn: true, problem: undefined });
    expect(await readFile(signIn(), "utf8")).toContain('"auth_mode": "chatgpt"');
    // From then on it goes by the new account.
    await user.hears("account/updated");

    expect(await readLimitsAndCredits(client, WITHIN_MS)).toMatchObject({
      limits: [{ usedPercent: backend.used, windowMinutes: 300 }],
      resetCredits: backend.credits,
    });
    expect(await callCodex(client, METHODS.readUsage, {}, OPTIONS)).toEqual({
      lifetimeTokens: 1500,
      days: [{ startDate: "2026-11-20", tokens: 500 }],
    });
    const idempotencyKey = "00000000-0000-0000-0000-000000000001";
    expect(await callCodex(client, METHODS.resetLimits, { idempotencyKey }, OPTIONS)).toBe("reset");
    const spent = await backend.asked.waitFor(({ what }) => what.endsWith("/consume"));
    expect(spent.body).toMatchObject({ redeem_request_id: idempotencyKey });

    await callCodex(client, METHODS.logout, undefined, OPTIONS);
    await expect(readFile(signIn())).rejects.toThrow(/ENOENT/);
    await expect(readLimitsAndCredits(client, WITHIN_MS)).rejects.toThrow(/authentication/);
  },
);
