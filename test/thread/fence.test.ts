import { mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { CodexAppServerStartOptions } from "../../src/app-server/start-options.js";
import { fenceOf, restoreFence } from "../../src/thread/fence.js";
import { conversation } from "../support/conversation/conversation.js";
import { ScriptedCodex } from "../support/conversation/scripted-codex.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const start: CodexAppServerStartOptions = {
  transport: "stdio",
  command: "codex",
  commandSource: "default",
  args: [],
  headers: {},
  clearEnv: ["DBUS_SESSION_BUS_ADDRESS"],
};
const websocket: CodexAppServerStartOptions = { ...start, transport: "websocket", url: "ws://x" };
const NEWEST = { serverVersion: "0.171.0" };
const OLDEST = { serverVersion: "0.125.0" };

let at: (...parts: string[]) => string;

beforeEach(async () => {
  const base = await temporaryFolder();
  at = (...parts) => path.join(base, ...parts);
  vi.stubEnv("HOME", base);
  vi.stubEnv("OPENCLAW_STATE_DIR", at("state"));
  vi.stubEnv("OPENCLAW_CONFIG_PATH", at("openclaw.json"));
  vi.stubEnv("CODEX_HOME", at("codex"));
  for (const proxy of ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]) vi.stubEnv(proxy, undefined);
  onTestFinished(() => void vi.unstubAllEnvs());
});

async function withSecrets(): Promise<Record<string, string>> {
  await mkdir(at("state", "credentials"), { recursive: true });
  await mkdir(at("state", "media"));
  await mkdir(at("codex", "sessions"), { recursive: true });
  await mkdir(at("codex", "skills"));
  await writeFile(at("state", ".env"), "");
  await writeFile(at("real.json"), "");
  await symlink(at("real.json"), at("openclaw.json"));
  await writeFile(at("openclaw.json.bak"), "");
  await writeFile(at("codex", "auth.json"), "");
  return Object.fromEntries(
    [
      at("state", "credentials"),
      at("state", ".env"),
      at("real.json"),
      at("openclaw.json.bak"),
      at("codex", "sessions"),
      at("codex", "auth.json"),
      ...(process.platform === "linux" ? patterns() : []),
    ].map((file) => [file, "none"]),
  );
}

/** What finds the secrets that come later. */
function patterns(): string[] {
  const besideMedia = ["[!m]*", "m[!e]*", "me[!d]*", "med[!i]*", "medi[!a]*"];
  const state = [...besideMedia, "[m]", "m[e]", "me[d]", "med[i]", "media?*"];
  const codex = ["auth.jso[n]", ".credentials.jso[n]", "config.tom[l]", "history.json[l]"];
  return [
    ...state.map((name) => at("state", name)),
    at("openclaw.jso[n]"),
    at("openclaw.json?*"),
    ...codex.map((name) => at("codex", name)),
  ];
}

