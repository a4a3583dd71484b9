/** Binds that the host asks about: several at once, decided in any order, refused and taken back. */
import { mkdir, rename } from "node:fs/promises";
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { codexClientPool } from "../src/app-server/client-pool.js";
import { thisProcess } from "../src/common/this-process.js";
import { asRecord } from "../src/app-server/json.js";
import { claimInboundMessage } from "../src/inbound-claim.js";
import { bindingResolved } from "../src/binding-resolved.js";
import { readBoundConversation } from "../src/host/bound-conversation.js";
import { releaseConversation, wasDetached } from "../src/host/detach.js";
import { readCodexAppServerBinding } from "../src/thread/thread-binding.js";
import { hostBinding, message } from "./support/conversation/chat.js";
import { boundCommands, commands } from "./support/conversation/commands.js";
import { hostBindings, TELEGRAM } from "./support/conversation/host-bindings.js";
import { messagesThrough } from "./support/conversation/messages.js";
import type { ScriptedCodex } from "./support/conversation/scripted-codex.js";
import { settled, until } from "./support/conversation/settled.js";

vi.mock(
  "../src/app-server/shared-client.js",
  () => import("./support/conversation/shared-client.js"),
);
vi.mock(
  "openclaw/plugin-sdk/conversation-runtime",
  () => import("./support/conversation/host-bindings.js"),
);

const ROOT = hostBinding(undefined).pluginRoot;

/** A chat whose binds the host asks about. */
async function asking() {
  const all = await commands();
  const { inHost, host, folder } = all;
  inHost.onRequest = () => ({ status: "pending", approvalId: "a", reply: { text: "Allow?" } });
  const [one, other] = [path.join(folder, "one"), path.join(folder, "other")];
  await Promise.all([mkdir(one), mkdir(other)]);
  /** Decides the bind that was asked for as the `index`th. */
  const decide = async (index: number, status: "approved" | "denied"): Promise<void> => {
    const { data, summary } = inHost.requests[index] ?? {};
    if (status === "approved") {
      inHost.bind(data);
      hostBindings.hold(data, ROOT);
    }
    await bindingResolved(host.api, {
      status,
      decision: status === "denied" ? "deny" : "allow-once",
      ...(status === "denied" ? {} : { binding: hostBinding(data) }),
      request: { summary: summary ?? "", data: data ?? {}, conversation: TELEGRAM },
    });
  };
  const thread = async (): Promise<string | undefined> =>
    (await readCodexAppServerBinding(all.sessionFile()))?.threadId;
  return { ...all, one, other, decide, thread };
}

test("a chat whose bind was allowed can be written to before it has sent a message", async () => {
  const { say, decide, sessionFile } = await asking();
  await say("bind");
  await decide(0, "approved");
  const { address } = (await readBoundConversation(sessionFile())) ?? {};
  expect(address).toMatchObject({ channel: "telegram" });
});

describe("of two binds that the host asks about", () => {
  test.each([
    { first: "approved", second: "denied", order: [0, 1], bound: "new-thread-1" },
    { first: "approved", second: "denied", order: [1, 0], bound: "new-thread-1" },
    { first: "denied", second: "approved", order: [0, 1], bound: "new-thread-2" },
    { first: "denied", second: "approved", order: [1, 0], bound: "new-thread-2" },
    { first: "approved", second: "approved", order: [0, 1], bound: "new-thread-2" },
    { first: "denied", second: "denied", order: [1, 0], bound: undefined },
  ] as const)(
    "the chat has the one that was allowed: $first and $second, decided in the order $order",
    async ({ first, second, order, bound }) => {
      const { say, one, other, decide, thread } = await asking();
      await say(`bind --cwd ${one}`);
      await say(`bind --cwd ${other}`);
      for (const index of order) {
        // oxlint-disable-next-line no-await-in-loop
        await decide(index, index === 0 ? first : second);
      }
      expect(await thread()).toBe(bound);
    },
  );

  test("which read the same, a denial of one leaves the other its thread", async () => {
    const { say, decide, thread } = await asking();
    await say("bind");
    await say("bind");
    await decide(0, "denied");
    expect(await thread()).toBe("new-thread-2");
    await decide(1, "approved");
    expect(await thread()).toBe("new-thread-2");
  });

  test("both decided at once, the denial does not miss the approval", async () => {
    const { say, decide, thread } = await asking();
    await say("bind");
    await say("bind");
    await Promise.all([decide(0, "approved"), decide(1, "denied")]);
    expect(await thread()).toBe("new-thread-2");
  });
});

