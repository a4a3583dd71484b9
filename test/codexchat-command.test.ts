import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import { CodexLocalError } from "../src/app-server/errors.js";
import {
  codexAppServerBindingFile,
  readCodexAppServerBinding,
} from "../src/thread/thread-binding.js";
import { wasDetached } from "../src/host/detach.js";
import { enqueueConversationTurn } from "../src/messages/queue.js";
import { conversationsFolder } from "../src/host/state.js";
import { COMMANDS } from "../src/words/turn-words.js";
import { clientSource } from "./support/conversation/client-source.js";
import { boundCommands, commands } from "./support/conversation/commands.js";
import { refuse } from "./support/conversation/scripted-codex.js";

vi.mock(
  "../src/app-server/shared-client.js",
  () => import("./support/conversation/shared-client.js"),
);

vi.mock("openclaw/plugin-sdk/conversation-runtime", () => ({
  getSessionBindingService: () => ({ resolveByConversationAsync: async () => null }),
}));

test.each(["detach", "bind", "stop", "yolo"])(
  "a sender whom the host does not trust changes nothing: %s",
  async (args) => {
    const { inHost, chat, say } = await boundCommands();
    expect(await say(args, { isAuthorizedSender: false })).toBe(
      "You are not allowed to use Codex here.",
    );
    expect(inHost.requests).toEqual([]);
    expect(inHost.detached).toBe(0);
    expect(clientSource.requests).toEqual([]);
    expect(await chat.binding()).toMatchObject({ threadId: "thread-1" });
  },
);

describe("help", () => {
  test.each(["help", "HELP"])("is what %j gets: every command, on two pages", async (args) => {
    const { say } = await commands();
    const text = [await say(args), await say(`${args} more`)].join("\n");
    // How to allow a bind is said where there is one to allow.
    const { allow: _, ...listed } = COMMANDS;
    // Options are left to the usage of a command.
    for (const { usage, purpose } of Object.values(listed)) {
      expect(text).toContain(`• \`${usage.split(" [--")[0]?.replace("/codexchat ", "")}`);
      expect(text).toContain(`: ${purpose}`);
    }
    expect(text).toContain("`new [PROJECT] [OPTIONS]`: ");
  });
});

describe("a subcommand that there is not", () => {
  test.each([
    ["statsu", "status"],
    ["STATSU", "status"],
    ["stpo all", "stop"],
    ["perm", "permissions"],
    ["resune 1234", "resume"],
    ["modles", "models"],
    ["yes", "approve"],
    ["no", "deny"],
    ["cancel", "stop"],
  ])("is answered with the one that was most likely meant: %s", async (typed, meant) => {
    const { say } = await commands();
    const [name] = typed.toLowerCase().split(" ");
    expect(await say(typed)).toBe(
      `There is no /codexchat ${name}. Did you mean \`/codexchat ${meant}\`? \`/codexchat help\` lists all commands.`,
    );
  });

  test.each(["frobnicate", "x", "constructor", "toString", "__proto__", "s".repeat(5000)])(
    "is answered with where all of them are listed if none is near: %s",
    async (typed) => {
      const { say } = await commands();
      const text = await say(typed);
      expect(text).toMatch(/^There is no .*\. `\/codexchat help` lists all commands\.$/);
      expect(text).not.toContain("Did you mean");
    },
  );

  test("is named harmlessly", async () => {
    const { say } = await commands();
    const text = await say("@everyone now");
    expect(text).toMatch(/^There is no \/codexchat \u2060@\u2060everyone/);
    expect(text).not.toContain("@everyone");
  });
});

describe("bad arguments get the usage of what was meant", () => {
  test.each([
    ["bind one two", COMMANDS.bind],
    ["bind --cwd", COMMANDS.bind],
    ["bind --colour red", COMMANDS.bind],
    ["detach now", COMMANDS.detach],
    ["unbind now", COMMANDS.detach],
    ["status please", COMMANDS.status],
    ["stop it", COMMANDS.stop],
    ["model one two", COMMANDS.model],
    ["fast maybe", COMMANDS.fast],
    ["fast on off", COMMANDS.fast],
    ["permissions all", COMMANDS.permissions],
    ["permissions ask yolo", COMMANDS.permissions],
    ["help me", COMMANDS.help],
  ])("%s", async (args, { usage }) => {
    const { codex, chat, say, inHost } = await boundCommands();
    const before = await chat.binding();
    expect(await say(args)).toMatch(/^That was not understood\. Usage: /);
    expect(await say(args)).toContain(usage);
    expect(codex.calls).toEqual([]);
    expect(inHost.detached).toBe(0);
    expect(await chat.binding()).toEqual(before);
  });
});

