import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import { enqueueConversationTurn } from "../../src/messages/queue.js";
import { boundCommands } from "../support/conversation/commands.js";
import { messagesOn } from "../support/conversation/messages.js";
import { refuse } from "../support/conversation/scripted-codex.js";
import { settled } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

/** A bound chat whose messages are at work; `sent` is what came into it beside the answers to commands. */
async function atWork(binding: Parameters<typeof boundCommands>[0] = {}) {
  const all = await boundCommands(binding);
  return {
    ...all,
    messages: messagesOn(all.host),
    sent: (): string[] => all.host.sent.map(({ text }) => text),
  };
}

describe("compact", () => {
  test("runs as a turn under this chat's permissions, and tells its end", async () => {
    const { codex, host, say, sent } = await atWork({ sandbox: "read-only", effort: "high" });
    expect(await say("compact")).toBe("Compacting the thread. You will be told when it is done.");
    const turn = await codex.turn();
    turn.item({ type: "contextCompaction", id: "c" });
    turn.notify("thread/tokenUsage/updated", {
      turnId: turn.turnId,
      tokenUsage: { last: { totalTokens: 6119 }, modelContextWindow: 258_400 },
    });
    turn.end();
    await host.delivered();
    expect(sent()).toEqual([
      "The thread is compacted: Codex continues from a summary of it.\nContext: 2 % used (6k of 258k tokens)",
    ]);
    expect(host.sent[0]).toMatchObject({ to: "telegram:7", accountId: "default" });
    const methods = codex.calls.map(({ method }) => method);
    expect(methods.indexOf("thread/settings/update")).toBeLessThan(
      methods.indexOf("thread/compact/start"),
    );
    expect(codex.only("thread/settings/update").params).toMatchObject({
      threadId: "thread-1",
      sandboxPolicy: { type: "readOnly" },
      approvalPolicy: "on-request",
      effort: "high",
    });
  });

  test("runs on a Codex that knows no settings of a thread: permissions are nothing to it", async () => {
    const { codex, host, say, sent } = await atWork();
    codex.serverVersion = "0.125.0";
    codex.answer("thread/settings/update", refuse("unknown variant `thread/settings/update`"));
    await say("compact");
    (await codex.turn()).end();
    await host.delivered();
    expect(sent()[0]).toMatch(/^The thread is compacted/);
  });

  test("of a thread without a history has nothing to do", async () => {
    const { codex, say } = await atWork({ hasRun: false });
    expect(await say("compact")).toMatch(/nothing to compact/);
    expect(codex.calls).toEqual([]);
  });

  test("of a thread that is gone says so, and starts no other", async () => {
    const { codex, host, say, sent } = await atWork();
    codex.lose("thread-1");
    await say("compact");
    await host.delivered();
    expect(sent()[0]).toMatch(/^Codex app-server turn failed: the Codex thread .* is gone/);
    expect(codex.of("thread/start")).toEqual([]);
  });

  test("that fails says why", async () => {
    const { codex, host, say, sent } = await atWork();
    await say("compact");
    (await codex.turn()).fail("no room", "other");
    await host.delivered();
    expect(sent()).toEqual(["Codex app-server turn failed: no room"]);
  });
});

