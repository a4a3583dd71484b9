/** A picture that is slow to come holds up its own turn, and neither the claim nor the order. */
import { expect, onTestFinished, test, vi } from "vitest";
import { ConversationMessages } from "../../src/messages/messages.js";
import { textInput, type CodexUserInput } from "../../src/chat/turn-input.js";
import { claimInboundMessage } from "../../src/inbound-claim.js";
import { hostBinding, message } from "../support/conversation/chat.js";
import { conversation } from "../support/conversation/conversation.js";
import { ScriptedHost } from "../support/conversation/host.js";
import { quietChat, throughHost } from "../support/conversation/quiet-chat.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const fetched = Promise.withResolvers<CodexUserInput[]>();
vi.mock("../../src/chat/remote-pictures.js", () => ({
  isFarCodex: () => false,
  withFetchedPictures: (input: CodexUserInput[]) =>
    input.some(({ type }) => type === "image") ? fetched.promise : Promise.resolve(input),
}));

test("the claim ends before the picture is there, and the next message waits behind it", async () => {
  const { codex, chat, folder } = await conversation();
  const host = new ScriptedHost(folder);
  const messages = new ConversationMessages({
    ...quietChat,
    ...throughHost(host.api),
    pluginConfig: () => ({ progress: "off" }),
    warn: (text) => host.api.logger.warn(text),
  });
  onTestFinished(() => messages.stop());
  await chat.bind();
  codex.repliesWith(({ prompt }) => `re: ${prompt}`);
  const claim = (content: string, more: Parameters<typeof message>[1] = {}) =>
    claimInboundMessage(
      host.api,
      messages,
      message(content, { metadata: { originatingTo: "telegram:7" }, ...more }),
      { channelId: "telegram", pluginBinding: hostBinding(chat.data) },
    );
  const media = [{ url: "https://pictures.example/slow.png", kind: "image" as const }];
  expect(await claim("with a picture", { media })).toEqual({ handled: true });
  expect(await claim("after it")).toEqual({ handled: true });
  expect(codex.turns).toEqual([]);

  const picture = { type: "image" as const, url: "data:image/png;base64,AA" };
  fetched.resolve([textInput("with a picture"), picture]);
  await host.delivered(2);
  expect(host.sent.map(({ text }) => text)).toEqual(["re: with a picture", "re: after it"]);
  expect(codex.turns[0]?.params.input).toEqual([textInput("with a picture"), picture]);
});
