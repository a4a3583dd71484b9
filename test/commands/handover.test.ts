import { describe, expect, test, vi } from "vitest";
import { boundCommands } from "../support/conversation/commands.js";
import { refuse } from "../support/conversation/scripted-codex.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

describe("handover", () => {
  test("lets go of the thread, and names the command that continues it in its folder", async () => {
    const { chat, say } = await boundCommands({ cwd: "/work/my app's" });
    const text = await say("handover");
    expect(text).toContain("```\ncd '/work/my app'\\''s' && codex resume thread-1\n```");
    expect(text).toContain("`/codexchat bind thread-1`");
    expect(await chat.binding()).toBeUndefined();
  });

  test("does nothing while Codex is at work", async () => {
    const { chat, codex, say } = await boundCommands();
    const answer = chat.say("hi");
    const turn = await codex.turn();
    expect(await say("handover")).toMatch(/^Codex is still at work here\./);
    turn.reply("Hello.");
    await answer;
    expect(await chat.binding()).toBeDefined();
  });

  test("has nothing to hand over before the first message", async () => {
    const { chat, say } = await boundCommands({ hasRun: false });
    expect(await say("handover")).toMatch(/^Nothing was said on this thread yet/);
    expect(await chat.binding()).toBeDefined();
  });

  test("names the app-server that is shared, where both can be on the thread", async () => {
    const { chat, host, say } = await boundCommands({ cwd: "/repo" });
    host.pluginConfig = { appServer: { transport: "websocket", url: "ws://127.0.0.1:4500" } };
    const text = await say("handover");
    expect(text).toContain("cd /repo && codex resume thread-1 --remote ws://127.0.0.1:4500");
    expect(text).toContain("The chat stays on the thread.");
    expect(await chat.binding()).toBeDefined();
  });

  test.each(["wss://me:secret@codex.example.com", "wss://codex.example.com/?token=secret"])(
    "keeps an address that may hold a secret out of the chat: %s",
    async (url) => {
      const { host, say } = await boundCommands({ cwd: "/repo" });
      host.pluginConfig = { appServer: { transport: "websocket", url } };
      const text = await say("handover");
      expect(text).toContain("codex resume thread-1 --remote ADDRESS");
      expect(text).not.toContain("secret");
    },
  );
});

test("a bind of a thread that a terminal has open says what to do there", async () => {
  const { codex, inHost, say } = await boundCommands();
  inHost.bind(undefined);
  codex.answer("thread/resume", refuse("thread held already has an active writer"));
  expect(await say("bind held")).toBe(
    "Codex could not be bound: a terminal or an editor has this thread open. Leave it there (`/quit` in the terminal), then send `/codexchat bind held` again",
  );
});