test("a denial clears the thread of a chat that was bound once, and is not any more", async () => {
  const { say, inHost, decide, thread } = await asking();
  await say("bind");
  await decide(0, "approved");
  // OpenClaw let go of it by itself.
  inHost.binding = null;
  hostBindings.drop();
  await say("bind");
  await decide(1, "denied");
  expect(await thread()).toBeUndefined();
});

/** The threads that Codex was told to let go of. */
function left(codex: ScriptedCodex): unknown[] {
  return codex.of("thread/unsubscribe").map(({ params }) => asRecord(params)?.threadId);
}

/** A chat that is asked about its binds, on a connection that is found. */
async function askingOnPool() {
  const all = await asking();
  all.codex.answer("thread/unsubscribe", () => ({}));
  vi.spyOn(codexClientPool(), "clients").mockReturnValue([all.codex]);
  onTestFinished(() => void vi.restoreAllMocks());
  return all;
}

/** Lets so many minutes pass at once. */
function fakeMinutes(): (minutes: number) => Promise<void> {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  return async (minutes) => {
    vi.advanceTimersByTime(minutes * 60_000);
    await settled();
  };
}

describe("the thread of a bind that nobody wants any more", () => {
  test("is left when somebody denies it", async () => {
    const { codex, say, decide } = await askingOnPool();
    await say("bind");
    expect(left(codex)).toEqual([]);
    await decide(0, "denied");
    expect(left(codex)).toEqual(["new-thread-1"]);
  });

  test("is left when somebody denies it in a chat that another bind has bound", async () => {
    const { codex, say, decide, thread } = await askingOnPool();
    await say("bind");
    await say("bind");
    await decide(1, "approved");
    await decide(0, "denied");
    expect(await thread()).toBe("new-thread-2");
    expect(left(codex)).toEqual(["new-thread-1"]);
  });

  test("is kept while the chat is still asked about it", async () => {
    const { codex, say, decide } = await askingOnPool();
    codex.stored.add("thread-9");
    await say("bind thread-9");
    await say("bind thread-9");
    await decide(0, "denied");
    expect(left(codex)).toEqual([]);
    await decide(1, "denied");
    expect(left(codex)).toEqual(["thread-9"]);
  });

  test("is given back once OpenClaw takes no answer any more", async () => {
    const minutePasses = fakeMinutes();
    const { codex, say, thread } = await askingOnPool();
    await say("bind");
    await minutePasses(30);
    expect(await thread()).toBe("new-thread-1");
    await minutePasses(1);
    await until(() => left(codex).length > 0);
    expect(left(codex)).toEqual(["new-thread-1"]);
    expect(await thread()).toBeUndefined();
  });

  test("stays the chat's that was bound by another bind to the same thread", async () => {
    const minutePasses = fakeMinutes();
    const { codex, say, decide, thread } = await askingOnPool();
    codex.stored.add("thread-9");
    await say("bind thread-9");
    await say("bind thread-9");
    await decide(1, "approved");
    await minutePasses(31);
    // It comes after what the time has brought in the same chat.
    await say("status");
    expect(await thread()).toBe("thread-9");
    expect(left(codex)).toEqual([]);
  });

  test("gives way to one that is still open", async () => {
    const minutePasses = fakeMinutes();
    const { codex, say, decide, thread } = await askingOnPool();
    await say("bind");
    await minutePasses(20);
    await say("bind");
    await minutePasses(11);
    await until(() => left(codex).length > 0);
    expect(left(codex)).toEqual(["new-thread-1"]);
    await decide(1, "approved");
    expect(await thread()).toBe("new-thread-2");
  });

  test.each([
    { decided: "nobody decided", status: undefined, answer: /^Allow\?/ },
    { decided: "somebody allowed", status: "approved", answer: /Another chat of this gateway/ },
  ] as const)(
    "is another chat's to take after a restart if $decided it, and not before",
    async ({ status, answer }) => {
      const { codex, say, decide } = await askingOnPool();
      codex.stored.add("new-thread-1");
      await say("bind");
      if (status) await decide(0, status);
      const beside = {
        from: "telegram:8",
        to: "telegram:8",
        getCurrentConversationBinding: async () => null,
      };
      const taken = /Another chat of this gateway/;
      expect(await say("bind new-thread-1", beside)).toMatch(taken);
      const { id } = thisProcess;
      onTestFinished(() => void (thisProcess.id = id));
      thisProcess.id = "the next process";
      expect(await say("bind new-thread-1", beside)).toMatch(answer);
    },
  );

  test("is left when the chat takes another before anything was said on it", async () => {
    const { codex, say, decide } = await askingOnPool();
    await say("bind");
    await decide(0, "approved");
    await say("new");
    expect(left(codex)).toEqual(["new-thread-1"]);
  });
});