describe("a thread is loaded without leave to write,", () => {
  test.each(["read-only", "workspace-write", "danger-full-access"] as const)(
    "whatever its turns may: %s",
    async (sandbox) => {
      for (const how of ["started", "loaded again"] as const) {
        // oxlint-disable-next-line no-await-in-loop
        expect(await fenceOf(NEWEST, how, sandbox, start)).toEqual({ sandbox: "read-only" });
      }
    },
  );

  test("and started without a sight of the operator's secrets, but with one of what people sent", async () => {
    const denied = await withSecrets();
    const fence = await fenceOf(NEWEST, "started", "danger-full-access", start);
    expect(fence).toEqual({
      config: {
        default_permissions: "codex-conversation",
        permissions: {
          "codex-conversation": {
            filesystem: {
              ":root": "read",
              ...denied,
              ...(process.platform === "linux" && { glob_scan_max_depth: 1 }),
            },
          },
        },
      },
    });
  });

  test("and with no pattern where a folder's own name would be one", async () => {
    await withSecrets();
    await mkdir(at("state [old]"));
    await writeFile(at("state [old]", ".env"), "");
    vi.stubEnv("OPENCLAW_STATE_DIR", at("state [old]"));
    const fence = await fenceOf(NEWEST, "started", "workspace-write", start);
    const inState = JSON.stringify(fence)
      .split('"')
      .filter((name) => name.includes("state"));
    expect(inState).toEqual([at("state [old]", ".env")]);
  });

  test("unless it is loaded again, when its goal may go on before a turn of ours", async () => {
    const filesystem = await withSecrets();
    expect(await fenceOf(NEWEST, "loaded again", "workspace-write", start)).toMatchObject({
      config: { permissions: { "codex-conversation": { extends: ":workspace", filesystem } } },
    });
    expect(await fenceOf(NEWEST, "loaded again", "danger-full-access", start)).toMatchObject({
      config: { default_permissions: ":danger-full-access" },
    });
    expect(await fenceOf(OLDEST, "loaded again", "workspace-write", start)).toMatchObject({
      config: { permissions: { "codex-conversation": { filesystem: { ":root": "read" } } } },
    });
  });

  test("with the sandbox alone on another machine, whose secrets lie elsewhere", async () => {
    await withSecrets();
    expect(await fenceOf(NEWEST, "started", "workspace-write", websocket)).toEqual({
      sandbox: "read-only",
      config: { shell_environment_policy: { ignore_default_excludes: false } },
    });
  });

  test("and its commands get none of what the operator passes to Codex alone", async () => {
    vi.stubEnv("PROVIDER_KEY", "1");
    const passing = { ...start, passEnv: ["PROVIDER_KEY"] };
    expect(await fenceOf(NEWEST, "started", "workspace-write", passing)).toEqual({
      sandbox: "read-only",
      config: { shell_environment_policy: { ignore_default_excludes: false } },
    });
  });
});

test("a fence that full access took is put up again before the next turn without it, once", async () => {
  const codex = new ScriptedCodex();
  codex.answer("thread/settings/update", () => ({}));
  const turns = ["workspace-write", "danger-full-access", "read-only", "workspace-write"] as const;
  const restored: number[] = [];
  for (const sandbox of turns) {
    // oxlint-disable-next-line no-await-in-loop
    await restoreFence(codex, "thread-1", sandbox, 1000);
    restored.push(codex.of("thread/settings/update").length);
  }
  expect(restored).toEqual([0, 0, 1, 1]);
  expect(codex.only("thread/settings/update").params).toEqual({
    threadId: "thread-1",
    permissions: "codex-conversation",
  });
});

/** What is asked of a Codex of this version for three turns: fenced, with full access, fenced. */
async function askedOf(serverVersion: string): Promise<string[]> {
  const { codex, chat } = await conversation();
  codex.serverVersion = serverVersion;
  codex.answer("thread/unsubscribe", () => ({}));
  codex.answer("thread/settings/update", () => ({}));
  codex.repliesWith(() => "Hello.");
  await chat.bind();
  for (const mode of ["ask", "yolo", "ask"]) {
    // oxlint-disable-next-line no-await-in-loop
    await chat.say("go", { pluginConfig: { appServer: { mode } } });
  }
  const told = ["thread/resume", "thread/unsubscribe", "thread/settings/update", "turn/start"];
  return codex.calls.map(({ method }) => method).filter((method) => told.includes(method));
}

describe("a chat that goes from full access back to the fence", () => {
  test.each([
    { version: "0.171.0", before: ["thread/settings/update"] },
    { version: "0.169.0", before: ["thread/settings/update"] },
    { version: "0.154.0", before: ["thread/unsubscribe", "thread/resume"] },
    { version: "0.140.0", before: ["thread/unsubscribe", "thread/resume"] },
  ])("on Codex $version gets it back by $before", async ({ version, before }) => {
    expect(await askedOf(version)).toEqual([
      "thread/resume",
      "turn/start",
      "turn/start",
      ...before,
      "turn/start",
    ]);
  });
});
