import { describe, expect, test } from "vitest";
import { CodexNotSignedInError } from "../../src/app-server/account.js";
import { CodexConfigError } from "../../src/app-server/config-error.js";
import { CodexLocalError, CodexRpcError } from "../../src/app-server/errors.js";
import { CodexSteerUnansweredError } from "../../src/thread/errors.js";
import { CodexTurnFailedError } from "../../src/thread/turn-collector.js";
import { reasonOf } from "../../src/words/failure-words.js";

const refused = (message: string): Error => new CodexRpcError("any", -32600, message);

describe("the reason of a failure says what to do where something can be done", () => {
  test.each([
    { error: new CodexNotSignedInError(), says: /codex login/ },
    {
      error: new CodexNotSignedInError("/home/u/.codex/config.toml:2:5: expected a value"),
      says: /^Codex cannot read its configuration and works without it: \/home.*:2:5: expected a value\. Correct it/,
    },
    {
      error: new CodexTurnFailedError(
        "Missing environment variable: `ACME_KEY`. Get one.",
        "other",
      ),
      says: /the environment variable ACME_KEY.*appServer\.passEnv/,
    },
    { error: new CodexConfigError("appServer.mode", "it must be x"), says: /plugins.*config/ },
    { error: new CodexLocalError("COMMAND_NOT_FOUND", "install it"), says: /^install it$/ },
    {
      error: refused("no rollout found for thread id x"),
      says: /`\/codexchat bind` without an id/,
    },
    { error: refused("thread x already has an active writer"), says: /Close it there/ },
    { error: refused("session x is archived"), says: /Unarchive it/ },
    { error: new CodexTurnFailedError("401", "unauthorized"), says: /codex login.*\(401\)/ },
    { error: new CodexTurnFailedError("5 h", "usageLimitExceeded"), says: /usage limit.*5 h/ },
    { error: new CodexTurnFailedError("x", "contextWindowExceeded"), says: /\/codexchat compact/ },
    {
      error: new CodexSteerUnansweredError("The Codex app-server ended by SIGKILL."),
      says: /may have\. Wait for the turn's answer before you send it again$/,
    },
    { error: refused("cannot steer a review turn"), says: /Send the text as a message/ },
    { error: new CodexTurnFailedError("x", "serverOverloaded"), says: /again in a minute.*models/ },
    {
      error: new CodexTurnFailedError("busy", "internalServerError"),
      says: /again in a minute.*busy/,
    },
    {
      error: new CodexTurnFailedError("exceeded retry limit, last status: 502 Bad Gateway"),
      says: /again in a minute.*502/,
    },
    {
      error: new CodexTurnFailedError("stream disconnected before completion: x"),
      says: /again in a minute.*: x/,
    },
    { error: new CodexTurnFailedError("no x", "modelNotFound"), says: /\/codexchat models.*no x/ },
    { error: new CodexTurnFailedError("x", "rateLimitExceeded"), says: /again in a minute/ },
  ])("$error.name: $error.message", ({ error, says }) => {
    expect(reasonOf(error).replaceAll("\u2060", "")).toMatch(says);
  });

  test.each(['{"error":{"message":"no such model","code":404}}', '{"message":"no such model"}'])(
    "is the sentence inside a provider's JSON: %s",
    (message) => {
      expect(reasonOf(new CodexTurnFailedError(message))).toBe("no such model");
    },
  );

  test.each(['{"error":"x"}', '["x"]', "{ half", "12"])(
    "is the text as it came where there is no sentence inside: %s",
    (message) => {
      expect(reasonOf(new CodexTurnFailedError(message))).not.toBe("");
    },
  );

  test("can be copied as it is where it is ours, about a command or a setting", () => {
    const ours = "set appServer.command, or run npm install -g @openai/codex";
    expect(reasonOf(new CodexLocalError("COMMAND_NOT_FOUND", ours))).toBe(ours);
    expect(reasonOf(new CodexLocalError("TOO_OLD", ours))).toBe(ours);
    expect(reasonOf(new CodexConfigError("appServer.mode", "x"))).toContain("appServer.mode");
  });

  test("is the error's own message where nothing more is known", () => {
    expect(reasonOf(new CodexTurnFailedError("no luck", "other"))).toBe("no luck");
    expect(reasonOf(new Error("no luck"))).toBe("no luck");
    expect(reasonOf("no luck")).toBe("no luck");
  });
});

describe("a used-up limit", () => {
  const now = Date.parse("2026-11-22T12:20:00Z");
  const BY_ITS_CLOCK =
    ". Buy more or try again at 5:22 PM. (By the clock of the gateway's machine.)";

  test.each([
    { reset: "2026-11-22T14:30:00Z", says: "; it resets in 2 h 10 min (14:30 UTC)" },
    { reset: "2026-11-25T16:20:00Z", says: "; it resets in 3 d 4 h (25 Nov 16:20 UTC)" },
    // In Codex's words where the time is not known, or not right.
    { reset: "2026-11-22T12:19:00Z", says: BY_ITS_CLOCK },
    { reset: undefined, says: BY_ITS_CLOCK },
  ])("that resets at $reset is told with that", ({ reset, says }) => {
    const at = reset === undefined ? undefined : Date.parse(reset);
    const message = "You’ve hit your usage limit. Buy more or try again at 5:22 PM.";
    const error = new CodexTurnFailedError(message, "usageLimitExceeded", at);
    expect(reasonOf(error, now)).toBe(`the usage limit of the Codex account is reached${says}`);
  });
});

test.each([
  { what: "where a request was sent to", more: ", url: http://127.0.0.1:1/v1" },
  { what: "the page of a server in between", more: ": <!DOCTYPE html>\n<html>No</html>, url: x" },
])("$what is left out", ({ more }) => {
  const message = "unexpected status 403 Forbidden";
  expect(reasonOf(new CodexTurnFailedError(message + more))).toBe(message);
});
