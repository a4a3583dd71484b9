import { expect, test } from "vitest";
import {
  isAtLeast,
  OLDEST_CODEX,
  requireSupportedCodex,
} from "../../src/app-server/codex-version.js";
import { connectedClient } from "../support/app-server/connected-client.js";

test.each([
  ["0.125.0", "0.125.0", true],
  ["0.124.9", "0.125.0", false],
  ["0.125.1", "0.125.0", true],
  ["0.98.0", "0.125.0", false],
  ["1.0.0", "0.125.0", true],
  ["0.125.0-alpha.2", "0.125.0", true],
  ["0.124.0-alpha.9", "0.125.0", false],
  ["0.0.0", "0.125.0", true],
])("%s is at least %s: %s", (version, other, expected) => {
  expect(isAtLeast(version, other)).toBe(expected);
});

test("a version that cannot be read is let pass, and so is the oldest that is known to work", () => {
  expect(() => requireSupportedCodex(undefined)).not.toThrow();
  expect(() => requireSupportedCodex(OLDEST_CODEX)).not.toThrow();
});

test("the handshake with an older Codex fails with what was found, what is needed and what to do", async () => {
  const { client, far } = connectedClient();
  const ready = client.initialize({ timeoutMs: 10_000 });
  far.succeed(await far.request("initialize"), { userAgent: "x/0.118.0 (Debian 12.0.0; x86_64)" });
  await expect(ready).rejects.toMatchObject({
    code: "TOO_OLD",
    message: `Codex 0.118.0 is too old: this needs ${OLDEST_CODEX} or newer. Update it with: \`npm install -g @openai/codex\``,
  });
  expect(far.requests("initialized")).toEqual([]);
});
