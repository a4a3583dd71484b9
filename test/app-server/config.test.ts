import { availableParallelism, homedir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import {
  codexSandboxPolicyForTurn,
  expandHome,
  maxRunningTurns,
  resolveCodexAppServerRuntimeOptions,
} from "../../src/app-server/config.js";
import { PERMISSION_MODES } from "../../src/app-server/config-schema.js";
import { CodexConfigError } from "../../src/app-server/config-error.js";
import { permissionsOfMode } from "../../src/app-server/permissions.js";

const resolve = (
  appServer?: unknown,
  env: Record<string, string | undefined> = {},
): ReturnType<typeof resolveCodexAppServerRuntimeOptions> =>
  resolveCodexAppServerRuntimeOptions({
    ...(appServer === undefined ? {} : { pluginConfig: { appServer } }),
    env,
  });

/** The error that these settings make. */
function errorOf(pluginConfig: unknown): CodexConfigError {
  try {
    resolveCodexAppServerRuntimeOptions({ pluginConfig, env: {} });
  } catch (error) {
    if (error instanceof CodexConfigError) return error;
  }
  throw new Error("these settings were taken");
}

describe("without settings", () => {
  test("Codex is a child process over stdio that asks before it leaves its folder", () => {
    expect(resolve()).toEqual({
      start: {
        transport: "stdio",
        command: "codex",
        commandSource: "default",
        args: ["app-server", "--listen", "stdio://"],
        headers: {},
        clearEnv: [],
      },
      requestTimeoutMs: 60_000,
      approvalPolicy: "on-request",
      sandbox: "workspace-write",
      approvalsReviewer: "user",
      workspaceRoots: [],
    });
  });

  test.each([undefined, null, {}, { appServer: undefined }, { appServer: null }, { turn: {} }])(
    "%o is the same as none",
    (pluginConfig) => {
      expect(resolveCodexAppServerRuntimeOptions({ pluginConfig, env: {} })).toEqual(resolve());
    },
  );
});

test("every setting takes effect", () => {
  expect(
    resolve({
      mode: "guardian",
      transport: "websocket",
      command: " /opt/codex ",
      args: ["app-server", "-c", "a=b"],
      url: "wss://codex.example:4500/x",
      authToken: "token",
      headers: { "X-Team": "one" },
      clearEnv: ["AWS_SECRET"],
      requestTimeoutMs: 1,
      idleShutdownMs: 0,
      maxRunningTurns: 3,
      approvalPolicy: "untrusted",
      sandbox: "read-only",
      approvalsReviewer: "user",
      serviceTier: "flex",
      defaultWorkspaceDir: "/projects/",
      workspaceRoots: ["/projects", "~/more"],
    }),
  ).toEqual({
    start: {
      transport: "websocket",
      command: "/opt/codex",
      commandSource: "config",
      args: ["app-server", "-c", "a=b"],
      url: "wss://codex.example:4500/x",
      authToken: "token",
      headers: { "X-Team": "one" },
      clearEnv: ["AWS_SECRET"],
    },
    requestTimeoutMs: 1,
    idleShutdownMs: 0,
    maxRunningTurns: 3,
    approvalPolicy: "untrusted",
    sandbox: "read-only",
    approvalsReviewer: "user",
    serviceTier: "flex",
    defaultWorkspaceDir: "/projects",
    workspaceRoots: ["/projects", path.join(homedir(), "more")],
  });
});

test("as many turns may run at once as the setting says, or the machine's cores; any number elsewhere", () => {
  const far = { transport: "websocket", url: "wss://codex.example/" };
  const bounds = [{}, { maxRunningTurns: 3 }, far, { ...far, maxRunningTurns: 3 }].map(
    (appServer) => maxRunningTurns(resolve(appServer)),
  );
  expect(bounds).toEqual([32 * availableParallelism(), 3, Infinity, 3]);
});

describe("the mode", () => {
  test.each(PERMISSION_MODES)("%s sets all three permissions", (mode) => {
    expect(resolve({ mode })).toMatchObject(permissionsOfMode(mode));
  });

  test("gives way to a permission that is set by itself", () => {
    expect(resolve({ mode: "yolo", sandbox: "read-only" })).toMatchObject({
      approvalPolicy: "never",
      sandbox: "read-only",
    });
  });
});

describe("the command", () => {
  const env = { OPENCLAW_CODEX_APP_SERVER_BIN: " /env/codex " };

  test("of the settings goes before the environment's, that before codex on PATH", () => {
    expect(resolve({ command: "/config/codex" }, env).start).toMatchObject({
      command: "/config/codex",
      commandSource: "config",
    });
    expect(resolve({}, env).start).toMatchObject({ command: "/env/codex", commandSource: "env" });
    expect(resolve({}, {}).start).toMatchObject({ command: "codex", commandSource: "default" });
  });

  test("that is blank in the environment is none", () => {
    expect(resolve({}, { OPENCLAW_CODEX_APP_SERVER_BIN: "  " }).start.command).toBe("codex");
  });
});

describe("an invalid setting is an error that names it and says what it may be", () => {
  test.each([
    { appServer: { mode: "full" }, says: /^Invalid setting appServer\.mode: .*"ask".*"yolo"/ },
    { appServer: { transport: "tcp" }, says: /appServer\.transport: .*"stdio".*"websocket"/ },
    { appServer: { command: " " }, says: /appServer\.command: .*empty/ },
    { appServer: { command: 7 }, says: /appServer\.command: .*a string/ },
    { appServer: { args: "app-server" }, says: /appServer\.args: .*an array/ },
    { appServer: { args: [1] }, says: /appServer\.args\.0: .*a string/ },
    { appServer: { url: "http://x" }, says: /appServer\.url: .*ws:\/\// },
    { appServer: { authToken: "" }, says: /appServer\.authToken: .*empty/ },
    { appServer: { headers: ["X: y"] }, says: /appServer\.headers: .*object/ },
    { appServer: { headers: { X: 1 } }, says: /appServer\.headers\.X: .*a string/ },
    { appServer: { passEnv: ["*"] }, says: /appServer\.passEnv\.0: .*variable's name/ },
    { appServer: { passEnv: ["A=1"] }, says: /appServer\.passEnv\.0: .*variable's name/ },
    { appServer: { clearEnv: [""] }, says: /appServer\.clearEnv\.0: .*empty/ },
    { appServer: { requestTimeoutMs: 0 }, says: /appServer\.requestTimeoutMs: .*at least 1/ },
    { appServer: { requestTimeoutMs: 1.5 }, says: /appServer\.requestTimeoutMs: .*whole number/ },
    { appServer: { requestTimeoutMs: "1" }, says: /appServer\.requestTimeoutMs: .*number/ },
    { appServer: { requestTimeoutMs: 2 ** 31 }, says: /requestTimeoutMs: .*at most 2147483647/ },
    { appServer: { maxRunningTurns: 0 }, says: /appServer\.maxRunningTurns: .*at least 1/ },
    { appServer: { idleShutdownMs: -1 }, says: /appServer\.idleShutdownMs: .*at least 0/ },
    { appServer: { requestTimeoutMs: NaN }, says: /appServer\.requestTimeoutMs: / },
    { appServer: { approvalPolicy: "on-failure" }, says: /appServer\.approvalPolicy: .*"on-req/ },
    { appServer: { sandbox: "none" }, says: /appServer\.sandbox: .*"read-only"/ },
    { appServer: { approvalsReviewer: "me" }, says: /appServer\.approvalsReviewer: .*"user"/ },
    { appServer: { serviceTier: "slow" }, says: /appServer\.serviceTier: .*"fast".*"flex"/ },
    { appServer: { defaultWorkspaceDir: "rel" }, says: /appServer\.defaultWorkspaceDir: .*absol/ },
    { appServer: { defaultWorkspaceDir: "" }, says: /appServer\.defaultWorkspaceDir: .*empty/ },
    { appServer: { workspaceRoots: ["/a", "b"] }, says: /appServer\.workspaceRoots: .*absolute/ },
    { appServer: { workspaceRoots: "/a" }, says: /appServer\.workspaceRoots: .*an array/ },
    { appServer: { sandBox: "read-only" }, says: /appServer\.sandBox: there is no such setting/ },
    { appServer: [], says: /appServer: .*an object/ },
    { appServer: "stdio", says: /appServer: .*an object/ },
  ])("$appServer", ({ appServer, says }) => {
    const error = errorOf({ appServer });
    expect(error.message).toMatch(says);
    expect(error.message).toContain("plugins.entries.codex-conversation.config");
    expect(error.message).toContain(error.setting);
  });

  test.each(["text", 7, []])("settings that are no object: %o", (pluginConfig) => {
    expect(errorOf(pluginConfig).message).toMatch(/must be an object/);
  });

  test("a WebSocket without an address", () => {
    expect(errorOf({ appServer: { transport: "websocket" } })).toMatchObject({
      setting: "appServer.url",
      message: expect.stringMatching(/needed when appServer\.transport is websocket/),
    });
  });
});

describe("no value appears in an error", () => {
  const SECRET = "s3cret-value";

  test.each([
    { appServer: { authToken: [SECRET] } },
    { appServer: { authToken: { token: SECRET } } },
    { appServer: { headers: SECRET } },
    { appServer: { headers: { Authorization: [SECRET] } } },
    { appServer: { url: `http://user:${SECRET}@host` } },
    { appServer: { mode: SECRET } },
    { appServer: { args: { x: SECRET } } },
    { appServer: { defaultWorkspaceDir: SECRET } },
    { appServer: { authToken: SECRET, headers: { X: SECRET }, sandbox: "none" } },
  ])("%o", (pluginConfig) => {
    const error = errorOf(pluginConfig);
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain(SECRET);
  });
});

describe("the sandbox policy of a turn", () => {
  test("full access has no limits", () => {
    expect(codexSandboxPolicyForTurn("danger-full-access", "/repo")).toEqual({
      type: "dangerFullAccess",
    });
  });

  test("read-only has no network", () => {
    expect(codexSandboxPolicyForTurn("read-only", "/repo")).toEqual({
      type: "readOnly",
      networkAccess: false,
    });
  });

  test("workspace-write writes in the working folder, without a network", () => {
    expect(codexSandboxPolicyForTurn("workspace-write", "/repo")).toEqual({
      type: "workspaceWrite",
      writableRoots: ["/repo"],
      networkAccess: false,
      excludeTmpdirEnvVar: false,
      excludeSlashTmp: false,
    });
  });
});

test.each([
  ["~", homedir()],
  ["~/a b", path.join(homedir(), "a b")],
  [" /a ", "/a"],
  ["~other/a", "~other/a"],
  ["/a/~", "/a/~"],
])("%j means %s", (written, meant) => {
  expect(expandHome(written)).toBe(meant);
});
