/** Several app-servers in the settings: each has its own, and what is wrong with one is no other's matter. */
import { describe, expect, test } from "vitest";
import { CodexConfigError, CodexServerGoneError } from "../../src/app-server/config-error.js";
import {
  maxRunningTurns,
  resolveCodexAppServerRuntimeOptions,
  serverNamed,
  serverNames,
  shownServer,
} from "../../src/app-server/config.js";
import { isFar } from "../../src/app-server/start-options.js";
import { resolvePluginConfig } from "../../src/host/plugin-config.js";

const settings = {
  appServer: { mode: "yolo", authToken: "secret", headers: { a: "b" }, workspaceRoots: ["/here"] },
  servers: {
    build: { command: "ssh", args: ["build-box", "codex", "app-server"], workspaceRoots: ["/srv"] },
    bad: { mode: "full" },
    relative: { workspaceRoots: ["src"] },
    cloud: { transport: "websocket" },
  },
};

const resolve = (server?: string, pluginConfig: unknown = settings) =>
  resolveCodexAppServerRuntimeOptions({ pluginConfig, server, env: {} });

describe("a named server", () => {
  test("has its own settings and the defaults for the rest, and nothing of appServer's", () => {
    expect(resolve("build")).toEqual({
      start: {
        server: "build",
        transport: "stdio",
        command: "ssh",
        commandSource: "config",
        args: ["build-box", "codex", "app-server"],
        headers: {},
        clearEnv: [],
      },
      requestTimeoutMs: 60_000,
      approvalPolicy: "on-request",
      sandbox: "workspace-write",
      approvalsReviewer: "user",
      workspaceRoots: ["/srv"],
    });
  });

  test("is told by its name where its settings cannot be used", () => {
    expect(() => resolve("bad")).toThrow("Invalid setting servers.bad.mode: ");
    expect(() => resolve("relative")).toThrow("Invalid setting servers.relative.workspaceRoots: ");
    expect(() => resolve("cloud")).toThrow(
      "Invalid setting servers.cloud.url: it is needed when servers.cloud.transport is websocket",
    );
  });

  test.each(["gone", "constructor", "__proto__", "toString"])(
    "%s that no setting describes is an error of its own kind, and no other server",
    (name) => {
      expect(() => resolve(name)).toThrow(CodexServerGoneError);
    },
  );
});

describe("bad settings of one server", () => {
  test("keep no other server from working", () => {
    expect(resolve("build").start.server).toBe("build");
    expect(resolve().start).not.toHaveProperty("server");
    expect(resolvePluginConfig(settings).progress).toBe("brief");
  });

  test("of appServer keep none of the named ones from working", () => {
    const config = { ...settings, appServer: { mode: "full" } };
    expect(() => resolve(undefined, config)).toThrow(CodexConfigError);
    expect(resolve("build", config).start.server).toBe("build");
  });

  test("that are no object are told where a server is asked for", () => {
    expect(() => resolve("build", { servers: "build" })).toThrow("Invalid setting servers: ");
    expect(resolve("default", { servers: "build" }).start).not.toHaveProperty("server");
  });
});

describe("the names of the servers", () => {
  test("begin with default, which is appServer's and cannot be given again", () => {
    const servers = { build: {}, default: {}, "two words": {}, "": {} };
    expect(serverNames({ servers })).toEqual(["default", "build"]);
    expect(resolve("default")).toEqual(resolve());
    expect(serverNames("no settings")).toEqual(["default"]);
  });

  test("are found however a phone writes them, an exact one first", () => {
    const config = { servers: { Build: {}, build: {} } };
    expect(serverNamed(config, "build")).toBe("build");
    expect(serverNamed(config, "BUILD ")).toBe("Build");
    expect(serverNamed(config, "Default")).toBe("default");
    expect(serverNamed(config, "other")).toBeUndefined();
  });

  test("are shown only where there are several, or where the chat's own has gone", () => {
    expect(shownServer({}, undefined)).toBeUndefined();
    expect(shownServer({}, "gone")).toBe("gone");
    expect(shownServer(settings, undefined)).toBe("default");
    expect(shownServer(settings, "build")).toBe("build");
  });
});

test.each([
  { transport: "stdio", command: "codex", far: false },
  { transport: "stdio", command: "/usr/bin/ssh", far: true },
  { transport: "stdio", command: "C:\\Windows\\System32\\OpenSSH\\ssh.exe", far: true },
  { transport: "stdio", command: "ssh-codex", far: false },
  { transport: "websocket", command: "codex", far: true },
] as const)("$command over $transport is on another machine: $far", ({ far, ...start }) => {
  expect(isFar(start)).toBe(far);
});

test("an app-server over ssh has no bound by this machine's cores", () => {
  expect(maxRunningTurns(resolve("build"))).toBe(Infinity);
  expect(maxRunningTurns(resolve())).toBeLessThan(Infinity);
});