describe("review", () => {
  test.each([
    { args: "review", target: { type: "uncommittedChanges" }, says: /the uncommitted changes/ },
    {
      args: "review branch feature/x",
      target: { type: "baseBranch", branch: "feature/x" },
      says: /the changes against feature\/x/,
    },
    {
      args: "review commit 1A2b3c",
      target: { type: "commit", sha: "1A2b3c", title: null },
      says: /the commit 1A2b3c/,
    },
    {
      args: "review branch names in the docs",
      target: { type: "custom", instructions: "branch names in the docs" },
      says: /what you named/,
    },
  ])("delivers Codex's findings: $args", async ({ args, target, says }) => {
    const { codex, host, say, sent } = await atWork();
    expect(await say(args)).toMatch(says);
    const turn = await codex.turn();
    turn.reply("[P1] Off by one.");
    await host.delivered();
    expect(codex.only("review/start").params).toEqual({ threadId: "thread-1", target });
    expect(sent()).toEqual(["[P1] Off by one."]);
  });

  test.each([
    { args: "review branch --output=x", says: /not a branch name/ },
    { args: "review branch $(x)", says: /not a branch name/ },
    { args: "review commit HEAD", says: /not a commit hash/ },
  ])("takes no name that could be something else: $args", async ({ args, says }) => {
    const { codex, say } = await atWork();
    expect(await say(args)).toMatch(says);
    expect(codex.calls).toEqual([]);
  });

  test("never runs with more than the operator allows now, whatever the thread was loaded with", async () => {
    const { codex, host, say } = await atWork({
      sandbox: "danger-full-access",
      approvalPolicy: "never",
    });
    await say("review");
    (await codex.turn()).reply("Fine.");
    await host.delivered();
    expect(codex.only("thread/settings/update").params).toMatchObject({
      sandboxPolicy: { type: "workspaceWrite" },
    });
  });

  test("does not run where its permissions cannot be set", async () => {
    const { codex, host, say, sent } = await atWork();
    codex.answer("thread/settings/update", refuse("unknown variant"));
    await say("review");
    await host.delivered();
    expect(sent()[0]).toMatch(/turn failed: unknown variant/);
    expect(codex.of("review/start")).toEqual([]);
  });

  test("is not given to a Codex that would not keep to this chat's permissions", async () => {
    const { codex, host, say, sent } = await atWork({ sandbox: "read-only" });
    codex.serverVersion = "0.140.0";
    await say("review");
    await host.delivered();
    expect(sent()).toEqual([
      "Codex app-server turn failed: Codex 0.140.0 is too old for a review: this needs 0.154.0 or newer. Update it with: `npm install -g @openai/codex`",
    ]);
    expect(codex.of("review/start")).toEqual([]);
  });

  test("waits for the messages before it, and can be dropped like one", async () => {
    const { chat, codex, say, sent } = await atWork();
    const running = chat.say("hi");
    const turn = await codex.turn();
    expect(await say("review branch main")).toMatch(/starts after the messages before it/);
    expect(await say("queue")).toContain("2. /codexchat review branch main");
    expect(await say("queue drop 2")).toMatch(/did not get it: “\/codexchat review branch main”$/);
    turn.reply("Hello.");
    await running;
    expect(sent()).toEqual([]);
    expect(codex.of("review/start")).toEqual([]);
  });

  test("outlives a restart while it waits", async () => {
    const { chat, codex, host, messages, say, sent } = await atWork();
    const busy = Promise.withResolvers<void>();
    const running = enqueueConversationTurn(chat.sessionFile, () => busy.promise);
    await say("review commit 1a2b");
    await messages.stop();
    await messagesOn(host).recover(path.dirname(chat.sessionFile));
    busy.resolve();
    await running;
    (await codex.turn()).reply("Fine.");
    await host.delivered();
    expect(codex.only("review/start").params.target).toMatchObject({ sha: "1a2b" });
    expect(sent()).toEqual(["Fine."]);
  });

  test("is never steered into the running turn", async () => {
    const { chat, codex, host, say, sent } = await atWork();
    host.pluginConfig = { turn: { whileRunning: "steer" } };
    const running = chat.say("hi");
    const turn = await codex.turn();
    await say("review");
    expect(codex.of("turn/steer")).toEqual([]);
    turn.reply("Hello.");
    await running;
    (await codex.turn(2)).reply("Fine.");
    await host.delivered();
    expect(sent()).toEqual(["Fine."]);
  });

  test("is stopped by the id of the turn that does its work, and says nothing of another command", async () => {
    const { codex, host, say, sent } = await atWork();
    await say("review");
    const turn = await codex.turn();
    await codex.called("review/start");
    turn.item({ type: "enteredReviewMode", id: "r", review: "look" });
    turn.notify("turn/started", { turn: { id: "inner", rootTurnId: turn.turnId } });
    await settled();
    expect(await say("stop")).toBe("Codex stop requested.");
    const interrupt = await codex.called("turn/interrupt");
    expect(interrupt.params).toEqual({ threadId: "thread-1", turnId: "inner" });
    turn.say("Review was interrupted. Please re-run /review and wait for it to complete.");
    turn.end({ status: "interrupted" });
    await host.delivered();
    expect(sent()).toEqual(["Codex was stopped."]);
  });

  test("is stopped also where Codex names that turn only when it is asked to stop another", async () => {
    const { codex, host, say, sent } = await atWork();
    await say("review");
    const turn = await codex.turn();
    await codex.called("review/start");
    const other = refuse(`expected active turn id ${turn.turnId} but found inner-2`);
    codex.answerOnce("turn/interrupt", other);
    await say("stop");
    const second = await codex.called("turn/interrupt", 2);
    expect(second.params).toEqual({ threadId: "thread-1", turnId: "inner-2" });
    turn.end({ status: "interrupted" });
    await host.delivered();
    expect(sent()).toEqual(["Codex was stopped."]);
  });

  test("that Codex gives up before it begins fails at once: Codex never completes it", async () => {
    const { codex, host, say, sent } = await atWork();
    codex.answer("review/start", ({ threadId }) => {
      queueMicrotask(() =>
        codex.notify({
          method: "error",
          params: {
            threadId,
            turnId: "r1",
            willRetry: false,
            error: { message: "/repo is not a git repository" },
          },
        }),
      );
      return { turn: { id: "r1" } };
    });
    await say("review branch main");
    await host.delivered();
    expect(sent()).toEqual(["Codex app-server turn failed: /repo is not a git repository"]);
  });
});

test.each([{ to: "slash:7", from: undefined }, { channel: "mail" }])(
  "where the end could not be told nothing is begun: %j",
  async (more) => {
    const { codex, host, say } = await atWork();
    host.channels.set("mail", { writable: false });
    expect(await say("review", more)).toMatch(/could not be delivered/);
    expect(codex.calls).toEqual([]);
  },
);
