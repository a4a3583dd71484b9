/** What a bind says of the slash commands that the channel itself offers. */
import { beforeEach, expect, test, vi } from "vitest";
import { registerChannelPlugins } from "../support/conversation/channel-plugins.js";
import { commands } from "../support/conversation/commands.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);
vi.mock(
  "openclaw/plugin-sdk/conversation-runtime",
  () => import("../support/conversation/host-bindings.js"),
);

const HINT = "put a mention of the bot before it, as in `@bot /codexchat status`";
const inChannel = { channel: "discord", from: "discord:7", to: "channel:301" };
const inThread = { ...inChannel, to: "channel:401", messageThreadId: "401" };

beforeEach(() =>
  registerChannelPlugins([{ id: "discord", bindings: { resolveCommandConversation() {} } }]),
);

test("in a thread on Discord, where OpenClaw loses them, the request and the answer say what to type", async () => {
  const { say, inHost } = await commands();
  const answer = await say("bind", inThread);
  expect(inHost.requests[0]?.summary).toContain(HINT);
  expect(answer).toContain(HINT);
});

test("elsewhere nothing is said of them", async () => {
  const { say, inHost } = await commands();
  const answer = await say("bind", inChannel);
  expect(inHost.requests[0]?.summary).not.toContain("mention");
  expect(answer).not.toContain("mention");
});
