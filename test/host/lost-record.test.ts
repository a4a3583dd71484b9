/** Discord's channel can lose its records with a restart of the gateway, which nobody asked for. */
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import { processWide } from "../../src/common/process-wide.js";
import { createCodexConversationBindingData } from "../../src/host/binding-data.js";
import { readBoundConversation } from "../../src/host/bound-conversation.js";
import { releaseConversation } from "../../src/host/detach.js";
import { keepAllBound, keepBound } from "../../src/host/keep-bound.js";
import { conversationsFolder } from "../../src/host/state.js";
import { HostChat, ScriptedHost } from "../support/conversation/host.js";
import { hostBindings } from "../support/conversation/host-bindings.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

vi.mock(
  "openclaw/plugin-sdk/conversation-runtime",
  () => import("../support/conversation/host-bindings.js"),
);

const ROOT = "/plugins/generation-1";
const THREAD = { channel: "discord", accountId: "default", conversationId: "401" };

/** Nothing is remembered of what OpenClaw has held until then. */
function restart(): void {
  processWide("chats-held-by-host", () => new Set<string>()).clear();
}

/** A bound chat whose record is gone after a restart. */
async function lostChat(conversation = THREAD, metadata: Record<string, unknown> = {}) {
  const host = new ScriptedHost(await temporaryFolder());
  const api = { ...host.api, rootDir: ROOT };
  const folder = conversationsFolder(host.stateDir);
  const sessionFile = path.join(folder, "chat-1");
  const data = createCodexConversationBindingData({ sessionFile, workspaceDir: "/repo" });
  const limits = { idleTimeoutMs: 24 * 3_600_000, ...metadata };
  hostBindings.hold(data, ROOT, { place: conversation, metadata: limits });
  await keepBound(api, { conversation });
  const before = hostBindings.record(conversation);
  const lose = (): void => {
    hostBindings.drop(conversation);
    restart();
  };
  return { host, api, folder, sessionFile, before, lose, conversation };
}

const recordOf = (place: typeof THREAD) => hostBindings.record(place);

describe("a record that OpenClaw has lost with a restart", () => {
  test("is stored once more as it was, with its limit, and the operator is told", async () => {
    const { api, folder, before, lose, host } = await lostChat();
    lose();
    expect(await keepAllBound(api, folder)).toBe("done");
    expect(recordOf(THREAD)).toMatchObject({
      targetSessionKey: before?.targetSessionKey,
      metadata: {
        pluginId: "codex-conversation",
        pluginRoot: ROOT,
        data: before?.metadata["data"],
      },
    });
    expect(host.idleTimeouts.at(-1)).toMatchObject({ idleTimeoutMs: 0 });
  });

  test("stays away where the chat was detached", async () => {
    const { api, folder, lose, sessionFile } = await lostChat();
    const inHost = new HostChat();
    const binding = { ...inHost.bind(undefined), ...THREAD };
    await releaseConversation(api, inHost.command("detach"), sessionFile, binding);
    lose();
    await keepAllBound(api, folder);
    expect(recordOf(THREAD)).toBeNull();
  });

  test("stays away where OpenClaw has let it go while it ran, and is forgotten then", async () => {
    const { api, folder, sessionFile } = await lostChat();
    hostBindings.drop(THREAD);
    await keepAllBound(api, folder, true);
    expect(recordOf(THREAD)).toBeNull();
    restart();
    await keepAllBound(api, folder);
    expect(recordOf(THREAD)).toBeNull();
    expect(await readBoundConversation(sessionFile)).toBeUndefined();
  });

  test("stays away where its operator has limited how long a chat may be idle", async () => {
    const { api, folder, lose } = await lostChat(THREAD, { idleTimeoutMs: 7_200_000 });
    lose();
    await keepAllBound(api, folder);
    expect(recordOf(THREAD)).toBeNull();
  });

  test("stays away on a channel that loses none: there it is gone on purpose", async () => {
    const telegram = { ...THREAD, channel: "telegram", conversationId: "7" };
    const { api, folder, lose } = await lostChat(telegram);
    lose();
    await keepAllBound(api, folder);
    expect(recordOf(telegram)).toBeNull();
  });
});
