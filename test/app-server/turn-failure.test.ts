import { expect, test } from "vitest";
import { turnFailureCause } from "../../src/app-server/turn-failure.js";

const json = (body: unknown): string => JSON.stringify(body);

test.each([
  ["unauthorized", "x", "unauthorized"],
  ["usageLimitExceeded", "x", "usageLimit"],
  ["rateLimitExceeded", "x", "rateLimit"],
  ["contextWindowExceeded", "x", "contextFull"],
  ["serverOverloaded", "x", "overloaded"],
  ["modelNotFound", "x", "modelUnknown"],
  ["httpConnectionFailed", "unexpected status 401 Unauthorized: bad key", "unauthorized"],
  [
    "responseTooManyFailedAttempts",
    "exceeded retry limit, last status: 429 Too Many Requests",
    "rateLimit",
  ],
  ["other", "unexpected status 404 Not Found: The model `x` does not exist or", "modelUnknown"],
  ["other", json({ error: { message: "no", code: "model_not_found" } }), "modelUnknown"],
  ["other", json({ detail: "The 'x' model is not supported when using Codex" }), "modelUnknown"],
  ["other", json({ error: { code: "context_length_exceeded", message: "no" } }), "contextFull"],
  ["other", "unexpected status 404 Not Found: no such page", undefined],
  [undefined, "the file does not exist", undefined],
])("%s: %s is %s", (codexErrorInfo, message, cause) => {
  expect(turnFailureCause({ codexErrorInfo, message })).toBe(cause);
});
