import { expect, test } from "vitest";
import { INITIALIZE_PARAMS, readServerVersion } from "../../src/app-server/handshake.js";
import packageJson from "../../package.json" with { type: "json" };

test.each([
  ["openclaw-codex-conversation/0.169.0 (Debian 12.0.0; x86_64) xterm", "0.169.0"],
  ["a/b/0.125.0 (Mac OS 15.1; arm64)", "0.125.0"],
  ["name/0.170.0-alpha.2 (Windows 11; x86_64)", "0.170.0-alpha.2"],
  ["name/0.169 (Debian)", undefined],
  ["something else", undefined],
  [42, undefined],
])("userAgent %j says version %j", (userAgent, version) => {
  expect(readServerVersion({ userAgent })).toBe(version);
});

test.each([[undefined], [null], ["0.169.0"], [{}]])("the answer %j says no version", (answer) => {
  expect(readServerVersion(answer)).toBeUndefined();
});

test("Codex is told who asks, and keeps nothing back that turns are made of or that shows that they live", () => {
  const { clientInfo, capabilities } = INITIALIZE_PARAMS;
  expect(clientInfo).toMatchObject({
    name: "openclaw-codex-conversation",
    version: packageJson.version,
  });
  expect(capabilities.experimentalApi).toBe(true);
  const needed =
    /^(?:turn\/(?!diff)|thread\/(?!readState))|^item\/(?:started|completed|agentMessage\/delta|commandExecution\/outputDelta)$|^(?:error|warning|serverRequest\/resolved)$/;
  expect(capabilities.optOutNotificationMethods.filter((name) => needed.test(name))).toEqual([]);
});
