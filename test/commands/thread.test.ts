import { mkdir } from "node:fs/promises";
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  clearCodexAppServerBinding,
  readCodexAppServerBinding,
  writeCodexAppServerBinding,
} from "../../src/thread/thread-binding.js";
import { handleCodexChatCommand } from "../../src/codexchat-command.js";
import { trackCodexConversationActiveTurn } from "../../src/messages/control.js";
import { ConversationMessages } from "../../src/messages/messages.js";
import { leaveIdleThreads } from "../../src/thread/thread.js";
import { textInput } from "../../src/chat/turn-input.js";
import type { Chat } from "../support/conversation/chat.js";
import { boundCommands, commands } from "../support/conversation/commands.js";
import { HostChat, type ScriptedHost } from "../support/conversation/host.js";
import { quietChat, sendsText } from "../support/conversation/quiet-chat.js";
import { refuse, type ScriptedCodex } from "../support/conversation/scripted-codex.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);
vi.mock("openclaw/plugin-sdk/conversation-runtime", () => ({
  getSessionBindingService: () => ({ resolveByConversationAsync: async () => null }),
}));

/** Another chat of the same host, bound to a thread of its own. */
async function secondChat(chat: Chat, host: ScriptedHost) {
  const other = chat.other("second");
  await other.bind({ threadId: "thread-b" });
  const inHost = new HostChat();
  inHost.bind(other.data);
  return {
    binding: () => other.binding(),
    say: async (args: string) =>
      (await handleCodexChatCommand(host.api, inHost.command(args))).text ?? "",
  };
}

test.each(["resume thread-9", "new", "fork", "rename x", "compact", "review"])(
  "a sender whom the host does not trust changes nothing: %s",
  async (args) => {
    const { chat, codex, say } = await boundCommands();
    const before = await chat.binding();
    expect(await say(args, { isAuthorizedSender: false })).toMatch(/not allowed/);
    expect(codex.calls).toEqual([]);
    expect(await chat.binding()).toEqual(before);
  },
);

test.each([
  "resume",
  "resume one two",
  "resume one --cwd /x",
  "resume $(x)",
  "new thread-1",
  "new --cwd",
  "fork it",
  "rename",
  `rename ${"x".repeat(101)}`,
])("arguments that make no sense get the usage: %s", async (args) => {
  const { codex, say } = await boundCommands();
  expect(await say(args)).toMatch(/^That was not understood\. Usage: /);
  expect(codex.calls).toEqual([]);
});

test.each(["fork", "rename x", "compact", "review"])(
  "without a binding %s says how to bind",
  async (args) => {
    const { say } = await commands();
    expect(await say(args)).toMatch(/^This chat is not bound/);
  },
);

