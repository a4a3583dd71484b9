/** Folders that the operator has named, and those that a chat can choose from. */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import { hasToChoose, offeredFolders } from "../../src/commands/offered-folders.js";
import { boundCommands, commands } from "../support/conversation/commands.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

/** A root with folders in it, and a project outside of it. */
async function places() {
  const root = await temporaryFolder();
  for (const name of ["web", "api", ".hidden"]) await mkdir(path.join(root, name));
  const app = path.join(await temporaryFolder(), "code");
  await mkdir(path.join(app, "src"), { recursive: true });
  const pluginConfig = { projects: { app }, appServer: { workspaceRoots: [root] } };
  return { root, app, pluginConfig };
}

describe("a project's name", () => {
  test.each(["bind app", "bind App", "bind --cwd app", "new app"])(
    "stands for its folder in %s, which need not lie in the roots",
    async (command) => {
      const { app, pluginConfig } = await places();
      const { host, say } = await commands();
      host.pluginConfig = pluginConfig;
      expect(await say(command)).toContain(`Folder: ${app}`);
    },
  );

  test("starts a new thread there in a chat that is bound", async () => {
    const { app, pluginConfig } = await places();
    const { chat, host, say } = await boundCommands();
    host.pluginConfig = pluginConfig;
    await say("new app");
    expect(await chat.binding()).toMatchObject({ cwd: app });
  });

  test("allows what lies in its folder, and nothing beside it", async () => {
    const { app, pluginConfig } = await places();
    const { host, say } = await commands();
    host.pluginConfig = pluginConfig;
    expect(await say(`bind --cwd ${app}/src`)).toContain(`Folder: ${app}/src`);
    expect(await say(`new --cwd ${path.dirname(app)}`)).toContain("outside the folders");
  });

  test("beside a folder makes no sense", async () => {
    const { pluginConfig, root } = await places();
    const { host, say } = await commands();
    host.pluginConfig = pluginConfig;
    expect(await say(`bind app --cwd ${root}`)).toContain("keeps its own folder");
  });
});

describe("the folders on offer", () => {
  test("are the projects, those that were used lately, and those in the roots, each once", async () => {
    const { root, app, pluginConfig } = await places();
    const { chat, codex } = await boundCommands();
    const threads = [path.join(root, "api"), "/elsewhere", path.join(root, "api"), "/gone"];
    codex.answer("thread/list", () => ({
      data: threads.map((cwd, at) => ({
        id: `t${at}`,
        name: null,
        preview: "",
        cwd,
        updatedAt: 1,
      })),
    }));
    const offered = await offeredFolders({ sessionFile: chat.sessionFile, pluginConfig });
    expect(offered).toEqual([
      { name: "app", path: app },
      { name: "api", path: path.join(root, "api") },
      { name: path.basename(root), path: root },
      { name: "web", path: path.join(root, "web") },
    ]);
  });

  test("are told apart by the folder above where two are called the same", async () => {
    const { root } = await places();
    const other = await temporaryFolder();
    await mkdir(path.join(other, "web"));
    const { chat } = await boundCommands();
    const pluginConfig = { appServer: { workspaceRoots: [root, other] } };
    const offered = await offeredFolders({ sessionFile: chat.sessionFile, pluginConfig });
    expect(offered.map(({ name }) => name).filter((name) => name.endsWith("web"))).toEqual([
      path.join(path.basename(root), "web"),
      path.join(path.basename(other), "web"),
    ]);
  });

  test.each([
    ["several roots", { appServer: { workspaceRoots: ["/a", "/b"] } }, true],
    ["projects", { projects: { app: "/a" } }, true],
    ["one root", { appServer: { workspaceRoots: ["/a"] } }, false],
    [
      "projects and a folder of the operator's choice",
      { projects: { app: "/a" }, appServer: { defaultWorkspaceDir: "/b" } },
      false,
    ],
    ["settings that cannot be read", { projects: 1 }, false],
  ])("with %s have to be chosen from: %j, %j", (_, pluginConfig, expected) => {
    expect(hasToChoose(pluginConfig)).toBe(expected);
  });

  test("are shown at a bind that has to choose, which binds nothing yet", async () => {
    const { pluginConfig } = await places();
    const { host, inHost, reply } = await commands();
    host.pluginConfig = pluginConfig;
    host.version = "2026.6.11";
    const answer = await reply("bind");
    expect(answer.text).toMatch(/^Where should Codex work\?/);
    expect(inHost.requests).toEqual([]);
  });

  test("are a button below the answer of a new thread", async () => {
    const { reply } = await boundCommands({ cwd: await temporaryFolder() });
    const answer = await reply("new");
    expect(answer.text).toContain("new Codex thread");
    expect(JSON.stringify(answer.presentation)).toContain('"Another folder"');
  });
});

test.each([
  ["a name that two words would make", { "my app": "/a" }],
  ["a name that an option would be", { "--cwd": "/a" }],
  ["a folder that is not absolute", { app: "code" }],
])("a setting with %s is an error", async (_, projects) => {
  const { host, say } = await commands();
  host.pluginConfig = { projects };
  expect(await say("bind")).toContain("projects");
});
