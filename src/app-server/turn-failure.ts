/**
 * Why Codex gave a turn up. Its newest version names the cause; older ones hand on what the model's provider said.
 * Measured on 0.125, 0.140, 0.154 and 0.169.
 */
export type TurnFailureCause =
  | "unauthorized"
  | "usageLimit"
  | "rateLimit"
  | "contextFull"
  | "overloaded"
  | "serverFailed"
  | "modelUnknown";

/** Codex's own names for what can be told better than in its message. */
const NAMED: ReadonlyMap<string, TurnFailureCause> = new Map([
  ["unauthorized", "unauthorized"],
  ["usageLimitExceeded", "usageLimit"],
  ["rateLimitExceeded", "rateLimit"],
  ["contextWindowExceeded", "contextFull"],
  ["serverOverloaded", "overloaded"],
  ["internalServerError", "serverFailed"],
  ["modelNotFound", "modelUnknown"],
]);

const SAID: readonly [RegExp, TurnFailureCause][] = [
  [/unexpected status 401\b/, "unauthorized"],
  [/last status: 429\b/, "rateLimit"],
  [/(?:unexpected|last) status:? 5\d\d\b/, "serverFailed"],
  [/^stream disconnected before completion\b/, "serverFailed"],
  [/"code":\s*"context_length_exceeded"/, "contextFull"],
  [/"code":\s*"model_not_found"/, "modelUnknown"],
  [/\bmodel [`'"][^`'"]{1,100}[`'"] does not exist/i, "modelUnknown"],
  [/[`'"] model is not supported\b/i, "modelUnknown"],
];

/** The environment variable that holds the key of a model provider, where Codex has none of that name. */
export function missingVariable({ message }: { message: string }): string | undefined {
  return /^Missing environment variable: `(\w+)`/.exec(message)?.[1];
}

/** The cause of a failed turn, as far as it is one of those that something can be said about. */
export function turnFailureCause(failure: {
  message: string;
  codexErrorInfo: string | undefined;
}): TurnFailureCause | undefined {
  return (
    NAMED.get(failure.codexErrorInfo ?? "") ??
    SAID.find(([text]) => text.test(failure.message))?.[1]
  );
}