/** The same after it was bound and detached. */
async function detached() {
  const all = await asking();
  await all.say("bind");
  await all.decide(0, "approved");
  await all.say("detach");
  return all;
}

describe("the mark of a detach", () => {
  test("stays when the next bind is asked about and denied", async () => {
    const { say, decide, sessionFile } = await detached();
    await say("bind");
    expect(await wasDetached(sessionFile())).toBe(true);
    await decide(1, "denied");
    expect(await wasDetached(sessionFile())).toBe(true);
  });

  test("goes when the next bind is allowed, and the host may keep the record", async () => {
    const { host, say, decide, sessionFile } = await detached();
    await say("bind");
    await decide(1, "approved");
    expect(await wasDetached(sessionFile())).toBe(false);
    expect(host.maxAges.at(-1)).toMatchObject({ maxAgeMs: 0 });
    expect(await say("status")).toContain("new-thread-2");
  });
});

describe("right after a decision, while that is being noted", () => {
  test("a command finds the chat bound", async () => {
    const { say, decide } = await detached();
    await say("bind");
    const noted = decide(1, "approved");
    expect(await say("status")).toContain("new-thread-2");
    await noted;
  });

  test("a detach stays", async () => {
    const { say, decide, sessionFile } = await detached();
    await say("bind");
    const noted = decide(1, "approved");
    expect(await say("detach")).toMatch(/^This chat is detached/);
    await noted;
    expect(await wasDetached(sessionFile())).toBe(true);
    expect(await readBoundConversation(sessionFile())).toBeUndefined();
  });

  test("a message has its turn, on the thread of the bind that was allowed", async () => {
    const { codex, host, inHost, say, one, decide } = await detached();
    await say("bind");
    await say(`bind --cwd ${one}`);
    const noted = decide(1, "approved");
    const bound = { channelId: "telegram", pluginBinding: hostBinding(inHost.requests[1]?.data) };
    const hi = message("hi", { metadata: { originatingTo: "telegram:7" } });
    expect(await claimInboundMessage(host.api, messagesThrough(host), hi, bound)).toEqual({
      handled: true,
    });
    await noted;
    (await codex.turn()).reply("Hello.");
    await host.delivered();
    expect(codex.of("turn/start").map(({ params }) => asRecord(params)?.threadId)).toEqual([
      "new-thread-2",
    ]);
    expect(host.sent).toMatchObject([{ text: "Hello." }]);
  });
});

