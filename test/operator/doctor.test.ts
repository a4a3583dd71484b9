import { chmod, mkdir, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import { CodexLocalError } from "../../src/app-server/errors.js";
import {
  codexAppServerBindingFile,
  writeCodexAppServerBinding,
} from "../../src/thread/thread-binding.js";
import { clientSource } from "../support/conversation/client-source.js";
import { hostBindings } from "../support/conversation/host-bindings.js";
import { operator } from "../support/conversation/operator.js";
import { operatorGateway } from "../support/conversation/operator-gateway.js";
import { refuse } from "../support/conversation/scripted-codex.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);
vi.mock(
  "openclaw/plugin-sdk/conversation-runtime",
  () => import("../support/conversation/host-bindings.js"),
);
vi.mock(
  "openclaw/plugin-sdk/gateway-runtime",
  () => import("../support/conversation/operator-gateway.js"),
);

const ONE = "telegram-1aaaaaaaaaaaaaaaaaaaaaaa";
const TWO = "telegram-2bbbbbbbbbbbbbbbbbbbbbbb";
const PLACE = { channel: "telegram", accountId: "default", conversationId: "5001" };

/** A gateway with one bound chat, of which everything is as it should be. */
async function healthy() {
  const all = await operator();
  const { bind, codex, folder, host } = all;
  const work = path.join(folder, "work");
  await mkdir(work);
  const sessionFile = await bind(ONE, "5001", { threadId: "thread-1", cwd: work });
  hostBindings.hold({ kind: "codex-app-server-session" }, "/plugin", { place: PLACE });
  codex.serverVersion = "0.171.0";
  codex.answer("account/read", () => ({ account: { type: "apiKey" }, requiresOpenaiAuth: true }));
  codex.answer("thread/read", () => ({ thread: { id: "thread-1", preview: "hello" } }));
  operatorGateway.run(host);
  return { ...all, work, sessionFile };
}

/** The findings, without what is only said. */
async function findings(run: Awaited<ReturnType<typeof operator>>["json"]): Promise<unknown> {
  return (await run(["doctor"])).findings;
}

describe("openclaw codexchat doctor", () => {
  test("has nothing against a gateway that is as it should be, and ends with 0", async () => {
    const { json, run } = await healthy();
    expect(await json(["doctor"])).toEqual({
      version: 1,
      gateway: "answered",
      ok: true,
      about: "OpenClaw 2026.9.6, Codex 0.171.0, signed in with an API key, 1 chat",
      openclaw: "2026.9.6",
      codex: "0.171.0",
      findings: [],
    });
    expect(await run(["doctor"])).toEqual({
      out: "OpenClaw 2026.9.6, Codex 0.171.0, signed in with an API key, 1 chat\n\nNothing needs to be done.\n",
      notes: "",
      exitCode: 0,
    });
    expect(operatorGateway.asked.at(-1)).toMatchObject({
      method: "codexchat.doctor",
      scopes: ["operator.read"],
    });
  });

  test("begins no turn, loads no thread and signs nobody in", async () => {
    const { codex, json } = await healthy();
    await json(["doctor"]);
    const asked = codex.calls.map(({ method }) => method);
    expect(new Set(asked)).toEqual(new Set(["account/read", "thread/read"]));
  });

  test("looks by itself if the gateway does not run, and ends with 1 if something is to be done", async () => {
    const { json, run, work } = await healthy();
    operatorGateway.reset();
    await rm(work, { recursive: true });
    expect(await json(["doctor"])).toMatchObject({
      gateway: "away",
      ok: false,
      codex: "0.171.0",
      findings: [{ check: "chat-folder", level: "action" }],
    });
    const { out, exitCode } = await run(["doctor"]);
    expect(exitCode).toBe(1);
    expect(out).toContain(
      `! The folder ${work}, where the chat ${ONE} works, does not exist.\n  Run: mkdir -p ${work}, or: /codexchat new --cwd FOLDER (in the chat)\n`,
    );
    expect(out).toContain("\nOne thing needs to be done.\n");
  });

  test("finds settings that cannot be used, and looks at the rest", async () => {
    const { host, json, sessionFile } = await healthy();
    host.pluginConfig = { appServer: { mode: "everything" } };
    await rm(codexAppServerBindingFile(sessionFile));
    expect(await findings(json)).toMatchObject([
      { check: "settings", problem: expect.stringContaining("appServer.mode") },
      { check: "no-thread", session: ONE },
    ]);
  });

  test.each([
    ["2026.9.6", []],
    ["2026.7.35", ["2026.8.2"]],
    ["2026.6.11", ["2026.7.35", "2026.8.2"]],
  ])("notes what OpenClaw %s does without", async (version, needed) => {
    const { host, json } = await healthy();
    host.version = version;
    const { ok, findings: found } = await json(["doctor"]);
    expect(ok).toBe(true);
    expect(found).toMatchObject(
      needed.map((needs) => ({
        check: "host-version",
        level: "note",
        problem: expect.stringContaining(needs),
        run: "openclaw update",
      })),
    );
  });

  test("finds a Codex that is too old", async () => {
    const { json } = await healthy();
    clientSource.serve(new CodexLocalError("TOO_OLD", "Codex 0.98.0 is too old"));
    expect(await findings(json)).toMatchObject([
      {
        check: "codex",
        problem: expect.stringContaining("0.125.0 or newer"),
        run: "npm install -g @openai/codex",
      },
    ]);
  });

  test("finds a Codex that is not there", async () => {
    const { json } = await healthy();
    clientSource.serve(new CodexLocalError("COMMAND_NOT_FOUND", "codex was not found"));
    expect(await findings(json)).toMatchObject([
      { check: "codex", problem: expect.stringContaining("codex was not found") },
    ]);
  });

  test("finds that nobody is signed in, unless a key of the environment is used then", async () => {
    const { codex, json } = await healthy();
    codex.answer("account/read", () => ({ account: null, requiresOpenaiAuth: true }));
    expect(await findings(json)).toMatchObject([{ check: "codex-sign-in", run: "codex login" }]);
    vi.stubEnv("OPENAI_API_KEY", "a-secret");
    expect(await findings(json)).toEqual([]);
  });

  test("finds a configuration that Codex cannot read", async () => {
    const { codex, json } = await healthy();
    Object.assign(codex, { configProblem: "line 3 is no TOML" });
    expect(await findings(json)).toMatchObject([
      { check: "codex-config", problem: expect.stringContaining("line 3 is no TOML") },
    ]);
  });

  test("finds folders of the settings that are missing or no folders, or hold the operator's own data", async () => {
    const { folder, host, json, work } = await healthy();
    const file = path.join(folder, "a-file");
    await writeFile(file, "");
    host.pluginConfig = {
      appServer: {
        defaultWorkspaceDir: host.stateDir,
        workspaceRoots: [work, path.join(folder, "gone"), file],
      },
      projects: { app: path.join(folder, "no-app") },
    };
    vi.stubEnv("OPENCLAW_STATE_DIR", host.stateDir);
    const found = [
      [host.stateDir, "appServer.defaultWorkspaceDir", "is the home folder, or holds"],
      [path.join(folder, "gone"), "appServer.workspaceRoots", "does not exist"],
      [file, "appServer.workspaceRoots", "is not a folder"],
      [path.join(folder, "no-app"), "projects.app", "does not exist"],
    ].map(([named, setting, why]) => ({
      check: "folder",
      problem: expect.stringContaining(`The folder ${named} of the setting ${setting} ${why}`),
    }));
    expect(await findings(json)).toMatchObject(found);
  });

  test("finds a chat whose folder lies outside of those that are allowed", async () => {
    const { folder, host, json } = await healthy();
    const elsewhere = path.join(folder, "elsewhere");
    await mkdir(elsewhere);
    host.pluginConfig = { appServer: { workspaceRoots: [elsewhere] } };
    expect(await findings(json)).toMatchObject([
      {
        check: "chat-folder",
        session: ONE,
        problem: expect.stringContaining("outside the allowed folders"),
      },
    ]);
  });

  test.each([
    ["", true],
    ["# ", false],
  ])("notes a chat's folder that Codex trusts (%jtrust_level)", async (comment, isTrusted) => {
    const { json, work } = await healthy();
    const home = process.env["CODEX_HOME"] ?? "";
    await mkdir(home, { recursive: true });
    const config = path.join(home, "config.toml");
    await writeFile(
      config,
      `model = "x"\n[projects.${JSON.stringify(work)}]\n${comment}trust_level = "trusted"\n`,
    );
    const { ok, findings: found } = await json(["doctor"]);
    expect(ok).toBe(true);
    expect(found).toMatchObject(isTrusted ? [{ check: "trust", level: "note", session: ONE }] : []);
  });

  test("notes a chat's folder in a repository that Codex trusts", async () => {
    const { folder, json } = await healthy();
    const home = process.env["CODEX_HOME"] ?? "";
    await mkdir(home, { recursive: true });
    const trust = `[projects.'${folder}']\ntrust_level = "trusted"\n`;
    await writeFile(path.join(home, "config.toml"), trust);
    expect(await findings(json)).toEqual([]);
    await mkdir(path.join(folder, ".git"));
    expect(await findings(json)).toMatchObject([{ check: "trust", session: ONE }]);
  });

  test("finds a chat without a thread, a thread without a chat, and a chat that OpenClaw does not have bound", async () => {
    const { bind, folder, json, sessionFile, work } = await healthy();
    await writeFile(codexAppServerBindingFile(sessionFile), "no JSON");
    await writeCodexAppServerBinding(path.join(path.dirname(sessionFile), TWO), {
      threadId: "thread-2",
      cwd: folder,
    });
    await bind("telegram-3", "5003", { cwd: work, hasRun: false });
    expect(await findings(json)).toMatchObject([
      {
        check: "no-thread",
        session: ONE,
        problem: expect.stringContaining("it is not JSON"),
        run: `/codexchat bind (in the chat), or: openclaw codexchat detach ${ONE}`,
      },
      {
        check: "no-chat",
        session: TWO,
        run: expect.stringContaining(`openclaw codexchat detach ${TWO}`),
      },
      { check: "not-bound-in-openclaw", session: "telegram-3" },
    ]);
  });

  test("finds a thread that Codex does not have any more", async () => {
    const { codex, json } = await healthy();
    codex.answer("thread/read", refuse("thread not loaded: thread-1"));
    expect(await findings(json)).toMatchObject([{ check: "thread-gone", session: ONE }]);
  });

  test("finds files that others can open, and leaves them as they are", async () => {
    const { conversations, json, sessionFile } = await healthy();
    const file = codexAppServerBindingFile(sessionFile);
    await chmod(file, 0o644);
    await chmod(conversations, 0o755);
    const found = [
      {
        check: "modes",
        problem: `Other users of this machine can open 2 files and folders of the plugin: ${conversations} (mode 755).`,
        run: `chmod -R go= ${path.dirname(conversations)}`,
      },
    ];
    expect(await findings(json)).toMatchObject(found);
    expect(await findings(json)).toMatchObject(found);
    expect((await stat(file)).mode & 0o777).toBe(0o644);
  });

  test("finds a link in the place of a file, and does not follow it", async () => {
    const { conversations, json } = await healthy();
    const link = path.join(conversations, "telegram-9.goal.json");
    await symlink("/etc/passwd", link);
    expect(await findings(json)).toMatchObject([{ check: "link", run: `rm ${link}` }]);
    expect(await readdir(conversations)).toContain("telegram-9.goal.json");
  });

  test("lets nothing of a hostile path reach the terminal, and quotes it for the shell", async () => {
    const { folder, host, run } = await healthy();
    host.pluginConfig = { projects: { app: path.join(folder, "a\u001B[2J'; rm -rf x\u202E") } };
    const { out } = await run(["doctor"]);
    expect(out).not.toMatch(/(?!\n)[\p{Cc}\u202A-\u202E]/u);
    expect(out).toContain(`mkdir -p '${folder}/a\\u{1b}[2J'\\''; rm -rf x\\u{202e}'`);
  });
});
