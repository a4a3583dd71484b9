import { describe, expect, test } from "vitest";
import { CodexConfigError } from "../../src/app-server/config-error.js";
import { goalSettings, resolvePluginConfig } from "../../src/host/plugin-config.js";

test.each([undefined, null, {}])(
  "without settings (%o) every setting has its default",
  (config) => {
    expect(resolvePluginConfig(config)).toEqual({
      appServer: {
        mode: "ask",
        transport: "stdio",
        args: ["app-server", "--listen", "stdio://"],
        headers: {},
        passEnv: [],
        clearEnv: [],
        requestTimeoutMs: 60_000,
        idleShutdownMs: 10 * 60_000,
        workspaceRoots: [],
      },
      turn: {
        idleTimeoutMs: 20 * 60_000,
        maxDurationMs: 6 * 60 * 60_000,
        whileRunning: "queue",
        approvalTimeoutMs: 900_000,
        maxQueued: 20,
        joinWithinMs: 2000,
      },
      goals: "on",
      agents: "on",
      approvals: "chat",
      progress: "brief",
    });
  },
);

test("every setting of its own is taken", () => {
  const config = {
    turn: { idleTimeoutMs: 1, maxDurationMs: 2, whileRunning: "steer", maxQueued: 3 },
    goals: { mode: "on", maxTurns: 7 },
    agents: "off",
    approvals: "decline",
    progress: "verbose",
  };
  expect(resolvePluginConfig(config)).toMatchObject(config);
});

test.each([
  { written: undefined, means: { enabled: true, maxTurns: 50 } },
  { written: "on", means: { enabled: true, maxTurns: 50 } },
  { written: "off", means: { enabled: false, maxTurns: 50 } },
  { written: { maxTurns: 3 }, means: { enabled: true, maxTurns: 3 } },
  { written: { mode: "off", maxTurns: 3 }, means: { enabled: false, maxTurns: 3 } },
])("the setting goals written as $written means $means", ({ written, means }) => {
  expect(goalSettings(resolvePluginConfig(written && { goals: written }))).toEqual(means);
});

describe("an invalid setting is an error that names it", () => {
  test.each([
    { config: { turn: { idleTimeoutMs: 0 } }, setting: "turn.idleTimeoutMs" },
    { config: { turn: { maxDurationMs: 2 ** 31 } }, setting: "turn.maxDurationMs" },
    { config: { turn: { whileRunning: "drop" } }, setting: "turn.whileRunning" },
    { config: { turn: { maxQueued: 0 } }, setting: "turn.maxQueued" },
    { config: { turn: { maxQueued: 1001 } }, setting: "turn.maxQueued" },
    { config: { turn: { joinWithinMs: 10_001 } }, setting: "turn.joinWithinMs" },
    { config: { turn: { more: 1 } }, setting: "turn.more" },
    { config: { approvals: "never" }, setting: "approvals" },
    { config: { progress: true }, setting: "progress" },
    { config: { appServer: { mode: "full" } }, setting: "appServer.mode" },
    { config: { model: "gpt-x" }, setting: "model" },
    { config: "text", setting: "config" },
  ])("$setting: $config", ({ config, setting }) => {
    expect(() => resolvePluginConfig(config)).toThrow(CodexConfigError);
    expect(() => resolvePluginConfig(config)).toThrow(`Invalid setting ${setting}: `);
  });
});
