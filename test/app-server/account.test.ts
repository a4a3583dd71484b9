import { describe, expect, test } from "vitest";
import {
  CodexNotSignedInError,
  ensureSignedIn,
  forgetSignIn,
} from "../../src/app-server/account.js";
import { CodexLocalError } from "../../src/app-server/errors.js";
import { refuse, ScriptedCodex } from "../support/conversation/scripted-codex.js";

const SIGNED_OUT = { account: null, requiresOpenaiAuth: true };

function codexThatSays(account: unknown): ScriptedCodex {
  const codex = new ScriptedCodex();
  codex.answer("account/read", () => account);
  return codex;
}

const signIn = (
  codex: ScriptedCodex,
  env: Record<string, string> = {},
  clearEnv: string[] = [],
): Promise<void> => ensureSignedIn(codex, { timeoutMs: 1000, clearEnv, env });

describe("nothing more is needed", () => {
  test.each([
    { account: { type: "chatgpt" }, requiresOpenaiAuth: true },
    { account: null, requiresOpenaiAuth: false },
    { requiresOpenaiAuth: false },
    {},
    null,
    "signed in",
  ])("where Codex answers %j", async (answer) => {
    const codex = codexThatSays(answer);
    await signIn(codex, { CODEX_API_KEY: "sk-1" });
    expect(codex.of("account/login/start")).toEqual([]);
  });

  test("where an older Codex does not know the question: the turn will tell", async () => {
    const codex = new ScriptedCodex();
    codex.answer("account/read", refuse("unknown variant `account/read`"));
    await expect(signIn(codex)).resolves.toBeUndefined();
  });
});

describe("a signed-out Codex", () => {
  test("behind an address is offered no key, and the person told where to sign in", async () => {
    const codex = codexThatSays(SIGNED_OUT);
    const options = { timeoutMs: 1000, clearEnv: [], env: { CODEX_API_KEY: "sk-1" } };
    const attempt = ensureSignedIn(codex, { ...options, transport: "websocket" });
    await expect(attempt).rejects.toThrow(/appServer\.url.*codex login/);
    expect(codex.of("account/login/start")).toEqual([]);
  });

  test("without a key fails with what to do", async () => {
    const error: unknown = await signIn(codexThatSays(SIGNED_OUT)).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(CodexNotSignedInError);
    expect(error).toMatchObject({ message: expect.stringMatching(/codex login.*CODEX_API_KEY/) });
  });

  test.each([
    { env: { CODEX_API_KEY: "sk-1" }, key: "sk-1" },
    { env: { OPENAI_API_KEY: " sk-2 " }, key: "sk-2" },
    { env: { CODEX_API_KEY: "sk-1", OPENAI_API_KEY: "sk-2" }, key: "sk-1" },
    { env: { CODEX_API_KEY: " ", OPENAI_API_KEY: "sk-2" }, key: "sk-2" },
  ])("signs in with the environment's key: $env", async ({ env, key }) => {
    const codex = codexThatSays(SIGNED_OUT);
    await signIn(codex, env);
    expect(codex.only("account/login/start").params).toEqual({ type: "apiKey", apiKey: key });
  });

  test("names what keeps Codex from its configuration, where another provider may stand", async () => {
    const codex = Object.assign(codexThatSays(SIGNED_OUT), {
      configProblem: "/c.toml:2:5: no value",
    });
    const error: unknown = await signIn(codex).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ configProblem: "/c.toml:2:5: no value" });
  });

  test("uses no key that is withheld from Codex", async () => {
    const codex = codexThatSays(SIGNED_OUT);
    await signIn(codex, { CODEX_API_KEY: "sk-1", OPENAI_API_KEY: "sk-2" }, ["CODEX_API_KEY"]);
    expect(codex.only("account/login/start").params.apiKey).toBe("sk-2");
    await expect(
      signIn(codexThatSays(SIGNED_OUT), { CODEX_API_KEY: "sk-1" }, ["CODEX_API_KEY"]),
    ).rejects.toThrow(CodexNotSignedInError);
  });

  test("that refuses the key says so, and is asked again the next time", async () => {
    const codex = codexThatSays(SIGNED_OUT);
    codex.answerOnce("account/login/start", refuse("invalid api key"));
    await expect(signIn(codex, { CODEX_API_KEY: "sk-1" })).rejects.toThrow("invalid api key");
    await signIn(codex, { CODEX_API_KEY: "sk-1" });
    expect(codex.of("account/login/start")).toHaveLength(2);
  });
});

test("a connection is asked once, another one for itself", async () => {
  const [one, two] = [new ScriptedCodex(), new ScriptedCodex()];
  await signIn(one);
  await signIn(one);
  await signIn(two);
  expect([one.of("account/read").length, two.of("account/read").length]).toEqual([1, 1]);
});

test("once the sign-in is forgotten the connection is asked again", async () => {
  const codex = new ScriptedCodex();
  await signIn(codex);
  forgetSignIn(codex);
  await signIn(codex);
  expect(codex.of("account/read")).toHaveLength(2);
});

test("a connection that is gone is no signed-in one", async () => {
  const codex = new ScriptedCodex();
  codex.answerOnce("account/read", () => {
    throw new CodexLocalError("CONNECTION_CLOSED", "Codex ended");
  });
  await expect(signIn(codex)).rejects.toThrow("Codex ended");
});

test("both questions have the caller's time", async () => {
  const codex = codexThatSays(SIGNED_OUT);
  await signIn(codex, { CODEX_API_KEY: "sk-1" });
  expect(codex.calls.map(({ options }) => options.timeoutMs)).toEqual([1000, 1000]);
});