describe("a bind that the host refuses", () => {
  test("leaves the thread that the session had before", async () => {
    const { say, inHost, thread } = await asking();
    await say("bind");
    inHost.onRequest = () => ({
      status: "error",
      message: 'This conversation is already bound by plugin "Another".',
    });
    expect(await say("bind")).toMatch(/already bound by plugin/);
    expect(await thread()).toBe("new-thread-1");
  });

  test("leaves the thread that a person has taken meanwhile", async () => {
    const { say, inHost, thread } = await asking();
    inHost.onRequest = (params) => {
      inHost.onRequest = () => ({ status: "bound", binding: inHost.bind(params?.data) });
      throw new Error("no");
    };
    const refused = say("bind");
    await refused;
    await say("bind");
    expect(await thread()).toBe("new-thread-2");
  });
});

/** A chat that the host has bound to an installation that was replaced since, so that it is hidden from commands. */
async function stranded() {
  const all = await boundCommands();
  const { host, inHost, chat } = all;
  hostBindings.hold(chat.data, "/plugins/generation-1");
  const api = { ...host.api, rootDir: ROOT };
  Object.assign(host, { api });
  const current = {
    getCurrentConversationBinding: async () => {
      const record = hostBindings.record();
      return record?.metadata.pluginRoot === ROOT ? inHost.binding : null;
    },
  };
  return { ...all, say: (args: string) => all.say(args, current) };
}

describe("in a chat that an update has left behind", () => {
  test("the first command finds the chat bound", async () => {
    const { say } = await stranded();
    expect(await say("status")).toContain("thread-1");
    expect(hostBindings.record()?.metadata).toMatchObject({ pluginRoot: ROOT });
  });

  test("bind takes a new thread and does not ask again", async () => {
    const { say, inHost, chat } = await stranded();
    expect(await say("bind")).toMatch(/^This chat is bound to a new Codex thread/);
    expect(inHost.requests).toEqual([]);
    expect(await chat.binding()).toMatchObject({ threadId: "new-thread-1" });
  });

  test("detach frees it", async () => {
    const { say, inHost, chat } = await stranded();
    expect(await say("detach")).toMatch(/^This chat is detached/);
    expect(inHost.detached).toBe(1);
    expect(await chat.binding()).toBeUndefined();
  });

  test.each([
    { to: "telegram:group:-100:topic:5", messageThreadId: undefined, id: "-100" },
    { to: "telegram:-100", messageThreadId: 5, id: "-100:topic:5" },
    { to: "discord:channel:42", messageThreadId: undefined, id: "channel:42" },
    { to: "slash:7", messageThreadId: "88", id: "88" },
  ])("it is found by the address of the command: $to", async ({ to, messageThreadId, id }) => {
    const { chat, host, inHost } = await boundCommands();
    const channel = to.startsWith("discord") ? "discord" : "telegram";
    const place = { ...TELEGRAM, channel, conversationId: id };
    hostBindings.hold(chat.data, "/plugins/generation-1", { place });
    const { handleCodexChatCommand } = await import("../src/codexchat-command.js");
    const isFound = (): boolean => hostBindings.record(place)?.metadata.pluginRoot === ROOT;
    const ctx = inHost.command("status", {
      channel,
      from: to,
      to,
      messageThreadId,
      getCurrentConversationBinding: async () => (isFound() ? inHost.binding : null),
    });
    const api = { ...host.api, rootDir: ROOT };
    expect((await handleCodexChatCommand(api, ctx)).text).toContain("thread-1");
  });

  test("a chat that was detached stays so", async () => {
    const { say, host, inHost, chat } = await stranded();
    await releaseConversation(host.api, inHost.command("detach"), chat.sessionFile, TELEGRAM);
    expect(await say("status")).toContain("not bound");
  });
});

test("after the state folder was moved a command finds the session in the one in use", async () => {
  const { say, host, inHost, chat } = await boundCommands();
  const place = path.join(host.stateDir, "codex-conversation", "conversations");
  await mkdir(place, { recursive: true });
  const suffix = ".codex-app-server.json";
  await rename(chat.sessionFile + suffix, path.join(place, `chat${suffix}`));
  inHost.bind(chat.data);
  expect(await say("status")).toContain("thread-1");
});
