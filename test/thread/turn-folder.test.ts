/** A chat's folder is looked at whenever Codex is about to work there, whatever was allowed before. */
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import { startCodexConversationThread } from "../../src/conversation-binding.js";
import { boundCommands, commands } from "../support/conversation/commands.js";
import { boundChat } from "../support/conversation/bound-chat.js";
import { conversation } from "../support/conversation/conversation.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

async function operatorsFolder(): Promise<string> {
  const folder = process.env["OPENCLAW_STATE_DIR"] ?? "";
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "openclaw.json"), "{}");
  return folder;
}

/** A bound chat, a project, and the operator's own folder with a configuration in it. */
async function places() {
  const all = await conversation();
  const project = path.join(all.folder, "project");
  const operators = await operatorsFolder();
  await mkdir(project);
  all.codex.repliesWith(() => "Done.");
  return { ...all, project, operators };
}

describe("a turn is not begun, and the chat told why and what to do,", () => {
  test("when the folder was replaced by a link to the operator's own", async () => {
    const { codex, chat, project, operators } = await places();
    await chat.bind({ cwd: project });
    expect(await chat.say("hi")).toBe("Done.");
    await rm(project, { recursive: true });
    await symlink(operators, project);
    expect(await chat.say("hi")).toMatch(
      /^Codex app-server turn failed: No chat can work in the folder .*project: .*\/codexchat new --cwd FOLDER.*defaultWorkspaceDir/,
    );
    expect(codex.of("turn/start")).toHaveLength(1);
  });

  test.each([{ transport: "stdio" }, { transport: "websocket", url: "ws://127.0.0.1:1" }])(
    "when the folder lies outside of roots that were set since: %o",
    async (appServer) => {
      const { codex, chat, folder, project } = await places();
      await chat.bind({ cwd: project });
      const pluginConfig = {
        appServer: { ...appServer, workspaceRoots: [path.join(folder, "x")] },
      };
      expect(await chat.say("hi", { pluginConfig })).toMatch(/lies outside .*workspaceRoots/);
      expect(codex.of("turn/start")).toEqual([]);
      expect(codex.of("thread/resume")).toEqual([]);
    },
  );

  test("when a remote server has named the folder, and Codex is here now", async () => {
    const { chat, codex, operators } = await places();
    await chat.bind({ cwd: operators });
    expect(await chat.say("hi")).toMatch(/No chat can work in the folder/);
    expect(codex.calls.map(({ method }) => method)).not.toContain("turn/start");
  });

  test("when the thread is gone and a new one would be started there", async () => {
    const { chat, codex, operators } = await places();
    await chat.bind({ cwd: "", threadId: "gone" });
    codex.stored.delete("gone");
    const pluginConfig = { appServer: { defaultWorkspaceDir: operators } };
    expect(await chat.say("hi", { pluginConfig })).toMatch(/No chat can work in the folder/);
    expect(codex.of("thread/start")).toEqual([]);
  });

  test("a compaction or a review neither", async () => {
    const { chat, codex, inHost, host, say } = await boundCommands();
    await chat.bind({ cwd: process.env["CODEX_HOME"] ?? "" });
    inHost.bind(chat.data);
    host.channels.set("telegram", {});
    await say("review");
    expect(codex.of("review/start")).toEqual([]);
  });
});

describe("no thread is begun", () => {
  test.each([{ transport: "stdio" }, { transport: "websocket", url: "ws://127.0.0.1:1" }])(
    "at the top of the file system, whatever the transport: %o",
    async (appServer) => {
      const { codex, host, say } = await commands();
      host.pluginConfig = { appServer };
      expect(await say("bind --cwd /")).toMatch(/No chat can work in the folder \//);
      expect(await say("new --cwd /tmp/..")).toMatch(/No chat can work in the folder/);
      host.pluginConfig = { appServer: { ...appServer, workspaceRoots: ["/srv"] } };
      expect(await say("bind --cwd /etc")).toMatch(/outside/);
      expect(codex.of("thread/start")).toEqual([]);
    },
  );

  test("in the gateway's own folder if that is the operator's, where nothing is named", async () => {
    const { codex, host, say } = await commands();
    vi.stubEnv("OPENCLAW_STATE_DIR", process.cwd());
    host.pluginConfig = {};
    expect(await say("bind")).toMatch(/No chat can work .*set appServer\.defaultWorkspaceDir/);
    expect(codex.of("thread/start")).toEqual([]);
  });

  test("by the ported start either", async () => {
    const { codex, chat, operators, project } = await places();
    const common = { sessionFile: chat.sessionFile, pluginConfig: {} };
    await expect(
      startCodexConversationThread({ ...common, workspaceDir: operators }),
    ).rejects.toMatchObject({ code: "operators" });
    codex.answer("thread/resume", () => ({ thread: { id: "thread-9" }, cwd: operators }));
    await expect(startCodexConversationThread({ ...common, threadId: "thread-9" })).rejects.toThrow(
      /where no chat can work/,
    );
    expect(codex.of("thread/unsubscribe")).toHaveLength(1);
    await startCodexConversationThread({ ...common, workspaceDir: project });
    expect(codex.only("thread/start").params.cwd).toBe(project);
  });
});

test("threads of the operator's own folders are not listed, nor their files sent", async () => {
  const { chat, codex, folder, host, say } = await boundCommands();
  const operators = await operatorsFolder();
  codex.answer("thread/list", () => ({
    data: [
      { id: "t1", name: "hidden", cwd: operators, updatedAt: 1, preview: "" },
      { id: "t2", name: "shown", cwd: folder, updatedAt: 1, preview: "" },
    ],
    nextCursor: null,
  }));
  const sent: unknown[] = [];
  host.channels.set("telegram", { sendMedia: async (message) => sent.push(message) });
  await chat.bind({ cwd: operators });
  expect(await say("threads")).not.toContain("hidden");
  expect(await say("send openclaw.json")).toMatch(/No chat can work in the folder/);
  expect(await say("fork")).toMatch(/where no chat can work/);
  expect(sent).toEqual([]);
});

test("a folder that has gone away since is told before a turn is paid for, and the next message runs once it is there", async () => {
  const { codex, cwd, sent, say } = await boundChat();
  await rm(cwd, { recursive: true });
  await say("one");
  await sent.waitFor((text) => text.includes("does not exist on the gateway's machine"));
  expect(codex.of("turn/start")).toHaveLength(1);
  await mkdir(cwd);
  await say("two");
  (await codex.turn(2)).reply("Here.");
  await sent.waitFor((text) => text === "Here.");
});