describe("resume", () => {
  test("takes up the thread in this chat", async () => {
    const { chat, codex, inHost, say } = await boundCommands();
    codex.stored.add("thread-9");
    expect(await say("resume thread-9")).toMatch(/Codex thread thread-9, resumed/);
    expect(await chat.binding()).toMatchObject({ threadId: "thread-9" });
    expect(inHost.requests).toEqual([]);
  });

  test("in a chat that is not bound asks the host for it", async () => {
    const { codex, inHost, say } = await commands();
    codex.stored.add("thread-9");
    await say("resume thread-9");
    expect(inHost.requests).toHaveLength(1);
  });

  test("of another chat's thread is refused", async () => {
    const { chat, codex, say } = await boundCommands();
    codex.stored.add("thread-9");
    const other = { threadId: "thread-9", cwd: "/w" };
    await writeCodexAppServerBinding(chat.other("other").sessionFile, other);
    expect(await say("resume thread-9")).toMatch(/^Another chat/);
    expect(await chat.binding()).toMatchObject({ threadId: "thread-1" });
  });

  test("of a thread that another chat has left while its turn runs there is refused until that is over", async () => {
    const { chat, codex, folder, host, say } = await boundCommands();
    const running = chat.say("hi");
    const turn = await codex.turn();
    await say(`new --cwd ${folder}`);
    const there = await secondChat(chat, host);
    expect(await there.say("resume thread-1")).toMatch(/^A turn of another chat still runs/);
    expect(await there.binding()).toMatchObject({ threadId: "thread-b" });
    turn.reply("Hello.");
    await running;
    expect(await there.say("resume thread-1")).toMatch(/thread-1, resumed/);
  });

  test("of one thread in two chats at once binds one of them", async () => {
    const { chat, codex, host, say } = await boundCommands();
    codex.stored.add("thread-9");
    const there = await secondChat(chat, host);
    const answers = await Promise.all([say("resume thread-9"), there.say("resume thread-9")]);
    const threads = [await chat.binding(), await there.binding()].map((bound) => bound?.threadId);
    const won = answers.findIndex((answer) => /thread-9, resumed/.test(answer));
    expect(answers[1 - won]).toMatch(/^Another chat/);
    expect(threads).toEqual(won === 0 ? ["thread-9", "thread-b"] : ["thread-1", "thread-9"]);
  });

  test("of a thread outside the operator's folders is refused", async () => {
    const { chat, codex, folder, host, say } = await boundCommands();
    host.pluginConfig = { appServer: { workspaceRoots: [folder] } };
    codex.stored.add("thread-9");
    codex.answer("thread/unsubscribe", () => ({}));
    expect(await say("resume thread-9")).toMatch(/outside.*workspaceRoots/);
    expect(await chat.binding()).toMatchObject({ threadId: "thread-1" });
  });

  test("while a turn runs says that its answer still comes", async () => {
    const { chat, codex, say } = await boundCommands();
    const running = chat.say("hi");
    const turn = await codex.turn();
    codex.stored.add("thread-9");
    expect(await say("resume thread-9")).toMatch(/continues in the old thread/);
    turn.reply("Hello.");
    expect(await running).toBe("Hello.");
  });

  describe("of the chat's own thread, while a turn runs on it,", () => {
    const LONG = { turn: { idleTimeoutMs: 9 * 3_600_000 } };

    test("leaves the turn what it is, and the thread loaded", async () => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
      onTestFinished(() => void vi.useRealTimers());
      const { chat, codex, say } = await boundCommands();
      const running = chat.say("hi", { pluginConfig: LONG });
      const turn = await codex.turn();
      expect(await say("resume thread-1")).not.toMatch(/old thread/);
      vi.advanceTimersByTime(31 * 60_000);
      await leaveIdleThreads(codex, 1000);
      expect(codex.of("thread/unsubscribe")).toEqual([]);
      turn.reply("Hello.");
      expect(await running).toBe("Hello.");
    });

    test("and outside the folders that the operator has changed, is refused and not left", async () => {
      const { chat, codex, folder, host, say } = await boundCommands();
      const running = chat.say("hi");
      const turn = await codex.turn();
      host.pluginConfig = { appServer: { workspaceRoots: [folder] } };
      expect(await say("resume thread-1")).toMatch(/outside.*workspaceRoots/);
      expect(codex.of("thread/unsubscribe")).toEqual([]);
      turn.reply("Hello.");
      expect(await running).toBe("Hello.");
    });

    test("keeps the messages that wait for it", async () => {
      const { chat, codex, say } = await boundCommands();
      const sent: string[] = [];
      const both = Promise.withResolvers<void>();
      const messages = new ConversationMessages({
        ...quietChat,
        sendMessage: sendsText((_address, text) => {
          if (sent.push(text) === 2) both.resolve();
        }),
        pluginConfig: () => undefined,
        warn: () => {},
      });
      onTestFinished(() => messages.stop());
      const accept = (text: string): Promise<void> =>
        messages.accept({
          data: chat.data,
          input: [textInput(text)],
          address: { channel: "telegram", to: "telegram:7" },
          messageId: text,
        });
      await accept("one");
      const turn = await codex.turn();
      await accept("two");
      await say("resume thread-1");
      codex.repliesWith(({ prompt }) => `re: ${prompt}`);
      turn.reply("re: one");
      await both.promise;
      expect(sent).toEqual(["re: one", "re: two"]);
    });
  });
});

