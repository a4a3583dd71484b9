/** A chat that OpenClaw binds under one name and looks its messages up by another, as a channel of a Discord server. */
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import { createCodexConversationBindingData } from "../../src/host/binding-data.js";
import { noteBoundConversation, readBoundConversation } from "../../src/host/bound-conversation.js";
import { expireLeftovers, releaseConversation, wasDetached } from "../../src/host/detach.js";
import { keepAllBound, keepBound } from "../../src/host/keep-bound.js";
import { nameOfMessages } from "../../src/host/second-name.js";
import { conversationsFolder } from "../../src/host/state.js";
import { HostChat, ScriptedHost } from "../support/conversation/host.js";
import { hostBindings } from "../support/conversation/host-bindings.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

vi.mock(
  "openclaw/plugin-sdk/conversation-runtime",
  () => import("../support/conversation/host-bindings.js"),
);

const BEFORE = "/plugins/generation-1";
const NOW = "/plugins/generation-2";

const place = (conversationId: string) => ({
  channel: "discord",
  accountId: "default",
  conversationId,
});
/** As its commands name it, and as its messages do. */
const FIRST = place("channel:901");
const SECOND = place("901");

/** A chat that OpenClaw has just bound under the name that its commands have. */
async function boundChat(conversation = FIRST) {
  const host = new ScriptedHost(await temporaryFolder());
  const api = { ...host.api, rootDir: NOW };
  const folder = conversationsFolder(host.stateDir);
  const sessionFile = path.join(folder, "discord-1");
  const data = createCodexConversationBindingData({ sessionFile, workspaceDir: "/repo" });
  hostBindings.hold(data, NOW, { place: conversation });
  await keepBound(api, { conversation });
  return { host, api, folder, sessionFile, data };
}

describe("a private chat of iMessage", () => {
  const NUMBERED = { channel: "imessage", accountId: "default", conversationId: "7" };
  const SENDER = { ...NUMBERED, conversationId: "+15550001001" };

  test("gets a record by its sender, which its commands keep and a detach frees", async () => {
    const { api, data, sessionFile } = await boundChat(NUMBERED);
    expect(hostBindings.bound).toEqual([]);
    await keepBound(api, { conversation: NUMBERED, heardAs: SENDER.conversationId });
    expect(hostBindings.record(SENDER)?.metadata).toMatchObject({ data, secondOf: "7" });
    hostBindings.drop(SENDER);
    await keepBound(api, { conversation: NUMBERED });
    expect(hostBindings.record(SENDER)?.metadata).toMatchObject({ data, secondOf: "7" });
    await releaseConversation(api, new HostChat().command("detach"), sessionFile, NUMBERED);
    expect(hostBindings.record(NUMBERED)).toBeNull();
    expect(hostBindings.record(SENDER)).toBeNull();
  });

  test.each([
    ["imessage:+15550001001", "+15550001001"],
    ["auto:+1 (555) 000-1001", "+15550001001"],
    ["sms:Ada@Example.org", "ada@example.org"],
    ["imessage:group:7", undefined],
    [undefined, undefined],
  ])("is looked up by who sends: from %s as %s", (from, name) => {
    expect(nameOfMessages({ channel: "imessage", from })).toBe(name);
    expect(nameOfMessages({ channel: "telegram", from })).toBeUndefined();
  });
});