describe("without a binding", () => {
  test.each([
    "detach",
    "unbind",
    "status",
    "stop",
    "steer x",
    "model",
    "model x",
    "fast",
    "fast on",
    "permissions",
    "permissions ask",
  ])("%s says that the chat is not bound, and how to bind it", async (args) => {
    const { say } = await commands();
    expect(await say(args)).toBe("This chat is not bound to Codex. `/codexchat bind` binds it.");
    expect(clientSource.requests).toEqual([]);
  });

  test("another plugin's binding is not ours to detach", async () => {
    const { say, inHost } = await commands();
    inHost.bind({ kind: "another" });
    expect(await say("detach")).toContain("not bound to Codex");
    expect(inHost.detached).toBe(0);
  });
});

describe("bind", () => {
  test("starts a thread and asks the host for the chat's messages", async () => {
    const { codex, folder, inHost, say, sessionFile } = await commands();
    const text = await say(`bind --cwd ${folder} --model gpt-x --provider acme`);
    expect(text).toMatch(/bound to a new Codex thread[^]*\/codexchat detach/);
    expect(text).toContain(path.basename(folder));
    expect(codex.only("thread/start").params).toMatchObject({
      cwd: folder,
      model: "gpt-x",
      modelProvider: "acme",
    });
    expect(inHost.requests).toEqual([
      {
        summary: expect.stringContaining(folder),
        detachHint: "/codexchat detach",
        data: {
          kind: "codex-app-server-session",
          version: 1,
          sessionFile: sessionFile(),
          workspaceDir: folder,
        },
      },
    ]);
    expect(await readCodexAppServerBinding(sessionFile())).toMatchObject({
      threadId: "new-thread-1",
    });
  });

  test("with a thread's id resumes that thread", async () => {
    const { codex, say, sessionFile } = await commands();
    codex.stored.add("thread-9");
    expect(await say("bind thread-9")).toMatch(/Codex thread thread-9, resumed/);
    expect(codex.of("thread/start")).toEqual([]);
    expect(await readCodexAppServerBinding(sessionFile())).toMatchObject({ threadId: "thread-9" });
  });

  test("with an id and a folder says that the thread has its own", async () => {
    const { codex, folder, say } = await commands();
    expect(await say(`bind thread-9 --cwd ${folder}`)).toMatch(/keeps its own folder/);
    expect(codex.calls).toEqual([]);
  });

  test("keeps the state in the plugin's own folder, a file for each chat", async () => {
    const { host, inHost, say, sessionFile } = await commands();
    await say("bind");
    const first = sessionFile();
    inHost.binding = null;
    await say("bind", { from: "telegram:8", to: "telegram:8" });
    expect(sessionFile()).not.toBe(first);
    expect(path.dirname(first)).toBe(conversationsFolder(host.stateDir));
  });

  test("again, after a detach, has the same session file", async () => {
    const { say, sessionFile } = await commands();
    await say("bind");
    const first = sessionFile();
    await say("detach");
    await say("bind");
    expect(sessionFile()).toBe(first);
  });

  test("that the host wants to ask about first returns the host's own reply, buttons and all", async () => {
    const { inHost, reply, sessionFile } = await commands();
    const asked = { text: "Allow?", channelData: { telegram: { buttons: [[{ text: "Allow" }]] } } };
    inHost.onRequest = () => ({ status: "pending", approvalId: "a1", reply: asked });
    expect(await reply("bind")).toBe(asked);
    expect(await readCodexAppServerBinding(sessionFile())).toMatchObject({
      threadId: "new-thread-1",
    });
  });

  test("that the host refuses says why, and leaves no thread binding", async () => {
    const { inHost, say, state } = await commands();
    inHost.onRequest = () => ({ status: "error", message: "no **bindings** here" });
    const text = await say("bind");
    expect(text).toMatch(/^OpenClaw could not bind this chat: no .*bindings.* here$/);
    expect(text).not.toContain("**");
    expect(await state()).toEqual([]);
  });

  test.each([
    ["webchat", /^OpenClaw cannot hand its web chat over to a plugin\./],
    ["signal", /^OpenClaw does not let plugins bind chats on Signal/],
    ["matrix", /^OpenClaw's Matrix channel does not store which plugin/],
    ["irc", /^OpenClaw's IRC channel mistakes its own messages for a person's/],
  ])(
    "on a channel whose chats cannot be bound says so before anything is started: %s",
    async (channel, why) => {
      const { codex, inHost, say, state } = await commands();
      const text = await say("bind", { channel });
      expect(text).toMatch(why);
      expect(text).toMatch(/ Send `\/codexchat bind` in a chat on Telegram, .* or \w+\.$/);
      expect(codex.calls).toEqual([]);
      expect(inHost.requests).toEqual([]);
      expect(await state()).toEqual([]);
    },
  );

  test("that the host throws at says so, and leaves no thread binding", async () => {
    const { host, inHost, say, state } = await commands();
    inHost.onRequest = () => {
      throw new Error("Telegram runtime not initialized");
    };
    expect(await say("bind")).toBe(
      "OpenClaw could not bind this chat: Telegram runtime not initialized",
    );
    expect(await state()).toEqual([]);
    expect(host.warnings).toHaveLength(1);
  });

  test("that the host throws at after it has bound the chat stands", async () => {
    const { inHost, say, sessionFile } = await commands();
    inHost.onRequest = (params) => {
      inHost.bind(params?.data);
      throw new Error("Telegram runtime not initialized");
    };
    expect(await say("bind")).toMatch(/^This chat is bound/);
    expect(await readCodexAppServerBinding(sessionFile())).toBeDefined();
  });

  test("in a bound chat takes a new thread and does not ask the host again", async () => {
    const { chat, inHost, say } = await boundCommands({ sandbox: "read-only" });
    expect(await say("bind")).toMatch(/new Codex thread/);
    expect(inHost.requests).toEqual([]);
    expect(await chat.binding()).toMatchObject({
      threadId: "new-thread-1",
      sandbox: "read-only",
    });
  });

  test("in a bound chat that fails leaves the chat bound as it was", async () => {
    const { codex, chat, say } = await boundCommands();
    const before = await chat.binding();
    codex.answer("thread/start", refuse("no such model"));
    expect(await say("bind --model nope")).toBe("Codex could not be bound: no such model");
    expect(await chat.binding()).toEqual(before);
  });

  test.each([
    { refusal: "no rollout found for thread id 0199", says: /no thread with this id/ },
    { refusal: "invalid session id: x", says: /no thread with this id.*\/codexchat bind/ },
    { refusal: "thread 0199 already has an active writer", says: /Leave it there/ },
  ])("to a thread that cannot be had says what to do: $refusal", async ({ refusal, says }) => {
    const { codex, inHost, say, state } = await commands();
    codex.answer("thread/resume", refuse(refusal));
    expect(await say("bind 0199")).toMatch(says);
    expect(inHost.requests).toEqual([]);
    expect(await state()).toEqual([]);
  });

  test("without a Codex says how to get one, and asks the host for nothing", async () => {
    const { inHost, say } = await commands();
    clientSource.serve(new CodexLocalError("COMMAND_NOT_FOUND", "Codex is not installed: do this"));
    expect(await say("bind")).toBe("Codex could not be bound: Codex is not installed: do this");
    expect(inHost.requests).toEqual([]);
  });

  test("with a signed-out Codex says what to run", async () => {
    const { codex, say } = await commands();
    codex.answer("account/read", () => ({ account: null, requiresOpenaiAuth: true }));
    expect(await say("bind")).toMatch(/codex login/);
  });

  test.each([
    { args: "bind --cwd /no/such/folder", says: /\/no\/such\/folder does not exist/ },
    { args: "bind --cwd relative", says: /absolute/ },
  ])("to a folder that cannot be used says so: $args", async ({ args, says }) => {
    const { codex, inHost, say } = await commands();
    expect(await say(args)).toMatch(says);
    expect(codex.calls).toEqual([]);
    expect(inHost.requests).toEqual([]);
  });

  test("to a folder outside the operator's says so", async () => {
    const { codex, folder, host, say } = await commands();
    host.pluginConfig = { appServer: { workspaceRoots: ["/somewhere/else"] } };
    expect(await say(`bind --cwd ${folder}`)).toMatch(/outside.*workspaceRoots/);
    expect(codex.calls).toEqual([]);
  });

  test("to a thread that another chat is bound to is refused: two would meet in each other's turns", async () => {
    const { codex, inHost, say } = await commands();
    codex.stored.add("thread-9");
    await say("bind thread-9");
    inHost.binding = null;
    const text = await say("bind thread-9", { from: "telegram:8", to: "telegram:8" });
    expect(text).toMatch(/^Another chat .*Detach it there/);
    expect(codex.of("thread/resume")).toHaveLength(1);
    expect(inHost.requests).toHaveLength(1);
  });

  test("again to the thread that the chat is bound to is fine", async () => {
    const { codex, say } = await commands();
    codex.stored.add("thread-9");
    await say("bind thread-9");
    expect(await say("bind thread-9")).toMatch(/thread-9, resumed/);
  });

  test("to a thread that works outside the operator's folders is refused, and the thread left", async () => {
    const { codex, folder, host, inHost, say, state } = await commands();
    host.pluginConfig = { appServer: { workspaceRoots: [folder] } };
    codex.stored.add("thread-9");
    codex.answer("thread/unsubscribe", () => ({}));
    expect(await say("bind thread-9")).toMatch(/resumed, outside.*workspaceRoots/);
    expect(codex.only("thread/unsubscribe").params).toEqual({ threadId: "thread-9" });
    expect(inHost.requests).toEqual([]);
    expect(await state()).toEqual([]);
  });

  test("works in the first of the operator's folders where neither chat nor settings name one", async () => {
    const { codex, folder, host, say } = await commands();
    host.pluginConfig = { appServer: { workspaceRoots: [folder] } };
    await say("bind");
    expect(codex.only("thread/start").params.cwd).toBe(folder);
  });

  test("works in the operator's default folder where none is named", async () => {
    const { codex, folder, host, say } = await commands();
    host.pluginConfig = { appServer: { defaultWorkspaceDir: folder } };
    await say("bind");
    expect(codex.only("thread/start").params.cwd).toBe(folder);
  });

  test("with an invalid setting names it", async () => {
    const { host, say } = await commands();
    host.pluginConfig = { appServer: { mode: "full" } };
    expect(await say("bind")).toMatch(/appServer.*mode.*"ask"/);
  });

  test("does not look for the folders of an app-server on another machine", async () => {
    const { codex, host, say } = await commands();
    host.pluginConfig = { appServer: { transport: "websocket", url: "ws://127.0.0.1:4500" } };
    await say("bind --cwd /far/away");
    expect(codex.only("thread/start").params.cwd).toBe("/far/away");
  });

  test("after a damaged binding takes its place, and keeps it aside", async () => {
    const { chat, say } = await boundCommands();
    await writeFile(codexAppServerBindingFile(chat.sessionFile), "{ half a fi");
    expect(await say("bind")).toMatch(/^This chat is bound/);
    expect(await chat.binding()).toMatchObject({ threadId: "new-thread-1" });
    expect(await readdir(path.dirname(chat.sessionFile))).toHaveLength(2);
  });
});

describe("detach", () => {
  test.each(["detach", "unbind"])("%s frees the chat and says how to come back", async (args) => {
    const { chat, inHost, say } = await boundCommands();
    expect(await say(args)).toMatch(/detached from Codex\.[^]*\/codexchat bind thread-1/);
    expect(inHost.detached).toBe(1);
    expect(await chat.binding()).toBeUndefined();
    expect(await say("status")).toContain("not bound");
  });

  test("that the host throws at is one all the same, and is remembered", async () => {
    const { chat, host, inHost, say } = await boundCommands();
    inHost.onDetach = () => {
      throw new Error("Telegram runtime not initialized");
    };
    expect(await say("detach")).toMatch(/^This chat is detached/);
    expect(await chat.binding()).toBeUndefined();
    expect(await wasDetached(chat.sessionFile)).toBe(true);
    expect(host.warnings).toHaveLength(1);
    // The host still holds its binding, as after a restart.
    expect(await say("status")).toContain("not bound");
  });

  test("is forgotten with the next bind", async () => {
    const { chat, inHost, say } = await boundCommands();
    inHost.onDetach = () => {
      throw new Error("Telegram runtime not initialized");
    };
    await say("detach");
    await say("bind");
    expect(await wasDetached(chat.sessionFile)).toBe(false);
    expect(await say("status")).toContain("new-thread-1");
  });

  test("stays one where the host refuses the next bind", async () => {
    const { chat, inHost, say } = await boundCommands();
    inHost.onDetach = () => {
      throw new Error("Telegram runtime not initialized");
    };
    await say("detach");
    inHost.onRequest = () => ({ status: "error", message: "not here" });
    expect(await say("bind")).toMatch(/could not bind/);
    expect(await wasDetached(chat.sessionFile)).toBe(true);
  });

  test("after one that the host did not store, a bind asks the host for the chat anew", async () => {
    const { inHost, say } = await boundCommands();
    inHost.onDetach = () => {
      throw new Error("Telegram runtime not initialized");
    };
    await say("detach");
    await say("bind");
    // What the host still holds is about to be dropped: it is not what the new thread can live on.
    expect(inHost.requests).toHaveLength(1);
  });

  test("stops a running turn, and says so", async () => {
    const { codex, chat, say } = await boundCommands();
    const running = chat.say("hi");
    const turn = await codex.turn();
    turn.show();
    expect(await say("detach")).toMatch(/detached.*running turn is being stopped/);
    await codex.called("turn/interrupt");
    turn.end({ status: "interrupted" });
    expect(await running).toMatch(/^Codex was stopped/);
  });

  test("gives back the thread of a bind that nobody decided, so that another chat can have it", async () => {
    const { codex, inHost, say, state } = await commands();
    codex.stored.add("thread-9");
    inHost.onRequest = () => ({
      status: "pending",
      approvalId: "approval",
      reply: { text: "Allow?" },
    });
    await say("resume thread-9");
    const elsewhere = { from: "telegram:8", to: "telegram:8" };
    expect(await say("resume thread-9", elsewhere)).toMatch(/Detach it there first/);
    expect(await say("detach")).toMatch(/is detached[^]*bind thread-9/);
    expect(await state()).toEqual([]);
    expect(await say("resume thread-9", elsewhere)).toBe("Allow?");
    expect(await say("detach")).toMatch(/^This chat is not bound/);
  });

  test("with a damaged binding frees the chat", async () => {
    const { chat, inHost, say } = await boundCommands();
    await writeFile(codexAppServerBindingFile(chat.sessionFile), "{ half a fi");
    expect(await say("detach")).toMatch(/^This chat is detached/);
    expect(inHost.detached).toBe(1);
  });
});

describe("status", () => {
  test("tells thread, folder, model, permissions and what runs", async () => {
    const { codex, chat, say } = await boundCommands({
      model: "gpt-x",
      modelProvider: "acme",
      serviceTier: "fast",
    });
    const text = await say("status");
    for (const part of [
      "thread-1",
      "/repo",
      "acme",
      "ask",
      "works in its folder",
      "fast mode: on",
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toMatch(/gpt-x/);
    expect(text).toContain("No turn is running.");

    const replies = [chat.say("one"), chat.say("two"), chat.say("three")];
    (await codex.turn(1)).show();
    expect(await say("status")).toMatch(/A turn is running \(\d+ s\), 2 more waiting\./);
    codex.repliesWith(() => "Done.");
    codex.turns[0]?.reply("Done.");
    await Promise.all(replies);
  });

  test("tells what stands where the thread binding is gone", async () => {
    const { chat, inHost, say } = await commands();
    inHost.bind(chat.data);
    expect(await say("status")).toMatch(/has lost its Codex thread\. `\/codexchat bind`/);
  });

  test("tells that the binding is damaged, and what to do", async () => {
    const { chat, say } = await boundCommands();
    await writeFile(codexAppServerBindingFile(chat.sessionFile), "{ half a fi");
    expect(await say("status")).toMatch(/^The saved thread binding .*\/codexchat bind/);
  });
});

describe("the running turn", () => {
  test("can be stopped; without one there is nothing to stop", async () => {
    const { codex, chat, say } = await boundCommands();
    expect(await say("stop")).toBe("No active Codex run to stop.");
    const reply = chat.say("hi");
    const turn = await codex.turn();
    turn.show();
    expect(await say("stop")).toBe("Codex stop requested.");
    await codex.called("turn/interrupt");
    turn.end({ status: "interrupted" });
    await reply;
  });

  test.each(["steer", "steer   "])("is given the next message that waits: %o", async (typed) => {
    const { chat, say } = await boundCommands();
    expect(await say(typed)).toMatch(/^No message is waiting\./);
    const running = Promise.withResolvers<void>();
    const turn = enqueueConversationTurn(chat.sessionFile, () => running.promise);
    const steered: string[] = [];
    const waiting = ["first", "second"].map((id) => {
      const steer = async (): Promise<boolean> => steered.push(id) > 0;
      return enqueueConversationTurn(chat.sessionFile, async () => id, { id, label: id, steer });
    });
    expect(await say(typed)).toBe("Sent to the running Codex turn.");
    await expect(waiting[0]).rejects.toThrow("taken the message");
    expect(steered).toEqual(["first"]);
    running.resolve();
    await turn;
    expect(await waiting[1]).toBe("second");
  });

  test("can be steered with the text as it was typed, quotes and dashes included", async () => {
    const { codex, chat, say } = await boundCommands();
    expect(await say("steer be brief")).toMatch(/^No active Codex run to steer/);
    const reply = chat.say("hi");
    const turn = await codex.turn();
    expect(await say('steer  say "so"  – and\nstop')).toBe("Sent to the running Codex turn.");
    expect(codex.only("turn/steer").params.input).toEqual([
      { type: "text", text: 'say "so"  – and\nstop', text_elements: [] },
    ]);
    turn.reply("Hello.");
    await reply;
  });
});

describe("settings of the chat", () => {
  test("model: shown, set, refused", async () => {
    const { chat, say } = await boundCommands();
    expect(await say("model")).toBe("Codex uses its default model here.");
    expect(await say("model gpt-x")).toMatch(/^Codex model set to gpt-x\. .*could not be asked/);
    expect(await say("model")).toBe("Codex model: gpt-x.");
    expect(await say("model $(x)")).toMatch(/model's name/);
    expect(await chat.binding()).toMatchObject({ model: "gpt-x" });
  });

  test("fast: shown, on, off", async () => {
    const { say } = await boundCommands();
    expect(await say("fast")).toBe("Codex fast mode: off.");
    expect(await say("fast on")).toBe("Codex fast mode: on.");
    expect(await say("fast status")).toBe("Codex fast mode: on.");
    expect(await say("fast off")).toBe("Codex fast mode: off.");
  });

  test("permissions: shown, tightened, and never beyond the operator's live setting", async () => {
    const { host, say } = await boundCommands();
    host.pluginConfig = { appServer: { mode: "guardian" } };
    expect(await say("permissions")).toContain("guardian");
    expect(await say("permissions ask")).toContain("ask");
    expect(await say("permissions yolo")).toMatch(/allows only guardian here/);
    expect(await say("permissions status")).toContain("ask");
    host.pluginConfig = { appServer: { mode: "yolo" } };
    expect(await say("permissions yolo")).toContain("may do everything");
  });

  test("what fails is told as a failure of that command", async () => {
    const { chat, inHost, say } = await commands();
    inHost.bind(chat.data);
    expect(await say("fast on")).toBe(
      "`/codexchat fast` failed: bound Codex conversation has no thread binding",
    );
  });
});

test("subcommands are known in capitals, and with line breaks around them", async () => {
  const { say } = await boundCommands();
  expect(await say(" STATUS\n")).toContain("thread-1");
  expect(await say("Fast\non")).toBe("Codex fast mode: on.");
});

test("a host that throws while it looks up the binding is a failure in words", async () => {
  const { say } = await commands();
  const text = await say("status", {
    getCurrentConversationBinding: async () => {
      throw new Error("<!channel> broken");
    },
  });
  expect(text).toMatch(/^`\/codexchat status` failed: .*broken$/);
  expect(text).not.toContain("<!");
});
