/** Files that the model sends by its tool `send_file`. */
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import * as z from "zod/mini";
import { asRecord } from "../../src/app-server/json.js";
import type { JsonValue } from "../../src/app-server/protocol.js";
import { textInput } from "../../src/chat/turn-input.js";
import type { AuditEntry } from "../../src/host/audit.js";
import { withFileTool } from "../../src/messages/file-tool.js";
import { attachConversationMessages } from "../../src/messages/process-messages.js";
import { currentPluginConfig } from "../../src/host/plugin-host.js";
import { refuseTurnRequests, type AskingAgent } from "../../src/thread/turn-requests.js";
import { boundCommands } from "../support/conversation/commands.js";
import { quietChat, throughHost } from "../support/conversation/quiet-chat.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";
import { until } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const toolAnswer = z.object({
  contentItems: z.array(z.object({ text: z.string() })),
  success: z.boolean(),
});

let chats = 0;

const during = (wait: Promise<JsonValue>): Promise<JsonValue> => wait;

/** The tool alone, during a turn of `thread-1`. */
function tool() {
  const sent: string[] = [];
  let isSent = true;
  const requests = withFileTool(
    refuseTurnRequests({ threadId: "thread-1", during }),
    "thread-1",
    async (file) => {
      sent.push(file);
      return { isSent, text: "" };
    },
  );
  let calls = 0;
  const ask = async (more: object, agent?: AskingAgent): Promise<unknown> => {
    calls += 1;
    const call = { threadId: "thread-1", callId: `call-${calls}`, namespace: null };
    const params = { ...call, tool: "send_file", arguments: { path: "a.txt" }, ...more };
    return requests.answer({ id: calls, method: "item/tool/call", params }, agent);
  };
  return { ask, sent, requests, refuse: (is: boolean) => void (isSent = !is) };
}

/** A chat whose turn runs on a thread with a folder. */
async function withTurn(
  sendMedia?: () => Promise<unknown>,
  pluginConfig: Record<string, unknown> = {},
) {
  chats += 1;
  // Each may be written to at its own pace.
  const address = { channel: "telegram", to: `telegram:${chats}`, accountId: "default" };
  const cwd = await temporaryFolder();
  await mkdir(path.join(cwd, "out"));
  await writeFile(path.join(cwd, "out", "report.txt"), "all is well");
  const all = await boundCommands({ cwd });
  const files: string[] = [];
  all.host.channels.set("telegram", {
    sendMedia: async ({ mediaUrl }) => {
      files.push(await readFile(String(mediaUrl), "utf8"));
      return sendMedia?.();
    },
  });
  all.host.pluginConfig = pluginConfig;
  const audited: AuditEntry[] = [];
  const messages = attachConversationMessages(
    {
      ...quietChat,
      ...throughHost(all.host.api),
      audit: (entry) => void audited.push(entry),
      pluginConfig: () => currentPluginConfig(all.host.api),
      warn: () => {},
    },
    "no-folder",
  );
  const { data } = all.chat;
  const input = [textInput("go on")];
  await messages.accept({ data, input, address, messageId: undefined });
  const turn = await all.codex.turn();
  turn.show();
  let calls = 0;
  /** What the model is told. */
  const call = async (args: unknown, more: object = {}): Promise<[text: string, ok: boolean]> => {
    calls += 1;
    const [answer] = await all.codex.ask("item/tool/call", {
      threadId: "thread-1",
      turnId: turn.turnId,
      callId: `call-${calls}`,
      namespace: null,
      tool: "send_file",
      arguments: args,
      ...more,
    });
    const { contentItems, success } = toolAnswer.parse(answer);
    return [contentItems.map(({ text }) => text.replaceAll("\u2060", "")).join("\n"), success];
  };
  const said = (): string[] => all.host.sent.map(({ text }) => text.replaceAll("\u2060", ""));
  return { ...all, address, cwd, turn, call, said, files, audited };
}

test("a file comes into the chat of the turn, with its path, and the model hears so", async () => {
  const { call, said, files, audited, cwd, host, address } = await withTurn();
  expect(await call({ path: "out/report.txt" })).toEqual(["Sent: report.txt (11 B).", true]);
  expect(files).toEqual(["all is well"]);
  expect(said()).toEqual(["📎 Codex sends out/report.txt:"]);
  expect(host.sent[0]?.to).toBe(address.to);
  expect(audited).toMatchObject([
    { event: "file sent", by: "codex", text: path.join(cwd, "out/report.txt") },
  ]);
});