describe("new", () => {
  test("keeps folder, model, provider, effort and permissions of this chat", async () => {
    const { chat, codex, folder, say } = await boundCommands();
    const settings = { model: "started-model", modelProvider: "acme", effort: "high" };
    await chat.bind({ cwd: folder, sandbox: "read-only", ...settings });
    expect(await say("new")).toMatch(/new Codex thread/);
    expect(codex.only("thread/start").params).toMatchObject({
      cwd: folder,
      model: "started-model",
      modelProvider: "acme",
      sandbox: "read-only",
    });
    expect(await chat.binding()).toMatchObject({
      threadId: "new-thread-1",
      effort: "high",
      sandbox: "read-only",
    });
  });

  test("takes what was typed before what was set; another model starts with its own effort", async () => {
    const { chat, codex, folder, say } = await boundCommands();
    await chat.bind({ cwd: "/old", model: "old", modelProvider: "acme", effort: "high" });
    await say(`new --cwd ${folder} --provider other`);
    expect(codex.only("thread/start").params).toMatchObject({
      cwd: folder,
      modelProvider: "other",
    });
    expect(codex.only("thread/start").params).not.toHaveProperty("model");
    expect((await chat.binding())?.effort).toBeUndefined();
  });

  test("holds the folder to the operator's", async () => {
    const { chat, codex, folder, host, say } = await boundCommands();
    host.pluginConfig = { appServer: { workspaceRoots: ["/somewhere/else"] } };
    await chat.bind({ cwd: folder });
    expect(await say("new")).toMatch(/outside/);
    expect(codex.calls).toEqual([]);
  });

  test("stays in the operator's default folder, as bind does, wherever that lies", async () => {
    const { codex, folder, host, say } = await commands();
    const root = path.join(folder, "root");
    const byDefault = path.join(folder, "default");
    await Promise.all([mkdir(root), mkdir(byDefault)]);
    host.pluginConfig = {
      appServer: { workspaceRoots: [root], defaultWorkspaceDir: byDefault },
    };
    await say("bind");
    expect(await say("new")).toMatch(/new Codex thread/);
    expect(codex.of("thread/start").map(({ params }) => params.cwd)).toEqual([
      byDefault,
      byDefault,
    ]);
    expect(await say(`new --cwd ${folder}`)).toMatch(/outside/);
    // What was the default once is not any more.
    host.pluginConfig = { appServer: { workspaceRoots: [root], defaultWorkspaceDir: root } };
    expect(await say("new")).toMatch(/outside/);
  });

  test("in a chat that is not bound binds it", async () => {
    const { folder, inHost, say } = await commands();
    expect(await say(`new --cwd ${folder}`)).toMatch(/^This chat is bound/);
    expect(inHost.requests).toHaveLength(1);
  });
});

