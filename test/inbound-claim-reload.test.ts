/** Messages that come while the gateway loads a fresh copy of the plugin. */
import { stat } from "node:fs/promises";
import { expect, test, vi } from "vitest";
import { claimInboundMessage } from "../src/inbound-claim.js";
import { hostBinding, message } from "./support/conversation/chat.js";
import { conversation } from "./support/conversation/conversation.js";
import { ScriptedHost } from "./support/conversation/host.js";
import { messagesThrough } from "./support/conversation/messages.js";

vi.mock(
  "../src/app-server/shared-client.js",
  () => import("./support/conversation/shared-client.js"),
);
vi.mock(
  "openclaw/plugin-sdk/conversation-runtime",
  () => import("./support/conversation/host-bindings.js"),
);

test("messages keep their order across a reload, though the first one's claim is slower", async () => {
  const { codex, chat, folder } = await conversation();
  const host = new ScriptedHost(folder);
  const messages = messagesThrough(host);
  await chat.bind();
  codex.repliesWith((turn) => `re: ${turn.prompt}`);
  const { outbound } = host.api.runtime.channel;
  const load = outbound.loadAdapter;
  const slow = Promise.withResolvers<void>();
  vi.spyOn(outbound, "loadAdapter").mockImplementationOnce(async (id) => {
    await slow.promise;
    return load(id);
  });
  const claimBy = (
    copy: typeof claimInboundMessage,
    text: string,
  ): ReturnType<typeof claimInboundMessage> =>
    copy(host.api, messages, message(text, { metadata: { originatingTo: "telegram:7" } }), {
      channelId: "telegram",
      pluginBinding: hostBinding(chat.data),
    });
  const first = claimBy(claimInboundMessage, "1");
  vi.resetModules();
  const reloaded = await import("../src/inbound-claim.js");
  const second = claimBy(reloaded.claimInboundMessage, "2");
  // Time enough for the later one to pass, if it could.
  for (let look = 0; look < 50; look += 1) await stat(chat.sessionFile).catch(() => undefined);
  slow.resolve();
  await Promise.all([first, second]);
  await host.delivered(2);
  expect(host.sent.map(({ text }) => text)).toEqual(["re: 1", "re: 2"]);
});
