import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { writeCodexAppServerBinding } from "../../src/thread/thread-binding.js";
import { createCodexConversationBindingData } from "../../src/host/binding-data.js";
import { noteBoundConversation, readBoundConversation } from "../../src/host/bound-conversation.js";
import { keepAllBound, keepBound } from "../../src/host/keep-bound.js";
import { releaseConversation } from "../../src/host/detach.js";
import { conversationsFolder } from "../../src/host/state.js";
import { HostChat, ScriptedHost } from "../support/conversation/host.js";
import { hostBindings, TELEGRAM } from "../support/conversation/host-bindings.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

vi.mock(
  "openclaw/plugin-sdk/conversation-runtime",
  () => import("../support/conversation/host-bindings.js"),
);

const BEFORE = "/plugins/generation-1";
const NOW = "/plugins/generation-2";
const DAY_MS = 24 * 3_600_000;

/** A chat that was bound by the copy of the plugin in `BEFORE`; the one in `NOW` runs. */
async function updated() {
  const host = new ScriptedHost(await temporaryFolder());
  const api = { ...host.api, rootDir: NOW };
  const folder = conversationsFolder(host.stateDir);
  const sessionFile = path.join(folder, "telegram-1");
  await writeCodexAppServerBinding(sessionFile, { threadId: "thread-1", cwd: "/repo" });
  const data = createCodexConversationBindingData({ sessionFile, workspaceDir: "/repo" });
  hostBindings.hold(data, BEFORE);
  const chat = { conversation: TELEGRAM };
  return { host, api, folder, sessionFile, data, chat };
}

describe("the record of a chat that an earlier installation bound", () => {
  test("is stored anew with this installation's folder, and otherwise as it was", async () => {
    const { api, chat, data } = await updated();
    expect(await keepBound(api, chat)).toBe("kept");
    expect(hostBindings.bound).toEqual([
      {
        conversation: TELEGRAM,
        targetSessionKey: "plugin-binding:telegram:7",
        targetKind: "session",
        placement: "current",
        metadata: {
          pluginBindingOwner: "plugin",
          pluginId: "codex-conversation",
          pluginRoot: NOW,
          summary: "what was asked",
          data,
        },
      },
    ]);
    await keepBound(api, chat);
    expect(hostBindings.bound).toHaveLength(1);
  });

  test("is stored by an OpenClaw that has no asynchronous look-up, too", async () => {
    const { api, chat } = await updated();
    hostBindings.isOld = true;
    expect(await keepBound(api, chat)).toBe("kept");
    expect(hostBindings.record()?.metadata).toMatchObject({ pluginRoot: NOW });
  });

  test("counts as stored where OpenClaw has changed it and throws: its limit is set, which stores it", async () => {
    const { api, chat, host } = await updated();
    hostBindings.throwsOnBind = true;
    expect(await keepBound(api, chat)).toBe("kept");
    expect(host.warnings).toEqual([]);
    expect(host.idleTimeouts).toEqual([
      {
        channelId: "telegram",
        accountId: "default",
        targetSessionKey: "plugin-binding:telegram:7",
        idleTimeoutMs: 0,
      },
    ]);
  });

  test("is found at the gateway's start where the chat was noted", async () => {
    const { api, chat, folder, sessionFile } = await updated();
    await noteBoundConversation(sessionFile, chat);
    await keepAllBound(api, folder);
    expect(hostBindings.record()?.metadata).toMatchObject({ pluginRoot: NOW });
  });

  test("is found at the start in the Telegram channel's own list where version 0.1.0 has noted nothing", async () => {
    const { api, folder, sessionFile } = await updated();
    const key = Symbol.for("openclaw.telegramThreadBindingsState");
    const { accountId, conversationId } = TELEGRAM;
    const records = [
      { accountId, conversationId, metadata: { pluginId: "codex-conversation" } },
      { accountId, conversationId: "8", metadata: { pluginId: "another" } },
      "no record",
    ];
    Reflect.set(globalThis, key, { bindingsByAccountConversation: new Map(records.entries()) });
    onTestFinished(() => void Reflect.deleteProperty(globalThis, key));
    await keepAllBound(api, folder);
    expect(hostBindings.record()?.metadata).toMatchObject({ pluginRoot: NOW });
    expect(await readBoundConversation(sessionFile)).toEqual({ conversation: TELEGRAM });
  });

  test("of a chat that was detached stays as it is", async () => {
    const { api, chat, sessionFile } = await updated();
    await releaseConversation(api, new HostChat().command("detach"), sessionFile, TELEGRAM);
    await keepBound(api, chat);
    expect(hostBindings.bound).toEqual([]);
  });

  test("of another plugin stays as it is", async () => {
    const { api, chat, data } = await updated();
    hostBindings.hold(data, BEFORE, { metadata: { pluginId: "another" } });
    expect(await keepBound(api, chat)).toBe("none");
    expect(hostBindings.bound).toEqual([]);
  });
});

