import { describe, expect, onTestFinished, test, vi } from "vitest";
import { writeCodexAppServerBinding } from "../../src/thread/thread-binding.js";
import { registerThreadButtons } from "../../src/commands/thread-buttons.js";
import { trackCodexConversationActiveTurn } from "../../src/thread/active-turns.js";
import { clientSource } from "../support/conversation/client-source.js";
import { Clicks } from "../support/conversation/clicks.js";
import { boundCommands, commands } from "../support/conversation/commands.js";
import { refuse, type ScriptedCodex } from "../support/conversation/scripted-codex.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const HOUR_S = 3600;

type Thread = { id: string; name?: string; preview?: string; cwd?: string; hoursAgo?: number };

function stores(codex: ScriptedCodex, threads: Thread[]): void {
  const now = Math.floor(Date.now() / 1000);
  const data = threads.map(({ id, name = null, preview = "", cwd = "/w", hoursAgo = 1 }) => ({
    id,
    name,
    preview,
    cwd,
    updatedAt: now - hoursAgo * HOUR_S,
  }));
  codex.answer("thread/list", () => ({ data, nextCursor: null }));
  codex.answer("thread/search", () => ({ data: [], nextCursor: null }));
}

describe("threads", () => {
  test("lists title, folder and age, and how to take each up, also in a chat that is not bound", async () => {
    const { codex, say } = await commands();
    stores(codex, [
      { id: "t1", name: "Whale work", preview: "hi", cwd: "/home/me/projects/whales" },
      { id: "t2", preview: "mend the\nfence", cwd: "/farm", hoursAgo: 50 },
    ]);
    expect(await say("threads")).toBe(
      [
        "Codex threads, newest first:",
        "1. Whale work",
        "…/projects/whales, 1 h ago",
        "`/codexchat resume t1`",
        "2. mend the fence",
        "/farm, 2 d ago",
        "`/codexchat resume t2`",
      ].join("\n"),
    );
    expect(codex.only("thread/list").params).toMatchObject({ modelProviders: [] });
  });

  test("has a button for each where the channel has buttons, and no ids then", async () => {
    const { codex, reply } = await boundCommands();
    stores(codex, [{ id: "t1", name: "Whale work" }]);
    const answer = await reply("threads");
    expect(answer.text).not.toContain("resume");
    expect(answer.presentation?.blocks).toEqual([
      {
        type: "buttons",
        buttons: [
          { label: "1. Whale work", action: { type: "callback", value: "codexthreads:t1" } },
        ],
      },
    ]);
  });

  test.each([
    { channel: "feishu", channels: {} },
    { channel: "telegram", channels: { telegram: { capabilities: { inlineButtons: "off" } } } },
  ])("has ids where nobody takes clicks: on $channel", async ({ channel, channels }) => {
    const { codex, host, reply } = await boundCommands();
    host.channelConfig = channels;
    stores(codex, [{ id: "t1", name: "Whale work" }]);
    const answer = await reply("threads", { channel });
    expect(answer.presentation).toBeUndefined();
    expect(answer.text).toContain("/codexchat resume t1");
  });

  test("offers neither this chat's own thread nor another chat's", async () => {
    const { codex, chat, reply } = await boundCommands();
    await writeCodexAppServerBinding(chat.other("other").sessionFile, {
      threadId: "t2",
      cwd: "/w",
    });
    const { sessionFile } = chat.other("third");
    onTestFinished(
      trackCodexConversationActiveTurn({ sessionFile, threadId: "t4", turnId: "turn" }),
    );
    stores(codex, [{ id: "thread-1" }, { id: "t2" }, { id: "t3" }, { id: "t4" }]);
    const answer = await reply("threads");
    expect(answer.text).toMatch(
      /this chat\n2\..*\n.*in another chat\n3\..*\n.*ago\n4\..*\n.*in another chat$/,
    );
    expect(JSON.stringify(answer.presentation)).toMatch(
      /^((?!t2|thread-1).)*codexthreads:t3((?!t4).)*$/,
    );
  });

  test("with words finds them in title, folder or id, whatever the capitals, then in the messages", async () => {
    const { codex, say } = await commands();
    stores(codex, [
      { id: "t1", name: "Whale work" },
      { id: "t2", name: "fence", cwd: "/home/whales/WORK" },
      { id: "t3", name: "whale" },
    ]);
    codex.answer("thread/search", () => ({
      data: [
        { thread: { id: "t9", name: "said in it", cwd: "/w" } },
        { thread: { id: "t1", name: "Whale work", cwd: "/w" } },
      ],
    }));
    const text = await say("threads WHALE work");
    expect(text).toMatch(/^Codex threads matching “WHALE work”:/);
    expect(Array.from(text.matchAll(/resume (\w+)/g), ([, id]) => id)).toEqual(["t1", "t2", "t9"]);
  });

  test("does without a search in messages where Codex has none", async () => {
    const { codex, say } = await commands();
    stores(codex, [{ id: "t1", name: "Whale work" }]);
    codex.answer("thread/search", refuse("unknown variant `thread/search`"));
    expect(await say("threads whale")).toContain("resume t1");
    expect(await say("threads nobody")).toBe(
      "No Codex thread has “nobody” in its title or folder.",
    );
  });

  test("shows no more than eight, and says that there are more", async () => {
    const { codex, say } = await commands();
    stores(
      codex,
      Array.from({ length: 9 }, (_, index) => ({ id: `t${index}`, name: `n${index}` })),
    );
    const text = await say("threads");
    expect(text).toMatch(/8\. n7/);
    expect(text).not.toContain("n8");
    expect(text).toMatch(/There are more/);
  });

  test("does not even name the threads of folders that the operator keeps from chats", async () => {
    const { codex, folder, host, say } = await commands();
    host.pluginConfig = { appServer: { workspaceRoots: [folder] } };
    stores(codex, [
      { id: "t1", name: "secret", cwd: "/elsewhere" },
      { id: "t2", name: "mine", cwd: folder },
    ]);
    const text = await say("threads");
    expect(text).not.toContain("secret");
    expect(text).toContain("1. mine");
  });

  test("says so where there are none", async () => {
    const { codex, say } = await commands();
    stores(codex, []);
    expect(await say("threads")).toMatch(/no threads yet/);
  });

  test("lets no title take effect in the chat", async () => {
    const { codex, say } = await commands();
    stores(codex, [{ id: "t1", name: "@everyone **[x](https://evil.example)**" }]);
    expect(await say("threads")).not.toMatch(/@everyone|\*\*|\]\(|:\/\//);
  });

  test("asks nothing for a sender whom the host does not trust", async () => {
    const { say } = await commands();
    expect(await say("threads", { isAuthorizedSender: false })).toMatch(/not allowed/);
    expect(clientSource.requests).toEqual([]);
  });
});

/** Clicks in a chat, and tells what was replied. */
async function click(
  { host, inHost }: Awaited<ReturnType<typeof commands>>,
  payload: string,
  authorized = true,
): Promise<string> {
  const clicks = new Clicks((api) => registerThreadButtons({ ...host.api, ...api }));
  expect(clicks.namespace).toBe("codexthreads");
  const more = { ...inHost.command(undefined), conversationId: "7" };
  return (await clicks.click(payload, { authorized, more })).said.join("\n");
}

describe("a click on a thread's button", () => {
  test("takes the thread up", async () => {
    const all = await boundCommands();
    all.codex.stored.add("t1");
    expect(await click(all, "t1")).toMatch(/Codex thread t1, resumed/);
    expect(await all.chat.binding()).toMatchObject({ threadId: "t1" });
  });

  test("of somebody whom the host does not trust changes nothing", async () => {
    const all = await boundCommands();
    all.codex.stored.add("t1");
    expect(await click(all, "t1", false)).toMatch(/not allowed/);
    expect(await all.chat.binding()).toMatchObject({ threadId: "thread-1" });
    expect(all.codex.calls).toEqual([]);
  });

  test("in a chat that is not bound any more says what to type", async () => {
    const all = await commands();
    expect(await click(all, "t1")).toMatch(/not bound.*\/codexchat resume t1/);
    expect(all.inHost.requests).toEqual([]);
  });

  test.each(["", "$(x)", "x".repeat(37), "a:b"])(
    "that holds no id does nothing: %j",
    async (id) => {
      const all = await boundCommands();
      expect(await click(all, id)).toMatch(/no longer works/);
      expect(all.codex.calls).toEqual([]);
    },
  );

  test("says why where Codex refuses", async () => {
    const all = await boundCommands();
    expect(await click(all, "t1")).toMatch(/no thread with this id/);
    expect(await all.chat.binding()).toMatchObject({ threadId: "thread-1" });
  });
});