test.each(["guardian", "yolo"])(
  "a file is sent in mode %s, too, and nothing is asked",
  async (mode) => {
    const { call, files, codex, turn } = await withTurn(undefined, { appServer: { mode } });
    expect(await call({ path: "out/report.txt" })).toEqual(["Sent: report.txt (11 B).", true]);
    expect(files).toEqual(["all is well"]);
    const ids = { threadId: "thread-1", turnId: turn.turnId, itemId: "item-1" };
    const asked = await codex.ask("item/commandExecution/requestApproval", {
      ...ids,
      command: "ls",
    });
    expect(asked).toEqual([{ decision: "decline" }]);
  },
);

test("a call that Codex repeats sends nothing twice", async () => {
  const { call, files } = await withTurn();
  const same = { callId: "same" };
  const first = await call({ path: "out/report.txt" }, same);
  expect(await call({ path: "out/report.txt" }, same)).toEqual(first);
  expect(files).toHaveLength(1);
});

describe("the model is told why a file is not sent, and the chat gets nothing:", () => {
  test.each([
    ["outside the folder", "/etc/hostname", /^Only files inside this thread's folder/],
    ["missing", "out/nothing.txt", /^out\/nothing\.txt was not found in /],
    ["a folder", "out", /^out is not a file/],
    ["hidden", ".env", /^\.env is hidden or may hold a key/],
    ["in a hidden folder", ".ssh/config", /is hidden or may hold a key/],
    ["a link to a hidden file", "notes.txt", /^notes\.txt is hidden or may hold a key/],
    ["a link that leads out", "passwd", /^Only files inside this thread's folder/],
    ["a key", "deploy.pem", /is hidden or may hold a key/],
    ["credentials", "credentials.json", /is hidden or may hold a key/],
  ])("%s", async (_why, named, told) => {
    const { cwd, call, said, files, host } = await withTurn();
    await mkdir(path.join(cwd, ".ssh"));
    for (const name of [".env", ".ssh/config", "deploy.pem", "credentials.json"]) {
      // oxlint-disable-next-line no-await-in-loop
      await writeFile(path.join(cwd, name), "secret");
    }
    await symlink(".env", path.join(cwd, "notes.txt"));
    await symlink("/etc/passwd", path.join(cwd, "passwd"));
    expect(await call({ path: named })).toEqual([expect.stringMatching(told), false]);
    expect([said(), files]).toEqual([[], []]);
    const media = path.join(host.stateDir, "media", "codex-conversation");
    expect(await readdir(media).catch(() => [])).toEqual([]);
  });

  test.each([{}, { path: 7 }, { path: " " }, null])("no path: %j", async (args) => {
    const { call } = await withTurn();
    expect(await call(args)).toEqual(["Name the file in `path`.", false]);
  });

  test("a sub-agent asks", async () => {
    const { ask, sent } = tool();
    const agent = { threadId: "child-1", name: "Sartre" };
    expect(await ask({ threadId: "child-1" }, agent)).toMatchObject({
      contentItems: [{ text: expect.stringMatching(/^Sub-agents cannot send files/) }],
      success: false,
    });
    expect(sent).toEqual([]);
  });

  test("five were sent in the turn, side by side; those that were refused do not count", async () => {
    const { ask, sent, refuse } = tool();
    refuse(true);
    await ask({});
    refuse(false);
    const answers = await Promise.all(Array.from({ length: 7 }, () => ask({})));
    expect(answers.filter((answer) => asRecord(answer)?.success === true)).toHaveLength(5);
    expect(answers.at(-1)).toMatchObject({
      contentItems: [{ text: expect.stringMatching(/^You have sent 5 files in this turn/) }],
    });
    expect(sent).toHaveLength(6);
  });

  test("the turn was stopped", async () => {
    const { ask, sent, requests } = tool();
    requests.stop();
    expect(await ask({})).toMatchObject({ success: false });
    expect(sent).toEqual([]);
  });

  test("the chat is on another thread by now", async () => {
    const { call, chat, files, cwd } = await withTurn();
    await chat.bind({ threadId: "thread-2", cwd });
    expect(await call({ path: "out/report.txt" })).toEqual([
      expect.stringMatching(/^The chat has left this thread/),
      false,
    ]);
    expect(files).toEqual([]);
  });

  test("the tool is another", async () => {
    const { call } = await withTurn();
    const none = [expect.stringMatching(/^OpenClaw's tools are not offered/), false];
    expect(await call({ path: "out/report.txt" }, { tool: "delete_file" })).toEqual(none);
    expect(await call({ path: "out/report.txt" }, { namespace: "theirs" })).toEqual(none);
  });
});

test("a channel that takes no files is told to the model, and to the chat", async () => {
  const { call, said } = await withTurn(() => Promise.reject(new Error("no files")));
  expect(await call({ path: "out/report.txt" })).toEqual([
    "report.txt could not be sent: no files",
    false,
  ]);
  await until(() => said().length === 2);
  expect(said()[1]).toBe("report.txt could not be sent: no files");
});
