/** What a chat hears of what Codex says beside its work. */
import { rm } from "node:fs/promises";
import { expect, test, vi } from "vitest";
import { startCodexConversationThread } from "../../src/messages/start-thread.js";
import { boundChat } from "../support/conversation/bound-chat.js";
import { settled } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const failedServer = {
  method: "mcpServer/startupStatus/updated",
  params: {
    threadId: "thread-1",
    name: "docs",
    status: "failed",
    error: "No such file",
    failureReason: null,
  },
};
const TOLD =
  "The tool server docs did not start, so Codex works without its tools. Reason: No such file";

const denied = (reviewId: string, command: string) => ({
  method: "item/autoApprovalReview/completed",
  params: {
    threadId: "thread-1",
    turnId: "turn-2",
    reviewId,
    review: { status: "denied", rationale: "Too risky." },
    action: { type: "command", command },
  },
});

test("a tool server that fails between turns is told, and told once", async () => {
  const { codex, sent, say } = await boundChat();
  codex.notify(failedServer);
  await sent.waitFor((text) => text === TOLD);
  codex.notify(failedServer);
  await say("hi");
  const turn = await codex.turn(2);
  turn.show();
  codex.notify(failedServer);
  turn.reply("Hello again.");
  await sent.waitFor((text) => text === "Hello again.");
  expect(sent.entries).toEqual(["Hello.", TOLD, "Hello again."]);
});

test("a tool server that fails before the chat's address is known is told with its first message", async () => {
  const { codex, chat, sent, say } = await boundChat();
  await rm(`${chat.sessionFile}.conversation.json`);
  codex.notify(failedServer);
  await settled();
  await say("hi");
  (await codex.turn(2)).reply("Hello again.");
  await sent.waitFor((text) => text === "Hello again.");
  expect(sent.entries).toEqual(["Hello.", TOLD, "Hello again."]);
});

/** Codex says that the tool server of that thread has failed. */
const failsOn = (threadId: string) => ({
  ...failedServer,
  params: { ...failedServer.params, threadId },
});

test.each(["in the moment of its start", "before the chat is put on it"])(
  "a tool server of a new thread that fails %s is told",
  async (when) => {
    const { codex, chat, cwd, sent } = await boundChat();
    const fails = (): void => codex.notify(failsOn("new-thread-2"));
    codex.answerOnce("thread/start", () => {
      codex.loaded.add("new-thread-2");
      // The client's caller reads the answer after what came with it.
      if (when.startsWith("in the moment")) fails();
      else setImmediate(fails);
      return { thread: { id: "new-thread-2" }, cwd };
    });
    await startCodexConversationThread({
      pluginConfig: {},
      sessionFile: chat.sessionFile,
      workspaceDir: cwd,
    });
    expect(await sent.waitFor((text) => text.startsWith("The tool server"))).toBe(TOLD);
  },
);

test("a tool server that fails while the chat is put on a thread of before is told", async () => {
  const { codex, chat, cwd, sent } = await boundChat();
  codex.answerOnce("thread/resume", ({ threadId }) => {
    codex.loaded.add(String(threadId));
    codex.notify(failsOn("thread-9"));
    return { thread: { id: threadId }, cwd };
  });
  await startCodexConversationThread({
    pluginConfig: {},
    sessionFile: chat.sessionFile,
    threadId: "thread-9",
  });
  expect(await sent.waitFor((text) => text.startsWith("The tool server"))).toBe(TOLD);
});

test("a tool server that fails while the thread is loaded again is told", async () => {
  const { codex, sent, say } = await boundChat();
  codex.unload("thread-1");
  codex.answerOnce("turn/start", () => {
    throw new Error("thread not found: thread-1");
  });
  codex.answerOnce("thread/resume", ({ threadId }) => {
    codex.loaded.add(String(threadId));
    codex.notify(failedServer);
    return { thread: { id: threadId }, cwd: "/repo" };
  });
  await say("hi");
  expect(await sent.waitFor((text) => text.startsWith("The tool server"))).toBe(TOLD);
});

test("each denial of the reviewer's is told, and the turn that it ends says why", async () => {
  const { codex, sent, say } = await boundChat();
  await say("Publish it.");
  const turn = await codex.turn(2);
  turn.show();
  await settled();
  codex.notify(denied("review-1", "npm publish"));
  codex.notify(denied("review-2", "npm publish"));
  await sent.waitFor((text) => text.startsWith("🛡️"));
  codex.notify({
    method: "guardianWarning",
    params: { threadId: "thread-1", message: "Too many rejected requests; interrupting the turn." },
  });
  turn.end({ status: "interrupted" });
  const text = await sent.waitFor((said) => said.startsWith("Codex was interrupted"));
  expect(text).toBe(
    [
      "Codex was interrupted before it finished.",
      "",
      "Too many rejected requests; interrupting the turn.",
      "- Codex's reviewer denied: npm publish. Reason: Too risky.",
      "- Codex's reviewer denied: npm publish. Reason: Too risky.",
      "Tell Codex how to proceed instead, or allow more with `/codexchat permissions`.",
    ].join("\n"),
  );
  expect(sent.entries.filter((said) => said.startsWith("🛡️"))).toHaveLength(2);
});

test("a notice of a message's turn goes where the message came from, ahead of the answer", async () => {
  const { codex, chat, sent, say } = await boundChat();
  await say("Publish it.");
  const turn = await codex.turn(2);
  turn.show();
  await settled();
  // Nothing but the message tells where the chat is, so the notice need not wait for a look at the disk.
  await rm(`${chat.sessionFile}.conversation.json`);
  codex.notify(denied("review-1", "npm publish"));
  turn.reply("I was not allowed to.");
  await sent.waitFor((text) => text === "I was not allowed to.");
  expect(sent.entries.at(-2)).toMatch(/^🛡️ Codex's reviewer denied: npm publish/);
});