describe("which chat a session belongs to", () => {
  test("is noted with all that is told of it at the same time", async () => {
    const { sessionFile, chat } = await updated();
    const address = { channel: "telegram", to: "telegram:7" };
    await Promise.all([
      noteBoundConversation(sessionFile, { ...chat, address }),
      noteBoundConversation(sessionFile, { ...chat, idleTimeoutMs: DAY_MS }),
    ]);
    expect(await readBoundConversation(sessionFile)).toMatchObject({
      address,
      idleTimeoutMs: DAY_MS,
    });
  });

  test("is forgotten once OpenClaw has started and holds no record of it, and no sooner", async () => {
    const { api, chat, folder, sessionFile } = await updated();
    await noteBoundConversation(sessionFile, chat);
    hostBindings.drop();
    expect(await keepAllBound(api, folder, false)).toBe("early");
    expect(await readBoundConversation(sessionFile)).toEqual(chat);
    await keepAllBound(api, folder, true);
    expect(await readBoundConversation(sessionFile)).toBeUndefined();
  });

  test("is remembered where the channel does not run yet", async () => {
    const { api, chat, folder, sessionFile } = await updated();
    await noteBoundConversation(sessionFile, chat);
    hostBindings.runs = false;
    await keepAllBound(api, folder, true);
    expect(await readBoundConversation(sessionFile)).toEqual(chat);
  });

  test("is noted anew where the file is damaged", async () => {
    const { api, chat, sessionFile } = await updated();
    await writeFile(`${sessionFile}.conversation.json`, "{ half a no");
    await keepBound(api, chat);
    expect(await readBoundConversation(sessionFile)).toEqual(chat);
  });
});

describe("a state folder that was moved", () => {
  test("has its records point to where the sessions lie now", async () => {
    const { api, chat, data, folder, sessionFile } = await updated();
    const elsewhere = { ...data, sessionFile: "/home/before/state/conversations/telegram-1" };
    hostBindings.hold(elsewhere, NOW);
    await keepBound(api, chat);
    expect(hostBindings.record()?.metadata.data).toEqual(data);
    expect(path.dirname(sessionFile)).toBe(folder);
  });

  test.each(["C:\\Users\\ann\\.openclaw\\conversations\\telegram-1", "../../telegram-1"])(
    "is found whatever system wrote the path: %s",
    async (stored) => {
      const { api, chat, data } = await updated();
      hostBindings.hold({ ...data, sessionFile: stored }, NOW);
      await keepBound(api, chat);
      expect(hostBindings.record()?.metadata.data).toEqual(data);
    },
  );

  test("has a path outside of it used only where nothing of the session is inside, and others cannot write there", async () => {
    const { api, chat, data, folder, sessionFile } = await updated();
    const outside = path.join(path.dirname(folder), "elsewhere");
    await mkdir(outside);
    const stored = path.join(outside, "telegram-1");
    await rename(`${sessionFile}.codex-app-server.json`, `${stored}.codex-app-server.json`);
    hostBindings.hold({ ...data, sessionFile: stored }, NOW);
    await keepBound(api, chat);
    expect(hostBindings.record()?.metadata.data).toMatchObject({ sessionFile: stored });

    await writeFile(`${stored}.codex-app-server.json`, "{}", { mode: 0o666 });
    await chmod(`${stored}.codex-app-server.json`, 0o666);
    await keepBound(api, chat);
    expect(hostBindings.record()?.metadata.data).toMatchObject({ sessionFile });
  });
});

/** What OpenClaw is told of a chat that it would let go of after `idleTimeoutMs`. */
async function idle(
  idleTimeoutMs: number,
  configure: (host: ScriptedHost) => void = () => {},
): Promise<unknown[]> {
  const { host, api, chat, data } = await updated();
  hostBindings.hold(data, NOW, { metadata: { idleTimeoutMs } });
  configure(host);
  await keepBound(api, chat);
  return host.idleTimeouts.map((params) => params.idleTimeoutMs);
}

describe("the time that a chat may be idle", () => {
  test("has no limit where the operator set none", async () => {
    expect(await idle(DAY_MS)).toEqual([0]);
    expect(await idle(0)).toEqual([]);
  });

  test.each([
    [
      "for all",
      (host: ScriptedHost) => (host.sections = { session: { threadBindings: { idleHours: 24 } } }),
    ],
    [
      "for the channel",
      (host: ScriptedHost) =>
        (host.channelConfig = { telegram: { threadBindings: { idleHours: 24 } } }),
    ],
    [
      "for the account",
      (host: ScriptedHost) =>
        (host.channelConfig = {
          telegram: {
            threadBindings: { idleHours: 0 },
            accounts: { default: { threadBindings: { idleHours: 24 } } },
          },
        }),
    ],
  ])("is the operator's %s", async (_where, configure) => {
    expect(await idle(DAY_MS, configure)).toEqual([]);
    // It was taken away before the operator set it.
    expect(await idle(0, configure)).toEqual([DAY_MS]);
  });

  test("stays what a person chose for the chat", async () => {
    expect(await idle(2 * 3_600_000)).toEqual([]);
  });

  test("has no limit again after the operator's setting has gone", async () => {
    const { host, api, chat, data } = await updated();
    host.sections = { session: { threadBindings: { idleHours: 48 } } };
    hostBindings.hold(data, NOW, { metadata: { idleTimeoutMs: 0 } });
    await keepBound(api, chat);
    hostBindings.hold(data, NOW, { metadata: { idleTimeoutMs: 2 * DAY_MS } });
    host.sections = {};
    await keepBound(api, chat);
    expect(host.idleTimeouts.map((params) => params.idleTimeoutMs)).toEqual([2 * DAY_MS, 0]);
  });

  test("of a channel whose store knows no limit is not touched", async () => {
    const { host, api, chat, data } = await updated();
    hostBindings.hold(data, NOW);
    await keepBound(api, chat);
    expect(host.idleTimeouts).toEqual([]);
  });
});