describe("a chat that is bound under one of its names", () => {
  test("gets a record under the other, with the same target and data, and keeps its first name", async () => {
    const { sessionFile, data } = await boundChat();
    const [first, second] = [hostBindings.record(FIRST), hostBindings.record(SECOND)];
    expect(second?.targetSessionKey).toBe(first?.targetSessionKey);
    expect(second?.metadata).toMatchObject({ pluginRoot: NOW, data, secondOf: "channel:901" });
    expect(first?.metadata).not.toHaveProperty("secondOf");
    expect((await readBoundConversation(sessionFile))?.conversation).toEqual(FIRST);
  });

  test("is stored with its limit, or OpenClaw would forget both with its next restart", async () => {
    const { host } = await boundChat();
    expect(host.idleTimeouts).toEqual([
      expect.objectContaining({ targetSessionKey: "plugin-binding:channel:901" }),
    ]);
  });

  test("is left as it is once both records are right, whichever name it goes by", async () => {
    const { api, sessionFile } = await boundChat();
    const before = hostBindings.bound.length;
    await keepBound(api, { conversation: FIRST });
    await keepBound(api, { conversation: SECOND });
    expect(hostBindings.bound).toHaveLength(before);
    expect((await readBoundConversation(sessionFile))?.conversation).toEqual(FIRST);
  });

  test.each([place("user:7"), place("901"), place("channel:C0123"), place("telegram:7")])(
    "has one record where its messages go by the same name: $conversationId",
    async (conversation) => {
      await boundChat(conversation);
      expect(hostBindings.bound).toEqual([]);
    },
  );

  test("gets the second one after an update of the plugin too, from a start or a message", async () => {
    const { api, folder, data, sessionFile } = await boundChat();
    for (const each of [FIRST, SECOND]) {
      hostBindings.drop(SECOND);
      hostBindings.hold(data, BEFORE, { place: FIRST });
      // oxlint-disable-next-line no-await-in-loop
      await noteBoundConversation(sessionFile, { conversation: FIRST });
      // oxlint-disable-next-line no-await-in-loop
      await (each === FIRST ? keepAllBound(api, folder) : keepBound(api, { conversation: FIRST }));
      expect(hostBindings.record(FIRST)?.metadata).toMatchObject({ pluginRoot: NOW });
      expect(hostBindings.record(SECOND)?.metadata).toMatchObject({ pluginRoot: NOW });
    }
  });

  test("whose first record is gone gets it back with a message, since its messages still come", async () => {
    const { api } = await boundChat();
    hostBindings.drop(FIRST);
    await keepBound(api, { conversation: SECOND });
    expect(hostBindings.record(FIRST)?.metadata).toMatchObject({ pluginRoot: NOW });
    expect(hostBindings.record(FIRST)?.metadata).not.toHaveProperty("secondOf");
  });

  test("is not taken from somebody else who has the other name by now", async () => {
    const { api } = await boundChat();
    hostBindings.hold({}, NOW, { place: SECOND, metadata: { pluginId: "another" } });
    await keepBound(api, { conversation: FIRST });
    expect(hostBindings.record(SECOND)?.metadata).toMatchObject({ pluginId: "another" });
  });
});

describe("a detach of such a chat", () => {
  test.each([FIRST, SECOND])(
    "frees it under both names, typed where it is called $conversationId",
    async (conversation) => {
      const { api, sessionFile } = await boundChat();
      const inHost = new HostChat();
      inHost.onDetach = () => hostBindings.drop(conversation);
      const binding = { ...inHost.bind(undefined), ...conversation };
      await releaseConversation(api, inHost.command("detach"), sessionFile, binding);
      expect([hostBindings.record(FIRST), hostBindings.record(SECOND)]).toEqual([null, null]);
      expect(await wasDetached(sessionFile)).toBe(true);
    },
  );

  test("that OpenClaw's restart brings back under either name is carried out once more, and stays marked", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { api, folder, sessionFile, data } = await boundChat();
    const inHost = new HostChat();
    await releaseConversation(api, inHost.command("detach"), sessionFile, {
      ...inHost.bind(undefined),
      ...FIRST,
    });
    hostBindings.hold(data, NOW, { place: SECOND, metadata: { secondOf: "channel:901" } });
    // OpenClaw has its time to drop it by itself.
    expect(await expireLeftovers(api, folder)).toBe("early");
    expect(hostBindings.record(SECOND)).not.toBeNull();
    vi.advanceTimersByTime(100_000);
    await expireLeftovers(api, folder, true);
    expect(hostBindings.record(SECOND)).toBeNull();
    // It can stand on OpenClaw's disk as before, so the mark outlives this process.
    await expireLeftovers(api, folder, true);
    expect(await wasDetached(sessionFile)).toBe(true);
    vi.useRealTimers();
  });
});
