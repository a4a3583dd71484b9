/** What a channel can do: OpenClaw's own word first, the table for the rest. */
import { describe, expect, test } from "vitest";
import { abilitiesOf, bindableChannels, CHANNELS } from "../../src/chat/abilities.js";
import { registerChannelPlugins } from "../support/conversation/channel-plugins.js";
import { ScriptedHost, type Channel } from "../support/conversation/host.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

const resolveCommandConversation = (): null => null;

async function hostWith(channel: string, adapter: Channel): Promise<ScriptedHost> {
  const host = new ScriptedHost(await temporaryFolder());
  host.channels.set(channel, adapter);
  return host;
}

describe("whether a chat can be bound", () => {
  test.each([false, true])(
    "is what the channel's plugin says (pinned by an older OpenClaw: %s)",
    async (pinned) => {
      const { api } = await hostWith("signal", {});
      registerChannelPlugins([{ id: "signal", bindings: { resolveCommandConversation } }], {
        pinned,
      });
      expect((await abilitiesOf(api, "signal")).bind).toBe("command");
    },
  );

  test("is no where the plugin does not name the chat of a command, known or not", async () => {
    const { api } = await hostWith("telegram", {});
    registerChannelPlugins([{ id: "telegram", bindings: {} }, { id: "pigeon" }]);
    const refused = { refused: "no chat of a command" };
    expect((await abilitiesOf(api, "telegram")).bind).toEqual(refused);
    expect(await abilitiesOf(api, "pigeon")).toMatchObject({ name: "pigeon", bind: refused });
  });

  test.each(["matrix", "irc", "feishu"])("is no on %s, whatever its plugin says", async (id) => {
    const { api } = await hostWith(id, {});
    registerChannelPlugins([{ id, bindings: { resolveCommandConversation } }]);
    expect(await abilitiesOf(api, id)).toMatchObject({ bind: CHANNELS[id]?.bind });
    expect(typeof CHANNELS[id]?.bind).toBe("object");
  });

  test("is what the table says where OpenClaw says nothing; an unknown channel is asked", async () => {
    const { api } = await hostWith("telegram", {});
    expect((await abilitiesOf(api, "telegram")).bind).toBe("command");
    expect((await abilitiesOf(api, "whatsapp")).bind).toEqual({ refused: "no chat of a command" });
    expect((await abilitiesOf(api, "pigeon")).bind).toBe("command");
  });

  test("a registry of another shape says nothing", async () => {
    const { api } = await hostWith("telegram", {});
    registerChannelPlugins([]);
    Reflect.set(globalThis, Symbol.for("openclaw.pluginRegistryState"), { activeRegistry: 7 });
    expect((await abilitiesOf(api, "telegram")).bind).toBe("command");
  });
});

test("buttons, files, threads and the length are the channel's own word", async () => {
  const { api } = await hostWith("telegram", {
    textChunkLimit: 1234,
    presentationCapabilities: { buttons: false },
  });
  registerChannelPlugins([
    { id: "telegram", bindings: { resolveCommandConversation }, capabilities: { threads: false } },
  ]);
  expect(await abilitiesOf(api, "telegram")).toMatchObject({
    buttons: false,
    files: false,
    threads: false,
    length: 1234,
  });
});

test("a channel that draws buttons and hands no click to plugins has none", async () => {
  const { api } = await hostWith("mattermost", { presentationCapabilities: { buttons: true } });
  expect((await abilitiesOf(api, "mattermost")).buttons).toBe(false);
});

test("the channels that a person is sent to can be bound", () => {
  expect(bindableChannels()).toContain("Telegram");
  expect(bindableChannels()).not.toContain("IRC");
});