describe("fork", () => {
  test("goes on in a copy with this chat's settings, and names the original", async () => {
    const { chat, codex, say } = await boundCommands();
    await chat.bind({ sandbox: "read-only", model: "gpt-x", effort: "high" });
    expect(await say("fork")).toMatch(/in a copy[^]*\/codexchat resume thread-1`$/);
    expect(codex.only("thread/fork").params).toMatchObject({
      threadId: "thread-1",
      excludeTurns: true,
      sandbox: "read-only",
      model: "gpt-x",
    });
    expect(await chat.binding()).toMatchObject({
      threadId: "copy-of-thread-1",
      sandbox: "read-only",
      model: "gpt-x",
      effort: "high",
      hasRun: true,
    });
    codex.repliesWith(() => "From the copy.");
    expect(await chat.say("hi")).toBe("From the copy.");
    expect(codex.turns.at(-1)?.threadId).toBe("copy-of-thread-1");
  });

  test("never takes more than the operator allows now", async () => {
    const { chat, codex, say } = await boundCommands();
    codex.repliesWith(() => "Done.");
    await chat.bind({ sandbox: "danger-full-access", approvalPolicy: "never" });
    await say("fork");
    expect(codex.only("thread/fork").params).toMatchObject({
      sandbox: "read-only",
      approvalPolicy: "never",
    });
    await chat.say("hi");
    expect(codex.only("turn/start").params).toMatchObject({
      sandboxPolicy: { type: "workspaceWrite" },
    });
  });

  test("of a thread outside the operator's folders is refused", async () => {
    const { chat, codex, folder, host, say } = await boundCommands();
    host.pluginConfig = { appServer: { workspaceRoots: [folder] } };
    expect(await say("fork")).toMatch(/outside.*workspaceRoots/);
    expect(codex.calls).toEqual([]);
    expect(await chat.binding()).toMatchObject({ threadId: "thread-1" });
  });

  test("whose copy lies elsewhere is refused too, and the copy left", async () => {
    const { chat, codex, folder, host, say } = await boundCommands();
    await chat.bind({ cwd: folder });
    host.pluginConfig = { appServer: { workspaceRoots: [folder] } };
    codex.answer("thread/unsubscribe", () => ({}));
    expect(await say("fork")).toMatch(/outside.*workspaceRoots/);
    expect(codex.only("thread/unsubscribe").params).toEqual({ threadId: "copy-of-thread-1" });
    expect(await chat.binding()).toMatchObject({ threadId: "thread-1" });
  });

  test("of a thread without a history has nothing to copy", async () => {
    const { chat, codex, say } = await boundCommands();
    codex.answer("thread/fork", refuse("no rollout found for thread id thread-1"));
    expect(await say("fork")).toMatch(/nothing to copy/);
    await chat.bind({ hasRun: false });
    expect(await say("fork")).toMatch(/nothing to copy/);
    expect(codex.of("thread/fork")).toHaveLength(1);
  });
});

const turn = (id: string, asked: string, status = "completed"): object => ({
  id,
  status,
  items: [{ type: "userMessage", content: [{ type: "text", text: asked }] }],
});

async function withTurns(...turns: object[]) {
  const all = await boundCommands();
  all.codex.answer("thread/turns/list", () => ({ data: turns }));
  return all;
}

describe("fork from a message", () => {
  test("copies up to the message that has this number in the history, and says which it is", async () => {
    const { codex, say } = await withTurns(turn("t2", "and test it"), turn("t1", "fix the login"));
    const answer = await say("fork 2");
    expect(answer).toContain("that ends with the answer to “fix the login”. Files stay");
    expect(codex.only("thread/fork").params).toMatchObject({
      threadId: "thread-1",
      lastTurnId: "t1",
    });
  });

  test("says which numbers there are", async () => {
    const { codex, say } = await withTurns(turn("t1", "fix the login"));
    expect(await say("fork 2")).toMatch(/^Choose a number from 1 to 1:/);
    expect(codex.of("thread/fork")).toEqual([]);
  });

  test("copies no turn that still runs", async () => {
    const { codex, say } = await withTurns(turn("t1", "fix the login", "inProgress"));
    expect(await say("fork 1")).toMatch(/still at work on that one/);
    expect(codex.of("thread/fork")).toEqual([]);
  });

  test("names the Codex that it needs, since an older one would copy all", async () => {
    const { codex, say } = await withTurns(turn("t1", "fix the login"));
    codex.serverVersion = "0.140.0";
    expect(await say("fork 1")).toMatch(/too old for a fork from an earlier message/);
    expect(codex.of("thread/fork")).toEqual([]);
  });

  test.each(["fork 0", "fork 11", "fork 1 2"])("takes no %s", async (args) => {
    const { codex, say } = await boundCommands();
    expect(await say(args)).toContain("Usage: `/codexchat fork [NUMBER]`");
    expect(codex.calls).toEqual([]);
  });
});

/** Has Codex keep its next answer to a method that makes a thread until it is let go. */
function heldBack(codex: ScriptedCodex, method: "thread/start" | "thread/fork") {
  const released = Promise.withResolvers<void>();
  codex.answer("thread/unsubscribe", () => ({}));
  codex.answerOnce(method, async ({ cwd = "/repo" }) => {
    await released.promise;
    return { thread: { id: "made" }, cwd, model: "gpt-x" };
  });
  return { asked: codex.called(method), letGo: () => released.resolve() };
}

describe.each([
  { command: "fork", method: "thread/fork" },
  { command: "new", method: "thread/start" },
] as const)("what is typed while $command waits for Codex", ({ command, method }) => {
  async function during(typed: string) {
    const all = await boundCommands();
    const { chat, codex, folder, host, say } = all;
    await chat.bind({ cwd: folder, model: "gpt-x", effort: "low" });
    host.pluginConfig = { appServer: { mode: "yolo" } };
    const held = heldBack(codex, method);
    const answer = say(command);
    await held.asked;
    await say(typed);
    held.letGo();
    return { ...all, answer: await answer };
  }

  test("permissions: the tighter ones stay", async () => {
    const { chat } = await during("permissions ask");
    expect(await chat.binding()).toMatchObject({
      threadId: "made",
      approvalPolicy: "on-request",
      sandbox: "workspace-write",
    });
  });

  test("effort: the chosen one stays", async () => {
    const { chat } = await during("effort high");
    expect(await chat.binding()).toMatchObject({ threadId: "made", effort: "high" });
  });

  test("model: the chosen one stays", async () => {
    const { chat } = await during("model gpt-y anyway");
    expect(await chat.binding()).toMatchObject({ threadId: "made", model: "gpt-y" });
  });

  test("detach: it stays detached, and the new thread is left", async () => {
    const { answer, chat, codex, inHost } = await during("detach");
    expect(answer).toMatch(/meanwhile/);
    expect(await chat.binding()).toBeUndefined();
    expect(inHost.requests).toEqual([]);
    expect(codex.of("thread/unsubscribe").at(-1)?.params).toEqual({ threadId: "made" });
  });
});

test("a copy that was made for a chat which took another thread meanwhile can be taken up", async () => {
  const { chat, codex, say } = await boundCommands();
  codex.stored.add("thread-9");
  const held = heldBack(codex, "thread/fork");
  const answer = say("fork");
  await held.asked;
  await say("resume thread-9");
  held.letGo();
  expect(await answer).toMatch(/\/codexchat resume made` opens the copy/);
  expect(await chat.binding()).toMatchObject({ threadId: "thread-9" });
});

test("a detach during a bind in a chat whose thread binding is gone stays one", async () => {
  const { chat, codex, folder, inHost, say } = await boundCommands();
  await clearCodexAppServerBinding(chat.sessionFile);
  const held = heldBack(codex, "thread/start");
  const answer = say(`bind --cwd ${folder}`);
  await held.asked;
  await say("detach");
  held.letGo();
  expect(await answer).toMatch(/detached meanwhile/);
  expect(inHost.requests).toEqual([]);
  expect(await chat.binding()).toBeUndefined();
});

test("a bind after a detach keeps its thread, however long Codex takes to stop what ran before", async () => {
  const { codex, folder, say, sessionFile } = await commands();
  await say(`bind --cwd ${folder}`);
  const running = { sessionFile: sessionFile(), threadId: "new-thread-1", turnId: "turn-1" };
  onTestFinished(trackCodexConversationActiveTurn(running));
  const stopped = Promise.withResolvers<object>();
  codex.answer("turn/interrupt", () => stopped.promise);
  const answer = say("detach");
  await codex.called("turn/interrupt");
  await say(`bind --cwd ${folder}`);
  stopped.resolve({});
  expect(await answer).toMatch(/^This chat is detached from Codex/);
  const binding = await readCodexAppServerBinding(sessionFile());
  expect(binding?.threadId).toBe("new-thread-2");
});

describe("rename", () => {
  test("names the thread as it was typed, on one line", async () => {
    const { codex, say } = await boundCommands();
    codex.answer("thread/name/set", () => ({}));
    expect(await say('rename  The "whale"\nwork')).toBe(
      'The thread is now called “The "whale" work”.',
    );
    expect(codex.only("thread/name/set").params).toEqual({
      threadId: "thread-1",
      name: 'The "whale" work',
    });
  });

  test("of a thread that never ran says what to do", async () => {
    const { codex, say } = await boundCommands();
    codex.answer("thread/name/set", refuse("no rollout found for thread id thread-1"));
    expect(await say("rename x")).toMatch(/Send a first message/);
  });
});
