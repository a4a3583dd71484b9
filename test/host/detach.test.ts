import { existsSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { writePrivateFile } from "../../src/host/private-files.js";
import {
  expireLeftover,
  expireLeftovers,
  releaseConversation,
  takeBackDetach,
  wasDetached,
} from "../../src/host/detach.js";
import { hostBinding } from "../support/conversation/chat.js";
import { HostChat, ScriptedHost } from "../support/conversation/host.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

type BindingRecord = { targetSessionKey: string; metadata: { pluginId: string } };

const bindings = vi.hoisted(() => ({
  resolve: async (_place: Record<string, unknown>): Promise<BindingRecord | null> => null,
  asked: new Array<Record<string, unknown>>(),
}));
vi.mock("openclaw/plugin-sdk/conversation-runtime", () => ({
  getSessionBindingService: () => ({
    resolveByConversationAsync: (place: Record<string, unknown>) => {
      bindings.asked.push(place);
      return bindings.resolve(place);
    },
  }),
}));

const OURS = { targetSessionKey: "plugin-binding:1", metadata: { pluginId: "codex-conversation" } };
const PLACE = { channel: "telegram", accountId: "default", conversationId: "telegram:7" };

beforeEach(() => {
  bindings.asked.length = 0;
  bindings.resolve = async () => OURS;
});

async function chatToDetach() {
  const folder = await temporaryFolder();
  const [host, inHost] = [new ScriptedHost(folder), new HostChat()];
  const sessionFile = path.join(folder, "state", "chat");
  const release = (): Promise<void> =>
    releaseConversation(host.api, inHost.command("detach"), sessionFile, hostBinding(undefined));
  return { folder, host, inHost, sessionFile, release };
}

/** A chat whose detach the host could not store. */
async function leftover() {
  const all = await chatToDetach();
  all.inHost.onDetach = () => {
    throw new Error("Telegram runtime not initialized");
  };
  await all.release();
  bindings.asked.length = 0;
  return all;
}

describe("releasing a conversation", () => {
  test("leaves a mark whatever the host says: it can have kept a record that comes back with a restart", async () => {
    const { host, inHost, sessionFile, release } = await chatToDetach();
    await release();
    expect(inHost.detached).toBe(1);
    expect(await wasDetached(sessionFile)).toBe(true);
    expect(host.warnings).toEqual([]);
  });

  test("marks it before the host is asked, so that a crash in between leaves it detached", async () => {
    const { inHost, sessionFile, release } = await chatToDetach();
    let marked = false;
    inHost.onDetach = () => {
      marked = existsSync(`${sessionFile}.detached`);
    };
    await release();
    expect(marked).toBe(true);
  });

  test("that the host throws at leaves the mark and a line in the log", async () => {
    const { host, sessionFile } = await leftover();
    expect(await wasDetached(sessionFile)).toBe(true);
    expect(host.warnings).toEqual([expect.stringContaining("not initialized")]);
  });
});

describe("what the host still holds of a detached chat", () => {
  test("is given an age at which the host drops it", async () => {
    const { host, sessionFile } = await leftover();
    await expireLeftover(host.api, sessionFile);
    expect(bindings.asked).toEqual([PLACE]);
    expect(host.maxAges).toEqual([
      {
        channelId: "telegram",
        accountId: "default",
        targetSessionKey: "plugin-binding:1",
        maxAgeMs: 1,
      },
    ]);
  });

  test("is left alone where another plugin holds the chat by now, or nobody", async () => {
    const { host, sessionFile } = await leftover();
    bindings.resolve = async () => ({ ...OURS, metadata: { pluginId: "another" } });
    await expireLeftover(host.api, sessionFile);
    bindings.resolve = async () => null;
    await expireLeftover(host.api, sessionFile);
    expect(host.maxAges).toEqual([]);
  });

  test("is left alone where the chat was not detached", async () => {
    const { host, sessionFile } = await chatToDetach();
    await expireLeftover(host.api, sessionFile);
    expect(bindings.asked).toEqual([]);
  });

  test("that cannot be looked up is logged, and hinders nothing", async () => {
    const { host, sessionFile } = await leftover();
    host.warnings.length = 0;
    bindings.resolve = async () => {
      throw new Error("not ready");
    };
    await expireLeftover(host.api, sessionFile);
    expect(host.warnings).toEqual([expect.stringContaining("not ready")]);
  });

  test.each(["{ half a mar", "[]", "{}", "null"])(
    "with a damaged mark stays detached: %s",
    async (mark) => {
      const { host, sessionFile } = await chatToDetach();
      await writePrivateFile(`${sessionFile}.detached`, mark);
      await expireLeftover(host.api, sessionFile);
      expect(host.maxAges).toEqual([]);
      expect(await wasDetached(sessionFile)).toBe(true);
    },
  );

  test("is looked for in the whole folder at the start", async () => {
    const { host, sessionFile } = await leftover();
    const folder = path.dirname(sessionFile);
    await writePrivateFile(path.join(folder, "damaged.detached"), "{ half a mar");
    await writePrivateFile(path.join(folder, "bound.codex-app-server.json"), "{}");
    await expireLeftovers(host.api, folder);
    expect(bindings.asked).toEqual([PLACE]);
    expect(host.maxAges).toHaveLength(1);
  });

  test("is awaited over a start: the mark goes once another process's host holds nothing, and no sooner", async () => {
    const { host, sessionFile } = await leftover();
    const folder = path.dirname(sessionFile);
    bindings.resolve = async () => null;
    // What this process's host has freed in memory can still stand on its disk.
    await expireLeftovers(host.api, folder, true);
    expect(await wasDetached(sessionFile)).toBe(true);

    await writePrivateFile(`${sessionFile}.detached`, JSON.stringify({ ...PLACE, process: "b" }));
    bindings.resolve = async () => OURS;
    await expireLeftovers(host.api, folder, true);
    expect(await wasDetached(sessionFile)).toBe(true);
    bindings.resolve = async () => null;
    // Just started, it can lack records that it has.
    expect(await expireLeftovers(host.api, folder, false)).toBe("early");
    expect(await wasDetached(sessionFile)).toBe(true);
    await expireLeftovers(host.api, folder, true);
    expect(await wasDetached(sessionFile)).toBe(false);
  });

  test("is none where there is no folder yet", async () => {
    const { folder, host } = await chatToDetach();
    await expireLeftovers(host.api, path.join(folder, "nowhere"));
    expect(bindings.asked).toEqual([]);
  });
});

describe("binding a detached chat again", () => {
  test("forgets the mark, and lets the host keep what it holds", async () => {
    const { host, sessionFile } = await leftover();
    await expireLeftover(host.api, sessionFile);
    await takeBackDetach(host.api, sessionFile);
    expect(host.maxAges.map(({ maxAgeMs }) => maxAgeMs)).toEqual([1, 0]);
    expect(await wasDetached(sessionFile)).toBe(false);
  });

  test("that was not detached asks the host for nothing", async () => {
    const { host, sessionFile } = await chatToDetach();
    await takeBackDetach(host.api, sessionFile);
    expect(host.maxAges).toEqual([]);
    expect(host.warnings).toEqual([]);
  });
});
